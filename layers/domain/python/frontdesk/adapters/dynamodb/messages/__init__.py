"""Messages in DynamoDB's terms."""
