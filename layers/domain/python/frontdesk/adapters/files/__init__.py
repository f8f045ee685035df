"""The import bucket, its links, exports in it, and executions of imports. Loaded only by functions that use it."""
