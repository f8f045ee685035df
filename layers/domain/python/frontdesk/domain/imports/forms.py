"""The formats of imported files and of their results."""

JSON_LINES = "application/x-ndjson"
# Formats of tables by file extension.
MEDIA_TYPES = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
# The most results, and the largest file in bytes, that are also written as a workbook. Writing one takes a minute or two.
MAX_SHEET_ROWS = 100_000
MAX_SHEET_BYTES = 50_000_000
# Kinds of tables by file extension.
TABLES = {"csv": "csv", "tsv": "csv", "txt": "csv", "xlsx": "xlsx", "xlsm": "xlsx", "ics": "ics"}
