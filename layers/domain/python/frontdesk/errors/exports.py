"""Errors about exports."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "export_not_found": Error(
        404,
        en=Text("export not found", "This export does not exist in the organization."),
        de=Text("Export nicht gefunden", "Diesen Export gibt es in dieser Organisation nicht."),
        at="",
        when="unknown in the organization",
    ),
    "export_failed": Error(
        503,
        en=Text("export failed", "The file could not be created ({cause}). Ask for it again."),
        de=Text(
            "Export gescheitert",
            "Die Datei konnte nicht erstellt werden ({cause}). Bitte fordern Sie sie neu an.",
        ),
        at="the export",
        when="five attempts failed (`tries`), or nobody worked on it for six hours, or four days before it began (`lost`)",
    ),
    "too_many_exports": Error(
        429,
        en=Text(
            "too many exports",
            "{most} exports of the organization are waiting or being made. Ask again when one of them has ended.",
        ),
        de=Text(
            "zu viele Exporte",
            "{most} Exporte der Organisation warten oder werden erstellt. Bitte versuchen Sie es wieder, wenn einer davon beendet"
            " ist.",
        ),
        at="",
        when="ten exports of the organization are not finished; `Retry-After`",
    ),
    "export_too_large": Error(
        422,
        en=Text("too many rows", "A sheet has room for {most} rows. Ask for `csv`, or for a shorter period."),
        de=Text(
            "zu viele Zeilen",
            "Ein Tabellenblatt fasst {most} Zeilen. Bitte fordern Sie `csv` oder einen kürzeren Zeitraum an.",
        ),
        at="the export",
        when="more rows than a sheet can hold",
    ),
    "export_too_many_bytes": Error(
        422,
        en=Text(
            "too much content",
            "A workbook has room for {most} GB of content. Ask for `csv`, for fewer columns, or for a shorter period.",
        ),
        de=Text(
            "zu viel Inhalt",
            "Eine Arbeitsmappe fasst {most} GB Inhalt. Bitte fordern Sie `csv`, weniger Spalten oder einen kürzeren Zeitraum an.",
        ),
        at="the export",
        when="more content than a workbook can be made of",
    ),
}

PHRASES: dict[str, Said] = {}
