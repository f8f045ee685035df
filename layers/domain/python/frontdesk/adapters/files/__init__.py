"""The bucket of imports and exports, signed links to its files, and executions of imports. Only functions that use them load it."""
