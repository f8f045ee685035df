"""Recognizes the columns in the header of a file. Pure."""
