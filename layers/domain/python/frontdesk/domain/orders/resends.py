"""Limits how often an order's confirmation can be sent again, so that a script in a loop cannot flood a mailbox."""

MAX_RESENDS = 5
_HOUR = 3600


def hour_of(now: int) -> int:
    """Returns the UTC hour of an instant, as the number of hours since the epoch."""
    return now // _HOUR


def end_of(hour: int) -> int:
    """Returns the end of the hour with this number, in epoch seconds."""
    return (hour + 1) * _HOUR
