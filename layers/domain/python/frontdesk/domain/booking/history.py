"""The rules for imported orders that are "past", "agreed", "canceled" or "no_show" (see `History`). Pure."""

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from frontdesk.domain.booking.placement import Claims, Placement
from frontdesk.domain.problems import Problem

# Rules that apply only to future bookings, because the catalog and hours have changed since.
_OF_TIMES = frozenset(
    {
        "in_the_past", "before_lead_time", "after_lead_time", "off_booking_interval", "outside_opening_hours",
        "not_a_slot_of_series", "under_min_duration", "over_max_duration",
    }
)  # fmt: skip
_OF_SLOTS = frozenset({"slot_unavailable", "slot_pending", "day_full"})


class History(NamedTuple):
    """The status of an order before its import.

    A canceled or missed order takes no slot and no voucher. An "agreed" order was accepted by the other system, so rules about times do not
    apply to it.
    """

    status: Literal["past", "agreed", "canceled", "no_show"]

    @property
    def takes_place(self) -> bool:
        """Whether the order occupies its slot: it was neither canceled nor missed."""
        return self.status in ("past", "agreed")

    def problems_left(self, problems: Iterable[Problem], *, begun: Collection[str]) -> list[Problem]:
        """Returns the problems that matter for an imported order.

        For a canceled or missed order, slot conflicts and rules about times (such as opening hours) do not matter. For an agreed order and
        for bookings that have begun, slot conflicts matter, but rules about times do not. `begun` has the JSON pointers of these bookings.
        """
        if not self.takes_place:
            return [each for each in problems if each.code not in _OF_TIMES | _OF_SLOTS]
        return [
            each
            for each in problems
            if each.code not in _OF_TIMES
            or not (self.status == "agreed" or any(f"{each.pointer}/".startswith(f"{of}/") for of in begun))
        ]

    def applied_to(self, placement: Placement, now: int) -> Placement:
        """Returns the placement to write.

        If the order was canceled or missed before its import, the order and its bookings become `canceled`,
        and take no slot.
        """
        if self.takes_place:
            return placement
        missed = self.status == "no_show"
        order = placement.order.model_copy(
            update={
                "status": "canceled", "active_bookings": 0, "voucher": None, "notifies": False, "notification": None, "causes": (),
                "expires_at": None,
            }
        )  # fmt: skip
        bookings = tuple(
            booking.model_copy(update={"status": "canceled", "canceled_at": now, "no_show": missed})
            for booking in placement.bookings
        )
        return placement._replace(order=order, bookings=bookings, claims=Claims({}, {}))
