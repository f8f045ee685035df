"""The most items that one request reads, counted by its store: about ten thousand, whatever the limits allow."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from frontdesk.domain.assessment.limits import MAX_IDS, MAX_LEDGERS
from frontdesk.domain.assessment.limits import MAX_READ as AT_ONCE
from frontdesk.domain.availability.search import MAX_LEDGERS as MAX_LOOKED_AT
from frontdesk.domain.availability.search import MAX_OWNERS
from frontdesk.domain.catalog.items import Resource, Service
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.availability import free_periods, possible_starts, start_dates
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.calculate import calculate_order
from frontdesk.usecases.orders.place import place_order
from tests.support.examples import some_of
from tests.support.fakes import FakeClock, FakeStore
from tests.unit.builders import ADA, COFFEE, NOW, ORGANIZATION, booking, order
from tests.unit.test_work_of_availability import asked

MAX_READ = 10_000
ROOMS = [Resource(id=f"r{n}", name="R", quantity=1) for n in range(MAX_OWNERS)]
DESK = Service(
    id="desk",
    name="D",
    price=1,
    tax_rate=0,
    resource_ids=frozenset(room.id for room in ROOMS),
    min_duration=1,
)


class Reading(FakeStore):
    def __init__(self) -> None:
        super().__init__("o", (ORGANIZATION, ADA, COFFEE, DESK, *ROOMS))
        self.count = 0

    def read(self, context: Context, keys: Iterable[Key], **how: Any) -> Any:
        keys = set(keys)
        self.count += len(keys)
        return super().read(context, keys, **how)


def read_by(call: Callable[[Reading], object]) -> tuple[int, list[str]]:
    """Returns how many items a call reads, and its refusal."""
    store, refused = Reading(), []
    try:
        call(store)
    except FrontdeskError as error:
        refused = sorted({problem.code for problem in error.problems})
    return store.count, refused


def on(rooms: int, **fields: Any) -> dict[str, Any]:
    ids = [room.id for room in ROOMS[:rooms]]
    return booking(resource_id=ids, service_id={"desk": 1}) | fields


def daily(count: int) -> dict[str, Any]:
    return {"recurring": {"frequency": "daily", "count": count}}


def over(body: dict[str, Any]) -> dict[str, Any]:
    """Returns the same body with past times, which is refused and read again."""
    bookings = [
        each | {"start_date": "2020-04-15T09:00", "end_date": "2020-04-15T10:00"} for each in body["bookings"]
    ]
    return body | {"bookings": bookings}


WORST = {
    "one booking of many rooms for weeks": order(
        on(90, start_date="2026-04-15T09:00", end_date="2026-05-10T09:00")
    ),
    "a series on as many rooms as there may be": order(on(MAX_LEDGERS // 500, **daily(500))),
    "a thousand days of a room": order(on(MAX_LEDGERS // 1000, **daily(1000))),
    "series over midnight": order(
        on(MAX_LEDGERS // 500, start_date="2026-04-15T23:00Z", end_date="2026-04-16T01:00Z", **daily(500))
    ),
    "parts of many rooms each": order(
        on(1, sub_bookings=[
            {"resource_id": [f"p{n}-{m}" for m in range(90)], "service_id": {"desk": 1}} for n in range(200)
        ])
    ),
    "many series that come to far too much": order(*[
        on(90, start_date=f"20{40 + n}-04-15T09:00", end_date=f"20{40 + n}-04-15T10:00", **daily(40))
        for n in range(20)
    ]),
    "as many ids as there may be": order(
        *[on(1, booking_add_ons=[{"add_on_id": f"a{n}-{m}"} for m in range(100)]) for n in range(MAX_IDS // 110)]
    ),
    "days over midnight and ids, both as many as there may be": order(
        *[
            on(MAX_LEDGERS // 100, start_date="2026-04-15T23:00Z", end_date="2026-04-16T01:00Z",
               booking_add_ons=[{"add_on_id": f"a{m}"} for m in range(4_900)], **daily(100))
        ]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORST)
@pytest.mark.parametrize("is_over", [False, True])
def test_an_order_and_its_preview_read_a_bounded_number_of_items(name: str, is_over: bool) -> None:
    body = over(WORST[name]) if is_over else WORST[name]
    config = read_config(body)
    # `make test` places every other order, and previews the rest.
    for ask in some_of([place_order, calculate_order], list(WORST).index(name) + is_over, 2):
        count, _ = read_by(lambda store, ask=ask: ask(Context("o", FakeClock(NOW)), config, store))
        assert count <= MAX_READ


def test_what_would_read_more_is_refused_before_its_days_are_read() -> None:
    config = read_config(WORST["days over midnight and ids, both as many as there may be"])
    count, refused = read_by(lambda store: calculate_order(Context("o", FakeClock(NOW)), config, store))

    assert (count <= AT_ONCE, refused) == (True, ["order_too_large"])


@pytest.mark.parametrize("find", [possible_starts, start_dates, free_periods])
def test_availability_reads_a_bounded_number_of_items(find: Any) -> None:
    found = []
    # Just within the limit, and just beyond it.
    for owners, days in ((33, 90), (34, 92), (MAX_OWNERS, 29), (MAX_OWNERS, 32)):
        query = asked(owners, days, duration=24 * 60)
        if find is free_periods:
            query = query._replace(services=query.services._replace(ids=()), duration=None)
        found.append(read_by(lambda store, query=query: find(Context("o", FakeClock(NOW)), query, store)))
    assert MAX_LOOKED_AT // 2 < max(count for count, _ in found) <= MAX_LOOKED_AT + 2 * MAX_OWNERS
    assert ["invalid_parameter"] in [refused for _, refused in found]
