"""What a caller may send: bodies of orders, changes, bookings and catalog documents, read as far as possible."""
