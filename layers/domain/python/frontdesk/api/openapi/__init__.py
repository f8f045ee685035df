"""The OpenAPI document, made of the routes, the models that read requests and the types of answers. Imported only for it."""
