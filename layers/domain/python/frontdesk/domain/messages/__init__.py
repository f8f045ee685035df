"""Messages to customers and staff about orders: who gets them, what they say, and in which sequence. Sends nothing."""
