"""Reads files as tables: text in any encoding, spreadsheets, calendars. Pure: an open file in, rows out."""
