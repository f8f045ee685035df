"""The API's answers, each described once: as a typed dictionary that functions return and OpenAPI reads."""
