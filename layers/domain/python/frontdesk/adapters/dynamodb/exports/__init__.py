"""Stores exports in DynamoDB."""
