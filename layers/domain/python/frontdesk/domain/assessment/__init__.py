"""Assesses a request for bookings: looks up what it names, plans, prices and checks it against the days. Writes nothing."""
