"""Reads the recurrence rule of a booking. Pure."""

from frontdesk.domain.assessment.lookup import Lookup
from frontdesk.domain.requests.order import RecurringConfig
from frontdesk.domain.time.recurrence import Frequency, Recurrence
from frontdesk.errors import Invalid, Phrase


def rule_of(lookup: Lookup, config: RecurringConfig, *here: str | int) -> Recurrence | None:
    """Returns the recurrence rule of a booking. If it is invalid, adds problems to `lookup` and returns None."""
    before = len(lookup.problems)
    if config.frequency is None and not lookup.is_unread(*here, "frequency"):
        lookup.refuse("frequency_required", *here, "frequency")
    unread = any(
        lookup.is_unread(*here, name)
        for name in ("until", "count", "by_day", "by_month_day", "interval", "frequency", "on_conflict")
    )
    if config.until is not None and config.count is not None:
        lookup.refuse("recurring_end_twice", *here, "until")
    elif config.until is None and config.count is None and not unread:
        lookup.refuse("recurring_end_required", *here)
    if config.by_month_day and config.frequency not in (None, "monthly"):
        lookup.refuse("invalid_value", *here, "by_month_day", reason=Phrase("month_days_of_a_month"))
    if config.frequency is None or unread or len(lookup.problems) > before:
        return None
    try:
        return recurrence(config.frequency, config)
    except Invalid as error:
        lookup.refuse("invalid_value", *here, "by_day", reason=error.reason)
        return None


def recurrence(frequency: Frequency, rule: RecurringConfig) -> Recurrence:
    """Builds a recurrence rule. Raises Invalid if `by_day` does not suit the frequency, or if a number is too low."""
    return Recurrence(
        frequency, rule.interval or 1, rule.count, rule.until, rule.by_day or (), rule.by_month_day or ()
    )
