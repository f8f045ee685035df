"""What leaves the system as a file: which columns there are, what their cells say, and how they are written."""
