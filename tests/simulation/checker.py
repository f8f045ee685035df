"""Checks the clients' answers against raw items. Knows orders and bookings, and shares no code with the product.

Goes through all commits once, in order. So it knows when a slot was full, that nothing was ever overbooked, and whether there was a
reason for a refusal during its request. In the end, the stored items must add up.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.simulation.clients import CAPACITY, HALF_HOUR, SKEW, VOUCHERS, Call, Slot
from tests.simulation.engine import Commit, Engine, ItemKey
from tests.simulation.expressions import Item

VISIBLE = ("draft", "completed", "canceling", "canceled", "expired")
TAKES = ("draft", "completed", "canceling")
# These mean that the outcome is open. Any other refusal, including `busy`, means that nothing was done.
UNKNOWN = {"in_progress", "outcome_unknown"}
DAY = 86_400


class Violation(AssertionError):
    """Something that must never happen."""


class StoredBooking(NamedTuple):
    id: str
    status: str
    slots: tuple[Slot, ...]
    fields: Mapping[str, Any]

    @property
    def weight(self) -> int:
        weight: int = self.fields["weight"]
        return weight


class _Order:
    """The stored partition of an order."""

    def __init__(self) -> None:
        self.rows: dict[str, Item] = {}
        self.status = "none"
        self.fields: dict[str, Any] = {}
        self.bookings: dict[str, StoredBooking] = {}

    def change(self, id: str, sk: str, row: Item | None) -> None:
        if row is None:
            self.rows.pop(sk, None)
            self.bookings.pop(sk, None)
        else:
            self.rows[sk] = row
        if sk == "order":
            self.fields = json.loads(row["body"]["S"]) if row else {}
            self.fields |= {name: int(value["N"]) for name, value in (row or {}).items() if "N" in value}
            self.status = row["status"]["S"] if row else "none"
        elif row and sk.startswith("booking#") and sk.count("#") == 1:
            fields = json.loads(row["body"]["S"])
            times = range(fields["blocker_start"], fields["blocker_end"], HALF_HOUR)
            slots = tuple((resource, at) for resource in fields["resource_ids"] for at in times)
            self.bookings[sk] = StoredBooking(f"{id}-{int(sk[8:])}", row["status"]["S"], slots, fields)

    def live(self) -> Iterator[StoredBooking]:
        return (booking for booking in self.bookings.values() if booking.status != "canceled")

    def leaving(self) -> list[StoredBooking]:
        """Returns the bookings being canceled in steps, which may or may not still occupy their slots."""
        leaving = self.fields.get("canceling", ())
        return [booking for sk, booking in self.bookings.items() if int(sk[8:]) in leaving]

    def staying(self) -> list[StoredBooking]:
        leaving = self.leaving()
        return [booking for booking in self.live() if booking not in leaving]


class Checker:
    """The table at one moment of its history."""

    def __init__(self, engine: Engine, calls: Sequence[Call]) -> None:
        self._engine, self._calls = engine, calls
        self._orders: defaultdict[str, _Order] = defaultdict(_Order)
        # Units certainly taken without an override, and units possibly taken; by order, to undo them.
        self._regular: Counter[Slot] = Counter()
        self._total: Counter[Slot] = Counter()
        self._of_order: dict[str, tuple[Counter[Slot], Counter[Slot]]] = {}

    def check(self) -> None:
        """Raises Violation with everything that is wrong."""
        found = [
            *self._replay(),
            *(each for call in self._calls if call.succeeded for each in self._answer(call)),
            *self._marks(),
            *(each for id, order in self._orders.items() if order.rows for each in self._order(id, order)),
            *self._ledgers(),
            *self._counters(),
        ]
        if found:
            raise Violation("\n".join(found))

    # During the run

    def _replay(self) -> Iterator[str]:
        open_refusals = [(call, set(call.refused)) for call in self._calls if call.refused]
        steps = [0, *(commit.step for commit in self._engine.commits), 1 << 62]
        for at, commit in enumerate([None, *self._engine.commits]):
            if commit:
                self._apply(commit)
                yield from self._overfull(commit)
            for call, codes in open_refusals:
                if codes and call.began < steps[at + 1] and steps[at] <= (call.ended or 0):
                    codes -= self._reasons(call)
        for call, codes in open_refusals:
            if codes - {"busy", "outcome_unknown"}:
                yield f"{call.kind} was refused without a reason: {sorted(codes)}: {call}"

    def _apply(self, commit: Commit) -> None:
        changed = dict.fromkeys(_order_of(key) for key in commit.written if "#order#" in key[0])
        for key, row in commit.written.items():
            if "#order#" in key[0]:
                self._orders[_order_of(key)].change(_order_of(key), key[1], row)
        for id in changed:
            regular, total = self._of_order.pop(id, (Counter[Slot](), Counter[Slot]()))
            self._regular.subtract(regular)
            self._total.subtract(total)
            order = self._orders[id]
            if order.status in TAKES:
                now = self._of_order[id] = (
                    _taken(b for b in order.staying() if not b.fields.get("override")),
                    _taken([*order.staying(), *order.leaving()]),
                )
                self._regular.update(now[0])
                self._total.update(now[1])

    def _overfull(self, commit: Commit) -> Iterator[str]:
        for slot, taken in self._regular.items():
            if taken > CAPACITY[slot[0]]:
                yield f"{slot} was taken {taken} times, at step {commit.step}"

    def _reasons(self, call: Call) -> set[str]:
        """Returns the codes with which a call may be refused at this moment."""
        order = self._orders.get(call.target) or _Order()
        found: set[str] = set()
        asked = call.asked
        if call.kind == "create":
            if asked["checks"] and self._is_full(call, Counter(), asked["slots"]):
                found.add("slot_unavailable")
            found |= self._voucher_reasons(asked["voucher"], asked["customer"])
            if order.status == "placing":
                found.add("in_progress")
            if order.fields.get("fingerprint", asked["fingerprint"]) != asked["fingerprint"]:
                found.add("idempotency_key_reused")
            return found
        if call.kind == "complete" and "voucher" in order.fields:
            found |= self._voucher_reasons(order.fields["voucher"]["code"], order.fields["customer_id"])
        if call.kind == "move":
            found.add("change_too_large")  # Possible with limits as small as here.
            booking = next((each for each in order.live() if each.id == asked["booking"]), None)
            if booking is None:
                found.add("booking_canceled")
            else:
                taken = Counter(dict.fromkeys(asked["slots"], booking.weight))
                if asked["checks"] and self._is_full(call, _taken([booking]), taken):
                    found.add("slot_unavailable")
        if order.status not in VISIBLE:
            found |= {"order_not_found", "booking_not_found"}
        ends = order.fields.get("expires_at")
        if order.status == "expired" or (
            order.status == "draft" and ends is not None and call.until + SKEW >= ends
        ):
            found |= {"order_expired", "booking_canceled"}
        if order.status in ("canceled", "canceling"):
            found |= {"order_canceled", "booking_canceled"}
        return found

    def _is_full(self, call: Call, left: Counter[Slot], wanted: Counter[Slot]) -> bool:
        over = Counter[Slot]()
        for id, (_, total) in self._of_order.items():
            order = self._orders[id]
            if order.status == "draft" and call.since - SKEW >= order.fields["expires_at"]:
                over.update(total)
        return any(
            self._total[slot] - over[slot] - left[slot] + more > CAPACITY[slot[0]]
            for slot, more in wanted.items()
            if more > left[slot]
        )

    def _used(self, code: str, customer: str | None = None) -> int:
        return sum(
            order.status in ("completed", "canceling")
            and order.fields.get("voucher", {}).get("code") == code
            and customer in (None, order.fields["customer_id"])
            for order in self._orders.values()
        )

    def _voucher_reasons(self, code: str | None, customer: str | None) -> set[str]:
        voucher, found = VOUCHERS.get(code or ""), set[str]()
        if (
            voucher
            and voucher.max_redemptions is not None
            and self._used(voucher.code) >= voucher.max_redemptions
        ):
            found.add("voucher_exhausted")
        most = voucher.max_redemptions_per_customer if voucher else None
        if voucher and most is not None and self._used(voucher.code, customer) >= most:
            found |= {"voucher_used_by_customer", "voucher_exhausted"}
        return found

    # At the end

    def _answer(self, call: Call) -> Iterator[str]:
        """Checks that an answer is true in the end, or was replaced by another call."""
        order = self._orders.get(call.target) or _Order()
        if order.status not in VISIBLE:
            yield f"{call.kind} was answered, and its order is not there: {call}"
        if order.fields.get("fingerprint") != call.asked.get("fingerprint", order.fields.get("fingerprint")):
            yield f"an order was answered that was asked for otherwise: {call}"
        of_order = [each for each in self._calls if each.target == call.target]
        allowed = {"completed"}
        if any(each.kind == "cancel" for each in of_order):
            allowed.add("canceled")
        if call.kind == "create" and not call.asked["completes"]:
            if not any(each.kind == "complete" and each.succeeded for each in of_order):
                allowed.add("expired")
        elif call.kind in ("cancel", "move"):
            allowed.add("expired")
        if order.status not in allowed:
            yield f"{call.kind} was answered; its order is {order.status}: {call}"
        if call.kind == "cancel":
            gone = call.asked.get("booking")
            if live := [each.id for each in order.live() if gone in (None, each.id)]:
                yield f"the cancellation of {live} was answered, and they are not canceled"

    def _marks(self) -> Iterator[str]:
        """Checks that a request has at most one order, and none if it was refused."""
        orders = defaultdict[str, set[str]](set)
        for id, order in self._orders.items():
            if order.status in VISIBLE:
                for booking in order.bookings.values():
                    orders[booking.fields["note"]].add(id)
        for mark, made in orders.items():
            calls = [call for call in self._calls if call.mark == mark]
            if len(made) > 1:
                yield f"one request made {len(made)} orders: {'; '.join(map(str, calls))}"
            if all(call.refused and not call.refused & UNKNOWN for call in calls):
                yield f"refused, and its order is there: {'; '.join(map(str, calls))}"

    def _order(self, id: str, order: _Order) -> Iterator[str]:
        if order.status == "none":
            yield f"order {id} is gone, and {sorted(order.rows)} are left"
            return
        live = list(order.live())
        if order.status not in ("completed", "canceled", "expired") or order.fields.get("canceling"):
            yield f"order {id} is left {order.status}"
        if len(order.bookings) != order.fields["booking_count"]:
            yield f"order {id} has {len(order.bookings)} bookings of {order.fields['booking_count']}"
        if order.status != "expired" and len(live) != order.fields["active_bookings"]:
            yield f"order {id} says {order.fields['active_bookings']}, and has {len(live)} bookings"
        if (order.status == "canceled") != (not live):
            yield f"order {id} is {order.status} with {len(live)} bookings"
        if order.status == "completed" and any(booking.status != "accepted" for booking in live):
            yield f"order {id} has {[booking.status for booking in live]}"
        entries = {
            f"{sk}#{resource}"
            for sk, booking in order.bookings.items()
            for resource in booking.fields["resource_ids"][1:]
        }
        trail = {
            sk: json.loads(row["body"]["S"]) for sk, row in order.rows.items() if sk.startswith("trail#")
        }
        yield from self._trail(id, order, trail)
        if order.rows.keys() - trail.keys() != {"order", *order.bookings, *entries}:
            yield f"order {id} has the rows {sorted(order.rows)}"
        for booking in order.bookings.values():
            yield from self._booking(booking, id)

    def _trail(self, id: str, order: _Order, trail: Mapping[str, Any]) -> Iterator[str]:
        """Checks that everything that happened is in the trail once, and nothing else.

        A move without an answer is repeated where the booking already is, which leaves an entry without changes.
        """
        calls = Counter(call.kind for call in self._calls if call.target == id)
        done = Counter(each["action"] for each in trail.values() if each.get("changes"))
        if any(int(sk.split("#")[1]) > order.fields["version"] for sk in trail):
            yield f"order {id} of version {order.fields['version']} has the trail {trail}"
        for action, kind in {"canceled": "cancel", "changed": "move", "completed": "complete"}.items():
            if done[action] > calls[kind]:
                yield f"order {id} was {action} {done[action]} times, and {calls[kind]} calls asked for it"
        if order.status == "canceled" and not done["canceled"]:
            yield f"order {id} was canceled, and nobody knows by whom"

    def _booking(self, booking: StoredBooking, order: str) -> Iterator[str]:
        calls = [call for call in self._calls if call.target == order]
        if booking.status == "canceled" and not any(
            call.kind == "cancel" and call.asked.get("booking", booking.id) == booking.id for call in calls
        ):
            yield f"{booking.id} is canceled, and nobody asked for it"
        moves = [call for call in calls if call.kind == "move" and call.asked["booking"] == booking.id]
        if done := [call for call in moves if call.succeeded]:
            last = max(done, key=lambda call: call.began)
            asked = [each for each in moves if each is last or each.ended is None or each.ended >= last.began]
            fields = booking.fields
            place = (fields["start"], fields["end"], tuple(fields["resource_ids"]))
            if place not in {call.asked["place"] for call in asked}:
                yield f"{booking.id} is at {place}; it was moved to {last.asked['place']}"

    def _ledgers(self) -> Iterator[str]:
        """Checks that each day's ledger equals its bookings."""
        said: Counter[Slot] = Counter()
        for (pk, sk), raw in self._engine.items.items():
            if not sk.startswith("ledger#"):
                continue
            if raw["holds"]["M"]:
                yield f"{pk} {sk} is left with holds of {sorted(raw['holds']['M'])}"
            begins, cells = _midnight(sk[7:]), 0
            for name, used in raw["seg"]["M"].items():
                start, end = (3600 * int(each[:2]) + 60 * int(each[2:]) for each in name.split("-"))
                for at in range(start, end, HALF_HOUR):
                    cells += 1
                    said[pk.rpartition("#")[2], begins + at] += int(used["N"])
            if cells != DAY // HALF_HOUR:
                yield f"{pk} {sk} has gaps or overlaps: {sorted(raw['seg']['M'])}"
        taken: Counter[Slot] = Counter()
        for order in self._orders.values():
            if order.status == "completed":
                taken.update(_taken(order.live()))
        if wrong := {slot: (said[slot], taken[slot]) for slot in said | taken if said[slot] != taken[slot]}:
            yield f"days say what is not booked (said, booked): {wrong}"

    def _counters(self) -> Iterator[str]:
        for (pk, sk), raw in self._engine.items.items():
            if "redemptions" not in raw:
                continue
            code = pk.rpartition("#")[2].upper()
            customer = sk[4:] if sk.startswith("use#") else None
            used, says, most = (
                self._used(code, customer),
                int(raw["redemptions"]["N"]),
                self._most(code, customer),
            )
            if says != used or (most is not None and used > most):
                yield f"{code} says {says} uses by {customer or 'all'}, and has {used} of {most}"

    def _most(self, code: str, customer: str | None) -> int | None:
        """Returns the limit of a voucher's uses, by a customer or in total."""
        voucher = VOUCHERS[code]
        return voucher.max_redemptions_per_customer if customer else voucher.max_redemptions


def _order_of(key: ItemKey) -> str:
    return key[0].rpartition("#")[2]


def _taken(bookings: Iterable[StoredBooking]) -> Counter[Slot]:
    taken: Counter[Slot] = Counter()
    for booking in bookings:
        for slot in booking.slots:
            taken[slot] += booking.weight
    return taken


def _midnight(day: str) -> int:
    from datetime import UTC, datetime

    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
