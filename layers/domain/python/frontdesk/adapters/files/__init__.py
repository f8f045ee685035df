"""The import bucket and the executions of imports. Loaded only by functions of the import."""
