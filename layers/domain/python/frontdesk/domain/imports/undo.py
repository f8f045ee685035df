"""Taking back what an import has made: how far it is, and what is left as it is. Pure."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.trail import Actor

# Of what is left so many are named; `filter[import]` lists all of it.
MAX_NAMED = 20
# Why something is left.
Left = Literal["changed", "ended_before", "gone"]


class Undo(BaseModel):
    """`done` of `total` orders, or things of the catalog, have been looked at, in the order of the file's rows.

    `left` by reason: `changed` since by somebody else, `ended_before` (canceled, archived, or history from the start), `gone`.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    status: Literal["running", "completed"] = "running"
    actor: Actor
    request_id: str | None = None
    reason: str | None = None
    execution: str | None = None
    total: int | None = None
    done: int = 0
    undone: int = 0
    left: dict[Left, int] = Field(default_factory=dict)
    # (id, why) of the first that are left.
    named: tuple[tuple[str, Left], ...] = ()
    started_at: int
    finished_at: int | None = None

    def after(self, outcomes: Sequence[tuple[str, Left | None]], looked_at: int) -> "Undo":
        """With what became of some more: None is undone. Nothing became of what was never there."""
        left = dict(self.left)
        named = list(self.named)
        for id, why in outcomes:
            if why is not None:
                left[why] = left.get(why, 0) + 1
                if len(named) < MAX_NAMED and why != "ended_before":
                    named.append((id, why))
        undone = self.undone + sum(why is None for _, why in outcomes)
        changed: dict[str, Any] = {
            "done": self.done + looked_at, "undone": undone, "left": left, "named": tuple(named)
        }  # fmt: skip
        return self.model_copy(update=changed)


def is_touched(order: Order, bookings: Sequence[Booking]) -> bool:
    """Whether anybody has changed an order since it was placed, or one of its bookings: each change counts a version up."""
    return order.version > 1 or any(booking.version > 1 for booking in bookings)
