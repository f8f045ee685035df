"""Mail: writing mails, and sending them through SES. Only functions that send or preview mails load it."""
