"""The actions of clients by profile, and the answers they got."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import cycle, islice, repeat
from random import Random
from typing import Any, NamedTuple

from frontdesk.domain.catalog.items import Voucher
from frontdesk.domain.orders.order import order_id_of
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Idempotency, place_order
from tests.simulation.engine import ItemKey
from tests.simulation.expressions import Item
from tests.simulation.world import Clock, Weather, World
from tests.support.demo import (
    ADA,
    BERND,
    CATALOG,
    DESKS,
    NINE,
    ONCE10,
    ORGANIZATION,
    ROOM,
    SECOND_ROOM,
    desks,
    meeting,
)
from tests.support.turns import Crash

TWICE = Voucher(id="twice", code="TWICE", percent=10, max_redemptions=2, max_redemptions_per_customer=1)
SHOP = [item for item in CATALOG if item != DESKS] + [DESKS.model_copy(update={"quantity": 3}), TWICE]
CAPACITY = {ROOM.id: 1, SECOND_ROOM.id: 1, DESKS.id: 3}
VOUCHERS = {voucher.code: voucher for voucher in (ONCE10, TWICE)}
HALF_HOUR = 1800
# How far a client's clock may be off, in seconds.
SKEW = 30

Slot = tuple[str, int]


@dataclass
class Call:
    """One request. `mark` is in everything that it writes. It lasted from one step and instant to another."""

    kind: str
    target: str
    asked: Mapping[str, Any]
    mark: str = ""
    began: int = 0
    ended: int | None = None
    since: int = 0
    until: int = 0
    # No answer: its process ended before.
    refused: frozenset[str] | None = None
    succeeded: bool = False

    def __str__(self) -> str:
        said = "done" if self.succeeded else " ".join(sorted(self.refused or {"nothing said"}))
        return f"{self.kind} {self.mark or self.asked.get('booking', '')} of {self.target}, steps {self.began} to {self.ended}: {said}"


class Clients:
    """`before` happened before the clients began, without any fault."""

    def __init__(self, world: World) -> None:
        self.world, self.random = world, world.random
        self.calls: list[Call] = []
        self.said: Counter[str] = Counter()

    def mixed(self) -> dict[str, Callable[[], None]]:
        return {name: partial(self._several, self._anything) for name in ("ada", "ben", "cleo")}

    def large_order(self) -> dict[str, Callable[[], None]]:
        """One order of many days, which is moved about while somebody cancels it."""
        days = self.random.randint(4, 8)
        body = order_body(desks(1, NINE, 60) | {"recurring": {"frequency": "daily", "count": days}})
        # Other bookings are there too. Otherwise, giving a day back twice would fall below zero, and be refused.
        others = order_body(desks(2, NINE, 60) | {"recurring": {"frequency": "daily", "count": days}})
        placed, _ = self._place(body, self._clock()), self._place(others, self._clock())
        assert placed, "there is room for the first"

        def cancels() -> None:
            # Canceling only some of the bookings takes several steps too.
            self._cancel_order(placed, self._clock())

        def moves() -> None:
            # Another booking shows the order's start and end.
            number = self.random.randint(2, days - 1)
            self._move(f"{placed}-{number}", self._clock(), days - 1, 3600)

        def buys() -> None:
            start = NINE + timedelta(days=self.random.randrange(days))
            self._place(order_body(desks(1, start, 60)), self._clock())

        return {
            "canceler": partial(self._several, cancels, most=1),
            "mover": partial(self._several, moves, most=2),
            "staff": partial(self._several, self.random.choice([moves, buys]), most=2),
        }

    def no_answers(self) -> dict[str, Callable[[], None]]:
        """Operations whose transactions mostly take effect, but whose answers are lost, all or every other one."""
        fates: list[Iterator[str]] = [repeat("silent"), repeat("late"), cycle(["silent", "well"])]
        self.world.fates["deaf"] = self.random.choice(fates)
        series = desks(1, NINE, 60) | {"recurring": {"frequency": "daily", "count": 5}}
        # An existing day accepts the same claim twice; a new day can only be created once.
        self._place(order_body(series), self._clock())

        def places() -> None:
            body = order_body(series) if self.random.random() < 0.5 else self._body(self.random)
            pauses, key = self.random.randint(1, 10), self.random.choice(["k3", None])
            self._place(body, self._clock(pauses), key)

        return {
            "deaf": partial(self._several, places, most=1),
            "ben": partial(self._several, self._anything, most=2),
        }

    def full_room(self) -> dict[str, Callable[[], None]]:
        """The first attempt at an order is stuck. Somebody takes the room before it is repeated, and gives it back."""
        self.world.fates["late"] = islice(cycle(["late", "well"]), self.random.randint(1, 10))
        series = {"recurring": {"frequency": "daily", "count": 4}} if self.random.random() < 0.4 else {}

        def comes_and_goes(booking: dict[str, Any]) -> None:
            if order := self._place(order_body(booking), self._clock()):
                self._cancel_order(order, self._clock())

        return {
            "late": partial(self._several, lambda: comes_and_goes(desks(1, NINE, 60) | series)),
            "guest": partial(self._several, lambda: comes_and_goes(desks(3, NINE, 60)), most=8),
        }

    def _several(self, operation: Callable[[], None], most: int = 4) -> None:
        for _ in range(self.random.randint(min(2, most), most)):
            with suppress(Crash):
                operation()

    def _clock(self, pauses: int = 12) -> Clock:
        return Clock(self.world, self.random.randint(-SKEW, SKEW), pauses)

    def _anything(self) -> None:
        clock, choice = self._clock(), self.random.random()
        keys = sorted(self.world.engine.items)
        orders = [pk.rpartition("#")[2] for pk, sk in keys if sk == "order"]
        bookings = [
            f"{pk.rpartition('#')[2]}-{int(sk[8:])}"
            for pk, sk in keys
            if sk.startswith("booking#") and sk[8:].isdecimal()
        ]
        if choice < 0.45 or not bookings:
            key = self.random.choice(["k1", "k2", None, None, None])
            # A key mostly comes with the same body.
            own = key and self.random.random() < 0.9
            self._place(self._body(Random(key) if own else self.random), clock, key, key if own else None)
        elif choice < 0.55:
            order, answers = self.random.choice(orders), read_as(CompletionConfig, {})
            self._call(
                Call("complete", order, {}),
                lambda: complete_order(Context(ORGANIZATION.id, clock), order, answers, self.world.store),
            )
        elif choice < 0.65:
            self._cancel_order(self.random.choice(orders), clock)
        elif choice < 0.75:
            booking = self.random.choice(bookings)
            self._call(
                Call("cancel", order_id_of(booking), {"booking": booking}),
                lambda: cancel_booking(Context(ORGANIZATION.id, clock), booking, self.world.store),
            )
        elif choice < 0.95:
            self._move(self.random.choice(bookings), clock, days=2)
        else:
            sweep(self.world.store, clock)

    def _place(
        self, body: dict[str, Any], clock: Clock, key: str | None = None, mark: str | None = None
    ) -> str | None:
        """Places an order and returns its id. The same key and body are the same request, with one mark."""
        mark = mark or f"m{len(self.calls)}"
        body["bookings"] = [booking | {"note": mark} for booking in body["bookings"]]
        idempotency = Idempotency.of(ORGANIZATION.id, "caller", key, repr(body).encode()) if key else None
        asked = asked_of(body, idempotency)
        call = Call("create", idempotency.order_id if idempotency else "", asked, mark)
        placed = self._call(
            call,
            lambda: place_order(
                Context(ORGANIZATION.id, clock), read_config(body), self.world.store, idempotency
            ),
        )
        if placed is None:
            return None
        call.target = placed.order.id
        return call.target

    def _cancel_order(self, order: str, clock: Clock) -> None:
        self._call(
            Call("cancel", order, {}),
            lambda: cancel_order(Context(ORGANIZATION.id, clock), order, self.world.store),
        )

    def _move(self, booking: str, clock: Clock, days: int, seconds: int | None = None) -> None:
        random = self.random
        raw = self.world.engine.items.get(_booking_key(booking))
        start = int(NINE.timestamp()) + random.randrange(days) * 86_400 + random.randrange(8) * HALF_HOUR
        end = start + (seconds or random.choice([HALF_HOUR, 3600, 7200]))
        resources = [DESKS.id]
        if raw is None or DESKS.id not in raw["body"]["S"]:
            resources = random.choice([[ROOM.id], [SECOND_ROOM.id], [ROOM.id, SECOND_ROOM.id]])
        attributes = {
            "start_date": datetime.fromtimestamp(start, UTC).isoformat(),
            "end_date": datetime.fromtimestamp(end, UTC).isoformat(),
            "resource_id": resources,
            "recalculate_price": random.random() < 0.5,
            "check_availability": random.random() < 0.9,
        }
        reading = read_as(BookingDocument, {"data": {"attributes": attributes}})
        asked = {
            "booking": booking,
            "checks": attributes["check_availability"],
            "slots": Counter(_slots(start, end, resources)),
            "place": (start, end, tuple(resources)),
        }
        self._call(
            Call("move", order_id_of(booking), asked),
            lambda: move_booking(Context(ORGANIZATION.id, clock), booking, reading, self.world.store),
        )

    def _call(self, call: Call, run: Callable[[], Any]) -> Any:
        world = self.world
        self.calls.append(call)
        call.began, call.since = world.step, world.now
        said = "crashed"
        try:
            answer = run()
        except FrontdeskError as error:
            call.refused = frozenset(problem.code for problem in error.problems)
            said = " ".join(sorted(call.refused))
        else:
            call.succeeded, said = True, "done"
            return answer
        finally:
            call.ended, call.until = world.step, world.now
            self.said[f"{call.kind} {said}"] += 1
            world.note(call.kind, said)

    def _body(self, random: Random) -> dict[str, Any]:
        bookings = [_booking(random) for _ in range(random.choice([1, 1, 2, 3]))]
        if random.random() < 0.25:
            bookings[0]["recurring"] = {"frequency": "daily", "count": random.randint(2, 3)}
        voucher = {"voucher_code": random.choice(list(VOUCHERS))} if random.random() < 0.3 else {}
        return order_body(
            *bookings,
            order_customer_id=random.choice([ADA.id, BERND.id]),
            complete_order=random.random() < 0.7,
            check_availability=random.random() < 0.9,
            **voucher,
        )


class Profile(NamedTuple):
    clients: Callable[[Clients], dict[str, Callable[[], None]]]
    weather: Weather


PROFILES = {
    "mixed": Profile(Clients.mixed, Weather()),
    "large_order": Profile(Clients.large_order, Weather(jump=0.01)),
    "no_answers": Profile(Clients.no_answers, Weather(crash=0, jump=0.05)),
    "full_room": Profile(Clients.full_room, Weather(crash=0, jump=0, arrival=0.02)),
}


def order_body(*bookings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "order_customer_id": ADA.id,
        "notify_customer": False,
        "complete_order": True,
        "check_availability": True,
        "bookings": list(bookings),
        **more,
    }


def _booking(random: Random) -> dict[str, Any]:
    start = NINE.replace(hour=random.choice([9, 10, 11]), minute=random.choice([0, 0, 30])) + timedelta(
        days=random.randrange(2)
    )
    minutes = random.choice([30, 60, 60, 120])
    if random.random() < 1 / 3:
        return desks(random.choice([1, 1, 2]), start, minutes)
    rooms = [ROOM.id, SECOND_ROOM.id]
    return meeting(start, minutes) | {"resource_id": random.choice([rooms, rooms[::-1], *rooms])}


def asked_of(body: dict[str, Any], idempotency: Idempotency | None) -> dict[str, Any]:
    """Returns what the checker must know about a requested order."""
    return {
        "checks": body["check_availability"],
        "slots": Counter(slot for booking in body["bookings"] for slot in _slots_of(booking)),
        "voucher": body.get("voucher_code"),
        "customer": body["order_customer_id"],
        "fingerprint": idempotency.fingerprint if idempotency else None,
        "completes": body["complete_order"],
    }


def _slots_of(booking: dict[str, Any]) -> Iterator[Slot]:
    """Yields the slots of a booking, once for each unit."""
    named = booking["resource_id"]
    start, end = (
        int(datetime.fromisoformat(booking[each]).timestamp()) for each in ("start_date", "end_date")
    )
    for occurrence in range(booking.get("recurring", {}).get("count", 1)):
        for _ in range(next(iter(booking["service_id"].values()))):
            later = occurrence * 86_400
            yield from _slots(start + later, end + later, [named] if isinstance(named, str) else named)


def _slots(start: int, end: int, resources: list[str]) -> Iterator[Slot]:
    return ((resource, at) for resource in resources for at in range(start, end, HALF_HOUR))


def _booking_key(booking: str) -> ItemKey:
    order, _, number = booking.rpartition("-")
    return f"{ORGANIZATION.id}#order#{order}", f"booking#{int(number):04}"


@cache
def shop() -> Mapping[ItemKey, Item]:
    """Returns the table before the first order."""
    world = World("shop", Weather(), {})
    with world.in_charge():
        world.store.put_catalog(Context(ORGANIZATION.id, Clock(world)), SHOP)
    return world.engine.items
