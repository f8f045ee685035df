"""Errors of imports. Results show them in the language of the import."""
