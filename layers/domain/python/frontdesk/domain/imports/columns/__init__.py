"""The cells of a file: in which format they are written, and what they stand for. Pure."""
