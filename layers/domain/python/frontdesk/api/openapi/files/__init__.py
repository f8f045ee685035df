"""What the operations of files do."""
