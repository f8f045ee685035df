"""Adapters: each folder implements ports of `usecases` with one AWS service or protocol. No rules are decided here."""
