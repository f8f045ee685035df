"""Reads the body of a request that changes a booking, and applies the change. Pure."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.limits import MAX_RESOURCES
from frontdesk.domain.booking.moves import ATTRIBUTES, Move
from frontdesk.domain.booking.writes import ChangedBooking, ChangedOrder, Write
from frontdesk.domain.catalog.custom_fields import without
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.states import booking_after, order_after
from frontdesk.domain.problems import Problem, pointer
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.order import BookingTexts, Referenced
from frontdesk.domain.time.intervals import (
    DAY,
    Interval,
    end_of_days,
    nominal_length,
    to_instant,
    zone_of_name,
)
from frontdesk.errors import Value


def read_move(
    order: Order,
    bookings: Sequence[Booking],
    booking: Booking,
    document: BookingDocument,
    problems: Sequence[Problem],
) -> Move:
    """Returns the move that a request asks for. `problems` are the problems found while reading the body."""
    asked, found = document.change, list(problems)
    named, resource_path = document.resources(booking.resource_ids)
    place = ZoneInfo(booking.timezone or order.timezone)
    zone = place if asked.timezone is None else zone_of_name(asked.timezone)
    if zone is None:
        found.append(_problem("invalid_timezone", "timezone"))
        zone = place

    def instant(name: str, moment: datetime | None, present: int) -> int:
        if moment is None:
            return present
        read = to_instant(moment, zone)
        if read is None:
            skipped = f"{moment:%Y-%m-%d %H:%M}"
            found.append(_problem("nonexistent_time", name, moment=skipped, zone=zone.key))
            return present
        return read

    start = instant("start_date", asked.start_date, booking.start)
    # If only the start is sent, the length stays the same. Whole days remain whole days on the wall clock.
    end = instant("end_date", asked.end_date, _end_from(start, booking, place))
    if end <= start:
        found.append(_problem("end_before_start" if end < start else "no_duration", "end_date"))
    # Clients may send back unchanged blocker times. The paddings then stay the same, even if the booking moves.
    blocker_start = instant("blocker_start_date", asked.blocker_start_date, booking.blocker_start)
    if blocker_start == booking.blocker_start:
        blocker_start = start - (booking.start - booking.blocker_start)
    blocker_end = instant("blocker_end_date", asked.blocker_end_date, booking.blocker_end)
    if blocker_end == booking.blocker_end:
        blocker_end = end + booking.blocker_end - booking.end
    if blocker_start > start or blocker_end < end:
        name = "blocker_start_date" if blocker_start > start else "blocker_end_date"
        found.append(_problem("blocker_too_short", name))
    if booking.super_booking and (start, end) != (booking.start, booking.end):
        found.append(_problem("sub_booking_moves_along", "start_date"))
    resources = booking.resource_ids
    if named is not None:
        if not named:
            found.append(_problem("resource_id_required", "resource_id"))
        if len(named) > MAX_RESOURCES:
            at = pointer(*resource_path)
            found.append(Problem("too_many_resources", {"most": MAX_RESOURCES}, pointer=at))
            named = ()
        resources = tuple(dict.fromkeys(named)) or resources
    given = asked.model_fields_set & BookingTexts.model_fields.keys()
    notes: dict[str, object] = {name: getattr(asked, name) for name in given}
    if not asked.model_fields_set.isdisjoint(Referenced.model_fields):
        notes |= {"external_id": asked.reference, "is_of_row": False}
    if asked.service_custom_fields:
        notes["custom_entries"] = without(booking.custom_entries, asked.service_custom_fields)
    main = booking.model_copy(
        update={
            "start": start,
            "end": end,
            "blocker_start": blocker_start,
            "blocker_end": blocker_end,
            "resource_ids": resources,
            # Calendars identify an occurrence of a series by its original start.
            "first_start": booking.start
            if booking.series_id and booking.first_start is None and start != booking.start
            else booking.first_start,
            **notes,
        }
    )
    parts = [
        part.model_copy(
            update={
                "start": start,
                "end": end,
                "blocker_start": start - (part.start - part.blocker_start),
                "blocker_end": end + part.blocker_end - part.end,
            }
        )
        for part in bookings
        if part.super_booking == booking.id
        and part.status != "canceled"
        and (start, end) != (booking.start, booking.end)
    ]
    return Move(order, tuple(bookings), booking, asked, resource_path, (main, *parts), tuple(found))


def is_only_noted(move: Move) -> bool:
    """Whether a change only sets notes or erases answers to custom fields."""
    [after, *parts] = move.after
    named = move.change.model_fields_set & {*BookingTexts.model_fields, "service_custom_fields"}
    texts = {name: getattr(after, name) for name in (*BookingTexts.model_fields, "custom_entries")}
    is_same = not parts and after == move.booking.model_copy(update=texts)
    return bool(named) and is_same and not move.change.recalculate_price


def noted(move: Move, now: int) -> list[Write]:
    """Returns the writes of a change that concerns only notes. Such a change causes no mail."""
    booking = booking_after(move.after[0], move.booking.status, now)
    head = order_after(move.order, move.order.status, now)
    return [ChangedOrder(move.order, head), ChangedBooking(move.booking, booking)]


def _end_from(start: int, booking: Booking, zone: ZoneInfo) -> int:
    """Returns the end of the booking if it starts at `start` and keeps its length.

    If the length is a number of whole days, the end has the same local time as the start, such as 10:00. A
    clock change between the start and the end makes no difference.
    """
    days, over = divmod(nominal_length(Interval(booking.start, booking.end), zone), DAY)
    return (
        start + booking.end - booking.start
        if over or start == booking.start
        else end_of_days(start, days, zone)
    )


def _problem(code: str, name: str, **values: Value) -> Problem:
    return Problem(code, values, pointer=pointer(*ATTRIBUTES, name))
