"""Orders and bookings as they are stored: their states, prices, and the snapshot that decisions are taken on."""
