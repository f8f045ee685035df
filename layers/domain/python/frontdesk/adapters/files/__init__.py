"""The bucket of imports and exports, signed links to it, and executions of imports. Only functions that import or export load it."""
