"""Completing and canceling on a store in memory: cases beyond the guide's tests and the crash tests."""

from typing import Any

import pytest

from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import CompletionConfig
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.place import Placed, place_order
from tests.support.demo import CATALOG, NINE, ONCE10, ORGANIZATION, desks, meeting, order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.shrink import shrink

COUNTER = Key("voucher", "once10")


@pytest.fixture(params=["at once", "in steps"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    if request.param == "in steps":
        shrink(monkeypatch, MAX_ACTIONS=3)
    return FakeStore(ORGANIZATION.id, CATALOG)


def placed(
    store: FakeStore, *bookings: dict[str, Any], clock: FakeClock | None = None, **fields: Any
) -> Placed:
    body = order(*(bookings or (meeting(), desks(3))), voucher_code="ONCE10", **fields)
    return place_order(Context(ORGANIZATION.id, clock or FakeClock()), read_config(body), store)


def test_the_use_of_a_voucher_comes_back_with_the_last_booking(store: FakeStore) -> None:
    first, second = (booking.id for booking in placed(store).bookings)
    cancel_booking(Context(ORGANIZATION.id, FakeClock()), first, store)
    assert store.items[COUNTER].redemptions == 1

    _, canceled, _ = cancel_booking(Context(ORGANIZATION.id, FakeClock()), second, store)

    assert canceled.status == "canceled"
    assert store.items[COUNTER].redemptions == 0


@pytest.mark.parametrize("deleted", [False, True])
def test_an_order_can_be_canceled_when_its_voucher_counts_no_more(store: FakeStore, deleted: bool) -> None:
    order_id = placed(store).order.id
    if deleted:
        del store.items[COUNTER]
    else:
        store.items[COUNTER] = ONCE10.model_copy(update={"max_redemptions": None})

    canceled, _ = cancel_order(Context(ORGANIZATION.id, FakeClock()), order_id, store)

    assert (canceled.status, canceled.active_bookings) == ("canceled", 0)


@pytest.mark.parametrize("by_then", ["archived", "without a limit", "deleted"])
def test_a_draft_is_completed_with_the_voucher_that_it_was_made_with(store: FakeStore, by_then: str) -> None:
    draft = placed(store, complete_order=False).order
    if by_then == "deleted":
        del store.items[COUNTER]
    else:
        changed = {"archived": True} if by_then == "archived" else {"max_redemptions": None}
        store.items[COUNTER] = ONCE10.model_copy(update=changed)

    completed, _ = complete_order(
        Context(ORGANIZATION.id, FakeClock()), draft.id, read_as(CompletionConfig, {}), store
    )

    assert (completed.status, completed.amounts.discount_amount) == ("completed", 1000)
    assert cancel_order(Context(ORGANIZATION.id, FakeClock()), draft.id, store)[0].status == "canceled"
    assert by_then == "deleted" or store.items[COUNTER].redemptions == 0


def test_a_draft_is_not_completed_with_a_voucher_that_was_used_up_meanwhile(store: FakeStore) -> None:
    draft = placed(store, complete_order=False).order
    placed(store, meeting(NINE.replace(hour=15)))

    with pytest.raises(FrontdeskError) as refused:
        complete_order(Context(ORGANIZATION.id, FakeClock()), draft.id, read_as(CompletionConfig, {}), store)

    assert [problem.code for problem in refused.value.problems] == ["voucher_exhausted"]


def test_a_draft_whose_time_is_over_before_it_is_placed_is_not(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch, MAX_ACTIONS=3)
    clock = FakeClock(pauses=3)
    store.before_write = lambda: setattr(clock, "at", clock.at + 400)

    with pytest.raises(FrontdeskError):
        placed(store, complete_order=False, clock=clock)

    assert not any(getattr(item, "status", "") in ("draft", "completed") for item in store.items.values())
