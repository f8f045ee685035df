"""Webhooks: staff keep subscriptions; events are published, delivered, retried, logged and redelivered."""
