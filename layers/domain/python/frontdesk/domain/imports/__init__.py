"""Reads the rows of import files, and turns them into the orders or catalog items that they describe. Writes nothing."""
