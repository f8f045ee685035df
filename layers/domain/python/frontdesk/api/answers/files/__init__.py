"""Answers about files."""
