"""Errors about exports."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "export_not_found": Error(
        404,
        en=Text("export not found", "There is no such export in this organization."),
        de=Text("Export nicht gefunden", "Diesen Export gibt es in dieser Organisation nicht."),
        at="",
        when="no export of that id",
    ),
    "export_failed": Error(
        503,
        en=Text("export failed", "The file could not be made ({cause}). Ask for it again."),
        de=Text(
            "Export gescheitert", "Die Datei konnte nicht erstellt werden ({cause}). Bitte neu anfordern."
        ),
        at="the export",
        when="five tries came no further (`tries`), or nobody has been at it for six hours (`lost`)",
    ),
    "export_too_large": Error(
        422,
        en=Text("too many rows", "A sheet has room for {most} rows. Ask for `csv`, or for a shorter period."),
        de=Text(
            "zu viele Zeilen",
            "Ein Tabellenblatt fasst {most} Zeilen. Bitte `csv` oder einen kürzeren Zeitraum anfordern.",
        ),
        at="the export",
        when="more rows than a workbook's sheet can have",
    ),
}

PHRASES: dict[str, Said] = {}
