"""Imports files: finds them, divides each into chunks, imports the chunks, and joins the results.

Every step is idempotent. A repeated row finds its order by key, each file is written as a whole, and a run counts each chunk only once.
"""
