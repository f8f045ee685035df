"""What leaves the system as a file: its columns, the content of its cells, and its format. Writes nothing itself."""
