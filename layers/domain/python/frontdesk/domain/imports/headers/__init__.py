"""The header of a file: which of its columns is which of ours. Pure."""
