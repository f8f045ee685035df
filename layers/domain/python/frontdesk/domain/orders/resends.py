"""How often an order's confirmation may be sent again: so many times an hour, so that nobody's mailbox is filled by a loop."""

MAX_RESENDS = 5
_HOUR = 3600


def hour_of(now: int) -> int:
    """The hour in which something is counted, by the full hours of UTC: a number that grows by one each hour."""
    return now // _HOUR


def end_of(hour: int) -> int:
    """When an hour of `hour_of` is over, in epoch seconds: counting begins anew."""
    return (hour + 1) * _HOUR
