"""Errors about an imported file as a whole."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "imported_before": Error(
        409,
        en=Text(
            "rows imported before",
            "Many rows of this file have no id, and are already booked. These rows were in the file {name:q}, which was imported on "
            "{on}. To continue the earlier import, for example with corrected rows, import this file under the name {name:q}. To book "
            "all rows once more, send this file with 'again: true'.",
        ),
        de=Text(
            "Zeilen schon importiert",
            "Viele Zeilen dieser Datei haben keine ID und sind schon gebucht. Diese Zeilen standen in der Datei {name:q}, die am {on} "
            "importiert wurde. Um den früheren Import fortzusetzen, etwa mit korrigierten Zeilen, importieren Sie diese Datei unter dem "
            "Namen {name:q}. Um alle Zeilen noch einmal zu buchen, senden Sie diese Datei mit 'again: true'.",
        ),
        at="the file",
        when="at least half of the rows that have no `external_id` are already booked from a file with another "
        "name. Set `again` to import the file all the same",
    ),
    "unknown_file_type": Error(
        422,
        en=Text(
            "unknown file type",
            "The file's name must end in .csv, .tsv, .txt, .xlsx, .ics, .jsonl or .ndjson.",
        ),
        de=Text(
            "unbekannter Dateityp",
            "Der Dateiname muss auf .csv, .tsv, .txt, .xlsx, .ics, .jsonl oder .ndjson enden.",
        ),
        at="the file",
        when="the file name does not end in .csv, .tsv, .txt, .xlsx, .ics, .jsonl or .ndjson",
    ),
    "packed_file": Error(
        422,
        en=Text("packed file", "This is a {kind} file. Unpack it or save it as text, and send the result."),
        de=Text(
            "gepackte Datei",
            "Das ist eine {kind}-Datei. Bitte entpacken Sie die Datei oder speichern Sie den Inhalt als Text, und senden Sie das "
            "Ergebnis.",
        ),
        at="the file",
        when="gzip or zip, or a spreadsheet named .csv",
    ),
    "wrong_encoding": Error(
        422,
        en=Text("wrong encoding", "This line cannot be read as text. Save the file as UTF-8."),
        de=Text(
            "falsche Kodierung",
            "Diese Zeile ist kein lesbarer Text. Bitte speichern Sie die Datei als UTF-8.",
        ),
        at="the line",
        when="CSV that is neither UTF-8, UTF-16 with a byte order mark nor Windows-1252; JSON Lines that are not UTF-8",
    ),
    "line_too_long": Error(
        422,
        en=Text("line too long", "A line can have at most {most} bytes. Shorten it."),
        de=Text("Zeile zu lang", "Eine Zeile kann höchstens {most} Bytes haben. Bitte kürzen Sie die Zeile."),
        at="the line",
        when="more than 1,000,000 bytes",
    ),
    "too_many_rows": Error(
        422,
        en=Text("too many rows", "A file can have at most {most} rows. Split it."),
        de=Text(
            "zu viele Zeilen",
            "Eine Datei darf höchstens {most} Zeilen haben. Bitte teilen Sie die Datei auf.",
        ),
        at="the line",
        when="more than 1,000,000 rows",
    ),
    "order_of_too_many_rows": Error(
        422,
        en=Text(
            "order with too many rows",
            "An order can have at most {most} rows. All rows of an order together can have at most {size} MB. Split the order.",
        ),
        de=Text(
            "Auftrag mit zu vielen Zeilen",
            "Ein Auftrag kann höchstens {most} Zeilen haben. Alle Zeilen eines Auftrags zusammen dürfen höchstens {size} MB groß sein. "
            "Bitte teilen Sie den Auftrag auf.",
        ),
        at="the line",
        when="more than 2,000 rows of one order, or more than 20 MB",
    ),
    "no_rows": Error(
        422,
        en=Text("no rows", "The file has no rows. Add at least one row."),
        de=Text("keine Zeilen", "Die Datei hat keine Zeilen. Bitte fügen Sie mindestens eine Zeile hinzu."),
        at="the file",
        when="an empty file, or only a header",
    ),
    "file_changed": Error(
        422,
        en=Text(
            "file changed",
            "The file was removed or replaced before it was read. If it was replaced, the new file is imported next.",
        ),
        de=Text(
            "Datei geändert",
            "Die Datei wurde vor dem Lesen entfernt oder ersetzt. Wurde sie ersetzt, wird als Nächstes die neue Datei importiert.",
        ),
        at="the file",
        when="removed or replaced before it was read",
    ),
    "invalid_options": Error(
        422,
        en=Text("invalid options", "{reason}"),
        de=Text("ungültige Optionen", "{reason}"),
        at="the file",
        when="an unknown option, or an invalid value",
    ),
    "options_twice": Error(
        422,
        en=Text("options twice", "Options are in the first line and in an options file. Keep only one."),
        de=Text(
            "Optionen doppelt",
            "Optionen stehen in der ersten Zeile dieser Datei und außerdem in einer Optionsdatei. Bitte behalten Sie nur eines von beiden.",
        ),
        at="the line",
        when="options both in the first line and in a file of their own",
    ),
    "unclosed_quote": Error(
        422,
        en=Text("unclosed quote", "A quotation mark that opens in this row is never closed. Close it."),
        de=Text(
            "offenes Anführungszeichen",
            "In dieser Zeile wird ein Anführungszeichen geöffnet, aber nicht geschlossen. Bitte ergänzen Sie das schließende "
            "Anführungszeichen.",
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
        when="a required column is missing, and has no default",
    ),
    "repeated_columns": Error(
        422,
        en=Text("repeated columns", "{wrong: } Rename one of these columns, or put a '#' before its name."),
        de=Text(
            "doppelte Spalten",
            "{wrong: } Bitte benennen Sie eine dieser Spalten um, oder setzen Sie ein '#' vor den Spaltennamen.",
        ),
        at="the header",
        when="a known column appears twice",
    ),
    "mapping_unknown": Error(
        422,
        en=Text("mapping does not fit", "{wrong: }"),
        de=Text("Zuordnung passt nicht", "{wrong: }"),
        at="the mapping",
        when="a mapping names a column that the file or the import does not have, or gives several columns one meaning",
    ),
    "dates_undecided": Error(
        422,
        en=Text(
            "day or month first",
            "Column {column:q}: In {cells:q}, either the day or the month may come first, and no other cell of the column shows which. "
            "In the mapping, set 'date_format' to 'dd/mm/yyyy' or 'mm/dd/yyyy'.",
        ),
        de=Text(
            "Tag oder Monat zuerst",
            "Spalte {column:q}: In {cells:q} kann der Tag oder der Monat vorn stehen, und keine andere Zelle der Spalte zeigt, was "
            "gemeint ist. Bitte setzen Sie 'date_format' in der Zuordnung auf 'dd/mm/yyyy' oder 'mm/dd/yyyy'.",
        ),
        at="the line",
        when="every date of a column can be read day first or month first",
    ),
    "dates_contradict": Error(
        422,
        en=Text(
            "mixed date formats",
            "In the column {column:q}, the dates {cells:q} do not all have the same order of day and month. In the mapping, set "
            "'date_format' to 'dd/mm/yyyy' or 'mm/dd/yyyy'. Rows with the other format are then refused.",
        ),
        de=Text(
            "gemischte Datumsformate",
            "In der Spalte {column:q} haben die Datumsangaben {cells:q} nicht alle dieselbe Reihenfolge von Tag und Monat. Bitte setzen "
            "Sie 'date_format' in der Zuordnung auf 'dd/mm/yyyy' oder 'mm/dd/yyyy'. Zeilen mit dem anderen Format werden dann abgelehnt.",
        ),
        at="the line",
        when="some dates of a column can only be read day first, others only month first",
    ),
    "numbers_undecided": Error(
        422,
        en=Text(
            "comma or point",
            "Column {column:q}: The mark in {cell:q} may separate decimals or thousands, and no other cell of the column shows which. In "
            "the mapping, set 'decimal' to 'comma' or 'point'.",
        ),
        de=Text(
            "Komma oder Punkt",
            "Spalte {column:q}: Das Zeichen in {cell:q} kann Dezimalstellen oder Tausender trennen, und keine andere Zelle der Spalte "
            "zeigt, was gemeint ist. Bitte setzen Sie 'decimal' in der Zuordnung auf 'comma' oder 'point'.",
        ),
        at="the line",
        when="in every number of a column, the comma or point may separate decimals or thousands",
    ),
    "sheet_not_found": Error(
        422,
        en=Text("no such sheet", "The workbook has no sheet {sheet:q}. It has the sheets {sheets:q}."),
        de=Text(
            "kein solches Blatt", "Die Arbeitsmappe hat kein Blatt {sheet:q}. Vorhandene Blätter: {sheets:q}."
        ),
        at="the file",
        when="the mapping names a sheet that the workbook does not have",
    ),
    "workbook_broken": Error(
        422,
        en=Text("broken workbook", "The workbook cannot be opened. Save it again as .xlsx or .csv."),
        de=Text(
            "beschädigte Arbeitsmappe",
            "Die Arbeitsmappe lässt sich nicht öffnen. Bitte speichern Sie die Datei noch einmal als .xlsx oder .csv.",
        ),
        at="the file",
        when="a file named .xlsx that is not a workbook",
    ),
    "workbook_locked": Error(
        422,
        en=Text("locked workbook", "The workbook has a password. Save it without a password."),
        de=Text(
            "geschützte Arbeitsmappe",
            "Die Arbeitsmappe hat ein Kennwort. Bitte speichern Sie die Datei ohne Kennwort.",
        ),
        at="the file",
        when="a workbook with a password",
    ),
    "workbook_macros": Error(
        422,
        en=Text(
            "workbook with macro sheets",
            "The workbook has macro sheets (Excel 4.0 macros), and can therefore not be read. Save it as .xlsx or .csv.",
        ),
        de=Text(
            "Arbeitsmappe mit Makroblättern",
            "Die Arbeitsmappe enthält Makroblätter (Excel-4.0-Makros) und lässt sich deshalb nicht lesen. Bitte speichern Sie die Datei "
            "als .xlsx oder .csv.",
        ),
        at="the file",
        when="a workbook with macro sheets; other macros are ignored",
    ),
    "workbook_too_large": Error(
        422,
        en=Text(
            "workbook too large",
            "Unpacked, a workbook can have at most {most} MB. A text of 1 KB in a thousand cells takes 1 MB. Split the workbook, or save "
            "the workbook as .csv.",
        ),
        de=Text(
            "Arbeitsmappe zu groß",
            "Entpackt darf eine Arbeitsmappe höchstens {most} MB groß sein. Ein Text von 1 KB in tausend Zellen belegt 1 MB. Bitte teilen "
            "Sie die Arbeitsmappe auf, oder speichern Sie die Arbeitsmappe als .csv.",
        ),
        at="the file",
        when="more than 1,000 MB unpacked. A text of 1 KB in a thousand cells takes 1 MB",
    ),
    "sheet_too_wide": Error(
        422,
        en=Text(
            "sheet too wide",
            "The sheet extends to row {rows} and column {columns}. Delete cells far from the table, or save the sheet as .csv.",
        ),
        de=Text(
            "Blatt zu groß",
            "Das Blatt reicht bis Zeile {rows} und Spalte {columns}. Bitte löschen Sie Zellen weit außerhalb der Tabelle, oder speichern "
            "Sie das Blatt als .csv.",
        ),
        at="the file",
        when="rows times columns come to more than 12,000,000",
    ),
    "calendar_broken": Error(
        422,
        en=Text(
            "broken calendar", "The file is not a readable calendar. Export it again as iCalendar (.ics)."
        ),
        de=Text(
            "beschädigter Kalender",
            "Die Datei ist kein lesbarer Kalender. Bitte exportieren Sie den Kalender erneut als iCalendar (.ics).",
        ),
        at="the file",
        when="a file named .ics that is not a calendar",
    ),
    "calendar_too_large": Error(
        422,
        en=Text(
            "calendar too large",
            "A calendar can have at most {most} MB. Its repeating events can have at most {dates} dates in total. Split the calendar.",
        ),
        de=Text(
            "Kalender zu groß",
            "Ein Kalender kann höchstens {most} MB groß sein. Seine Serien können insgesamt höchstens {dates} Termine haben. Bitte "
            "teilen Sie den Kalender auf.",
        ),
        at="the file",
        when="more than 20 MB, or more than 2,000,000 dates of repeating events. Only events with exceptions or "
        "unusual rules count, each with all of its dates, and with 500 more for each of its rules",
    ),
    "file_too_large": Error(
        422,
        en=Text("file too large", "A file can have at most {most} MB. Split it."),
        de=Text(
            "Datei zu groß", "Eine Datei darf höchstens {most} MB groß sein. Bitte teilen Sie die Datei auf."
        ),
        at="the file",
        when="more than 1,000 MB",
    ),
}

PHRASES = {
    "on_line": Said("Line {line}: {detail}", "Zeile {line}: {detail}"),
    # invalid_options
    "option_wrong": Said("{name}: {reason}", "{name}: {reason}"),
    "options_wrong": Said("{wrong: } Allowed options: {options}.", "{wrong: } Mögliche Optionen: {options}."),
    "mapping_wrong": Said(
        "{wrong: } Allowed in a mapping: {options}.", "{wrong: } In einer Zuordnung möglich: {options}."
    ),
    "options_not_json": Said("{name} is not valid JSON.", "{name} ist kein gültiges JSON."),
    # malformed_csv
    "quote_within_cell": Said(
        "A cell continues after its closing quote. Double the quotes inside a cell.",
        "Eine Zelle geht nach dem schließenden Anführungszeichen weiter. Bitte verdoppeln Sie Anführungszeichen in Zellen.",
    ),
    "not_csv": Said(
        "This line cannot be split into cells. Save the file again as CSV.",
        "Diese Zeile lässt sich nicht in Zellen aufteilen. Bitte speichern Sie die Datei noch einmal als CSV.",
    ),
    # missing_columns, repeated_columns, mapping_unknown
    "column_twice": Said("The column '{name}' appears twice.", "Die Spalte '{name}' kommt doppelt vor."),
    "column_missing": Said(
        "No column contains '{name}'. In the mapping, assign a column to '{name}' ('columns'), or set a value for all rows ('defaults').",
        "Keine Spalte enthält '{name}'. Bitte ordnen Sie '{name}' in der Zuordnung eine Spalte zu ('columns'), oder setzen Sie einen "
        "Wert für alle Zeilen ('defaults').",
    ),
    "columns_found": Said("The file's columns: {found:q}.", "Spalten der Datei: {found:q}."),
    "mapping_no_column": Said(
        "The mapping contains the column {name:q}, which the file does not have. The file's columns: {found:q}.",
        "Die Zuordnung enthält die Spalte {name:q}, die es in der Datei nicht gibt. Spalten der Datei: {found:q}.",
    ),
    "mapping_no_target": Said(
        "The mapping contains the unknown column {name:q}. Known columns: {known:q}.",
        "Die Zuordnung enthält die unbekannte Spalte {name:q}. Bekannte Spalten: {known:q}.",
    ),
    "mapping_several": Said(
        "The mapping gives several columns the meaning {name:q}: {found:q}. Keep one of them.",
        "Die Zuordnung gibt mehreren Spalten die Bedeutung {name:q}: {found:q}. Bitte lassen Sie nur eine davon stehen.",
    ),
}
