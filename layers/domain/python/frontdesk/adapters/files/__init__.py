"""The import bucket and the executions that work on it. Only functions of the import load this."""
