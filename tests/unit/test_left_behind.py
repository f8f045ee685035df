"""What must not stay behind, and decisions that must not be based on an old read."""

from typing import Any

import pytest

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.ledger import LedgerKey
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_order, remove_booking
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from frontdesk.usecases.orders.place_batch import Asked, place_together
from tests.support.aftermath import findings
from tests.support.demo import CATALOG, DESKS, NINE, ORGANIZATION, desks, in_use, meeting, order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.shrink import shrink

DAY_OF_DESKS = LedgerKey(DESKS.id, "2030-04-15")


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(ORGANIZATION.id, CATALOG)


def place(store: FakeStore, *bookings: dict[str, Any], **fields: Any) -> Placed:
    return place_order(Context(ORGANIZATION.id, FakeClock()), read_config(order(*bookings, **fields)), store)


def test_a_hold_that_a_canceled_order_still_has_is_given_back_by_the_sweep(store: FakeStore) -> None:
    """A claim that was under way arrives after its order was canceled."""
    clock = FakeClock()
    draft = place(store, desks(5), complete_order=False).order
    held = store.items[ledger_item(DAY_OF_DESKS)]
    cancel_order(Context(ORGANIZATION.id, clock), draft.id, store)
    store.items[ledger_item(DAY_OF_DESKS)] = held

    sweep(store, FakeClock(clock.now() + 7 * 86400))

    after = store.items[ledger_item(DAY_OF_DESKS)]
    assert (in_use(after.segments), after.holds) == ({}, {})


def test_a_draft_that_has_expired_is_so_for_all_before_a_booking_of_it_is_deleted(store: FakeStore) -> None:
    """Its bookings explain its holds, as long as it is a draft."""
    draft = place(store, desks(5), meeting(), complete_order=False)
    later = FakeClock((draft.order.expires_at or 0) + 60)

    remove_booking(Context(ORGANIZATION.id, later), draft.bookings[0].id, store)

    assert findings(store.items.items(), later.now()) == []
    assert store.items[Key("order", draft.order.id)].deleted == (1,)
    assert store.items[ledger_item(DAY_OF_DESKS)].holds == {}
    with pytest.raises(FrontdeskError, match="booking_not_found"):
        remove_booking(Context(ORGANIZATION.id, later), draft.bookings[0].id, store)


@pytest.mark.parametrize("steps", [False, True])
def test_a_newcomer_whose_draft_is_refused_after_all_is_not_left_behind(
    store: FakeStore, steps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drafts of a file are placed one by one. Another order takes the desks while this one is written."""
    if steps:
        shrink(monkeypatch, MAX_ACTIONS=3)
    newcomer = Customer(id="new", email="new@example.com")
    body = order(
        meeting(), desks(5), notify_customer=False, complete_order=False, order_customer_id=newcomer.id
    )
    key = Idempotency.of(ORGANIZATION.id, "import", "1", b"", "run")

    def somebody_takes_them() -> None:
        store.before_write = lambda: None
        place(store, desks(12), notify_customer=False)

    store.before_write = somebody_takes_them

    [refused] = place_together(
        Context(ORGANIZATION.id, FakeClock()), [Asked(read_config(body), key, newcomer)], store
    )

    assert isinstance(refused, FrontdeskError)
    assert [problem.code for problem in refused.problems] == ["slot_unavailable"]
    assert not [item for item in store.items.values() if item == newcomer]
    assert Key("customer_email", "new@example.com") not in store.items
    assert findings(store.items.items(), FakeClock().now()) == []


# --- what is lowered holds for whoever begins after the answer ----------------------------------------------------


@pytest.mark.parametrize("how", ["order", "draft", "import", "move"])
def test_a_lowered_quantity_holds_whatever_a_lagging_reading_sees(store: FakeStore, how: str) -> None:
    booking = place(store, desks(5, NINE.replace(day=18))).bookings[0]
    key = Key("resource", DESKS.id)
    store.stale[key] = DESKS
    store.items[key] = DESKS.model_copy(update={"quantity": 4, "version": DESKS.version + 1})

    def begun_after() -> None:
        if how == "import":
            body = read_config(order(desks(5), notify_customer=False))
            key = Idempotency.of(ORGANIZATION.id, "import", "1", b"", "run")
            [outcome] = place_together(Context(ORGANIZATION.id, FakeClock()), [Asked(body, key)], store)
            assert isinstance(outcome, FrontdeskError)
            raise outcome
        if how == "move":
            reading = read_as(BookingDocument, {"data": {"attributes": {"start_date": NINE.isoformat()}}})
            move_booking(Context(ORGANIZATION.id, FakeClock()), booking.id, reading, store)
        place(store, desks(5), complete_order=how == "order")

    with pytest.raises(FrontdeskError) as refused:
        begun_after()

    assert [problem.code for problem in refused.value.problems] == ["slot_unavailable"]
    ledger = store.items.get(ledger_item(DAY_OF_DESKS))
    assert ledger is None or set(ledger.segments.values()) == {0}


def test_a_lowered_limit_holds_whatever_a_lagging_reading_sees(store: FakeStore) -> None:
    key = Key("voucher", "once10")
    store.stale[key] = store.items[key].model_copy(update={"max_redemptions": None})
    store.items[key] = store.items[key].model_copy(update={"max_redemptions": 0, "version": 1})

    with pytest.raises(FrontdeskError) as refused:
        place(store, voucher_code="ONCE10")

    assert [problem.code for problem in refused.value.problems] == ["voucher_exhausted"]
    assert not any(isinstance(item, Order) for item in store.items.values())
