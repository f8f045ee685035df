"""Deliveries of webhooks: the queue, and the connections to the receivers."""
