"""Errors of imports. Results show them in the organization's language."""
