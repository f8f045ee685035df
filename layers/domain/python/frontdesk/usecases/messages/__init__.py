"""Mails about orders: from the causes on an order to the outbox, to SES, and to the reports that SES sends back."""
