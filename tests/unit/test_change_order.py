"""Completing and canceling, on a store in memory: what the guide's conformance tests and the crashes leave open."""

import pytest

from frontdesk.model.config import read_config
from frontdesk.model.snapshot import Key
from frontdesk.usecases.change_order import cancel_booking, cancel_order
from frontdesk.usecases.place_order import Placed, place_order
from tests.demo import CATALOG, ONCE10, ORGANIZATION, desks, meeting, order
from tests.fakes import FakeClock, FakeStore
from tests.shrink import shrink

COUNTER = Key("voucher", "once10")


@pytest.fixture(params=["at once", "in steps"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    if request.param == "in steps":
        shrink(monkeypatch, MOST_ACTIONS=3)
    return FakeStore(ORGANIZATION.id, CATALOG)


def placed(store: FakeStore) -> Placed:
    return place_order(read_config(order(meeting(), desks(3), voucher_code="ONCE10")), ORGANIZATION.id, store, FakeClock())


def test_the_use_of_a_voucher_comes_back_with_the_last_booking(store: FakeStore) -> None:
    first, second = (booking.id for booking in placed(store).bookings)
    cancel_booking(ORGANIZATION.id, first, store, FakeClock())
    assert store.items[COUNTER].redemptions == 1

    _, canceled, _ = cancel_booking(ORGANIZATION.id, second, store, FakeClock())

    assert canceled.status == "canceled"
    assert store.items[COUNTER].redemptions == 0


@pytest.mark.parametrize("deleted", [False, True])
def test_an_order_can_be_canceled_when_its_voucher_counts_no_more(store: FakeStore, deleted: bool) -> None:
    order_id = placed(store).order.id
    if deleted:
        del store.items[COUNTER]
    else:
        store.items[COUNTER] = ONCE10.model_copy(update={"max_redemptions": None})

    canceled, _ = cancel_order(ORGANIZATION.id, order_id, store, FakeClock())

    assert (canceled.status, canceled.active_bookings) == ("canceled", 0)
