"""The operations of the API, by what they are about. Each module has `include`, which adds its operations to a function."""
