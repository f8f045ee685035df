"""Errors of imports. Results have them in the organization's language."""
