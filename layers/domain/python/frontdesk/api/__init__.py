"""The HTTP side: authenticates callers, reads requests, and answers in JSON:API 1.1. Contains no business rules."""
