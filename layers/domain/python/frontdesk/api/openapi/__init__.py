"""Makes the OpenAPI document from routes, request models and answer types. Imported only when that document is made."""
