"""The API's answers. Each is described once, as the TypedDict that functions return. The OpenAPI document is made from these types."""
