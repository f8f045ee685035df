"""Implements ports of `usecases` on the system's DynamoDB table. No other code of the system accesses DynamoDB."""
