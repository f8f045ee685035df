"""Who gets a message about an order, what changes and cancellations say, and how causes are stored."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from frontdesk.domain.catalog.message_rules import MessageRule, filled
from frontdesk.domain.messages.audience import MAX_STAFF, Share, messages_of, shares
from frontdesk.domain.messages.message import Message, split_id
from frontdesk.domain.messages.telling import telling
from frontdesk.domain.orders.order import Booking, Cause, Order, Was, numbers_in, ranges_text
from frontdesk.domain.time.patterns import Pattern, pattern_of
from tests.unit.test_mail_confirmation import AMOUNTS, NINE, TAXES, at, booking, canceled

BERLIN = ZoneInfo("Europe/Berlin")
TEN = booking(at("2026-04-15T10:00"), at("2026-04-15T11:00"), 2, customer_id="ben", customer_note="Bring ID")


def order(*bookings: Booking, **changes: Any) -> Order:
    known: dict[str, Any] = {
        "id": "order", "organization_id": "mitte", "status": "completed", "attempt": "a", "customer_id": "ada",
        "booking_count": len(bookings), "active_bookings": len(bookings), "currency": "EUR",
        "timezone": "Europe/Berlin", "amounts": AMOUNTS, "taxes": TAXES,
        "start": min(each.start for each in bookings), "end": max(each.end for each in bookings),
        "created_at": at("2026-04-01T12:00"), "updated_at": at("2026-04-01T12:00"),
    }  # fmt: skip
    return Order(**(known | changes))


def expanded(cause: Cause, *bookings: Booking, **changes: Any) -> list[Message]:
    return list(messages_of(order(*bookings, **changes), bookings, cause, (), 0))


def told(message: Message, *bookings: Booking, **changes: Any) -> list[str] | None:
    found = telling(message, order(*bookings, **changes), bookings, 0)
    return None if found is None else [each.id for each in found.told]


# Who gets what


def test_two_customers_of_an_order_without_one_each_have_their_own() -> None:
    """Fault 1: Ann got a mail with Ben's time and note, and Ben got none."""
    placed = order(NINE, TEN, each_their_own=True)

    assert shares(placed, (NINE, TEN)) == [Share("ada", (1,), False), Share("ben", (2,), False)]


def test_the_orders_customer_has_the_whole_order_and_a_guest_their_own() -> None:
    assert shares(order(NINE, TEN), (NINE, TEN)) == [Share("ada", (1, 2), True), Share("ben", (2,), False)]


def test_canceling_bens_booking_tells_ben_and_not_ann() -> None:
    cause = Cause(version=2, kind="cancellation", ordinals=(2,))
    messages = expanded(cause, NINE, canceled(TEN), each_their_own=True)

    assert [(each.customer_id, each.ordinals, each.beside) for each in messages] == [("ben", (2,), ())]


def test_a_sub_booking_goes_with_its_booking_and_a_blocker_with_nobody() -> None:
    part = booking(TEN.start, TEN.end, 3, super_booking="order-2", customer_id="ada")
    blocker = booking(TEN.start, TEN.end, 4, is_blocker=True, customer_id=None)

    assert shares(order(NINE, TEN, part, blocker), (NINE, TEN, part, blocker)) == [
        Share("ada", (1, 2, 3), True),
        Share("ben", (2, 3), False),
    ]


def test_an_order_without_customers_tells_nobody() -> None:
    nobody = booking(NINE.start, NINE.end, customer_id=None)
    assert shares(order(nobody, customer_id=None), (nobody,)) == []


def test_the_same_cause_leads_to_the_same_messages() -> None:
    cause = Cause(version=3, kind="confirmation")
    once, again = expanded(cause, NINE, TEN), expanded(cause, NINE, TEN)

    assert [each.name for each in once] == [each.name for each in again]
    assert len({each.name for each in once}) == 2
    assert {each.lane for each in once} == {
        each.lane for each in expanded(cause.model_copy(update={"version": 9}), NINE, TEN)
    }


def test_messages_of_one_person_sort_by_version() -> None:
    names = [expanded(Cause(version=version, kind="confirmation"), NINE)[0].name for version in (2, 10, 300)]
    assert names == sorted(names)


def test_a_messages_id_leads_to_its_order_and_name() -> None:
    id = "00000000-0000-4000-8000-000000000001"
    message = expanded(Cause(version=1, kind="confirmation"), NINE)[0].model_copy(update={"order_id": id})
    assert split_id(message.id) == (id, message.name)
    for wrong in ("", id, f"{id}-1", f"{id}-m", "x-m" + message.name, f"{id}-m../../etc"):
        assert split_id(wrong) is None


def test_a_rule_for_staff_makes_a_message_for_each_address_of_bookings_that_it_is_for() -> None:
    rule = MessageRule(
        id="r", name="Desk", event="confirmation", recipients=("staff",), staff_emails=("a@x.de", "b@x.de"),
        service_ids=frozenset({"desk"}),
    )  # fmt: skip
    cause, desk = Cause(version=1, kind="confirmation"), booking(NINE.start, NINE.end, services={"desk": 1})

    for bookings, addresses in (((desk,), ["a@x.de", "b@x.de"]), ((NINE,), [])):
        found = messages_of(order(*bookings), bookings, cause, [rule], 0)
        assert [each.staff_email for each in found if each.staff_email] == addresses


def test_one_change_sends_staff_no_more_than_fifty_mails() -> None:
    """A hundred rules with ten addresses each sent a thousand mails for each change of an order."""
    addresses = tuple(f"desk{n}@x.de" for n in range(10))
    rules = [
        MessageRule(
            id=f"r{n}", name="Desk", event="confirmation", recipients=("staff",), staff_emails=addresses
        )
        for n in range(100)
    ]
    every = messages_of(order(NINE), (NINE,), Cause(version=1, kind="confirmation"), rules, 0)
    found = [each for each in every if each.staff_email]
    assert len(found) == MAX_STAFF == len({each.name for each in found})


# Content


def test_a_second_cancellation_tells_what_it_canceled() -> None:
    """Fault 3: it used to repeat the earlier cancellation."""
    first, second = canceled(NINE), canceled(TEN.model_copy(update={"customer_id": "ada"}))
    other = booking(at("2026-04-16T09:00"), at("2026-04-16T10:00"), 3)
    cause = Cause(version=3, kind="cancellation", ordinals=(2,))
    (message,) = expanded(cause, first, second, other)
    found = telling(message, order(first, second, other), (first, second, other), 0)

    assert found is not None
    assert [each.id for each in found.told] == ["order-2"]
    assert [each.id for each in found.remaining] == ["order-3"]


def test_a_change_tells_the_booking_that_was_changed_and_where_it_was() -> None:
    """Fault 3: it used to list everything, without the former time."""
    was = Was(start=NINE.start - 3600, end=NINE.start)
    other = TEN.model_copy(update={"customer_id": "ada"})
    (message,) = expanded(Cause(version=2, kind="change", ordinals=(1,), was=was), NINE, other)
    found = telling(message, order(NINE, other), (NINE, other), 0)

    assert found is not None
    assert ([each.id for each in found.told], found.was) == (["order-1"], was)


def test_what_is_true_no_more_is_not_told() -> None:
    (confirmation,) = expanded(Cause(version=1, kind="confirmation"), NINE)
    was = Was(start=NINE.start - 3600, end=NINE.start)
    (change,) = expanded(Cause(version=2, kind="change", ordinals=(1,), was=was), NINE)
    (cancellation,) = expanded(Cause(version=3, kind="cancellation", ordinals=(1,)), canceled(NINE))
    back = booking(was.start, was.end)

    assert told(confirmation, NINE) == told(change, NINE) == told(cancellation, canceled(NINE)) == ["order-1"]
    assert told(confirmation, canceled(NINE), status="canceled") is None
    assert told(change, canceled(NINE)) is None
    assert told(change, back) is None
    assert told(cancellation, NINE) is None
    assert told(confirmation, NINE, status="placing") is None


def test_a_booking_that_leaves_in_steps_is_told_as_canceled_before_it_is() -> None:
    (message,) = expanded(
        Cause(version=2, kind="cancellation", ordinals=(2,)),
        NINE,
        TEN.model_copy(update={"customer_id": "ada"}),
    )
    assert told(message, NINE, TEN, canceling=(2,)) == ["order-2"]


# Causes, as they are stored


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (Cause(version=1, kind="confirmation"), "1c"),
        (Cause(version=12, kind="cancellation", ordinals=(1, 2, 3, 6, 9, 10)), "12x1-3,6,9-10"),
        (Cause(version=4, kind="change", ordinals=(2,), was=Was(start=1796289600, end=1796293200)), "4m2@1796289600-1796293200"),
        (Cause(version=4, kind="change", ordinals=(2,), was=Was(start=1, end=2, resource_ids=("a-1", "b"))), "4m2@1-2@a-1,b"),
    ],
)  # fmt: skip
def test_a_cause_is_few_bytes_and_read_as_it_was(cause: Cause, text: str) -> None:
    assert cause.text == text
    assert Cause.of_text(text) == cause
    assert len(text) <= 80


def test_numbers_are_written_as_page_numbers_are() -> None:
    for numbers in ((), (1,), (1, 2), (1, 3), tuple(range(1, 1001)), (2, 4, 5, 6, 8)):
        assert numbers_in(ranges_text(numbers)) == numbers


# Series


def weekly(*days: str, clock: str = "09:00", zone: str = "Europe/Berlin") -> list[int]:
    return [at(f"{day}T{clock}", zone) for day in days]


# The first five are rules of RFC 5545 (3.8.5.3) with their dates and zone.
RFC = [
    (["1997-09-02", "1997-09-03", "1997-09-04", "1997-09-05"], "daily", 1, ()),
    (["1997-09-02", "1997-09-09", "1997-09-16", "1997-11-25", "1997-09-23", "1997-09-30", "1997-10-07", "1997-10-14",
      "1997-10-21", "1997-10-28", "1997-11-04", "1997-11-11", "1997-11-18"], "weekly", 1, ("TU",)),
    (["1997-09-01", "1997-09-03", "1997-09-05", "1997-09-15", "1997-09-17", "1997-09-19", "1997-09-29"], "weekly", 2,
     ("MO", "WE", "FR")),
    (["1997-09-05", "1997-10-03", "1997-11-07", "1997-12-05", "1998-01-02"], "monthly", 1, ("1FR",)),
    (["1998-03-01", "1999-03-01", "2000-03-01"], "yearly", 1, ()),
    (["2026-01-15", "2026-04-15", "2026-07-15"], "monthly", 3, ()),
    (["2026-01-30", "2026-02-27", "2026-03-27", "2026-04-24", "2026-05-29"], "monthly", 1, ("-1FR",)),
]  # fmt: skip


@pytest.mark.parametrize(("days", "frequency", "interval", "weekdays"), RFC)
def test_the_rule_of_a_series_is_told_from_its_dates(
    days: list[str], frequency: str, interval: int, weekdays: tuple[str, ...]
) -> None:
    zone = ZoneInfo("America/New_York")
    found = pattern_of(weekly(*sorted(days), zone=zone.key), zone)
    assert found is not None
    assert (found.frequency, found.interval, found.days, found.missing) == (frequency, interval, weekdays, ())
    assert found.dates == len(days)


def test_dates_that_were_left_out_are_told_apart() -> None:
    starts = weekly("2026-04-13", "2026-04-20", "2026-05-04", "2026-05-11", "2026-05-18")
    assert pattern_of(starts, BERLIN) == Pattern(
        "weekly", 1, ("MO",), starts[0], 6, (at("2026-04-27T09:00"),)
    )


@pytest.mark.parametrize(
    "starts",
    [
        weekly("2026-04-13", "2026-04-20"),
        [*weekly("2026-04-13", "2026-04-20"), at("2026-04-27T10:00")],
        weekly("2026-01-01", "2026-01-02", "2026-03-09"),
    ],
)
def test_what_keeps_no_rule_is_told_one_by_one(starts: list[int]) -> None:
    assert pattern_of(starts, BERLIN) is None


# An organization's own texts


def test_placeholders_are_filled_in_once_and_unknown_ones_refused() -> None:
    values = {"customer_name": "Ada {order_number} {0.__class__}", "order_number": "BO1"}
    assert (
        filled("Dear {customer_name}, {{ order_number }}", values)
        == "Dear Ada {order_number} {0.__class__}, BO1"
    )
    for text in ("{password}", "{0}", "{customer_name.__class__}", "{}"):
        with pytest.raises(ValueError, match="unknown_placeholder"):
            MessageRule(id="r", name="R", event="confirmation", words={"en": {"subject": text}})


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "before_start"},
        {"event": "before_start", "offset": 60, "local_time": "18:00", "days": 1},
        {"event": "before_start", "days": 1},
        {"event": "before_start", "local_time": "25:00", "days": 1},
        {"event": "confirmation", "offset": 60},
        {"event": "confirmation", "recipients": ("staff",)},
        {"event": "confirmation", "staff_emails": ("a@x.de",)},
        {"event": "confirmation", "recipients": ("staff",), "staff_emails": ("nobody",)},
    ],
)
def test_a_rule_that_does_not_fit_together_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whichever of its reasons
        MessageRule(id="r", name="R", **fields)


def test_a_moment_is_on_the_clock_of_the_place() -> None:
    assert datetime.fromtimestamp(NINE.start, BERLIN).hour == 9
