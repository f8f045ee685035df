"""Checks the clients' answers against the raw items at the end, without knowing the order of the commits.

If a call was answered before another one began, it took effect first. For any two calls, only that much is known.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.chaos.guests import SETTINGS, Setting
from tests.simulation.checker import TAKES, UNKNOWN, Checker, StoredBooking
from tests.simulation.clients import ONCE10, TWICE, Call, Slot
from tests.simulation.engine import Commit, Engine, ItemKey
from tests.simulation.expressions import Item
from tests.support.demo import DESK, DESKS, MEETING, ROOM, SECOND_ROOM

_EVER = 1 << 63


class Span(NamedTuple):
    """The time at which something took effect: after one moment and before another."""

    first: int
    last: int


class Taker(NamedTuple):
    """Something that takes a quantity of a resource. With `asks`, it had to be refused if there was too little."""

    name: str
    span: Span
    weight: int
    asks: bool


class Aftermath(Checker):
    """The table as the run left it."""

    def __init__(self, items: Mapping[ItemKey, Item], calls: Sequence[Call]) -> None:
        self._items = items
        self._edits = [call for call in calls if call.kind == "edit"]
        super().__init__(Engine(items), [call for call in calls if call.kind != "edit"])
        self._moves, self._marked, self._completing = (defaultdict[str, list[Call]](list) for _ in range(3))
        for call in self._calls:
            if call.refused and not call.refused & UNKNOWN:
                continue
            if call.kind == "move":
                self._moves[call.asked["booking"]].append(call)
            elif call.kind == "create":
                self._marked[call.mark].append(call)
            elif call.kind == "complete":
                self._completing[call.target].append(call)

    def _replay(self) -> Iterator[str]:
        self._apply(Commit(0, 0, self._items))
        yield from self._rooms()
        yield from self._uses()
        yield from self._offers()

    def _most(self, code: str, customer: str | None) -> int | None:
        return max(self._limits(code, customer)(Span(0, _EVER)))

    def _rooms(self) -> Iterator[str]:
        takers = defaultdict[Slot, list[Taker]](list)
        for booking in self._live():
            span, asks = self._came(booking), not booking.fields.get("override")
            for slot in booking.slots:
                takers[slot].append(Taker(booking.id, span, booking.weight, asks))
        for slot, found in takers.items():
            yield from _crowds(f"{slot}", found, self._capacity(slot[0]))

    def _uses(self) -> Iterator[str]:
        uses = defaultdict[tuple[str, str | None], list[Taker]](list)
        for id, order in self._orders.items():
            if order.status == "completed" and "voucher" in order.fields:
                calls = [call for call in self._created(order.bookings.values()) if call.asked["completes"]]
                use = Taker(id, _span([*calls, *self._completing[id]]), 1, True)
                for customer in (None, order.fields["customer_id"]):
                    uses[order.fields["voucher"]["code"], customer].append(use)
        for (code, customer), found in uses.items():
            limit = self._limits(code, customer)
            if limit is not None:
                yield from _crowds(f"{code} of {customer or 'all'}", found, limit)

    def _offers(self) -> Iterator[str]:
        """Checks that everything was offered at the time of its order."""
        for booking in self._live():
            span, fields = self._came(booking), booking.fields
            if SECOND_ROOM.id in fields["resource_ids"] and False not in self._values(
                ("resources", SECOND_ROOM.id, "archived"), span
            ):
                yield f"{booking.id} is of a room that was archived before"
            meets, paddings = MEETING.id in fields["services"], ("padding_before", "padding_after")
            times = (fields["start"] - fields["blocker_start"], fields["blocker_end"] - fields["end"])
            for padding, time in zip(paddings, times, strict=True):
                if meets and time // 60 not in self._values(("services", MEETING.id, padding), span):
                    yield f"{booking.id} has a {padding} of {time} s, which it had not"
            prices = self._values(("services", DESK.id, "price"), span)
            for line in fields["lines"]:
                if line["reference"] == DESK.id and line["unit_price"] not in prices:
                    yield f"{booking.id} has a price of {line['unit_price']}, and there were {prices}"

    def _live(self) -> Iterator[StoredBooking]:
        for order in self._orders.values():
            if order.status in TAKES:
                yield from order.live()

    def _came(self, booking: StoredBooking) -> Span:
        """Returns when the booking got its current place. A move needs no room that the booking already had."""
        return _span([*self._created([booking]), *self._moves[booking.id]])

    def _created(self, bookings: Iterable[StoredBooking]) -> list[Call]:
        return [call for mark in {each.fields["note"] for each in bookings} for call in self._marked[mark]]

    def _capacity(self, resource: str) -> Callable[[Span], set[int]]:
        if resource == DESKS.id:
            return lambda span: self._values(("resources", DESKS.id, "quantity"), span)
        return lambda _: {ROOM.quantity}

    def _limits(self, code: str, customer: str | None) -> Any:
        name = "max_redemptions_per_customer" if customer else "max_redemptions"
        if code == TWICE.code:
            return lambda span: self._values(("vouchers", TWICE.id, name), span)
        most = getattr(ONCE10, name)
        return None if most is None else lambda _: {most}

    def _values(self, setting: Setting, span: Span) -> set[Any]:
        """Returns the values that a setting may have had at some time in the span."""
        edits = [each for each in self._edits if each.asked["setting"] == setting]
        done = [each for each in edits if each.succeeded]
        found = {
            each.asked["value"]
            for each in edits
            if each.began <= span.last and not any(_is_over(each.began, later, span) for later in done)
        }
        if not any(_is_over(0, later, span) for later in done):
            found.add(SETTINGS[setting][0])
        return found


def _is_over(began: int, later: Call, span: Span) -> bool:
    """Whether a later call replaced a change before the span."""
    return later.began > began and later.ended is not None and later.ended < span.first


def _span(calls: Iterable[Call]) -> Span:
    """Returns the span of an effect that any of these calls may have caused."""
    found = list(calls)
    ends = [_EVER if call.ended is None else call.ended for call in found]
    return Span(min((call.began for call in found), default=0), max(ends, default=_EVER))


def _crowds(what: str, takers: Sequence[Taker], most: Callable[[Span], set[int]]) -> Iterator[str]:
    """Yields each taker that was accepted although too little room was left."""
    for each in takers:
        before = [other for other in takers if other.span.last < each.span.first]
        taken, room = sum(other.weight for other in before) + each.weight, most(each.span)
        if each.asks and taken > max(room):
            yield f"{each.name} came to {what} with {sorted(room)}, where {taken - each.weight} were taken: {before}"
    regular = sum(each.weight for each in takers if each.asks)
    if regular > max(most(Span(0, _EVER))):
        yield f"{what} is taken {regular} times"
