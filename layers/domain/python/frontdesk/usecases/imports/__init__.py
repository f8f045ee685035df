"""Imports files: finds them, divides each into chunks, imports the chunks, and joins the results.

Every step can be repeated after any failure without changing the result. Rows find their orders by key, files are written as a whole,
and a run counts each chunk once.
"""
