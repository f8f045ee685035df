"""Imports files: finds them, divides each into chunks, imports the chunks, and joins the results. Every step is idempotent."""
