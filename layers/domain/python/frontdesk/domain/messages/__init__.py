"""Messages to customers and staff about orders: recipients, content, order of sending, and calendar entries. Sends nothing."""
