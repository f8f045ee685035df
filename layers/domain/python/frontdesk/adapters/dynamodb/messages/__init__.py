"""Stores messages in DynamoDB."""
