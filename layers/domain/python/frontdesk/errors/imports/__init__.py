"""Errors of imports. The results of an import show them in the import's language."""
