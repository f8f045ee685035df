"""The API's answers. Each is described once, as a typed dictionary: functions return it, and the OpenAPI document is made from it."""
