"""Exports in DynamoDB's terms."""
