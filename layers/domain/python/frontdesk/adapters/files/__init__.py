"""The bucket of imports and exports, signed links to its files, and executions of imports. Most functions do not load this package."""
