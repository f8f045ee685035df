"""The formats of imported files and of their results."""

JSON_LINES = "application/x-ndjson"
# Formats of tables by the ending of a file's name.
MEDIA_TYPES = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
# Rows of results that are written as a workbook: it takes a minute, and nobody may ever want it.
MAX_SHEET_ROWS = 100_000
# Media types of tables by the ending of a file's name.
TABLES = {"csv": "csv", "tsv": "csv", "txt": "csv", "xlsx": "xlsx", "xlsm": "xlsx", "ics": "ics"}
