"""Reads the cells of a file: their format, and what they mean. Pure."""
