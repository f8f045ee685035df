"""The rules of export files: their columns, the content of their cells, and their formats. The adapters store the files."""
