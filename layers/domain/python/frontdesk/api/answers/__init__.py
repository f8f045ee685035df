"""The API's answers. Each is described once, as a typed dictionary that functions return and OpenAPI reads."""
