"""The mails about orders: from their causes to the outbox, from there to SES, and back what became of them."""
