"""Deliveries on their way: the queue, and the connection to whoever is told."""
