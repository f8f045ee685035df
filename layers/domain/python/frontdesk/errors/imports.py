"""Errors of imports: of a file as a whole, of its rows, and of the run. What an import writes of them is in English."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "import_not_found": Error(
        404,
        en=Text("import not found", "There is no such import."),
        de=Text("Import nicht gefunden", "Diesen Import gibt es nicht."),
        at="",
        when="no import with that id",
    ),
    # Files
    "unknown_file_type": Error(
        422,
        en=Text("unknown file type", "The name of an import file ends in .csv, .jsonl or .ndjson."),
        de=Text("unbekannter Dateityp", "Der Name einer Importdatei endet auf .csv, .jsonl oder .ndjson."),
        at="the file",
        when="a name that ends otherwise",
    ),
    "packed_file": Error(
        422,
        en=Text("packed file", "This is a {kind} file. Unpack it, or save it as text, and send that."),
        de=Text(
            "gepackte Datei",
            "Das ist eine {kind}-Datei. Bitte entpacken oder als Text speichern und diesen senden.",
        ),
        at="the file",
        when="gzip, zip, xlsx",
    ),
    "wrong_encoding": Error(
        422,
        en=Text("wrong encoding", "Not UTF-8 at byte {byte} of the line. Save the file as UTF-8."),
        de=Text(
            "falsche Kodierung", "Kein UTF-8 bei Byte {byte} der Zeile. Bitte die Datei als UTF-8 speichern."
        ),
        at="the line",
        when="the file is not UTF-8",
    ),
    "line_too_long": Error(
        422,
        en=Text("line too long", "A line has at most {most} bytes."),
        de=Text("Zeile zu lang", "Eine Zeile hat höchstens {most} Bytes."),
        at="the line",
        when="more than 1,000,000 bytes",
    ),
    "too_many_rows": Error(
        422,
        en=Text("too many rows", "A file has at most {most} rows. Split it."),
        de=Text("zu viele Zeilen", "Eine Datei hat höchstens {most} Zeilen. Bitte aufteilen."),
        at="the line",
        when="more than 1,000,000",
    ),
    "no_rows": Error(
        422,
        en=Text("no rows", "There are no rows in the file."),
        de=Text("keine Zeilen", "In der Datei sind keine Zeilen."),
        at="the file",
        when="an empty file, or one of a header alone",
    ),
    "file_changed": Error(
        422,
        en=Text(
            "file changed",
            "The file was taken away or replaced before it was read. What has come in its place is imported next.",
        ),
        de=Text(
            "Datei geändert",
            "Die Datei wurde entfernt oder ersetzt, bevor sie gelesen war. Was an ihre Stelle kam, wird als nächstes"
            " importiert.",
        ),
        at="the file",
        when="replaced while it was read",
    ),
    "invalid_options": Error(
        422,
        en=Text("invalid options", "{reason}"),
        de=Text("ungültige Optionen", "{reason}"),
        at="the file",
        when="an option that there is not, or a value that it can't have",
    ),
    "options_twice": Error(
        422,
        en=Text("options twice", "There are options beside the file already."),
        de=Text("Optionen doppelt", "Neben der Datei gibt es schon Optionen."),
        at="the line",
        when="in the first line and in a file of their own",
    ),
    "unclosed_quote": Error(
        422,
        en=Text("unclosed quote", "A quote is opened in this row and not closed."),
        de=Text(
            "offenes Anführungszeichen",
            "In dieser Zeile wird ein Anführungszeichen geöffnet und nicht geschlossen.",
        ),
        at="the line",
        when="a quote that is not closed",
    ),
    "malformed_csv": Error(
        422,
        en=Text("malformed csv", "{reason}"),
        de=Text("fehlerhaftes CSV", "{reason}"),
        at="the line",
        when="not CSV",
    ),
    "missing_columns": Error(
        422,
        en=Text("missing columns", "{wrong: } A column that is to be ignored has a name that begins with #."),
        de=Text(
            "fehlende Spalten",
            "{wrong: } Der Name einer Spalte, die nicht beachtet werden soll, beginnt mit #.",
        ),
        at="the header",
        when="a column that must be there is not",
    ),
    "unknown_columns": Error(
        422,
        en=Text("unknown columns", "{wrong: } A column that is to be ignored has a name that begins with #."),
        de=Text(
            "unbekannte Spalten",
            "{wrong: } Der Name einer Spalte, die nicht beachtet werden soll, beginnt mit #.",
        ),
        at="the header",
        when="a column that there is not",
    ),
    "repeated_columns": Error(
        422,
        en=Text(
            "repeated columns", "{wrong: } A column that is to be ignored has a name that begins with #."
        ),
        de=Text(
            "doppelte Spalten",
            "{wrong: } Der Name einer Spalte, die nicht beachtet werden soll, beginnt mit #.",
        ),
        at="the header",
        when="a column that stands twice",
    ),
    # Rows
    "wrong_number_of_cells": Error(
        422,
        en=Text("wrong number of cells", "The row has {cells} cells, the header {columns}."),
        de=Text("falsche Zahl von Zellen", "Die Zeile hat {cells} Zellen, die Kopfzeile {columns}."),
        at="the row",
        when="more or fewer cells than the header",
    ),
    "external_id_differs": Error(
        422,
        en=Text("external id differs", "The rows of one order have one external_id."),
        de=Text("abweichende external_id", "Die Zeilen eines Auftrags haben dieselbe external_id."),
        at="`external_id`",
        when="rows of one order with several",
    ),
    "external_id_reused": Error(
        422,
        en=Text(
            "external id reused",
            "An order with this external_id is there already, and its content is another. Change that order, or use a"
            " new external_id.",
        ),
        de=Text(
            "external_id wiederverwendet",
            "Es gibt schon einen Auftrag mit dieser external_id und anderem Inhalt. Bitte diesen Auftrag ändern oder"
            " eine neue external_id verwenden.",
        ),
        at="`external_id`",
        when="an order of that id is there with another content",
    ),
    "order_column_differs": Error(
        422,
        en=Text("order column differs", "Another row of this order has another value here."),
        de=Text(
            "abweichende Angabe zum Auftrag", "Eine andere Zeile dieses Auftrags hat hier einen anderen Wert."
        ),
        at="the column",
        when="what is said of the whole order is not the same in each of its rows",
    ),
    "order_refused": Error(
        422,
        en=Text("order refused", "Other rows of this order are refused: {lines}."),
        de=Text("Auftrag abgelehnt", "Andere Zeilen dieses Auftrags sind abgelehnt: {lines}."),
        at="",
        when="of a row without errors of its own",
    ),
    "customer_given_twice": Error(
        422,
        en=Text("customer given twice", "Name the customer by id or by e-mail, not both."),
        de=Text(
            "Kunde doppelt angegeben",
            "Bitte den Kunden mit id oder E-Mail-Adresse angeben, nicht mit beidem.",
        ),
        at="`customer`",
        when="by id and by address",
    ),
    "not_imported": Error(
        503,
        en=Text("not imported", "This row could not be imported now. Import the file again."),
        de=Text(
            "nicht importiert",
            "Diese Zeile konnte jetzt nicht importiert werden. Bitte die Datei noch einmal importieren.",
        ),
        at="",
        when="could not be settled now",
    ),
    # Runs
    "interrupted": Error(
        503,
        en=Text("interrupted", "The import was interrupted. Another one has taken the file up."),
        de=Text("unterbrochen", "Der Import wurde unterbrochen. Ein anderer hat die Datei übernommen."),
        at="the run",
        when="another execution has the file",
    ),
    "not_finished": Error(
        503,
        en=Text(
            "not finished",
            "Some rows could not be imported now. The next import takes the file up again.",
        ),
        de=Text(
            "nicht beendet",
            "Einige Zeilen konnten jetzt nicht importiert werden. Der nächste Import nimmt die Datei wieder auf.",
        ),
        at="the run",
        when="some rows have failed",
    ),
    "import_failed": Error(
        503,
        en=Text(
            "import failed", "The import could not go on ({cause}). The next one takes the file up again."
        ),
        de=Text(
            "Import gescheitert",
            "Der Import konnte nicht fortgesetzt werden ({cause}). Der nächste nimmt die Datei wieder auf.",
        ),
        at="the run",
        when="a fault of ours, or of AWS",
    ),
}

PHRASES = {
    "on_line": Said("Line {line}: {detail}", "Zeile {line}: {detail}"),
    # invalid_options
    "option_wrong": Said("{name}: {reason}", "{name}: {reason}"),
    "options_wrong": Said("{wrong: } Options are {options}.", "{wrong: } Optionen sind {options}."),
    "options_not_json": Said("{name} is not valid JSON: {error}.", "{name} ist kein gültiges JSON: {error}."),
    # malformed_csv
    "quote_within_cell": Said(
        "A cell goes on after its closing quote. A quote inside of a cell is written twice.",
        "Eine Zelle geht nach ihrem schließenden Anführungszeichen weiter. In einer Zelle wird es doppelt geschrieben.",
    ),
    "not_csv": Said("Not CSV: {error}.", "Kein CSV: {error}."),
    # missing_columns, unknown_columns, repeated_columns
    "no_column": Said("There is no column {name:q}.", "Es gibt keine Spalte {name:q}."),
    "column_twice": Said("The column {name} stands twice.", "Die Spalte {name} steht doppelt da."),
    "column_missing": Said("The column {name} is missing.", "Die Spalte {name} fehlt."),
}
