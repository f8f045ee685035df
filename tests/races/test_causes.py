"""Two causes of mail on one order, and their expansion, interleaved in the worst ways: nobody is forgotten or told twice."""

from collections import Counter
from typing import Any

import pytest

from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.expand import expand
from tests.races.test_interleavings import Operation, World, schedules
from tests.support.demo import ORGANIZATION, desks, meeting
from tests.support.fakes import FakeOutbox, post_office

MOVED = {"start_date": "2030-04-15T11:00:00+02:00", "notify_customer": True}


class TurnOutbox(FakeOutbox):
    """Gives the other operation its turn before each call."""

    def __init__(self, world: World) -> None:
        super().__init__(world.store)
        self._world = world

    def put(self, context: Any, messages: Any) -> None:
        for message in messages:
            self._world.turns.pass_on()
            super().put(context, [message])

    def take_causes(self, context: Any, order: Order) -> bool:
        self._world.turns.pass_on()
        return super().take_causes(context, order)


class Blind(TurnOutbox):
    """The control: removes all causes, whatever they are."""

    def take_causes(self, context: Any, order: Order) -> bool:
        self._world.turns.pass_on()
        key = Key("order", order.id)
        self.store.items[key] = self.store.items[key].model_copy(update={"causes": ()})
        return True


@pytest.fixture(autouse=True)
def _mails_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The auditor would report the messages of causes that nobody expands here."""
    monkeypatch.setattr(World, "settle", lambda _: None)


def kinds(outbox: FakeOutbox) -> list[str]:
    return sorted(message.kind for message in outbox.messages.values())


def cancel_second(world: World, order_id: str) -> Operation:
    from frontdesk.usecases.orders.change import cancel_booking

    return lambda: cancel_booking(
        Context(ORGANIZATION.id, world.clock), f"{order_id}-2", world.store, notify=True
    )


def test_two_changes_of_one_order_are_two_causes() -> None:
    """Fault 2: of two simultaneous causes, only the later one remained."""

    def make(world: World) -> tuple[Operation, Operation]:
        order_id = world.place(meeting(), desks(2)).order.id
        return cancel_second(world, order_id), lambda: world.move(f"{order_id}-1", **MOVED)

    ends = Counter[tuple[str, ...]]()
    for world, *both in schedules(make):
        assert [outcome.said for outcome in both] == ["done", "done"]
        (order,) = (item for item in world.store.items.values() if isinstance(item, Order))
        assert sorted(cause.kind for cause in order.causes) == ["cancellation", "change"]
        assert [cause.version for cause in order.causes] == [2, 3]
        ends[tuple(cause.kind for cause in order.causes)] += 1
    assert len(ends) == 2, "each of them was first in some schedule"


def lost(kind: type[TurnOutbox]) -> int:
    """Returns the number of schedules in which a cause added during the expansion of others leads to no message in the end."""
    found = 0
    outboxes: dict[int, TurnOutbox] = {}

    def make(world: World) -> tuple[Operation, Operation]:
        order_id = world.place(meeting(), desks(2), notify_customer=True).order.id
        outbox = outboxes[id(world)] = kind(world)
        post = post_office(world.store, outbox=outbox)
        return (
            lambda: expand(Context(ORGANIZATION.id, world.clock), order_id, post),
            cancel_second(world, order_id),
        )

    for world, *both in schedules(make):
        assert [outcome.said for outcome in both] == ["done", "done"]
        outbox = outboxes.pop(id(world))
        (order,) = (item for item in world.store.items.values() if isinstance(item, Order))
        expand(Context(ORGANIZATION.id, world.clock), order.id, post_office(world.store, outbox=outbox))
        assert len(outbox.messages) <= 2
        found += kinds(outbox) != ["cancellation", "confirmation"]
    return found


@pytest.mark.parametrize("kind", [TurnOutbox, Blind], ids=["guard", "control"])
def test_a_cause_that_comes_while_others_are_expanded_is_told(kind: type[TurnOutbox]) -> None:
    assert (lost(kind) > 0) == (kind is Blind)
