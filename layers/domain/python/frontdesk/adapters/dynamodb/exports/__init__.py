"""Exports in DynamoDB."""
