"""Use cases of orders and bookings: place, preview, change, move, find and list."""
