"""One module a use case. Each takes what it needs of the world (its ports) as arguments."""
