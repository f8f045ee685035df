"""Errors about exports."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "export_not_found": Error(
        404,
        en=Text("export not found", "This export does not exist in the organization. Check the id."),
        de=Text(
            "Export nicht gefunden",
            "Diesen Export gibt es in dieser Organisation nicht. Bitte prüfen Sie die ID.",
        ),
        at="",
        when="unknown in the organization",
    ),
    "export_failed": Error(
        503,
        en=Text("export failed", "The file could not be created ({cause}). Request it again."),
        de=Text(
            "Export gescheitert",
            "Die Datei konnte nicht erstellt werden ({cause}). Bitte fordern Sie den Export neu an.",
        ),
        at="the export",
        when="`detail` names the cause. `tries`: five attempts in a row made no progress; `parts`: the saved parts were "
        "damaged four times; `lost`: no progress for six hours, or no start within four days",
    ),
    "too_many_exports": Error(
        429,
        en=Text(
            "too many exports",
            "{most} exports of the organization are waiting or being made. Try again when one of them has ended.",
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
        en=Text("too many rows", "A sheet can have at most {most} rows. Request 'csv', or a shorter period."),
        de=Text(
            "zu viele Zeilen",
            "Ein Tabellenblatt fasst höchstens {most} Zeilen. Bitte fordern Sie 'csv' oder einen kürzeren Zeitraum an.",
        ),
        at="the export",
        when="more rows than a sheet can hold",
    ),
    "export_too_many_bytes": Error(
        422,
        en=Text(
            "too much content",
            "A workbook can have at most {most} GB of content. Request 'csv', fewer columns, or a shorter period.",
        ),
        de=Text(
            "zu viel Inhalt",
            "Eine Arbeitsmappe fasst höchstens {most} GB Inhalt. Bitte fordern Sie 'csv', weniger Spalten oder einen kürzeren "
            "Zeitraum an.",
        ),
        at="the export",
        when="more content than a workbook can have",
    ),
}

PHRASES: dict[str, Said] = {
    # unauthorized
    "maker_revoked": Said(
        "The token that requested this was revoked. Request it again with another token.",
        "Das Token, das dies angefordert hat, wurde widerrufen. Bitte fordern Sie es mit einem anderen Token noch einmal an.",
    ),
}
