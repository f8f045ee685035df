"""Import bookings by file: find the files, cut each into chunks, import the chunks, join what is said of the rows.

Every step can be done again after any failure, and is then a step that changes nothing: rows find their orders by their
keys, files are written whole, and a run counts each chunk once.
"""
