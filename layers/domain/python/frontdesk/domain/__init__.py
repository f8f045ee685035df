"""Pure rules: no I/O, no clock, no AWS. Money in minor units, instants in epoch seconds, durations in minutes."""
