"""Webhooks: staff maintain subscriptions; events are published, delivered, retried, logged and redelivered."""
