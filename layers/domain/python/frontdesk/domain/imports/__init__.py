"""Import files: rows as the orders they ask for, and the run of one file."""
