"""The API's answers. Each is described once, as a TypedDict, which functions return. The OpenAPI document is made from these types."""
