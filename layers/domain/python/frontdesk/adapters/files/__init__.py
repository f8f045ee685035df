"""The bucket of imports and exports, signed links to it, and executions of imports. Loaded only by functions that import or export."""
