"""A group of orders that are placed in one transaction. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from frontdesk.domain.booking.placement import Placement
from frontdesk.domain.booking.writes import NewBooking, Write, actions, bytes_of
from frontdesk.domain.ledger import GRID, Ledger, LedgerKey
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.sizes import CUSTOMER_BYTES, MAX_ACTIONS, MAX_TRANSACTION, day_bytes
from frontdesk.domain.time.intervals import DAY

_SPLITS = DAY // GRID


class Ready(NamedTuple):
    """An order that can be placed. `days` are its ledgers as they will be once the order is placed."""

    placement: Placement
    days: Mapping[LedgerKey, Ledger]


@dataclass
class Group:
    """Orders to place in one transaction. `ahead` has the items that the transaction changes, such as ledgers, in their new state.

    `refusals` has the errors of orders that were refused because of this new state. If the transaction fails, these orders are decided
    again.
    """

    placements: dict[int, Placement] = field(default_factory=dict)
    refusals: dict[int, FrontdeskError] = field(default_factory=dict)
    ahead: dict[Key, Any] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    # Size in bytes of each ledger after the write.
    ledgers: dict[LedgerKey, int] = field(default_factory=dict)
    newcomers: set[str] = field(default_factory=set)
    actions: int = 0
    bytes: int = 0

    def take(self, number: int, ready: Ready, newcomers: set[str]) -> bool:
        """Adds an order, if it fits into the transaction. Returns whether it was added.

        An order with an override does not check capacity, so it cannot share a transaction with orders
        that do.
        """
        placement = ready.placement
        own: list[Write] = [placement.new_order, *map(NewBooking, placement.bookings)]
        other = next(iter(self.placements.values()), placement)
        # The most bytes that each ledger may have afterwards: with one more segment for each step of the grid.
        days = {
            key: day_bytes(len(day.segments) + _SPLITS, len(day.holds)) for key, day in ready.days.items()
        }
        ledgers, people = self.ledgers | days, self.newcomers | newcomers
        count, size = self.actions + sum(map(actions, own)), self.bytes + sum(map(bytes_of, own))
        if (
            count + len(ledgers) + 3 * len(people) > MAX_ACTIONS
            or size + sum(ledgers.values()) + CUSTOMER_BYTES * len(people) > MAX_TRANSACTION
            or other.bookings[0].override != placement.bookings[0].override
        ):
            return False
        self.placements[number] = placement
        self.ids.add(placement.order.id)
        self.ledgers, self.newcomers, self.actions, self.bytes = ledgers, people, count, size
        return True
