"""Webhooks: what is an event, who is told of it, how a delivery is signed, tried again, and given up."""
