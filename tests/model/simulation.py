"""Clients at random on one store in memory, interleaved at every call by a seed, against a simple model of what is true.

The store is as unkind as DynamoDB may be: an eventually consistent reading sees older versions, a batch sees each part at its
own moment, a query may see a transaction half. Clients crash at any call, and time jumps over deadlines.

The model knows nothing of ledgers and holds. It looks at the orders and bookings that are stored, half hour by half hour, after
every write: so it knows what was full when, and therefore whether a refusal was ever justified while it was being made.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

from frontdesk.domain.booking.writes import Write
from frontdesk.domain.catalog.items import Voucher
from frontdesk.domain.orders.order import Booking, Order, order_id_of, ordinal_of
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.orders import place as place_order_module
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Idempotency, place_order
from tests.aftermath import findings
from tests.demo import (
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
from tests.turns import Clock, Crash, Time, Turns, TurnStore

TWICE = Voucher(id="twice", code="TWICE", percent=10, max_redemptions=2, max_redemptions_per_customer=1)
CAPACITY = {ROOM.id: 1, SECOND_ROOM.id: 1, DESKS.id: 3}
SHOP = [item for item in CATALOG if item != DESKS] + [DESKS.model_copy(update={"quantity": 3}), TWICE]
CLIENTS = ("ada", "ben", "cleo")
HALF_HOUR = 1800

Slot = tuple[str, int]
Place = tuple[int, int, tuple[str, ...]]


class Violation(AssertionError):
    """Something that must never be."""


@dataclass
class Call:
    """One request of a client, with what would have justified to refuse it at any moment since it began, at `at` seconds."""

    kind: str
    target: str
    asked: Any
    began: int
    at: int = 0
    justified: set[str] = field(default_factory=lambda: {"busy"})
    ended: int | None = None
    succeeded: bool = False


class Truth:
    """What the stored orders and bookings say. To a call a draft still counts that expired since the call began."""

    def __init__(self, items: Mapping[Key, Any], now: int, since: int | None = None) -> None:
        self.now, self.since = now, now if since is None else since
        self.orders: dict[str, Order] = {key.id: item for key, item in items.items() if key.kind == "order"}
        self.bookings: dict[str, Booking] = {
            key.id: item for key, item in items.items() if key.kind == "booking"
        }
        self.total: Counter[Slot] = Counter()
        self.regular: Counter[Slot] = Counter()
        for booking in self.bookings.values():
            if booking.status != "canceled" and self.counts(self.orders.get(booking.order_id)):
                # One that is being canceled in steps may be in the way still, or may not any more.
                leaves = ordinal_of(booking.id) in self.orders[booking.order_id].canceling
                for slot in slots(booking.start, booking.end, booking.resource_ids):
                    self.total[slot] += booking.weight
                    self.regular[slot] += 0 if booking.override or leaves else booking.weight

    def counts(self, order: Order | None) -> bool:
        if order is None or order.status not in ("draft", "completed", "canceling"):
            return False
        return order.status != "draft" or self.since < (order.expires_at or 0)

    def used(self, code: str, customer: str | None = None) -> int:
        return sum(
            order.status in ("completed", "canceling")
            for order in self.orders.values()
            if order.voucher and order.voucher.code == code and customer in (None, order.customer_id)
        )

    def reasons(self, call: Call) -> Iterator[str]:
        """Why it would be right to refuse a call at this moment."""
        order = self.orders.get(call.target)
        match call.kind:
            case "create":
                if call.asked["checks"] and self._is_full(Counter(), call.asked["slots"]):
                    yield "slot_unavailable"
                yield from self._voucher_reasons(call.asked["voucher"], call.asked["customer"])
                if order and order.status == "placing":
                    yield "in_progress"
                if order and order.fingerprint != call.asked["fingerprint"]:
                    yield "idempotency_key_reused"
            case "complete" if order and order.voucher:
                yield from (
                    f"{reason}" for reason in self._voucher_reasons(order.voucher.code, order.customer_id)
                )
            case "move":
                yield "change_too_large"  # With limits as small as here, it may be.
                booking = self.bookings.get(call.asked["booking"])
                if booking is None or booking.status == "canceled":
                    yield "booking_canceled"
                else:
                    left = Counter(
                        dict.fromkeys(slots(booking.start, booking.end, booking.resource_ids), booking.weight)
                    )
                    taken = Counter(dict.fromkeys(call.asked["slots"], booking.weight))
                    if call.asked["checks"] and self._is_full(left, taken):
                        yield "slot_unavailable"
        if call.kind != "create":
            if order is None or order.status in ("placing", "abandoned"):
                yield from ("order_not_found", "booking_not_found")
            elif order.status == "expired" or (
                order.status == "draft" and self.now >= (order.expires_at or 0)
            ):
                yield from ("order_expired", "booking_canceled")
            elif order.status in ("canceled", "canceling"):
                yield from ("order_canceled", "booking_canceled")

    def _is_full(self, left: Counter[Slot], taken: Counter[Slot]) -> bool:
        return any(
            self.total[slot] - left[slot] + taken[slot] > CAPACITY[slot[0]]
            for slot in taken
            if taken[slot] > left[slot]
        )

    def _voucher_reasons(self, code: str | None, customer: str | None) -> Iterator[str]:
        voucher = {"ONCE10": ONCE10, "TWICE": TWICE}.get(code or "")
        if (
            voucher
            and voucher.max_redemptions is not None
            and self.used(voucher.code) >= voucher.max_redemptions
        ):
            yield "voucher_exhausted"
        most = voucher.max_redemptions_per_customer if voucher else None
        if voucher and most is not None and self.used(voucher.code, customer) >= most:
            yield from ("voucher_used_by_customer", "voucher_exhausted")


def slots(start: int, end: int, resources: Iterable[str]) -> list[Slot]:
    return [(resource, at) for resource in resources for at in range(start, end, HALF_HOUR)]


class UnkindStore(TurnStore):
    """Answers as DynamoDB may, and tells `changed` after every write."""

    def __init__(self, simulation: "Simulation") -> None:
        super().__init__(ORGANIZATION.id, SHOP, simulation.turn)
        self._random, self._changed = simulation.random, simulation.changed
        self._older: defaultdict[Key, list[Any]] = defaultdict(list)
        self._last: dict[Key, Any] = {}

    def parts(self, keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
        left = sorted(keys)
        if self._random.random() < 0.3:
            self._random.shuffle(left)
            cut = self._random.randrange(len(left) + 1)
            yield left[:cut]
            left = left[cut:]
        yield left

    def read(
        self, organization_id: str, keys: Iterable[Key], clock: Any, *, consistent: bool
    ) -> dict[Key, Any]:
        found = super().read(organization_id, keys, clock, consistent=consistent)
        if not consistent and self._random.random() < 0.3:
            for key in sorted(found):
                if self._older[key] and self._random.random() < 0.5:
                    found[key] = self._random.choice(self._older[key][-3:])
        return found

    def order(self, organization_id: str, order_id: str, clock: Any) -> tuple[Order, list[Booking]] | None:
        found = super().order(organization_id, order_id, clock)
        if found and self._last and self._random.random() < 0.5:
            seen = [self._last.get(Key("booking", booking.id), booking) for booking in found[1]]
            return found[0], [booking for booking in seen if booking is not None]
        return found

    def write(self, organization_id: str, writes: Sequence[Write], clock: Any) -> Mapping[Key, Any] | None:
        self.turn()
        before = dict(self.items)
        lost = super(TurnStore, self).write(organization_id, writes, clock)
        if lost is None:
            self._last = {
                key: before.get(key)
                for key in before.keys() | self.items.keys()
                if before.get(key) is not self.items.get(key)
            }
            for key, item in self._last.items():
                self._older[key].append(item)
            self._changed()
            try:
                if self._random.random() < 0.2:
                    # While the answer is on its way, others may see the transaction half.
                    self.turn()
            finally:
                self._last = {}
        return lost


class Simulation:
    """One schedule, all of it by its seed."""

    def __init__(self, seed: int, *, crashes: float = 0.02, jumps: float = 0.03) -> None:
        self.random = Random(seed)
        self.time, self.step = Time(), 0
        self.crashes, self.jumps = crashes, jumps
        self.calls: list[Call] = []
        self.said: Counter[str] = Counter()
        self._active: list[Call] = []
        self._at_ease = True
        self.turns = Turns(self.random.choice)
        self.store = UnkindStore(self)

    # The world's part

    def turn(self) -> None:
        self.step += 1
        if not self._at_ease:
            if self.random.random() < self.jumps:
                self.time.now += self.random.choice([7, 61, 901])
                self.changed()
            if self.random.random() < self.crashes:
                raise Crash
        self.turns.pass_on()

    def changed(self) -> None:
        truth = Truth(self.store.items, self.time.now)
        for slot, quantity in truth.regular.items():
            if quantity > CAPACITY[slot[0]]:
                raise Violation(f"{slot} is booked {quantity} times")
        for call in self._active:
            self._look(call)

    def _look(self, call: Call) -> None:
        call.justified.update(Truth(self.store.items, self.time.now, call.at).reasons(call))

    # The clients' part

    def run(self) -> None:
        ids = Random(self.random.random())
        with patch.object(place_order_module, "uuid4", lambda: UUID(int=ids.getrandbits(128), version=4)):
            self._at_ease = False
            self.turns.run({name: partial(self._client, name) for name in CLIENTS})
            self._at_ease = True
        self.time.now += 7200
        sweep(self.store, Clock(self.time, lambda: None, 10_000))
        found = findings(self.store.items.items(), self.time.now)
        if found:
            raise Violation("\n".join(f"{each.code}: {each.detail} {each.key}" for each in found))
        self._judge()

    def _client(self, name: str) -> None:
        for _ in range(self.random.randint(2, 4)):
            clock = Clock(self.time, self.turn, pauses=12)
            with suppress(Crash):
                self._operation(name, clock)

    def _operation(self, name: str, clock: Clock) -> None:
        choice = self.random.random()
        orders = sorted(key.id for key in self.store.items if key.kind == "order")
        bookings = sorted(key.id for key in self.store.items if key.kind == "booking")
        if choice < 0.45 or not bookings:
            self._create(name, clock)
        elif choice < 0.55:
            id = self.random.choice(orders)
            answers = read_as(CompletionConfig, {})
            self._call(
                Call("complete", id, {}, self.step),
                lambda: complete_order(ORGANIZATION.id, id, answers, self.store, clock),
            )
        elif choice < 0.65:
            id = self.random.choice(orders)
            self._call(
                Call("cancel", id, {}, self.step),
                lambda: cancel_order(ORGANIZATION.id, id, self.store, clock),
            )
        elif choice < 0.75:
            id = self.random.choice(bookings)
            call = Call("cancel", order_id_of(id), {"booking": id}, self.step)
            self._call(call, lambda: cancel_booking(ORGANIZATION.id, id, self.store, clock))
        elif choice < 0.95:
            self._move(self.random.choice(bookings), clock)
        else:
            sweep(self.store, clock)

    def _create(self, name: str, clock: Clock) -> None:
        random = self.random
        key = random.choice(["k1", "k2", None, None, None])
        # With a key goes its own body, most times.
        random = Random(f"{key}") if key and random.random() < 0.9 else random
        bookings = [self._booking(random) for _ in range(random.choice([1, 1, 2, 3]))]
        if random.random() < 0.25:
            bookings[0]["recurring"] = {"frequency": "daily", "count": random.randint(2, 3)}
        body: dict[str, Any] = {
            "order_customer_id": random.choice([ADA.id, BERND.id]),
            "bookings": bookings,
            "notify_customer": False,
            "complete_order": random.random() < 0.7,
            "check_availability": random.random() < 0.9,
        }
        if random.random() < 0.3:
            body["voucher_code"] = random.choice(["ONCE10", "TWICE"])
        idempotency = Idempotency.of(ORGANIZATION.id, "caller", key, repr(body).encode()) if key else None
        asked = {
            "checks": body["check_availability"],
            "slots": Counter(slot for booking in bookings for slot in _slots_of(booking)),
            "voucher": body.get("voucher_code"),
            "customer": body["order_customer_id"],
            "fingerprint": idempotency.fingerprint if idempotency else None,
            "completes": body["complete_order"],
        }
        call = Call("create", idempotency.order_id if idempotency else "", asked, self.step)
        placed = self._call(
            call, lambda: place_order(read_config(body), ORGANIZATION.id, self.store, clock, idempotency)
        )
        if placed:
            call.target = placed.order.id

    def _booking(self, random: Random) -> dict[str, Any]:
        start = NINE.replace(hour=random.choice([9, 10, 11]), minute=random.choice([0, 0, 30])) + timedelta(
            days=random.randrange(2)
        )
        minutes = random.choice([30, 60, 60, 120])
        match random.randrange(3):
            case 0:
                return desks(random.choice([1, 1, 2]), start, minutes)
            case 1:
                return meeting(start, minutes) | {
                    "resource_id": random.choice([[ROOM.id, SECOND_ROOM.id], [SECOND_ROOM.id, ROOM.id]])
                }
            case _:
                return meeting(start, minutes) | {"resource_id": random.choice([ROOM.id, SECOND_ROOM.id])}

    def _move(self, booking_id: str, clock: Clock) -> None:
        booking, random = self.store.items[Key("booking", booking_id)], self.random
        start = int(NINE.timestamp()) + random.randrange(2) * 86_400 + random.randrange(8) * HALF_HOUR
        end = start + random.choice([booking.end - booking.start, HALF_HOUR, 7200])
        resources = booking.resource_ids
        if DESKS.id not in resources and random.random() < 0.5:
            resources = random.choice([(ROOM.id,), (SECOND_ROOM.id,), (ROOM.id, SECOND_ROOM.id)])
        attributes = {
            "start_date": datetime.fromtimestamp(start, UTC).isoformat(),
            "end_date": datetime.fromtimestamp(end, UTC).isoformat(),
            "resource_id": list(resources),
            "recalculate_price": random.random() < 0.5,
            "check_availability": random.random() < 0.9,
        }
        reading = read_document(BookingDocument, "bookings", {"data": {"attributes": attributes}})
        asked = {
            "booking": booking_id,
            "checks": attributes["check_availability"],
            "slots": slots(start, end, resources),
            "place": (start, end, resources),
        }
        call = Call("move", order_id_of(booking_id), asked, self.step)
        self._call(call, lambda: move_booking(ORGANIZATION.id, booking_id, reading, self.store, clock))

    def _call(self, call: Call, run: Any) -> Any:
        self.calls.append(call)
        self._active.append(call)
        call.at = self.time.now
        self._look(call)
        try:
            answer = run()
            call.succeeded = True
            self.said[f"{call.kind} done"] += 1
        except FrontdeskError as error:
            codes = {problem.code for problem in error.problems}
            self.said[f"{call.kind} {' '.join(sorted(codes))}"] += 1
            if not codes <= call.justified:
                raise Violation(
                    f"{call.kind} was refused for {codes - call.justified}: {call.asked}"
                ) from error
            return None
        except Crash:
            self.said[f"{call.kind} crashed"] += 1
            raise
        else:
            return answer
        finally:
            call.ended = self.step
            self._active.remove(call)

    # The end

    def _judge(self) -> None:
        """Whether every answer is true in the end, or was overtaken by a later call."""
        truth = Truth(self.store.items, self.time.now)
        for call in self.calls:
            if not call.succeeded:
                continue
            order = truth.orders.get(call.target)
            if order is None or order.status in ("placing", "abandoned"):
                raise Violation(f"{call.kind} was answered, and its order is not there")
            if order.fingerprint != call.asked.get("fingerprint", order.fingerprint):
                raise Violation("an order was answered that was asked for otherwise")
            canceled = [each for each in self.calls if each.kind == "cancel" and each.target == call.target]
            completed = any(each.kind == "complete" and each.target == call.target for each in self.calls)
            allowed = {"completed", "expired"} if call.kind != "complete" else {"completed"}
            if call.kind == "create":
                allowed = (
                    {"completed"}
                    if call.asked["completes"]
                    else {"completed", "expired"}
                    if completed
                    else {"expired"}
                )
            if canceled:
                allowed.add("canceled")
            if order.status not in allowed:
                raise Violation(f"{call.kind} was answered; its order is {order.status}")
            if call.kind == "cancel":
                gone = call.asked.get("booking")
                live = [
                    b.id
                    for b in truth.bookings.values()
                    if b.order_id == order.id and b.status != "canceled" and gone in (None, b.id)
                ]
                if live:
                    raise Violation(f"the cancellation of {live} was answered, and they are not canceled")
        for booking in truth.bookings.values():
            self._judge_booking(booking, truth.orders[booking.order_id])

    def _judge_booking(self, booking: Booking, order: Order) -> None:
        if booking.status == "canceled":
            asked = (booking.id, None)
            if not any(
                c.kind == "cancel" and c.target == order.id and c.asked.get("booking") in asked
                for c in self.calls
            ):
                raise Violation(f"{booking.id} is canceled, and nobody asked for it")
        moves = [call for call in self.calls if call.kind == "move" and call.asked["booking"] == booking.id]
        done = [call for call in moves if call.succeeded]
        if done:
            place: Place = (booking.start, booking.end, booking.resource_ids)
            last = max(done, key=lambda call: call.began)
            after = {
                call.asked["place"]
                for call in moves
                if call is last or call.ended is None or call.ended >= last.began
            }
            if place not in after:
                raise Violation(f"{booking.id} is at {place}; it was moved to {last.asked['place']}")


def _slots_of(booking: dict[str, Any]) -> Iterator[Slot]:
    """What a booking asks for, once for each unit."""
    resources = (
        booking["resource_id"] if isinstance(booking["resource_id"], list) else [booking["resource_id"]]
    )
    start, end = (
        int(datetime.fromisoformat(booking[name]).timestamp()) for name in ("start_date", "end_date")
    )
    for occurrence in range(booking.get("recurring", {}).get("count", 1)):
        for _ in range(next(iter(booking["service_id"].values()))):
            yield from slots(start + occurrence * 86_400, end + occurrence * 86_400, resources)
