"""Makes the OpenAPI document from routes, request models and answer types. Imported only for that."""
