"""What an order and its bookings keep of what was asked for: who, where, when, which belong together."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import TimeslotSeries, Voucher
from frontdesk.domain.orders.order import Booking, Order, Unanswered, ordinal_of
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.booking import read_new_booking
from frontdesk.domain.requests.change import CompletionConfig
from frontdesk.domain.requests.envelope import Shown
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import complete_order
from frontdesk.usecases.orders.place import Idempotency, place_order
from tests.support.demo import (
    ADA,
    BERND,
    CATALOG,
    DESK,
    DESKS,
    NINE,
    ORGANIZATION,
    ROOM,
    desks,
    meeting,
    order,
)
from tests.support.fakes import FakeClock, FakeStore

PART = {"resource_id": DESKS.id, "service_id": DESK.id}
THRICE = {"frequency": "daily", "count": 3}
NOW = FakeClock().now()
FIVE = Voucher(id="five", code="FIVE", percent=Decimal(5))


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(ORGANIZATION.id, CATALOG)


def place(
    store: FakeStore, *bookings: dict[str, Any], key: Idempotency | None = None, **more: Any
) -> tuple[Order, Sequence[Booking]]:
    body = order(*bookings, **{"notify_customer": False, **more})
    placed = place_order(Context(ORGANIZATION.id, FakeClock()), read_config(body), store, key)
    return placed.order, placed.bookings


def numbered(ids: Sequence[str | None]) -> list[int | None]:
    return [None if id is None else ordinal_of(id) for id in ids]


def test_a_series_is_that_of_its_first_booking_and_a_part_is_that_of_its_booking(store: FakeStore) -> None:
    made, bookings = place(store, desks(1), meeting(recurring=THRICE, sub_bookings=[PART]))

    assert numbered([each.id for each in bookings]) == [1, 2, 3, 4, 5, 6, 7]
    assert numbered([each.series_id for each in bookings]) == [None, 2, None, 2, None, 2, None]
    assert numbered([each.super_booking for each in bookings]) == [None, None, 2, None, 4, None, 6]
    assert [each.parts for each in bookings] == [0, 1, 0, 1, 0, 1, 0]
    assert made.calendar_series == (2,)
    assert (made.start, made.end) == (bookings[0].start, bookings[-1].end)


@pytest.mark.parametrize(("completes", "status"), [(True, "accepted"), (False, "reserved")])
def test_what_is_only_held_is_not_accepted(store: FakeStore, completes: bool, status: str) -> None:
    made, [booking] = place(store, meeting(), complete_order=completes)

    assert booking.status == status
    assert made.expires_at == (None if completes else NOW + 60 * ORGANIZATION.draft_minutes)


def test_the_answers_a_draft_lacks_are_asked_of_the_bookings_that_lack_them(store: FakeStore) -> None:
    """Parts have numbers too, and are asked nothing. What is answered already is kept."""
    for id in ("o", "s"):
        store.items[Key("custom_field", id)] = CustomField(id=id, label=id, field_type="text")
    asks = {"order_custom_fields": {"o": True}}
    store.items[Key("organization", ORGANIZATION.id)] = ORGANIZATION.model_copy(update=asks)
    store.items[Key("service", DESK.id)] = DESK.model_copy(update={"custom_fields": {"s": True}})
    part = {"resource_id": ROOM.id, "service_id": meeting()["service_id"]}

    made, bookings = place(
        store,
        desks(1, sub_bookings=[part]),
        desks(1, service_custom_fields={"s": "Ring twice"}),
        desks(1),
        complete_order=False,
    )

    assert set(made.unanswered) == {
        Unanswered(field_ids=("o",), ordinals=()),
        Unanswered(field_ids=("s",), ordinals=(1, 4)),
    }
    answers = [{id: each.value for id, each in booking.custom_entries.items()} for booking in bookings]
    assert answers == [{}, {}, {"s": "Ring twice"}, {}]


@pytest.mark.parametrize(
    ("of_order", "of_bookings", "own", "each_their_own"),
    [
        (ADA.id, [None, None], [False, False], False),
        (ADA.id, [ADA.id, BERND.id], [False, True], False),
        # Without one of its own the order's customer is that of its first booking.
        (None, [ADA.id, BERND.id], [False, True], True),
        (None, [BERND.id, BERND.id], [False, False], False),
    ],
)
def test_who_an_order_and_its_bookings_are_for(
    store: FakeStore,
    of_order: str | None,
    of_bookings: list[str | None],
    own: list[bool],
    each_their_own: bool,
) -> None:
    """Each of several guests gets mail about their own bookings, unless somebody has booked for all of them."""
    asked = [
        meeting(NINE.replace(hour=9 + number)) | ({"customer_id": id} if id else {})
        for number, id in enumerate(of_bookings)
    ]
    made, bookings = place(store, *asked, order_customer_id=of_order)

    assert made.customer_id == of_order or of_bookings[0]
    assert [each.customer_id for each in bookings] == [id or of_order for id in of_bookings]
    assert [each.own_customer for each in bookings] == own
    assert made.each_their_own is each_their_own


@pytest.mark.parametrize(
    ("addresses", "told"),
    [((None, None), False), ((None, "b@example.org"), True), (("a@example.org", None), True)],
)
def test_a_mail_is_asked_for_where_anybody_has_an_address(
    store: FakeStore, addresses: tuple[str | None, str | None], told: bool
) -> None:
    """Whoever books for a guest without one is told, and so is the guest of somebody without one."""
    for customer, email in zip((ADA, BERND), addresses, strict=True):
        store.items[Key("customer", customer.id)] = customer.model_copy(update={"email": email})

    for notify in (True, False):
        asked = meeting(NINE.replace(hour=9 + notify), customer_id=BERND.id)
        made, _ = place(store, asked, notify_customer=notify)

        assert (made.notifies, bool(made.causes)) == ((told, told) if notify else (False, False))


@pytest.mark.parametrize(
    ("zone", "kept"), [(None, None), ("Europe/Berlin", None), ("Asia/Tokyo", "Asia/Tokyo")]
)
def test_a_booking_keeps_the_clock_of_its_place_where_it_is_another(
    store: FakeStore, zone: str | None, kept: str | None
) -> None:
    store.items[Key("resource", DESKS.id)] = DESKS.model_copy(update={"timezone": zone})
    made, [booking] = place(store, desks(1))

    assert (made.timezone, booking.timezone) == ("Europe/Berlin", kept)


def test_a_series_is_one_event_where_it_is_regular_on_the_clock_of_its_place(store: FakeStore) -> None:
    """New York changes its clocks on 10 March 2030, Berlin on the 31st."""
    store.items[Key("resource", DESKS.id)] = DESKS.model_copy(update={"timezone": "America/New_York"})
    start = NINE.replace(month=3, day=8, hour=15)

    made, bookings = place(store, desks(1, start, recurring={"frequency": "daily", "count": 5}))

    assert [booking.start % 86_400 // 3600 for booking in bookings] == [14, 14, 13, 13, 13]
    assert made.calendar_series == (1,)


def test_a_series_of_two_dates_is_none_for_a_calendar(store: FakeStore) -> None:
    made, bookings = place(store, meeting(recurring={"frequency": "daily", "count": 2}))

    assert (len(bookings), made.calendar_series) == (2, ())


def test_a_booking_of_a_course_is_known_as_such(store: FakeStore) -> None:
    course = TimeslotSeries(id="c", name="C", quantity=3, slots={"mon": (("09:00", "17:00"),)})
    store.items[Key("timeslot_series", "c")] = course
    _, bookings = place(store, desks(1, timeslot_series_id="c"), desks(1))

    assert [each.timeslot_series_id for each in bookings] == ["c", None]


@pytest.mark.parametrize(
    ("key", "reference", "found_by_id"),
    [
        (Idempotency.of(ORGANIZATION.id, "import", "id row 7", b""), "row 7", True),
        (Idempotency.of(ORGANIZATION.id, "import", "id row 8", b""), "row 7", False),
        (Idempotency.of(ORGANIZATION.id, "import", "id None", b""), None, False),
        (None, "row 7", False),
    ],
)
def test_an_id_elsewhere_needs_a_list_unless_it_is_that_of_the_row(
    store: FakeStore, key: Idempotency | None, reference: str | None, found_by_id: bool
) -> None:
    """The order of a row is found by the row's id. Any other of that id would be found no more."""
    _, [booking] = place(store, meeting(external_id=reference, note="Ring"), key=key)

    assert (booking.external_id, booking.is_of_row, booking.note) == (reference, found_by_id, "Ring")


def test_a_blocker_keeps_its_title(store: FakeStore) -> None:
    attributes = {
        "is_blocker": True,
        "resource_id": ROOM.id,
        "start_date": "2030-04-15T09:00",
        "end_date": "2030-04-15T10:00",
        "title": "Repairs",
    }
    body = {"data": {"type": "bookings", "attributes": attributes}}
    asked = read_new_booking(body, Shown([]), check_availability=True)
    placed = place_order(Context(ORGANIZATION.id, FakeClock()), asked.reading, store)

    [booking] = placed.bookings
    assert (booking.title, booking.is_blocker, placed.order.is_blocker) == ("Repairs", True, True)


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize(
    ("customer", "limit_each", "counts"), [(ADA.id, None, None), (ADA.id, 1, ADA.id), (None, None, None)]
)
def test_what_a_voucher_counts_is_what_it_limits(
    store: FakeStore, customer: str | None, limit: int | None, limit_each: int | None, counts: str | None
) -> None:
    limits = {"max_redemptions": limit, "max_redemptions_per_customer": limit_each}
    store.items[Key("voucher", "five")] = FIVE.model_copy(update=limits)
    made, _ = place(store, meeting(), voucher_code="five", order_customer_id=customer)

    assert made.voucher is not None
    assert (made.voucher.counts_total, made.voucher.limit) == (limit is not None, limit)
    assert (made.voucher.counts_customer, made.voucher.limit_per_customer) == (counts, limit_each)


def test_a_limit_for_each_customer_counts_nothing_of_a_draft_for_nobody(store: FakeStore) -> None:
    """It was set after the draft was placed. A new order of nobody is refused."""
    store.items[Key("voucher", "five")] = FIVE
    draft, _ = place(store, meeting(), voucher_code="five", order_customer_id=None, complete_order=False)
    store.items[Key("voucher", "five")] = FIVE.model_copy(update={"max_redemptions_per_customer": 1})

    made, _ = complete_order(
        Context(ORGANIZATION.id, FakeClock()), draft.id, read_as(CompletionConfig, {}), store
    )

    assert made.voucher is not None
    assert (made.voucher.counts_customer, made.voucher.limit_per_customer) == (None, None)


def test_the_tax_of_an_order_is_rounded_once(store: FakeStore) -> None:
    """Orders of before were rounded by line, and go on so: see test_tax_once."""
    assert place(store, meeting())[0].taxed_once
