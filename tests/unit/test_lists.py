"""Lists of orders and bookings, and changes of single bookings, on a store in memory."""

from datetime import timedelta
from typing import Any

import pytest

from frontdesk.domain.catalog.addresses import email_key
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import arrived, departed, order_after
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import OrderDocument
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.time.intervals import DAY
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import list as list_orders
from frontdesk.usecases.orders import sources
from frontdesk.usecases.orders.attend import note_attendance
from frontdesk.usecases.orders.change import annotate_order
from frontdesk.usecases.orders.list import find_bookings, find_orders
from frontdesk.usecases.orders.place import Placed, place_order
from frontdesk.usecases.orders.related import MAX_INCLUDED, read_related
from frontdesk.usecases.orders.sources import MAX_DAYS, BookingsWanted, OrdersWanted
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
from tests.support.fakes import FakeClock, FakeLists, FakeStore

ORG = ORGANIZATION.id
AT_NINE = int(NINE.timestamp())
NOW = 1_800_000_000


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(ORG, CATALOG)


def place(store: FakeStore, *bookings: dict[str, Any], now: int = NOW, **fields: Any) -> Placed:
    return place_order(Context(ORG, FakeClock(now)), read_config(order(*bookings, **fields)), store)


def bookings(store: FakeStore, now: int = NOW, **wanted: Any) -> list[str]:
    return [
        booking.id
        for booking, _ in find_bookings(
            Context(ORG, FakeClock(now)), BookingsWanted(**wanted), store, FakeLists(store)
        ).found
    ]


def orders(store: FakeStore, now: int = NOW, **wanted: Any) -> list[str]:
    return [
        found.id
        for found in find_orders(
            Context(ORG, FakeClock(now)), OrdersWanted(**wanted), store, FakeLists(store)
        ).found
    ]


def refusal(refused: pytest.ExceptionInfo[FrontdeskError]) -> tuple[int, str, str | None]:
    [problem] = refused.value.problems
    return problem.status, problem.code, problem.parameter


def test_what_nobody_is_told_of_is_in_no_list(store: FakeStore) -> None:
    placed = place(store, meeting())
    looks: list[dict[str, Any]] = [
        {"resource_ids": (ROOM.id,)},
        {"start": AT_NINE},
        {"customer_ids": (ADA.id,)},
        {"search": "ada"},
        {},
    ]
    for wanted in looks:
        assert bookings(store, **wanted) == list(placed.order.booking_ids)
    for status in ("placing", "abandoned"):
        store.items[Key("order", placed.order.id)] = placed.order.model_copy(update={"status": status})
        for wanted in looks:
            assert bookings(store, **wanted) == []
        assert orders(store) == orders(store, customer_ids=(ADA.id,)) == []


def test_a_list_that_is_behind_tells_of_nothing_that_is_hidden(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed, lists = place(store), FakeLists(store)
    listed = list(lists.orders(Context(ORG, FakeClock()), None, None, newest_first=True))
    monkeypatch.setattr(lists, "orders", lambda *_, **__: iter(listed))
    for status, found in (("completed", [placed.order.id]), ("placing", []), ("abandoned", [])):
        store.items[Key("order", placed.order.id)] = placed.order.model_copy(update={"status": status})
        assert [
            each.id for each in find_orders(Context(ORG, FakeClock(NOW)), OrdersWanted(), store, lists).found
        ] == found


def test_a_draft_is_listed_as_what_it_is_by_the_time(store: FakeStore) -> None:
    placed = place(store, complete_order=False)
    over = placed.order.expires_at
    assert over is not None
    for now, status, of_booking in ((over - 1, "draft", "reserved"), (over, "expired", "canceled")):
        assert orders(store, now, statuses=frozenset({status})) == [placed.order.id]
        assert bookings(store, now, statuses=frozenset({of_booking})) == list(placed.order.booking_ids)


def test_a_time_is_looked_for_among_the_orders_and_what_a_customer_has(store: FakeStore) -> None:
    first, second = (place(store, meeting(NINE + timedelta(days=day)), now=NOW + day).order for day in (0, 7))
    time = {"start": AT_NINE + 7 * DAY, "end": AT_NINE + 8 * DAY}

    assert orders(store) == orders(store, customer_ids=(ADA.id,)) == [second.id, first.id]
    assert orders(store, **time) == orders(store, **time, customer_ids=(ADA.id,)) == [second.id]
    assert bookings(store, **time, customer_ids=(ADA.id,)) == list(second.booking_ids)


def test_a_time_without_one_of_its_ends_has_none(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = place(store, meeting(), *(meeting(NINE + timedelta(days=n * MAX_DAYS)) for n in (1, 4, 20)))
    first, second, third, last = placed.order.booking_ids

    assert bookings(store, start=AT_NINE) == [first, second, third, last]
    assert bookings(store, start=AT_NINE + 3600) == [second, third, last]
    assert bookings(store, start=AT_NINE, sorts=(("start_date", True),)) == [last, third, second, first]
    end = AT_NINE + 20 * MAX_DAYS * DAY
    assert bookings(store, end=end + 1) == [first, second, third, last]
    assert bookings(store, end=end) == [first, second, third]
    assert bookings(store, end=end, sorts=(("start_date", True),)) == [third, second, first]
    assert bookings(store, start=AT_NINE, resource_ids=(ROOM.id,)) == [first, second, third, last]

    # For many resources, only the year at that end, and the answer says so.
    monkeypatch.setattr(sources, "MAX_OPEN_RESOURCES", 1)
    for wanted, found in ({"start": AT_NINE}, [first]), ({"end": end + 1}, [last]):
        page = find_bookings(
            Context(ORG, FakeClock(NOW)),
            BookingsWanted(**wanted),
            store,
            FakeLists(store),  # type: ignore[arg-type]
        )
        assert ([booking.id for booking, _ in page.found], page.capped) == (found, True)


def test_an_interrupted_order_leaves_no_empty_pages(store: FakeStore) -> None:
    """Found with an order of 600 bookings: ten visible ones were on page 25, behind 24 empty pages."""
    large = place(store, *(desks(1, NINE + timedelta(days=day)) for day in range(30)))
    seen = place(store, *(desks(2, NINE + timedelta(days=day)) for day in range(10)))
    store.items[Key("order", large.order.id)] = large.order.model_copy(update={"status": "placing"})

    for wanted in (
        {"resource_ids": (DESKS.id,)},
        {"start": AT_NINE},
        {"start": AT_NINE, "end": AT_NINE + 60 * DAY},
    ):
        pages = [
            find_bookings(
                Context(ORG, FakeClock(NOW)),
                BookingsWanted(**wanted, number=number, size=4),  # type: ignore[arg-type]
                store,
                FakeLists(store),
            )
            for number in (1, 2, 3, 4)
        ]
        assert [len(page.found) for page in pages] == [4, 4, 2, 0]
        assert {(page.total, page.capped) for page in pages} == {(10, False)}
        assert [booking.id for page in pages for booking, _ in page.found] == list(seen.order.booking_ids)


ZOE = Customer(
    id="zoe",
    given_name="Zoë",
    family_name="Mu\u0308ller",
    email="Zoe@Example.com",
    phone="+49 (0)30 123-4567",
    company="ﬁne",
)
ANN = Customer(id="ann", given_name="Ann", family_name="A", email="ann@example.com")


@pytest.fixture
def busy(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    """A store with one order of Zoe, and more newer ones of Ann than a search examines."""
    monkeypatch.setattr(sources, "MAX_EXAMINED", 5)
    monkeypatch.setattr(list_orders, "MAX_EXAMINED", 5)
    for customer in (ZOE, ANN):
        store.items[Key("customer", customer.id)] = customer
    place(store, meeting(), order_customer_id="zoe")
    for day in range(1, 9):
        place(store, meeting(NINE + timedelta(days=day)), order_customer_id="ann", now=NOW + day)
    return store


@pytest.mark.parametrize("sort", [None, *list_orders.SORTS])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "search",
    [
        "Zoë", "zoe\u0308", "müller ZOË", "+49301234567", "030 1234567", "0049 30 1234567", "zoe@example.com", "fine",
    ],
)  # fmt: skip
def test_a_search_finds_whose_it_is_among_any_number(
    busy: FakeStore, search: str, sort: str | None, descending: bool
) -> None:
    sorts = ((sort, descending),) if sort else ()
    assert len(orders(busy, search=search, sorts=sorts)) == 1
    assert len(bookings(busy, search=search, sorts=sorts)) == 1
    assert len(bookings(busy, search=search, sorts=sorts, start=AT_NINE)) == 1


def test_a_search_by_number_finds_it_among_any_number(busy: FakeStore) -> None:
    [order] = [each for each in busy.items.values() if isinstance(each, Order) and each.customer_id == "zoe"]
    booking = busy.items[Key("booking", order.booking_ids[0])]
    for text in (order.number, order.number.lower(), order.number[2:], booking.number, f" {booking.number} "):
        assert orders(busy, search=text) == [order.id]
        assert bookings(busy, search=text) == [booking.id]
    assert orders(busy, search="BO0000000000000000") == []
    assert orders(busy, search=order.number, customer_ids=("ann",)) == []
    assert bookings(busy, search=order.number, end=AT_NINE) == []


def test_what_is_examined_does_not_depend_on_the_sort(busy: FakeStore) -> None:
    """For filters that need the orders, the newest ones are examined, however they are sorted."""
    drafts: dict[str, Any] = {"statuses": frozenset({"completed"})}
    newest = orders(busy, **drafts)
    assert len(newest) == 5
    for name in list_orders.SORTS:
        for descending in (False, True):
            assert {*orders(busy, **drafts, sorts=((name, descending),))} == {*newest}


def test_several_customers_and_orders_are_several(store: FakeStore) -> None:
    first = place(store, meeting(), now=NOW).order
    second = place(store, meeting(NINE + timedelta(days=1)), now=NOW + 1, order_customer_id=BERND.id).order
    both = (ADA.id, BERND.id)

    assert orders(store, customer_ids=both) == [second.id, first.id]
    assert bookings(store, customer_ids=both) == [*second.booking_ids, *first.booking_ids]
    assert bookings(store, order_ids=(first.id, second.id)) == [*first.booking_ids, *second.booking_ids]
    assert ADA.email
    assert BERND.email
    assert orders(store, emails=(ADA.email, BERND.email)) == [second.id, first.id]
    assert orders(store, emails=(ADA.email, BERND.email), customer_ids=(ADA.id,)) == [first.id]
    assert orders(store, emails=("nobody@example.com",)) == []


def test_the_orders_of_an_archived_customer_are_found_by_the_address(store: FakeStore) -> None:
    order = place(store, meeting()).order
    assert ADA.email
    store.items[Key("customer", ADA.id)] = ADA.model_copy(update={"archived": True})
    del store.items[Key("customer_email", email_key(ADA.email))]

    assert orders(store, emails=(ADA.email.upper(),)) == [order.id]
    assert orders(store, search=ADA.email) == [order.id]


def test_bookings_of_a_customer_and_a_time_come_by_their_start(store: FakeStore) -> None:
    late = place(store, meeting(NINE + timedelta(days=1)), now=NOW).order
    early = place(store, meeting(), now=NOW + 1).order
    assert bookings(store, customer_ids=(ADA.id,), start=AT_NINE) == [*early.booking_ids, *late.booking_ids]
    assert bookings(store, customer_ids=(ADA.id,)) == [*early.booking_ids, *late.booking_ids]
    assert bookings(store, customer_ids=(ADA.id,), resource_ids=(ROOM.id,)) == [
        *early.booking_ids,
        *late.booking_ids,
    ]


def test_more_than_a_year_is_only_for_resources_that_are_named(store: FakeStore) -> None:
    time = {"start": AT_NINE, "end": AT_NINE + MAX_DAYS * DAY + 1}
    with pytest.raises(FrontdeskError) as refused:
        bookings(store, **time)
    assert refusal(refused) == (400, "invalid_parameter", "filter[end_date]")
    assert bookings(store, **time, resource_ids=(ROOM.id,)) == []


def test_lists_are_sorted_by_several_things(store: FakeStore) -> None:
    placed = [
        place(store, desks(n, NINE + timedelta(hours=h)), now=NOW + i)
        for i, (n, h) in enumerate([(2, 0), (1, 0), (1, 1)])
    ]
    first, second, third = (each.order.id for each in placed)

    assert orders(store) == [third, second, first]
    assert orders(store, sorts=(("created_at", False),)) == [first, second, third]
    assert orders(store, sorts=(("total", False), ("start_date", True))) == [third, second, first]
    assert orders(store, sorts=(("total", True), ("start_date", False))) == [first, second, third]


def test_a_page_is_read_and_nothing_else(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = [place(store, desks(1, NINE + timedelta(days=day))) for day in range(6)]
    asked: list[Key] = []
    read = store.read

    def noted(context: Context, keys: Any, **how: Any) -> Any:
        asked.extend(keys := list(keys))
        return read(context, keys, **how)

    monkeypatch.setattr(store, "read", noted)
    shown = bookings(store, resource_ids=(DESKS.id,), number=2, size=2)

    assert shown == [placed[day].order.booking_ids[0] for day in (2, 3)]
    assert sorted(key.id for key in asked) == sorted([*shown, *(placed[day].order.id for day in (2, 3))])


def test_a_list_goes_no_further_however_many_pages_are_asked_for(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_orders, "MAX_COUNTED", 1)
    monkeypatch.setattr(list_orders, "MAX_LISTED", 2)
    for day in range(3):
        place(store, desks(1, NINE + timedelta(days=day)))

    for number, shown in ((1, 1), (2, 1), (3, 0)):
        page = find_orders(
            Context(ORG, FakeClock(NOW)), OrdersWanted(number=number, size=1), store, FakeLists(store)
        )
        assert (len(page.found), page.total, page.capped) == (shown, 2, True)


def test_the_bookings_of_an_order_are_read_by_its_own_and_by_whatever_else_is_asked(store: FakeStore) -> None:
    placed = place(store, meeting(), desks(1), desks(2))
    place(store, desks(3))
    ids = [each.id for each in placed.bookings]
    of = placed.order.id

    class NoLists(FakeLists):
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError("an order's bookings are known by their order")

    page = find_bookings(
        Context(ORG, FakeClock(NOW)), BookingsWanted(order_ids=(of,), number=2, size=2), store, NoLists(store)
    )
    assert ([booking.id for booking, _ in page.found], page.total) == (ids[2:], 3)
    assert bookings(store, order_ids=(of,)) == ids
    assert bookings(store, order_ids=(of,), resource_ids=(DESKS.id,)) == ids[1:]
    assert bookings(store, order_ids=(of,), statuses=frozenset({"canceled"})) == []
    assert bookings(store, order_ids=(of,), end=AT_NINE) == []
    assert bookings(store, order_ids=(of,), created_from=NOW + 1) == []
    assert bookings(store, order_ids=("nobody's",)) == []
    store.items[Key("order", of)] = placed.order.model_copy(update={"status": "abandoned"})
    assert bookings(store, order_ids=(of,)) == []


def test_what_is_related_is_read_step_by_step_and_once(store: FakeStore) -> None:
    placed = place(store, meeting(), desks(1), desks(2, customer_id=BERND.id))
    store.reads.clear()

    found = read_related(
        Context(ORG, FakeClock()),
        [placed.order],
        [("bookings", "customer"), ("customer",), ("bookings", "service")],
        store,
    )

    assert store.reads == [False, False]
    ids = [each.id for each in found]
    assert len(ids) == len(set(ids))
    assert {*placed.order.booking_ids, ADA.id, BERND.id, DESK.id} <= set(ids)


def test_no_more_bookings_are_included_than_an_order_can_have(store: FakeStore) -> None:
    large = place(store).order.model_copy(update={"booking_count": MAX_INCLUDED})
    read_related(Context(ORG, FakeClock()), [large], [("bookings",)], store)
    with pytest.raises(FrontdeskError) as refused:
        read_related(Context(ORG, FakeClock()), [large, place(store, desks(1)).order], [("bookings",)], store)
    assert refusal(refused) == (400, "invalid_parameter", "include")


# Notes and attendance together with other changes


def test_a_note_is_written_beside_what_somebody_else_changes(store: FakeStore) -> None:
    placed = place(store)
    key = Key("order", placed.order.id)

    def meanwhile() -> None:
        store.before_write = lambda: None
        store.items[key] = order_after(placed.order, "completed", 1, custom_entries={}, timezone="UTC")

    store.before_write = meanwhile
    reading = read_document(OrderDocument, "orders", {"data": {"attributes": {"note": "n"}}})
    changed, _ = annotate_order(Context(ORG, FakeClock()), placed.order.id, reading, store)

    assert (changed.note, changed.timezone, changed.version) == ("n", "UTC", 3)
    assert store.items[key] == changed


def test_a_note_that_is_there_is_not_written_again(store: FakeStore) -> None:
    placed = place(store)
    reading = read_document(OrderDocument, "orders", {"data": {"attributes": {"note": "n"}}})
    first, _ = annotate_order(Context(ORG, FakeClock(NOW + 1)), placed.order.id, reading, store)
    assert annotate_order(Context(ORG, FakeClock(NOW + 2)), placed.order.id, reading, store)[0] == first
    assert first.updated_at == NOW + 1


def test_nobody_comes_to_what_is_just_being_canceled(store: FakeStore) -> None:
    placed = place(store)

    def meanwhile() -> None:
        store.before_write = lambda: None
        # In steps, which the booking itself does not show yet.
        store.items[Key("order", placed.order.id)] = order_after(placed.order, "canceling", 1, canceling=(1,))

    store.before_write = meanwhile
    with pytest.raises(FrontdeskError) as refused:
        note_attendance(Context(ORG, FakeClock()), placed.bookings[0].id, arrived, store)

    assert refusal(refused) == (409, "booking_canceled", None)
    assert store.items[Key("booking", placed.bookings[0].id)].checked_in_at is None


def test_coming_twice_at_once_is_noted_once(store: FakeStore) -> None:
    placed = place(store)
    key = Key("booking", placed.bookings[0].id)

    def meanwhile() -> None:
        store.before_write = lambda: None
        store.items[key] = arrived(placed.bookings[0], placed.order, 5)

    store.before_write = meanwhile
    booking, _ = note_attendance(Context(ORG, FakeClock(6)), key.id, arrived, store)
    assert (booking.checked_in_at, booking.version) == (5, 2)
    assert departed(booking, placed.order, 7).checked_out_at == 7


def test_a_booking_of_a_completed_order_can_be_come_to_before_it_is_settled(store: FakeStore) -> None:
    placed = place(store)
    there = arrived(placed.bookings[0].model_copy(update={"status": "reserved"}), placed.order, 5)
    assert (there.status, there.checked_in_at) == ("accepted", 5)
