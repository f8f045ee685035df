"""Errors of a file as a whole, and of its run."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "import_not_found": Error(
        404,
        en=Text("import not found", "There is no such import."),
        de=Text("Import nicht gefunden", "Diesen Import gibt es nicht."),
        at="",
        when="no import with that id",
    ),
    "import_not_ended": Error(
        409,
        en=Text("import not ended", "The import has not ended yet. Look at it again in a moment."),
        de=Text(
            "Import nicht beendet", "Der Import ist noch nicht beendet. Bitte gleich noch einmal ansehen."
        ),
        at="",
        when="results of an import, or its undo, before it has ended",
    ),
    "import_was_dry": Error(
        409,
        en=Text("import was dry", "This was a dry run. It has made nothing that could be taken back."),
        de=Text(
            "Probelauf", "Das war ein Probelauf. Er hat nichts angelegt, was zurückgenommen werden könnte."
        ),
        at="",
        when="undo of a dry run",
    ),
    # Files
    "imported_before": Error(
        409,
        en=Text(
            "imported before",
            "The rows are those of {name}, which was imported on {on}, and they have no ids by which they could be found again."
            " To import them a second time all the same, send the file with again: true.",
        ),
        de=Text(
            "schon importiert",
            "Die Zeilen sind die von {name}, importiert am {on}, und sie haben keine Ids, an denen sie wiederzuerkennen wären."
            " Um sie trotzdem noch einmal zu importieren, bitte die Datei mit again: true senden.",
        ),
        at="the file",
        when="rows without ids that are those of a file of another name, and no `again`",
    ),
    "unknown_file_type": Error(
        422,
        en=Text(
            "unknown file type",
            "The name of an import file ends in .csv, .tsv, .txt, .xlsx, .ics, .jsonl or .ndjson.",
        ),
        de=Text(
            "unbekannter Dateityp",
            "Der Name einer Importdatei endet auf .csv, .tsv, .txt, .xlsx, .ics, .jsonl oder .ndjson.",
        ),
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
        when="gzip or zip, or a spreadsheet that is named .csv",
    ),
    "wrong_encoding": Error(
        422,
        en=Text("wrong encoding", "This line is no text that we can read. Save the file as UTF-8."),
        de=Text(
            "falsche Kodierung", "Diese Zeile ist kein lesbarer Text. Bitte die Datei als UTF-8 speichern."
        ),
        at="the line",
        when="CSV that is neither UTF-8, UTF-16 with a byte order mark nor Windows-1252; JSON Lines that are not UTF-8",
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
        en=Text("missing columns", "{wrong: }"),
        de=Text("fehlende Spalten", "{wrong: }"),
        at="the header",
        when="a column that must be there is not, and nothing tells what it would say",
    ),
    "repeated_columns": Error(
        422,
        en=Text("repeated columns", "{wrong: } Rename one of them, or begin its name with #."),
        de=Text("doppelte Spalten", "{wrong: } Bitte eine davon umbenennen oder ihren Namen mit # beginnen."),
        at="the header",
        when="a column that we know stands twice",
    ),
    "mapping_unknown": Error(
        422,
        en=Text("mapping does not fit", "{wrong: }"),
        de=Text("Zuordnung passt nicht", "{wrong: }"),
        at="the mapping",
        when="a mapping names a column that the file or we do not have",
    ),
    "dates_undecided": Error(
        422,
        en=Text(
            "day or month first",
            "Column {column:q}: {cells} may be read with the day or with the month first, and no other cell of the column"
            " tells which. Say so in the mapping: date_format dd/mm/yyyy or mm/dd/yyyy.",
        ),
        de=Text(
            "Tag oder Monat zuerst",
            "Spalte {column:q}: In {cells} kann der Tag oder der Monat vorn stehen, und keine andere Zelle der Spalte sagt,"
            " was gilt. Bitte in der Zuordnung angeben: date_format dd/mm/yyyy oder mm/dd/yyyy.",
        ),
        at="the line",
        when="every date of a column could be read in both orders",
    ),
    "dates_contradict": Error(
        422,
        en=Text(
            "day and month in both orders",
            "Column {column:q}: {cells} do not have day and month in the same order. Say in the mapping which is right"
            " (date_format dd/mm/yyyy or mm/dd/yyyy): the others are refused by row.",
        ),
        de=Text(
            "Tag und Monat in beiden Reihenfolgen",
            "Spalte {column:q}: In {cells} stehen Tag und Monat nicht in derselben Reihenfolge. Bitte in der Zuordnung"
            " angeben, was gilt (date_format dd/mm/yyyy oder mm/dd/yyyy): Die anderen Zeilen werden abgelehnt.",
        ),
        at="the line",
        when="one column has dates that can only be read with the day first, and others with the month first",
    ),
    "numbers_undecided": Error(
        422,
        en=Text(
            "comma or point",
            "Column {column:q}: {cell:q} may be read with a decimal comma or a decimal point, and no other cell of the column"
            " tells which. Say so in the mapping: decimal comma or point.",
        ),
        de=Text(
            "Komma oder Punkt",
            "Spalte {column:q}: {cell:q} kann ein Dezimalkomma oder einen Dezimalpunkt haben, und keine andere Zelle der"
            " Spalte sagt, was gilt. Bitte in der Zuordnung angeben: decimal comma oder point.",
        ),
        at="the line",
        when="every number of a column could be read in both ways",
    ),
    "sheet_not_found": Error(
        422,
        en=Text("no such sheet", "There is no sheet {sheet:q}. There are: {sheets}."),
        de=Text("kein solches Blatt", "Es gibt kein Blatt {sheet:q}. Es gibt: {sheets}."),
        at="the file",
        when="the mapping names a sheet that the workbook does not have",
    ),
    "workbook_broken": Error(
        422,
        en=Text("broken workbook", "This workbook can't be opened. Save it again as .xlsx, or as .csv."),
        de=Text(
            "beschädigte Arbeitsmappe",
            "Diese Arbeitsmappe lässt sich nicht öffnen. Bitte noch einmal als .xlsx oder als .csv speichern.",
        ),
        at="the file",
        when="what is named .xlsx is no workbook",
    ),
    "workbook_locked": Error(
        422,
        en=Text("locked workbook", "This workbook has a password. Save it without one."),
        de=Text("geschützte Arbeitsmappe", "Diese Arbeitsmappe hat ein Kennwort. Bitte ohne speichern."),
        at="the file",
        when="a workbook with a password",
    ),
    "workbook_too_large": Error(
        422,
        en=Text(
            "workbook too large", "Unpacked, a workbook has at most {most} MB. Split it, or save it as .csv."
        ),
        de=Text(
            "Arbeitsmappe zu groß",
            "Ausgepackt hat eine Arbeitsmappe höchstens {most} MB. Bitte aufteilen oder als .csv speichern.",
        ),
        at="the file",
        when="more than 1,000 MB once it is unpacked",
    ),
    "sheet_too_wide": Error(
        422,
        en=Text(
            "sheet too wide",
            "The sheet reaches to row {rows} and column {columns}. Delete what stands far from the table, or save it as .csv.",
        ),
        de=Text(
            "Blatt zu groß",
            "Das Blatt reicht bis Zeile {rows} und Spalte {columns}. Bitte löschen, was weit weg von der Tabelle steht, oder"
            " als .csv speichern.",
        ),
        at="the file",
        when="rows times columns come to more than 12,000,000",
    ),
    "calendar_broken": Error(
        422,
        en=Text("broken calendar", "This is no calendar that we can read (iCalendar, .ics)."),
        de=Text("beschädigter Kalender", "Das ist kein lesbarer Kalender (iCalendar, .ics)."),
        at="the file",
        when="what is named .ics is no calendar",
    ),
    "calendar_too_large": Error(
        422,
        en=Text("calendar too large", "A calendar has at most {most} MB. Split it."),
        de=Text("Kalender zu groß", "Ein Kalender hat höchstens {most} MB. Bitte aufteilen."),
        at="the file",
        when="more than 20 MB",
    ),
    "file_too_large": Error(
        422,
        en=Text("file too large", "A file has at most {most} MB. Split it."),
        de=Text("Datei zu groß", "Eine Datei hat höchstens {most} MB. Bitte aufteilen."),
        at="the file",
        when="more than 1,000 MB",
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
    "given_up": Error(
        503,
        en=Text(
            "given up",
            "Some rows could not be imported in {tries} tries. The file is in the archive: mend those rows, and upload it again.",
        ),
        de=Text(
            "aufgegeben",
            "Einige Zeilen konnten in {tries} Versuchen nicht importiert werden. Die Datei ist im Archiv: Bitte diese Zeilen"
            " berichtigen und sie neu hochladen.",
        ),
        at="the run",
        when="some rows have failed, and so they did in six runs before",
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
    "mapping_wrong": Said("{wrong: } A mapping has {options}.", "{wrong: } Eine Zuordnung hat {options}."),
    "options_not_json": Said("{name} is not valid JSON.", "{name} ist kein gültiges JSON."),
    # malformed_csv
    "quote_within_cell": Said(
        "A cell goes on after its closing quote. A quote inside of a cell is written twice.",
        "Eine Zelle geht nach ihrem schließenden Anführungszeichen weiter. In einer Zelle wird es doppelt geschrieben.",
    ),
    "not_csv": Said("This line can't be cut into cells.", "Diese Zeile lässt sich nicht in Zellen zerlegen."),
    # missing_columns, repeated_columns, mapping_unknown
    "column_twice": Said("The column {name} stands twice.", "Die Spalte {name} steht doppelt da."),
    "column_missing": Said(
        "There is no column for {name}. Name it in the mapping (columns), or say what all rows have (defaults).",
        "Es gibt keine Spalte für {name}. Bitte in der Zuordnung angeben (columns), oder was für alle Zeilen gilt (defaults).",
    ),
    "columns_found": Said("The file has: {found}.", "Die Datei hat: {found}."),
    "mapping_no_column": Said(
        "The mapping names a column {name:q}, and the file has: {found}.",
        "Die Zuordnung nennt eine Spalte {name:q}, und die Datei hat: {found}.",
    ),
    "mapping_no_target": Said(
        "The mapping means {name:q}, which is none of: {known}.",
        "Die Zuordnung meint {name:q}, und das ist nichts von: {known}.",
    ),
    "not_date_format": Said(
        "Not a format of dates like dd/mm/yyyy or mm/dd/yyyy.",
        "Kein Datumsformat wie dd/mm/yyyy oder mm/dd/yyyy.",
    ),
}
