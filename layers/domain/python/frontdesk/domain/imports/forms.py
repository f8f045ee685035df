"""The forms of files that come and go."""

JSON_LINES = "application/x-ndjson"
# Of tables, by how the names of their files end.
MEDIA_TYPES = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
# As a workbook there are the results of so many rows at most: it takes a minute, which nobody may want to have waited for.
MAX_SHEET_ROWS = 100_000
# What a table is, by how its name ends.
TABLES = {"csv": "csv", "tsv": "csv", "txt": "csv", "xlsx": "xlsx", "xlsm": "xlsx", "ics": "ics"}
