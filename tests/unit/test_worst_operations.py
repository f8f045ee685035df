"""The worst lists, searches, plans, changes and logs, in queries, keys and executed lines: at a tenth of the limits."""

from datetime import timedelta
from typing import Any, cast

import pytest

from frontdesk.api.answers.availability import plan_resource
from frontdesk.domain.catalog.items import Customer, Resource
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.catalog import TYPES
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.order import MAX_BOOKINGS, read_as, read_config
from frontdesk.domain.search import MAX_COMPARED, Sought
from frontdesk.domain.time.intervals import DAY
from frontdesk.domain.time.opening_hours import WEEKDAYS
from frontdesk.domain.trail import Actor, Entry
from frontdesk.usecases import catalog, closures, trail
from frontdesk.usecases import plan as plans
from frontdesk.usecases.catalog import ItemsWanted, Office
from frontdesk.usecases.closures import affected_by
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import sources
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.list import find_bookings, find_orders
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Placed, place_order
from frontdesk.usecases.orders.sources import BookingsWanted, OrdersWanted
from frontdesk.usecases.plan import Readers, make_plan
from frontdesk.usecases.ports import Catalog, Listed, Trails
from frontdesk.usecases.trail import EntriesWanted, audit_log, order_history
from tests.support.demo import CATALOG, DESKS, NINE, ORGANIZATION, ROOM, desks, meeting, order
from tests.support.fakes import FakeClock, FakeLists, FakeStore
from tests.support.work import MAX_STEPS, steps_of

ORG, NOW = ORGANIZATION.id, int(NINE.timestamp()) - 10 * DAY
# A tenth of three seconds' work, for a tenth of the limits.
TENTH = MAX_STEPS // 3


def context() -> Context:
    return Context(ORG, FakeClock(NOW))


def place(store: FakeStore, *bookings: dict[str, Any], **fields: Any) -> Placed:
    return place_order(context(), read_config(order(*bookings, **fields)), store)


def hundreds(count: int, days: int = 1) -> FakeStore:
    """Returns a store with this many orders of one booking each, all of different customers with the same name."""
    store = FakeStore(ORG, CATALOG)
    placed = place(store, desks(1))
    for n in range(count):
        order_id = f"{placed.order.id[:-4]}{n:04}"
        customer = Customer(
            id=f"c{n}", given_name="Ann", family_name=f"Other {n}", email=f"ann{n}@example.com"
        )
        of = {"customer_id": customer.id, "created_at": NOW - n}
        store.items[Key("order", order_id)] = placed.order.model_copy(update={"id": order_id, **of})
        shift = n % days * DAY
        [booking] = placed.bookings
        at = {"start": booking.start + shift, "end": booking.end + shift, "id": f"{order_id}-1"}
        store.items[Key("booking", f"{order_id}-1")] = booking.model_copy(update=at | of)
        store.items[Key("customer", customer.id)] = customer
    return store


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"search": "ann"},
        {"search": "ann other 7", "sorts": (("total", True),)},
        {"statuses": frozenset({"completed"})},
    ],
)
def test_lists_and_searches(wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sources, __import__("frontdesk.usecases.orders.list", fromlist=["list"])):
        monkeypatch.setattr(module, "MAX_EXAMINED", 100)
    store = hundreds(200, 30)
    lists = FakeLists(store)
    orders, bookings = OrdersWanted(**wanted, size=50), BookingsWanted(**wanted, size=50)

    assert steps_of(lambda: find_orders(context(), orders, store, lists), TENTH)
    assert steps_of(lambda: find_bookings(context(), bookings, store, lists), TENTH)


def test_a_plan_of_as_much_as_there_may_be() -> None:
    class AllResources:
        def listed(self, *_: Any, **__: Any) -> Any:
            return (key for key in store.items if key.kind == "resource")

    store = hundreds(plans.MAX_BOOKINGS // 10, plans.MAX_DAYS)
    for n in range(plans.MAX_RESOURCES // 10):
        store.items[Key("resource", f"r{n}")] = Resource(id=f"r{n}", name="R")
    world = Readers(store, FakeLists(store), cast("Catalog", AllResources()))

    def look() -> None:
        made = make_plan(context(), NINE.date(), plans.MAX_DAYS, (), None, world)
        assert len(plan_resource(made, "/")["attributes"]["bookings"]) > 250

    assert steps_of(look, TENTH)


class Counting(FakeLists):
    """Counts the lists that are begun. Every one takes up to some dozens of queries."""

    def __init__(self, store: FakeStore) -> None:
        super().__init__(store)
        self.begun = 0

    def of_resources(self, *about: Any, **how: Any) -> Any:
        self.begun += 1
        return super().of_resources(*about, **how)

    def between(self, *about: Any, **how: Any) -> Any:
        self.begun += 1
        return super().between(*about, **how)


def test_hours_that_change_on_very_many_dates_are_looked_at_a_few_times() -> None:
    """If every fifth day of many years changed, each date was a separate read of eight queries, even without bookings."""
    store = FakeStore(ORG, CATALOG)
    lists = Counting(store)
    days = frozenset(NINE.date() + timedelta(days=5 * n) for n in range(1_000))
    closed = ROOM.model_copy(update={"closed_dates": days})
    office = Office(context(), store, cast("Catalog", None))
    found = affected_by(ROOM, closed, office, lists)

    assert 0 < lists.begun <= closures.MAX_TIMES
    assert found.capped


def test_hours_that_change_while_very_much_is_booked() -> None:
    store = hundreds(100, 90)
    days = frozenset(NINE.date() + timedelta(days=n) for n in range(90))
    closed = DESKS.model_copy(update={"closed_dates": days})
    office = Office(context(), store, cast("Catalog", None))

    def look() -> None:
        assert len(affected_by(DESKS, closed, office, FakeLists(store)).booking_ids) == 101

    assert steps_of(look, TENTH)


WEEK = {"mon": (("09:00", "09:30"),)}
DAILY = dict.fromkeys(WEEKDAYS, (("07:00", "22:00"),))


@pytest.mark.parametrize(
    ("seen", "changed"),
    [
        (DESKS, {"opening_hours": WEEK}),
        (ORGANIZATION, {"timezone": "Pacific/Auckland"}),
        # Each date was a separate read before.
        (DESKS, {"opening_hours": WEEK, "closed_dates": frozenset(NINE.date() + timedelta(days=5 * n) for n in range(1_000))}),
    ],
    ids=["a resource", "an organization", "with dates"],
)  # fmt: skip
def test_weekly_hours_that_change_are_looked_at_in_one_list(seen: Any, changed: dict[str, Any]) -> None:
    """With very much booked, and with years in which nothing is."""
    item = seen.model_copy(update=changed)

    def look(store: FakeStore) -> closures.Affected:
        store.items[Key("resource", DESKS.id)] = DESKS.model_copy(
            update={"timezone": None, "opening_hours": DAILY}
        )
        lists = Counting(store)
        found = affected_by(seen, item, Office(context(), store, cast("Catalog", None)), lists)
        assert lists.begun <= 2
        return found

    assert look(FakeStore(ORG, CATALOG)) == closures.Affected()
    much = hundreds(100, 90)

    def look_at_much() -> None:
        assert len(look(much).booking_ids) > 80

    assert steps_of(look_at_much, TENTH)


def test_weekly_hours_that_change_are_compared_with_so_many_bookings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closures, "MAX_EXAMINED", 100)
    store = hundreds(200, 400)
    closed = DESKS.model_copy(update={"opening_hours": {}})
    found = affected_by(DESKS, closed, Office(context(), store, cast("Catalog", None)), FakeLists(store))
    assert (len(found.booking_ids), found.capped) == (100, True)


class ManyEntries:
    def __init__(self) -> None:
        self.read = 0

    def _entries(self) -> Any:
        while True:
            self.read += 1
            yield f"{self.read:08}", Entry(at=NOW, action="changed", actor=Actor("token", "t", "T"))

    def of_order(self, *_: Any) -> Any:
        return self._entries()

    def of_organization(self, *_: Any) -> Any:
        return self._entries()


def test_logs_go_no_further_than_they_tell() -> None:
    store, trails = FakeStore(ORG, CATALOG), ManyEntries()
    placed = place(store, meeting())

    def look() -> None:
        assert audit_log(context(), EntriesWanted(), cast("Trails", trails))[1]
        assert order_history(context(), placed.order.id, store, cast("Trails", trails)).capped

    assert steps_of(look, TENTH)
    assert trails.read <= 2 * (trail.MAX_EXAMINED + 1)


@pytest.mark.parametrize("what", ["complete", "cancel", "move"])
def test_changes_of_the_largest_orders(what: str) -> None:
    store = FakeStore(ORG, CATALOG)
    daily = {"recurring": {"frequency": "daily", "count": MAX_BOOKINGS // 10}}
    placed = place(store, desks(1) | daily, complete_order=what == "cancel")
    id = placed.bookings[0].id
    later = {
        "start_date": (NINE + timedelta(minutes=1)).isoformat(),
        "end_date": (NINE + timedelta(hours=9)).isoformat(),
    }
    moved = read_as(BookingDocument, {"data": {"attributes": later | {"check_availability": False}}})
    changes = {
        "complete": lambda: complete_order(context(), placed.order.id, read_as(CompletionConfig, {}), store),
        "cancel": lambda: cancel_order(context(), placed.order.id, store),
        "move": lambda: move_booking(context(), id, moved, store),
    }
    assert steps_of(changes[what], TENTH)


@pytest.mark.parametrize("what", ["place", "complete", "cancel", "cancel one"])
def test_an_order_of_four_times_as_many_is_four_times_the_work(what: str) -> None:
    """Each booking's family was looked for among all: of a thousand bookings, half of a cancellation."""

    def work(count: int) -> int:
        store = FakeStore(ORG, CATALOG)
        daily = desks(1) | {"recurring": {"frequency": "daily", "count": count}}
        if what == "place":
            return steps_of(lambda: place(store, daily))
        placed = place(store, daily, complete_order="cancel" in what)
        calls = {
            "complete": lambda: complete_order(
                context(), placed.order.id, read_as(CompletionConfig, {}), store
            ),
            "cancel": lambda: cancel_order(context(), placed.order.id, store),
            "cancel one": lambda: cancel_booking(context(), placed.bookings[0].id, store),
        }
        return steps_of(calls[what])

    assert work(320) < 4.5 * work(80)


def test_a_search_compares_so_much_text_and_says_that_there_is_more() -> None:
    """One character may stand for eighteen: a search of a thousand descriptions took five seconds."""
    read: list[int] = []

    def text_of(item: int) -> str:
        read.append(item)
        return "x" * 90_000

    found, is_cut = Sought(("x",)).among(range(1_000), text_of)
    assert found == read
    assert len(read) <= MAX_COMPARED // 90_000 + 1
    assert is_cut
    assert Sought(("x",)).among(range(10), text_of) == ([*range(10)], False)


def test_a_number_is_looked_for_among_so_many_bookings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of orders with a thousand bookings each, every number was computed: of 10,000 orders ten million."""
    monkeypatch.setattr(sources, "MAX_SEARCHED", 1_000)
    computed: list[str] = []
    monkeypatch.setattr(sources, "digits_of", lambda id: computed.append(id) or "")
    orders = (Listed(Key("order", f"o{n}"), NOW, 1_000) for n in range(10_000))

    class Orders(FakeLists):
        def orders(self, *_: Any, **__: Any) -> Any:
            return orders

    store = FakeStore(ORG, CATALOG)
    assert sources.Looking(context(), store, Orders(store)).numbered("BB" + "1" * 16) == ()
    assert 1_000 < len(computed) <= 5_000


def test_a_search_for_customers_goes_so_far_and_says_that_there_are_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalog, "MAX_SEARCHED", 100)
    read: list[int] = []

    def customers(*_: Any, **__: Any) -> Any:
        for n in range(10_000):
            read.append(n)
            yield f"c{n}", "somebody"

    class Nobody:
        def listed(self, *_: Any, **__: Any) -> Any:
            return iter(())

    store = FakeStore(ORG, CATALOG)
    lists = FakeLists(store)
    monkeypatch.setattr(lists, "customers", customers)
    office = Office(context(), store, cast("Catalog", Nobody()))
    page = catalog.find_items(TYPES["customers"], ItemsWanted(search="nobody"), office, lists)
    assert page.capped
    assert len(read) <= 101
