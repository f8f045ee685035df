"""Describes the operations about files."""
