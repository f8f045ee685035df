"""Turns an assessment or a change into orders, bookings and the writes of one transaction. Writes nothing itself."""
