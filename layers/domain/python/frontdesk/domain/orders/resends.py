"""Limits how often an order's confirmation is sent again, so that a loop cannot fill a mailbox."""

MAX_RESENDS = 5
_HOUR = 3600


def hour_of(now: int) -> int:
    """Returns the number of the UTC hour since the epoch."""
    return now // _HOUR


def end_of(hour: int) -> int:
    """Returns the end of an hour of `hour_of`, in epoch seconds."""
    return (hour + 1) * _HOUR
