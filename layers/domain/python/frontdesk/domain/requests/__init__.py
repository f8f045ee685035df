"""Reads the bodies of requests: orders, changes, bookings and catalog documents. Reads as much as possible, and looks nothing up."""
