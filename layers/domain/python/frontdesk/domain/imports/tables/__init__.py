"""Reads files as tables: text in any encoding, spreadsheets, calendars. Pure: takes an open file and returns rows."""
