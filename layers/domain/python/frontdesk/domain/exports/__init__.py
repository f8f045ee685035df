"""Export files: their columns, the content of their cells, and their formats. Writes no files itself."""
