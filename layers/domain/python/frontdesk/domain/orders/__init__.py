"""Orders and bookings as stored: states, prices, and the snapshot that decisions are based on."""
