"""Mail: writing mails, sending them through SES, and reading SES's reports. Only functions that work with mail load this package."""
