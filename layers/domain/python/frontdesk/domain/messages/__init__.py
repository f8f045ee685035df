"""What customers and staff are told about orders: recipients, content, sequence, and calendar entries. Sends nothing."""
