"""Lists compared with a plain model: random data, random queries, and walks through all pages.

The model examines everything. It has no index, page or cap, and no cap is reached here.
"""

import random
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import pytest

from frontdesk.domain.catalog.items import Customer, Resource
from frontdesk.domain.orders.order import Amounts, Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.time.intervals import DAY
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.list import SORTS, find_bookings, find_orders
from frontdesk.usecases.orders.sources import BookingsWanted, OrdersWanted
from tests.support.demo import CATALOG, ORGANIZATION
from tests.support.fakes import FakeClock, FakeLists, FakeStore

NOW = 1_800_000_000
NOTHING = Amounts(total=0, net_amount=0, tax_amount=0, discount_amount=0)
ROOMS = ("one", "two", "three")
NAMES = ("Ada Lovelace", "Zo\u00eb M\u00fcller", "Bernd A", "Cleo", "Ann A")


class Business:
    """Some hundred orders of every status, many in the same seconds, with guests, blockers and deleted bookings."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.store = FakeStore(ORGANIZATION.id, CATALOG)
        self.context = Context(ORGANIZATION.id, FakeClock(NOW))
        self.customers = {
            name.lower(): Customer(id=name.lower(), given_name=name, email=f"{number}@example.com", phone=f"+49 30 {1000 + number}")
            for number, name in enumerate(NAMES)
        }  # fmt: skip
        self.store.items |= {Key("customer", id): customer for id, customer in self.customers.items()}
        self.store.items |= {Key("resource", id): Resource(id=id, name=id) for id in ROOMS}
        claims = {Key("customer_email", str(each.email)): id for id, each in self.customers.items()}
        self.store.items |= claims  # type: ignore[arg-type]
        for _ in range(120):
            self._order(dice)

    def _order(self, dice: random.Random) -> None:
        id, count = str(UUID(int=dice.getrandbits(128), version=4)), dice.choice([1, 1, 1, 2, 5])
        made = NOW - dice.randrange(0, 90 * DAY, 9 * DAY) - dice.choice([0, 0, 1])
        whose, status = (
            dice.choice(list(self.customers)),
            dice.choice(["completed", "completed", "completed", "canceled", "placing"]),
        )
        blocks = count == 1 and dice.random() < 0.15
        deleted = tuple(n for n in range(1, count + 1) if dice.random() < 0.15)
        bookings = []
        for ordinal in range(1, count + 1):
            start = NOW + dice.randrange(-400 * DAY, 800 * DAY, DAY // 2)
            guest = dice.choice(list(self.customers)) if dice.random() < 0.2 else whose
            gone = ordinal in deleted
            bookings.append(
                Booking(
                    id=f"{id}-{ordinal}", status="canceled" if gone or status == "canceled" else "accepted",
                    resource_ids=tuple(dice.sample(ROOMS, dice.choice([1, 1, 2]))), services={}, customer_id=guest,
                    own_customer=guest != whose, deleted=gone, start=start, end=start + dice.choice([3600, DAY, 40 * DAY]),
                    blocker_start=start, blocker_end=start, charged_duration=60, quantity=1, weight=1, is_blocker=blocks,
                    note=dice.choice([None, "bring \uff46lowers"]), lines=(), amounts=NOTHING, currency="EUR", created_at=made,
                    updated_at=made + dice.randrange(3),
                )
            )  # fmt: skip
        order = Order(
            id=id, organization_id=ORGANIZATION.id, status=status, attempt="a", customer_id=whose, booking_count=count,
            active_bookings=count - len(deleted), currency="EUR", timezone="UTC", amounts=NOTHING, taxes=(), deleted=deleted,
            start=min(each.start for each in bookings), end=max(each.end for each in bookings), is_blocker=blocks,
            created_at=made, updated_at=made + dice.randrange(3),
        )  # fmt: skip
        self.store.items |= {Key("order", id): order}
        self.store.items |= {Key("booking", each.id): each for each in bookings}

    @property
    def orders(self) -> Iterator[Order]:
        items = self.store.items.values()
        yield from (each for each in items if isinstance(each, Order) and each.status not in INVISIBLE)

    @property
    def bookings(self) -> Iterator[tuple[Booking, Order]]:
        for order in self.orders:
            for id in order.booking_ids:
                yield self.store.items[Key("booking", id)], order

    def walk(self, find: Any, wanted: Any, **asked: Any) -> list[str]:
        """Returns the ids on all pages, as a client follows them."""
        ids: list[str] = []
        number = 1
        while True:
            page = find(self.context, wanted(**asked, number=number), self.store, FakeLists(self.store))
            assert not page.capped
            ids += [(each[0] if isinstance(each, tuple) else each).id for each in page.found]
            if number * asked["size"] >= page.total:
                assert len(ids) == page.total
                return ids
            assert len(page.found) == asked["size"], "a page that is not the last is full"
            number += 1


def questions(dice: random.Random) -> dict[str, Any]:
    asked: dict[str, Any] = {"size": dice.choice([1, 3, 7, 25, 100])}
    start = NOW + dice.randrange(-400 * DAY, 800 * DAY, DAY)
    filters: dict[str, Any] = {
        "customer_ids": tuple(dice.sample([name.lower() for name in NAMES], dice.choice([1, 2]))),
        "emails": (f"{dice.randrange(len(NAMES))}@EXAMPLE.com",),
        "search": dice.choice(["zoe\u0308", "A Ann", "+49301003", "flowers", "1@example.com", "nobody"]),
        "start": start,
        "end": start + dice.choice([DAY, 300 * DAY]),
        "created_from": NOW - dice.randrange(0, 90 * DAY, 9 * DAY),
        "statuses": frozenset({dice.choice(["completed", "accepted", "canceled"])}),
    }
    asked |= {name: value for name, value in filters.items() if dice.random() < 0.25}
    if dice.random() < 0.6:
        asked["sorts"] = tuple(
            (name, dice.random() < 0.5) for name in dice.sample(SORTS, dice.choice([1, 1, 2]))
        )
    return asked


def fits(asked: dict[str, Any], item: Order | Booking, business: Business) -> bool:
    customer = business.customers[item.customer_id or ""]
    text = f"{customer.given_name} {customer.email} 4930{str(customer.phone)[-4:]} {'flowers' if item.note else ''}"
    words = {"zoe\u0308": ["zo\u00eb"], "A Ann": ["a", "ann"], "+49301003": ["49301003"]}
    search = asked.get("search")
    return all(
        (
            item.customer_id in asked.get("customer_ids", business.customers),
            "emails" not in asked or customer.email == asked["emails"][0].lower(),
            search is None or all(word in text.lower() for word in words.get(search, [search])),
            "end" not in asked or item.start < asked["end"],
            "start" not in asked or item.end > asked["start"],
            item.created_at >= asked.get("created_from", 0),
            "statuses" not in asked or item.status in asked["statuses"],
        )
    )


def in_order(asked: dict[str, Any], ids: Iterable[str], items: dict[str, Any]) -> bool:
    """Whether the ids are in the requested order. Ties may be in any order."""

    def key(id: str) -> list[int]:
        values = {
            "start_date": items[id].start, "end_date": items[id].end, "created_at": items[id].created_at,
            "updated_at": items[id].updated_at, "total": 0,
        }  # fmt: skip
        return [-values[name] if descending else values[name] for name, descending in asked["sorts"]]

    keys = [key(id) for id in ids]
    return keys == sorted(keys)


@pytest.mark.parametrize("seed", range(3))
def test_lists_are_what_a_plain_model_says(seed: int) -> None:
    business, dice, found = Business(seed), random.Random(seed), 0
    orders = {order.id: order for order in business.orders if not order.is_blocker}
    bookings = {booking.id: booking for booking, _ in business.bookings}
    for _ in range(60):
        asked = questions(dice)
        expected = {id for id, order in orders.items() if fits(asked, order, business)}
        ids = business.walk(find_orders, OrdersWanted, **asked)
        assert (len(ids), {*ids}) == (len(expected), expected), asked
        assert in_order(asked | {"sorts": asked.get("sorts", (("created_at", True),))}, ids, orders), asked

        of_rooms: dict[str, Any] = {}
        if dice.random() < 0.3:
            of_rooms["resource_ids"] = tuple(dice.sample(ROOMS, dice.choice([1, 2])))
        if dice.random() < 0.2:
            of_rooms["hides_blockers"] = True
        if dice.random() < 0.1:
            of_rooms["order_ids"] = tuple(dice.sample(sorted(orders), 3))
        fitting = {
            id
            for id, booking in bookings.items()
            if fits(asked, booking, business)
            and {*of_rooms.get("resource_ids", ROOMS)} & {*booking.resource_ids}
            and not (booking.is_blocker and of_rooms.get("hides_blockers"))
            and booking.order_id in of_rooms.get("order_ids", [booking.order_id])
        }
        asked |= of_rooms
        ids = business.walk(find_bookings, BookingsWanted, **asked)
        assert (len(ids), {*ids}) == (len(fitting), fitting), asked
        by_start = {"start", "end", "resource_ids"} & asked.keys()
        usual = ("start_date", False) if by_start else ("created_at", True)
        if "sorts" in asked or "order_ids" not in asked:
            assert in_order(asked | {"sorts": asked.get("sorts", (usual,))}, ids, bookings), asked
        found += len(ids)
    assert found > 300, "hardly anything was found"
