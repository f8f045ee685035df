"""Answers about the files of exports."""
