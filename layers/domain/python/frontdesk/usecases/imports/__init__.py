"""Imports files: finds them, divides each into chunks, imports the chunks, and joins the results.

Every step can be repeated after a failure without changing the result. A repeated row finds its order by key, each file is written as a
whole, and a run counts each chunk only once.
"""
