"""The bucket of imports and exports, and what works on it. Only what imports or exports loads this."""
