"""Calls about files."""
