"""Webhooks: events, subscriptions, signatures, retries. Delivers nothing itself."""
