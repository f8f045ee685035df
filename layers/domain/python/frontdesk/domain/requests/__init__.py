"""What callers may send: orders, changes, bookings and catalog documents, read as far as possible. Does not look anything up."""
