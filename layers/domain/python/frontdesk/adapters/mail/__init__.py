"""Mail: what recipients read, and sending through SES. Loaded only by functions that send."""
