"""What is to be said of a request for bookings: looked up, planned, priced, and held against the days as they are."""
