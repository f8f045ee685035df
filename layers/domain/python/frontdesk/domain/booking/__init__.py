"""Turns an assessment or a change into orders, bookings and the writes of one transaction. Does not write them itself."""
