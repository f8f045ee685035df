"""Implements ports of `usecases` on the one DynamoDB table. The system accesses DynamoDB only through this folder."""
