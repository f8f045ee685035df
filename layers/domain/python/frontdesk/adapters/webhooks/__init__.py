"""Deliveries of webhooks: the queue, and the connection to receivers."""
