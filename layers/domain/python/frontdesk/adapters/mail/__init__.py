"""Mail: what a customer reads, and the way to SES. Only functions that send import this."""
