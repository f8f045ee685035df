"""Business rules as pure functions: no I/O, no clock, no AWS. Money is in minor units, instants in epoch seconds, durations in minutes."""
