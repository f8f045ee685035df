"""Mail: writing mails, sending them through SES, and reading SES's reports. Only functions that do this load it."""
