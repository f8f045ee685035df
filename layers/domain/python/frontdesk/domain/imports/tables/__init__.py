"""Files as they come, as tables: text in any encoding, spreadsheets, calendars. Pure: a file that is open in, rows out."""
