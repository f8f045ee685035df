"""Adapters: each folder implements ports of `usecases` with one AWS service or protocol. Adapters contain no business rules."""
