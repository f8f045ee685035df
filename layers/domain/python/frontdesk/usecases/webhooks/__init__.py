"""Webhooks: subscriptions kept by staff; events told to them; deliveries made, tried again, logged, and asked for anew."""
