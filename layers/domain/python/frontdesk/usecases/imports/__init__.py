"""Imports files: finds them, cuts each into chunks, imports the chunks, and joins the results.

Every step can be repeated after any failure and then changes nothing. Rows find their orders by their keys, files are written whole, and
a run counts each chunk once.
"""
