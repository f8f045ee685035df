"""Limits that change during a request: they apply to requests that begin afterwards, and a former limit refuses nobody."""

from collections.abc import Callable
from typing import Any

import pytest

from frontdesk.domain.audit import LATE, audit
from frontdesk.domain.booking import placement
from frontdesk.domain.catalog.items import Lowered, Resource, Voucher, highest_since, lowered_to
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import CompletionConfig
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import place_batch
from frontdesk.usecases.orders.change import cancel_order, complete_order
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from frontdesk.usecases.orders.place_batch import Asked, place_together
from tests.support.demo import ADA, CATALOG, DESKS, NINE, ORGANIZATION, desks, meeting, order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.refusals import codes
from tests.support.shrink import shrink

FEW = Voucher(id="few", code="FEW", percent=10, max_redemptions=3)
OWN = Voucher(id="own", code="OWN", percent=10, max_redemptions_per_customer=3)
FEW_KEY = Key("voucher", "few")
LIMITS = {"FEW": "max_redemptions", "OWN": "max_redemptions_per_customer"}
BOTH = pytest.mark.parametrize("code", list(LIMITS))


@pytest.fixture(params=["at once", "in steps"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    if request.param == "in steps":
        shrink(monkeypatch, MAX_ACTIONS=4)
    return FakeStore(ORGANIZATION.id, [*CATALOG, FEW, OWN])


def place(store: FakeStore, code: str, day: int = 0, clock: FakeClock | None = None, **fields: Any) -> Placed:
    start = NINE.replace(day=NINE.day + day)
    body = order(meeting(start), desks(1, start), voucher_code=code, **fields)
    return place_order(Context(ORGANIZATION.id, clock or FakeClock()), read_config(body), store)


def complete(store: FakeStore, placed: Placed) -> Any:
    answers = read_as(CompletionConfig, {})
    return complete_order(Context(ORGANIZATION.id, FakeClock()), placed.order.id, answers, store)


def patch(store: FakeStore, key: Key, **fields: Any) -> None:
    """Changes an item like staff: the version increases, the counter stays."""
    seen = store.items[key]
    store.items[key] = seen.model_copy(update={"version": seen.version + 1, **fields})


def meanwhile(store: FakeStore, does: Callable[[], None], writes: int = 1) -> None:
    """Does something after everything was read, before the last of this many writes."""
    left = [None] * writes

    def before_write() -> None:
        if left:
            left.pop()
            if not left:
                does()

    store.before_write = before_write


def limit(store: FakeStore, code: str, most: int | None) -> None:
    patch(store, Key("voucher", code.casefold()), **{LIMITS[code]: most})


@BOTH
def test_a_lowered_limit_is_never_passed_by_who_read_the_old_one(store: FakeStore, code: str) -> None:
    place(store, code)
    meanwhile(store, lambda: limit(store, code, 1))

    assert codes(lambda: place(store, code, day=1)) in (["voucher_exhausted"], ["voucher_used_by_customer"])

    assert store.items[FEW_KEY].redemptions == (code == "FEW")


@BOTH
def test_a_draft_is_not_completed_over_a_limit_that_was_lowered(store: FakeStore, code: str) -> None:
    place(store, code)
    draft = place(store, code, day=1, complete_order=False)
    meanwhile(store, lambda: limit(store, code, 1))

    assert codes(lambda: complete(store, draft)) == ["voucher_exhausted"]


@BOTH
@pytest.mark.parametrize("most", [2, None])
def test_a_draft_is_completed_where_the_limit_was_raised(
    store: FakeStore, code: str, most: int | None
) -> None:
    limit(store, code, 1)
    draft = place(store, code, day=1, complete_order=False)
    place(store, code)
    meanwhile(store, lambda: limit(store, code, most))

    completed, _ = complete(store, draft)

    assert completed.status == "completed"
    assert audit(store.items, FakeClock().now()) == []


@BOTH
def test_a_limit_below_what_is_used_is_no_finding(store: FakeStore, code: str) -> None:
    orders = [place(store, code, day).order for day in range(3)]

    limit(store, code, 1)

    assert audit(store.items, FakeClock().now()) == []
    cancel_order(Context(ORGANIZATION.id, FakeClock()), orders[0].id, store)
    assert audit(store.items, FakeClock().now()) == []
    assert codes(lambda: place(store, code, day=4)) in (["voucher_exhausted"], ["voucher_used_by_customer"])


def test_what_is_counted_over_its_own_limit_is_a_finding(store: FakeStore) -> None:
    placed = [place(store, "FEW", day).order for day in range(3)]
    key = Key("order", placed[0].id)
    assert placed[0].voucher
    use = placed[0].voucher.model_copy(update={"limit": 0})
    store.items[key] = store.items[key].model_copy(update={"voucher": use})

    assert [finding.code for finding in audit(store.items, FakeClock().now())] == ["voucher_overused"]


# --- quantities ---------------------------------------------------------------------------------------------------


def lower(store: FakeStore, quantity: int, now: int) -> None:
    seen = store.items[Key("resource", DESKS.id)]
    patch(
        store,
        Key("resource", DESKS.id),
        quantity=quantity,
        lowered=lowered_to(quantity, seen, now),
        updated_at=now,
    )


def test_what_was_sold_before_a_quantity_was_lowered_is_no_finding(store: FakeStore) -> None:
    clock = FakeClock()
    place_order(Context(ORGANIZATION.id, clock), read_config(order(desks(10))), store)

    lower(store, 4, clock.now())

    assert audit(store.items, clock.now()) == []


def test_what_is_sold_after_a_quantity_was_lowered_is_held_to_it(store: FakeStore) -> None:
    clock = FakeClock()
    lower(store, 4, clock.now())
    late = FakeClock(clock.now() + LATE + 1)
    oversold = place_order(
        Context(ORGANIZATION.id, late), read_config(order(desks(5), check_availability=False)), store
    )
    assert audit(store.items, late.now()) == []

    for booking in oversold.bookings:
        key = Key("booking", booking.id)
        store.items[key] = store.items[key].model_copy(update={"override": False})

    assert [finding.code for finding in audit(store.items, late.now())] == ["capacity_exceeded"]


def test_only_quantities_that_were_higher_than_any_since_are_remembered() -> None:
    item = Resource(id="desks", name="Desks", quantity=10)
    for now, quantity in [(100, 7), (200, 3), (300, 5), (400, 5)]:
        item = item.model_copy(update={"quantity": quantity, "lowered": lowered_to(quantity, item, now)})

    assert item.lowered == (Lowered(100, 10), Lowered(200, 7))
    assert [highest_since(item, moment) for moment in (50, 100, 101, 200, 201, 500)] == [10, 10, 7, 7, 5, 5]


def test_of_many_lowered_quantities_the_oldest_are_taken_for_one() -> None:
    item = Resource(id="desks", name="Desks", quantity=100)
    for now in range(1, 31):
        item = item.model_copy(update={"quantity": 100 - now, "lowered": lowered_to(100 - now, item, now)})

    assert len(item.lowered) == 10
    assert (item.lowered[0], item.lowered[-1]) == (Lowered(21, 100), Lowered(30, 71))


# --- imports ------------------------------------------------------------------------------------------------------


def rows(*bodies: dict[str, Any]) -> list[Asked]:
    return [
        Asked(read_config(body), Idempotency.of(ORGANIZATION.id, "import", str(number), b"", "run"))
        for number, body in enumerate(bodies)
    ]


def imported(store: FakeStore, seconds: int) -> list[Any]:
    """Imports two rows. While the first is placed, the number of desks becomes four, and time passes."""
    clock = FakeClock()

    def fewer() -> None:
        lower(store, 4, clock.now())
        clock.at += seconds

    meanwhile(store, fewer)
    first, second = order(meeting(), complete_order=False), order(desks(10))
    outcomes = place_together(Context(ORGANIZATION.id, clock), rows(first, second), store)
    return [
        [problem.code for problem in outcome.problems] if isinstance(outcome, FrontdeskError) else "placed"
        for outcome in outcomes
    ]


def test_an_import_goes_on_by_a_new_reading_after_a_minute() -> None:
    store = FakeStore(ORGANIZATION.id, CATALOG)

    assert imported(store, 61) == ["placed", ["slot_unavailable"]]


def test_control_without_it_an_import_sells_what_is_not_there_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(place_batch, "_MAX_AGE", 3600)
    store = FakeStore(ORGANIZATION.id, CATALOG)

    assert imported(store, 61) == ["placed", "placed"]


def test_control_without_the_version_an_old_limit_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = placement.counted

    def unguarded(*about: Any) -> Any:
        return [
            write._replace(version=None)
            for write in counted(*about)
            if isinstance(write, placement.VoucherCount)
        ]

    monkeypatch.setattr(placement, "counted", unguarded)
    store = FakeStore(ORGANIZATION.id, [*CATALOG, FEW, OWN])
    for code in LIMITS:
        place(store, code, int(code == "OWN"))
        meanwhile(store, lambda code=code: limit(store, code, 1))  # type: ignore[misc]
        place(store, code, 5 + (code == "OWN"))

    assert store.items[FEW_KEY].redemptions == 2
    assert store.items[Key("voucher_use", "own", ADA.id)] == 2
