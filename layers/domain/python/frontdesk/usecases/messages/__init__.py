"""Mails about orders: from causes to the outbox, from there to SES, and the reports that come back."""
