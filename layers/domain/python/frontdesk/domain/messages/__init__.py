"""What customers and staff are told of orders: to whom, of what, in which order, and what their calendars are told."""
