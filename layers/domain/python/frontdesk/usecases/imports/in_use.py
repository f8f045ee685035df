"""Finds out whether catalog items have bookings, so that an undo leaves them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from frontdesk.domain.imports.runs import ImportRun
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Listed, Lists

# Entries examined for an item, and orders for all services. What has more counts as in use: archiving it would be worse than leaving it.
_MOST, _MOST_ORDERS = 1_000, 10_000
_AT_ONCE = 100


class InUse:
    """Which of the items that an import created have bookings that take place or took place.

    The lists may lag by seconds. Nothing breaks if a booking is missed: it keeps the archived item.
    """

    def __init__(self, context: Context, run: ImportRun, lists: Lists) -> None:
        self._context, self._run, self._lists = context, run, lists
        self._services: frozenset[str] | str | None = ""

    def has(self, type: str, id: str) -> bool:
        """Whether an item of the API's type has a booking."""
        if type == "services":
            services = self._booked_services()
            return services is None or id in services
        found = (
            self._lists.of_customer(self._context, id)
            if type == "customers"
            else self._lists.of_resources(self._context, [id], None, None, newest_first=True)
        )
        listed = list(islice(found, _MOST + 1))
        return len(listed) > _MOST or any(self._bookings(iter(listed)))

    def _booked_services(self) -> frozenset[str] | None:
        """Returns the services of all bookings made since the import began; None if there are too many orders. Read once."""
        if isinstance(self._services, str):
            orders = self._lists.orders(self._context, self._run.started_at, None, newest_first=False)
            listed = list(islice(orders, _MOST_ORDERS + 1))
            self._services = (
                None
                if len(listed) > _MOST_ORDERS
                else frozenset(id for each in self._bookings(iter(listed)) for id in each.services)
            )
        return self._services

    def _bookings(self, listed: Iterator[Listed]) -> Iterator[Any]:
        """Yields the bookings of listed orders, and listed bookings themselves, without canceled ones."""
        while some := list(islice(listed, _AT_ONCE)):
            found = self._lists.items(self._context, [each.key for each in some])
            orders = [each for key, each in found.items() if key.kind == "order" and each is not None]
            keys = [Key("booking", id) for order in orders for id in order.booking_ids]
            bookings = [each for key, each in found.items() if key.kind == "booking"]
            for at in range(0, len(keys), _AT_ONCE):
                bookings += self._lists.items(self._context, keys[at : at + _AT_ONCE]).values()
            yield from (
                each for each in bookings if each is not None and each.status not in ("canceled", "rejected")
            )
