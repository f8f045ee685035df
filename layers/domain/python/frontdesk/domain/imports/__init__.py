"""Import files: reads rows, and turns them into the orders or catalog items they describe. Writes nothing."""
