"""The API's answers. Each answer is described once, as the TypedDict that functions return. The OpenAPI document is made from these types."""
