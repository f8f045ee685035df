"""What the API answers, described once: typed dictionaries that the functions beside them return, and OpenAPI reads."""
