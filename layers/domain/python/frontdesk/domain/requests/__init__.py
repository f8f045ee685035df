"""Parses the bodies of requests: orders, changes, bookings and catalog documents. Reports all mistakes at once; looks nothing up."""
