"""Lists on a real engine: what they find, and how much they read, however full the table is."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import pytest

from frontdesk.adapters.dynamodb import indexes, items
from frontdesk.adapters.dynamodb.lists import ListTable
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.availability.search import Named, Query
from frontdesk.domain.booking.changes import hidden
from frontdesk.domain.booking.writes import ChangedBooking, ChangedOrder, CheckedOrder, NewBooking, NewOrder
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Amounts, Booking, BookingStatus, Line, Order, OrderStatus
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import INVISIBLE, order_after
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.time.intervals import DAY, day_start
from frontdesk.usecases.availability import free_periods
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.orders.list import find_bookings, find_orders
from frontdesk.usecases.orders.place import place_order
from frontdesk.usecases.orders.sources import BookingsWanted, OrdersWanted
from frontdesk.usecases.ports import Listed
from tests.support.demo import ADA, BERLIN, BERND, CATALOG, MEETING, ORGANIZATION, ROOM, meeting, order
from tests.support.engine import Table, table
from tests.support.examples import some_of
from tests.support.fakes import FakeLists, FakeStore
from tests.support.faults import counted, events_of

ORG = ORGANIZATION.id
# 2026-03-01, a day on which the system existed.
SPRING = 1_772_323_200
CLOCK = SystemClock(600)
LINE = Line(
    kind="service", reference=MEETING.id, title="Meeting", quantity=1, unit_price=5000, is_net_price=False, tax_rate=19,
    discount_amount=0, net_amount=4202, tax_amount=798, total=5000,
)  # fmt: skip
AMOUNTS = Amounts(total=5000, net_amount=4202, tax_amount=798, discount_amount=0)


def an_order(
    number: int, *spans: tuple[int, int], made: int, resource: str | tuple[str, ...] = ROOM.id, **more: Any
) -> tuple[Order, list[Booking]]:
    """Returns an order with a booking on one resource for each span (start, end)."""
    order_id = str(UUID(int=number * 2654435761 % 2**128, version=4))
    customers = more.pop("customers", [ADA.id] * len(spans))
    order = Order(
        id=order_id, organization_id=ORG, status=more.pop("status", "completed"), attempt="try", customer_id=customers[0], booking_count=len(spans),
        active_bookings=len(spans), currency="EUR", timezone="Europe/Berlin", amounts=AMOUNTS, taxes=(),
        start=min(start for start, _ in spans), end=max(end for _, end in spans), created_at=made, updated_at=made, **more,
    )  # fmt: skip
    bookings = [
        Booking(
            id=f"{order_id}-{ordinal}", status="accepted", resource_ids=(resource,) if isinstance(resource, str) else resource,
            services={MEETING.id: 1}, customer_id=customer, own_customer=customer != customers[0], start=start, end=end,
            blocker_start=start, blocker_end=end, charged_duration=60, quantity=1, weight=1, is_blocker=order.is_blocker,
            lines=(LINE,), amounts=AMOUNTS, currency="EUR", created_at=made, updated_at=made,
        )
        for ordinal, ((start, end), customer) in enumerate(zip(spans, customers, strict=True), start=1)
    ]  # fmt: skip
    return order, bookings


def put(on: Table, sold: Iterator[tuple[Order, list[Booking]]]) -> None:
    """Writes many orders the fastest way, without conditions."""
    rows = (
        row
        for order, bookings in sold
        for row in (
            items.order_row(order),
            *(r for b in bookings for r in items.booking_rows(ORG, b, asks_order=order.status in INVISIBLE)),
        )
    )
    on.put(rows)


@dataclass
class Reading:
    """The number of reads, of index keys read, and of items read."""

    calls: int = 0
    keys: int = 0
    items: int = 0


@contextmanager
def read_from(store: DynamoStore) -> Iterator[Reading]:
    reading = Reading()

    def count(parsed: Any, model: Any, **_: Any) -> None:
        assert model.name in ("Query", "BatchGetItem")
        reading.calls += 1
        found = parsed.get("Items", [])
        reading.keys += sum("body" not in raw for raw in found)
        reading.items += sum("body" in raw for raw in found) + sum(
            map(len, parsed.get("Responses", {}).values())
        )

    events_of(store).register("after-call.dynamodb", count)
    try:
        yield reading
    finally:
        events_of(store).unregister("after-call.dynamodb", count)


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


# Results


@pytest.fixture(scope="module")
def both(memory_dynamodb: None) -> Iterator[tuple[ListTable, FakeLists, list[tuple[Order, list[Booking]]]]]:
    """Orders of all lengths, from a minute to three years, in a table and in memory."""
    dice = random.Random(7)
    rooms = ["one", "two", "three"]
    customers = ["ada", "bernd", "cleo"]

    def span() -> tuple[int, int]:
        start = SPRING + dice.randrange(0, 500 * DAY, 900)
        seconds = dice.choice(
            [
                60,
                3600,
                20 * 3600,
                DAY,
                DAY + 60,
                9 * DAY,
                32 * DAY,
                32 * DAY + 60,
                200 * DAY,
                1024 * DAY,
                1100 * DAY,
            ]
        )
        return start, start + seconds

    sold = []
    for number in range(1, 241):
        spans = [span() for _ in range(dice.choice([1, 1, 1, 2, 4]))]
        # Many orders in the same second.
        made = SPRING + dice.randrange(0, 200 * DAY, 40 * DAY) + dice.choice([0, 0, 1])
        status: OrderStatus = dice.choice(["completed", "completed", "draft", "canceled", "placing"])
        resources = tuple(dice.sample(rooms, dice.choice([1, 1, 2, 3])))
        named = {
            "customers": [dice.choice(customers) for _ in spans],
            "is_blocker": len(spans) == 1 and dice.random() < 0.2,
        }
        sold.append(an_order(number, *spans, made=made, resource=resources, status=status, **named))
    memory = FakeStore(ORG, CATALOG)
    memory.items |= {Key("order", order.id): order for order, _ in sold}
    memory.items |= {Key("booking", booking.id): booking for _, bookings in sold for booking in bookings}
    with table(memory_dynamodb) as made_table:
        put(made_table, iter(sold))
        yield ListTable(made_table.store), FakeLists(memory), sold


def ranges() -> list[tuple[int, int]]:
    dice = random.Random(11)
    starts = [SPRING + dice.randrange(-40 * DAY, 900 * DAY, 450) for _ in range(40)]
    return [(start, start + dice.choice([60, DAY, 7 * DAY, 31 * DAY, 366 * DAY])) for start in starts]


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_time_has_every_booking_that_reaches_into_it(both: Any, newest_first: bool) -> None:
    real, fake, _ = both
    found = 0
    for start, end in ranges():
        expected = list(fake.between(Context(ORG, CLOCK), start, end, newest_first=newest_first))
        assert list(real.between(Context(ORG, CLOCK), start, end, newest_first=newest_first)) == expected
        found += sum(each.at < start for each in expected)
    assert found > 100, "hardly anything began before its range"


@pytest.mark.parametrize("newest_first", [False, True])
def test_resources_have_every_booking_once_that_reaches_into_a_time(both: Any, newest_first: bool) -> None:
    real, fake, _ = both
    named = [["one"], ["two", "three"], ["three", "one", "one"], ["none"]]
    for number, (start, end) in enumerate(ranges()):
        rooms = named[number % 4]
        # Each range has one of four spans, so that in 16 ranges all resources have all spans.
        for span in some_of([(start, end), (None, end), (start, None), (None, None)], number // 4, 4):
            expected = list(fake.of_resources(Context(ORG, CLOCK), rooms, *span, newest_first=newest_first))
            assert (
                list(real.of_resources(Context(ORG, CLOCK), rooms, *span, newest_first=newest_first))
                == expected
            )


@pytest.mark.parametrize("newest_first", [False, True])
def test_orders_are_in_the_sequence_of_their_making(both: Any, newest_first: bool) -> None:
    real, fake, _ = both
    for span in [
        (None, None),
        (SPRING + 40 * DAY, None),
        (None, SPRING + 80 * DAY + 1),
        (SPRING, SPRING + 1),
        (SPRING + 1, SPRING),
    ]:
        expected = list(fake.orders(Context(ORG, CLOCK), *span, newest_first=newest_first))
        assert list(real.orders(Context(ORG, CLOCK), *span, newest_first=newest_first)) == expected


@pytest.mark.parametrize("span", [(None, None), (0, SPRING + 366 * DAY)])
def test_orders_are_looked_for_in_the_months_in_which_there_can_be_some(
    on: Table, monkeypatch: pytest.MonkeyPatch, span: Any
) -> None:
    """From January 2026, before the first order, to the current month."""
    monkeypatch.setattr(SystemClock, "now", lambda _: SPRING)
    with counted(on.store) as calls:
        assert list(ListTable(on.store).orders(Context(ORG, CLOCK), *span, newest_first=True)) == []
    assert calls == ["Query"] * 3


def test_nothing_is_looked_for_after_the_last_day_there_can_be(on: Table) -> None:
    last = day_start("2199-12-31")
    with counted(on.store) as calls:
        assert (
            list(ListTable(on.store).between(Context(ORG, CLOCK), last, last + 366 * DAY, newest_first=False))
            == []
        )
    assert calls == ["Query"] * len(indexes.LENGTHS)


@pytest.mark.parametrize("customer", ["ada", "bernd", "cleo", "nobody"])
def test_a_customer_has_orders_and_bookings_in_those_of_others(both: Any, customer: str) -> None:
    real, fake, _ = both
    expected = list(fake.of_customer(Context(ORG, CLOCK), customer))
    assert list(real.of_customer(Context(ORG, CLOCK), customer)) == expected
    assert {each.key.kind for each in expected} == ({"order", "booking"} if customer != "nobody" else set())


def test_another_organization_has_nothing_of_it(both: Any) -> None:
    real, _, _ = both
    lists: list[Iterator[Listed]] = [
        real.orders(Context("other", CLOCK), None, None, newest_first=True),
        real.of_customer(Context("other", CLOCK), "ada"),
        real.of_resources(Context("other", CLOCK), ["one"], None, None, newest_first=False),
        real.between(Context("other", CLOCK), SPRING, SPRING + 366 * DAY, newest_first=False),
    ]
    assert [list(each) for each in lists] == [[], [], [], []]


def test_an_order_is_listed_from_the_moment_it_can_be_seen(on: Table) -> None:
    order, bookings = an_order(1, (SPRING, SPRING + 3600), made=SPRING, status="placing")
    on.store.write(Context(ORG, CLOCK), [NewOrder(order), *map(NewBooking, bookings)])
    lists = ListTable(on.store)

    def listed() -> list[list[Key]]:
        by_time = lists.orders(Context(ORG, CLOCK), None, None, newest_first=True)
        return [
            [each.key for each in entries]
            for entries in (by_time, lists.of_customer(Context(ORG, CLOCK), ADA.id))
        ]

    def bookings_of(wanted: BookingsWanted) -> list[str]:
        return [
            booking.id for booking, _ in find_bookings(Context(ORG, CLOCK), wanted, on.store, lists).found
        ]

    of_room = BookingsWanted(resource_ids=(ROOM.id,))
    assert (listed(), bookings_of(of_room)) == ([[], []], [])

    on.store.write(Context(ORG, CLOCK), [ChangedOrder(order, order_after(order, "completed", SPRING))])
    assert (listed(), bookings_of(of_room)) == ([[Key("order", order.id)]] * 2, [bookings[0].id])


def test_bookings_that_come_before_their_order_are_told_by_it(on: Table) -> None:
    """A large order is placed in steps. Until it is placed, and if it never is, its bookings are on no page."""
    order, bookings = an_order(
        1, (SPRING, SPRING + 3600), (SPRING + DAY, SPRING + 2 * DAY), made=SPRING, status="placing"
    )
    on.store.write(Context(ORG, CLOCK), [NewOrder(order)])
    on.store.write(Context(ORG, CLOCK), [CheckedOrder(order), *map(NewBooking, bookings)])
    lists, wanted = ListTable(on.store), BookingsWanted(start=SPRING, end=SPRING + 9 * DAY, size=1)

    def page() -> tuple[list[str], int]:
        found = find_bookings(Context(ORG, CLOCK), wanted, on.store, lists)
        return [booking.id for booking, _ in found.found], found.total

    assert page() == ([], 0)
    on.store.write(Context(ORG, CLOCK), [ChangedOrder(order, order_after(order, "completed", SPRING))])
    assert page() == ([bookings[0].id], 2)


def test_what_is_deleted_is_in_no_list(on: Table) -> None:
    spans = [(SPRING + day * DAY, SPRING + day * DAY + 3600) for day in range(3)]
    order, bookings = an_order(
        1, *spans, made=SPRING, resource=("one", "two"), customers=["ada", "ada", "cleo"]
    )
    on.store.write(Context(ORG, CLOCK), [NewOrder(order), *map(NewBooking, bookings)])
    gone = [each.model_copy(update={"status": "canceled"}) for each in bookings[1:]]
    on.store.write(
        Context(ORG, CLOCK), [ChangedBooking(*pair) for pair in zip(bookings[1:], gone, strict=True)]
    )
    on.store.write(Context(ORG, CLOCK), hidden(order, gone, SPRING))
    lists = ListTable(on.store)

    for wanted in (
        BookingsWanted(),
        BookingsWanted(customer_ids=("ada", "cleo")),
        BookingsWanted(resource_ids=("two",)),
        BookingsWanted(start=SPRING, end=SPRING + 9 * DAY),
        BookingsWanted(order_ids=(order.id,)),
    ):
        page = find_bookings(Context(ORG, CLOCK), wanted, on.store, lists)
        assert ([booking.id for booking, _ in page.found], page.total) == ([bookings[0].id], 1)
    own = {sk: row for (pk, sk), row in on.items().items() if pk == f"{ORG}#order#{order.id}"}
    listed = [sk for sk, row in own.items() if "list_pk" in row or "list2_pk" in row]
    assert sorted(listed) == ["booking#0001", "booking#0001#two", "order"]
    assert sorted(own.keys() - {*listed}) == ["booking#0002", "booking#0003"], "its history stays"


def test_a_customer_is_listed_with_what_it_is_found_by(on: Table) -> None:
    ada = Customer(id="ada", given_name="Ada", email="EDA@example.com", phone="+49 30 1")
    long = Customer(id="long", given_name="x" * 200, company="\U0001f600" * 200)
    on.store.put_catalog(Context(ORG, CLOCK), [ada, long])
    lists = ListTable(on.store)

    found = dict(lists.customers(Context(ORG, CLOCK), archived=False))
    assert found == found | {"ada": "ada eda@example.com 49301", "long": None}
    assert list(lists.customers(Context(ORG, CLOCK), archived=True)) == []


def test_a_booking_that_moves_leaves_its_place_in_every_list(on: Table) -> None:
    order, [booking] = an_order(1, (SPRING, SPRING + 3600), made=SPRING, resource=("one", "two"))
    on.store.write(Context(ORG, CLOCK), [NewOrder(order), NewBooking(booking)])
    later = SPRING + 60 * DAY
    times = {"start": later, "end": later + 2 * DAY, "resource_ids": ("two", "three"), "version": 2}
    on.store.write(Context(ORG, CLOCK), [ChangedBooking(booking, booking.model_copy(update=times))])

    lists = ListTable(on.store)
    for room, expected in {"one": [], "two": [later], "three": [later]}.items():
        assert [
            each.at
            for each in lists.of_resources(Context(ORG, CLOCK), [room], None, None, newest_first=False)
        ] == expected
    assert [
        each.at for each in lists.between(Context(ORG, CLOCK), SPRING, SPRING + 366 * DAY, newest_first=False)
    ] == [later]


# Reads

ROOMS = [f"room-{number}" for number in range(20)]
A_DAY = 10  # bookings of each room
DAY_SHOWN = SPRING + 2 * DAY
APRIL = Query(
    Named("service_id"),
    Named("r[]", (ROOM.id,)),
    Named("timeslot_series_id"),
    date(2030, 4, 1),
    date(2030, 4, 30),
)


def business(bookings: int) -> Iterator[tuple[Order, list[Booking]]]:
    """Yields orders: every room is booked in ten hours of each day, for as many days as needed. Ada has come 30 times."""
    for number in range(bookings):
        day, of_day = divmod(number, len(ROOMS) * A_DAY)
        room, hour = divmod(of_day, A_DAY)
        start = SPRING + day * DAY + (8 + hour) * 3600
        customer = ADA.id if number < 150 and number % 5 == 0 else f"customer-{number % 997}"
        yield an_order(
            number + 1,
            (start, start + 3600),
            made=SPRING + 60 * number,
            resource=ROOMS[room],
            customers=[customer],
        )


def costs(on: Table) -> dict[str, tuple[int, Reading]]:
    """Returns how many items each list has in total, and what its first page reads."""
    lists, store = ListTable(on.store), on.store
    day = {"start": DAY_SHOWN, "end": DAY_SHOWN + DAY, "size": 100}
    order, _ = next(islice(business(1), 1))
    looks: dict[str, Callable[[], int]] = {
        "a day of a resource": lambda: (
            find_bookings(
                Context(ORG, CLOCK), BookingsWanted(resource_ids=(ROOMS[3],), **day), store, lists
            ).total
        ),
        "a day of all": lambda: find_bookings(Context(ORG, CLOCK), BookingsWanted(**day), store, lists).total,
        "an order": lambda: find_order(Context(ORG, CLOCK), order.id, store)[0].booking_count,
        "a customer's bookings": lambda: (
            find_bookings(Context(ORG, CLOCK), BookingsWanted(customer_ids=(ADA.id,)), store, lists).total
        ),
        "availability for a month": lambda: len(
            free_periods(Context(ORG, CLOCK), APRIL, store)[ROOM.id].stretches
        ),
        "a customer's orders": lambda: (
            find_orders(Context(ORG, CLOCK), OrdersWanted(customer_ids=(ADA.id,)), store, lists).total
        ),
    }
    found = {}
    for name, look in looks.items():
        with read_from(store) as reading:
            found[name] = look(), reading
    return found


EXPECTED = {
    # The previous day is searched for bookings that reach into this one, in keys only.
    "a day of a resource": (10, Reading(calls=5, keys=20, items=20)),
    "a day of all": (200, Reading(calls=4 + 2, keys=400, items=200)),
    "an order": (1, Reading(calls=1, keys=0, items=2)),
    "a customer's bookings": (30, Reading(calls=2, keys=30, items=60)),
    "a customer's orders": (30, Reading(calls=2, keys=30, items=25)),
    # The organization, the resource, and a ledger for each day that has one.
    "availability for a month": (90, Reading(calls=2, keys=0, items=32)),
}


@pytest.mark.parametrize(
    "bookings",
    [
        1_000,
        3_000,
        pytest.param(10_000, marks=pytest.mark.thorough),
        pytest.param(100_000, marks=pytest.mark.long),
    ],
)
def test_a_list_costs_what_it_returns_however_much_is_there(on: Table, bookings: int) -> None:
    put(on, business(bookings))
    daily = meeting(datetime(2030, 4, 1, 12, tzinfo=BERLIN), recurring={"frequency": "daily", "count": 30})
    place_order(Context(ORG, CLOCK), read_config(order(daily, order_customer_id=BERND.id)), on.store)

    assert costs(on) == EXPECTED


def test_what_only_items_can_tell_is_looked_for_among_the_first_thousand(on: Table) -> None:
    put(on, business(1_200))
    lists = ListTable(on.store)
    wanted: dict[str, Any] = {"statuses": frozenset[BookingStatus]({"canceled"})}

    with read_from(on.store) as reading:
        page = find_bookings(Context(ORG, CLOCK), BookingsWanted(**wanted), on.store, lists)

    assert (page.found, page.total, page.capped) == ([], 0, True)
    assert (reading.keys, reading.items) == (1_200, 2_000)


def test_a_total_is_counted_up_to_a_thousand_and_pages_go_on(on: Table) -> None:
    put(on, business(1_200))
    lists = ListTable(on.store)
    pages = {
        number: find_orders(Context(ORG, CLOCK), OrdersWanted(number=number, size=100), on.store, lists)
        for number in (1, 9, 10, 11, 12, 13)
    }

    assert {number: (page.total, page.capped) for number, page in pages.items()} == {
        1: (1_000, True),
        9: (1_000, True),
        10: (1_100, True),
        11: (1_200, False),
        12: (1_200, False),
        13: (1_200, False),
    }
    assert [len(page.found) for page in pages.values()] == [100, 100, 100, 100, 100, 0]
