"""Messages in DynamoDB."""
