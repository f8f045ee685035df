"""Mail: writing mails, and sending them through SES. Loaded only by functions that send."""
