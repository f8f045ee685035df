"""The rules of webhooks: events, subscriptions, signatures and retries. The adapters make the deliveries."""
