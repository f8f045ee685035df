"""The progress of undoing an import, and the reasons for leaving items unchanged. Pure."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.trail import Actor

# How many of the unchanged items are listed. `filter[import]` finds all.
MAX_NAMED = 20
# Seconds after its start within which a failed import can be undone. Its rows are kept for seven days, and an undo takes up to one.
FAILED_WITHIN = 6 * 86_400
# Reasons for leaving an item unchanged: `changed` since the import, `ended_before` (canceled or expired since the import), `gone`,
# `in_use` (has bookings), or `updated` (existed before the import, which only changed it).
Left = Literal["changed", "ended_before", "gone", "in_use", "updated"]


class Undo(BaseModel):
    """The progress of an undo: `done` of `total` orders or catalog items have been examined, in the sequence of the file's rows.

    `left` counts the items left unchanged, by reason.
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
    # (id, reason) of the first unchanged items.
    named: tuple[tuple[str, Left], ...] = ()
    started_at: int
    finished_at: int | None = None

    def after(self, outcomes: Sequence[tuple[str, Left | None]], looked_at: int) -> "Undo":
        """Returns the progress after `looked_at` more items were examined.

        `outcomes` has (id, None) for each undone item, and (id, reason) for each item left unchanged. Items that never existed have no
        outcome.
        """
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
    """Whether an order or one of its bookings has been changed since its creation. A version above 1 shows this."""
    return order.version > 1 or any(booking.version > 1 for booking in bookings)
