"""Describes the operations of imports and exports for the OpenAPI document."""
