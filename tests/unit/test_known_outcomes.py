"""Whether a write that was lost is the one that did it, when its first answer never arrived."""

from typing import Any

import pytest

from frontdesk.adapters.dynamodb.outcomes import is_done
from frontdesk.domain.booking.writes import ChangedBooking, ChangedOrder, CheckedOrder, NewOrder, Write
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import order_after, tombstone_of
from tests.unit.test_holds import NOW, booking, order

PLACING = order("placing", expires_at=NOW + 60)
COMMIT = ChangedOrder(PLACING, order_after(PLACING, "completed", NOW))
NEW = NewOrder(order("completed"))


@pytest.mark.parametrize(
    ("write", "present", "done"),
    [
        (NEW, order("completed"), True),
        # Somebody has changed it since: it was placed all the same.
        (NEW, order("canceled", version=5), True),
        (NEW, order("completed", attempt="another"), False),
        (NEW, tombstone_of(order("completed"), NOW), False),
        (NEW, None, False),
        (COMMIT, COMMIT.order, True),
        (COMMIT, COMMIT.order.model_copy(update={"attempt": "another"}), False),
        (COMMIT, PLACING, False),
        (COMMIT, order("abandoned"), False),
        (COMMIT, None, False),
        # Whoever gives up an order does not know whether it was the first to do so.
        (ChangedOrder(PLACING, order_after(PLACING, "abandoned", NOW)), order("abandoned"), False),
        # Two who change an order at once are not one: a second cancellation, note or completion is decided again.
        (ChangedOrder(order(), order_after(order(), "completed", NOW)), order("completed", version=2), False),
        (
            ChangedOrder(order("completed"), order_after(order("completed"), "completed", NOW, note="mine")),
            order("completed", version=2, note="another"),
            False,
        ),
        (CheckedOrder(order()), order(), False),
        (ChangedBooking(booking(), booking(version=2)), order(), False),
    ],
)
def test_a_lost_write_is_known_again_by_its_attempt(write: Write, present: Order | None, done: bool) -> None:
    lost: dict[Key, Any] = {Key("order", "o"): present}

    assert is_done(write, lost) is done
