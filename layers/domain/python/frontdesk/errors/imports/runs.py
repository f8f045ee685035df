"""Errors about imports as a whole: when one begins, when it runs, when its results are read, and when it is undone."""

from frontdesk.errors.entries import Error, Text

ERRORS = {
    "import_not_found": Error(
        404,
        en=Text("import not found", "This import does not exist. Check the id."),
        de=Text("Import nicht gefunden", "Diesen Import gibt es nicht. Bitte prüfen Sie die ID."),
        at="",
        when="the organization has no import with this id",
    ),
    "import_not_ended": Error(
        409,
        en=Text("import not ended", "The import is still running. Try again in a moment."),
        de=Text("Import nicht beendet", "Der Import läuft noch. Bitte versuchen Sie es gleich noch einmal."),
        at="",
        when="results or undo of an import that is still running",
    ),
    "import_was_dry": Error(
        409,
        en=Text(
            "import was a dry run", "This was a dry run. It created nothing, so there is nothing to undo."
        ),
        de=Text(
            "Probelauf", "Das war ein Probelauf. Er hat nichts angelegt, es gibt also nichts zurückzunehmen."
        ),
        at="",
        when="undo of a dry run",
    ),
    "import_forgotten": Error(
        409,
        en=Text(
            "import no longer recorded",
            "This failed import began more than six days ago. The list of its orders no longer exists, so the import cannot "
            "be undone. Find the orders with 'filter[import]', and cancel these orders.",
        ),
        de=Text(
            "Import nicht mehr verzeichnet",
            "Dieser gescheiterte Import begann vor mehr als sechs Tagen. Die Liste seiner Aufträge gibt es nicht mehr, daher "
            "lässt sich der Import nicht zurücknehmen. Bitte suchen Sie die Aufträge mit 'filter[import]', und stornieren Sie "
            "diese Aufträge.",
        ),
        at="",
        when="undo of a failed import that began more than six days ago",
    ),
    "too_many_imports": Error(
        429,
        en=Text(
            "too many imports",
            "{most} imports of the organization are waiting for their file or in progress. Upload these files, or try again "
            "when an import has ended.",
        ),
        de=Text(
            "zu viele Importe",
            "{most} Importe der Organisation warten auf ihre Datei oder sind in Arbeit. Bitte laden Sie diese Dateien hoch, oder "
            "versuchen Sie es wieder, wenn ein Import beendet ist.",
        ),
        at="",
        when="a hundred imports of the organization are not finished; `Retry-After`",
    ),
    "interrupted": Error(
        503,
        en=Text("interrupted", "The import was interrupted. Another run has taken over the file."),
        de=Text("unterbrochen", "Der Import wurde unterbrochen. Ein anderer Lauf hat die Datei übernommen."),
        at="the run",
        when="another run has taken over the file",
    ),
    "not_finished": Error(
        503,
        en=Text("not finished", "Some rows could not be imported now. The next run tries these rows again."),
        de=Text(
            "nicht beendet",
            "Einige Zeilen konnten jetzt nicht importiert werden. Der nächste Lauf versucht es mit diesen Zeilen noch einmal.",
        ),
        at="the run",
        when="some rows have failed",
    ),
    "given_up": Error(
        503,
        en=Text(
            "given up",
            "Some rows could not be imported in {tries} attempts. The file is in the archive: correct these rows and upload it again.",
        ),
        de=Text(
            "aufgegeben",
            "Einige Zeilen konnten in {tries} Versuchen nicht importiert werden. Die Datei liegt im Archiv: Bitte korrigieren Sie diese "
            "Zeilen, und laden Sie die Datei neu hoch.",
        ),
        at="the run",
        when="some rows have failed in seven runs",
    ),
    "import_failed": Error(
        503,
        en=Text(
            "import failed",
            "The import stopped ({cause}). The next run starts a new import of the file, and imports the remaining rows.",
        ),
        de=Text(
            "Import gescheitert",
            "Der Import wurde abgebrochen ({cause}). Der nächste Lauf beginnt einen neuen Import der Datei und importiert die übrigen "
            "Zeilen.",
        ),
        at="the run",
        when="a bug or an outage",
    ),
}
