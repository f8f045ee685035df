"""Webhooks: maintain subscriptions, publish events, deliver them with retries, and redeliver them from the log."""
