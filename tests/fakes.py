"""The ports of the use cases in memory: same shape, same conditions, no AWS."""

from collections.abc import Callable, Iterable, Mapping
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

from frontdesk.model.access import Token
from frontdesk.model.catalog import CatalogItem, Voucher, voucher_code_key
from frontdesk.model.ledger import Ledger, LedgerChange
from frontdesk.model.order import Booking, Notification, Order
from frontdesk.model.placement import Placement
from frontdesk.model.problems import Busy
from frontdesk.model.snapshot import Key, ledger_item


class FakeClock:
    def __init__(self, now: int = 1_800_000_000, pauses: int = 50) -> None:
        self.at = now
        self.pauses_left = pauses

    def now(self) -> int:
        return self.at

    def pause(self, attempt: int) -> None:
        if self.pauses_left == 0:
            raise Busy
        self.pauses_left -= 1


class FakeStore:
    """Keeps items by key. `before_place` runs just before a placement's conditions are checked: a race, on demand."""

    def __init__(self, organization_id: str, catalog: Iterable[CatalogItem] = ()) -> None:
        self.organization_id = organization_id
        self.items: dict[Key, Any] = {}
        self.bookings: dict[str, Booking] = {}
        self.tokens: dict[str, Token] = {}
        self.stale: dict[Key, Any] = {}
        self.reads: list[bool] = []
        self.before_place: Callable[[], None] = lambda: None
        for item in catalog:
            id = voucher_code_key(item.code) if isinstance(item, Voucher) else item.id
            self.items[Key(_kind(item), id)] = item

    def read(self, organization_id: str, keys: Iterable[Key], clock: Any, *, consistent: bool) -> dict[Key, Any]:
        """An eventually consistent read may still see what is in `stale`."""
        self.reads.append(consistent)
        if organization_id != self.organization_id:
            return dict.fromkeys(keys)
        old = {} if consistent else self.stale
        return {key: old[key] if key in old else self.items.get(key) for key in keys}

    def place(self, placement: Placement, clock: Any) -> Mapping[Key, Any] | None:
        self.before_place()
        order = placement.order
        lost = [Key("order", order.id)] if Key("order", order.id) in self.items else []
        lost += [ledger_item(change.seen.key) for change in placement.ledgers if not self._holds(change)]
        if placement.redeemed:
            key = Key("voucher", voucher_code_key(placement.redeemed.code))
            voucher = self.items[key]
            if voucher.redemptions >= voucher.max_redemptions:
                lost.append(key)
        for order_id, attempt in placement.expired_orders:
            other = self.items.get(Key("order", order_id))
            if other is None or other.status not in ("draft", "placing", "expired") or other.attempt != attempt:
                lost.append(Key("order", order_id))
        if lost:
            return {key: self.items.get(key) for key in lost}
        for change in placement.ledgers:
            self._apply(change)
        for order_id, _ in placement.expired_orders:
            self._replace(Key("order", order_id), status="expired")
        if placement.redeemed:
            self._replace(key, redemptions=voucher.redemptions + 1)
        self.items[Key("order", order.id)] = order
        self.bookings.update({booking.id: booking for booking in placement.bookings})
        return None

    def order(self, organization_id: str, order_id: str, clock: Any) -> tuple[Order, list[Booking]] | None:
        order = self.items.get(Key("order", order_id)) if organization_id == self.organization_id else None
        return None if order is None else (order, [self.bookings[id] for id in order.booking_ids])

    def token(self, organization_id: str, digest: str, clock: Any) -> Token | None:
        token = self.tokens.get(digest)
        return token if token and token.organization_id == organization_id else None

    def write_notification(self, order: Order, notification: Notification, clock: Any, *, seen: Notification | None) -> bool:
        present = self.items[Key("order", order.id)].notification
        same = present == seen or (present and seen and (present.state, present.attempts) == (seen.state, seen.attempts))
        if same:
            self._replace(Key("order", order.id), notification=notification)
        return bool(same)

    def _holds(self, change: LedgerChange) -> bool:
        present = self.items.get(ledger_item(change.seen.key))
        if present is None or change.seen.version == 0:
            return present is None and change.seen.version == 0
        if change.replacement is not None:
            return bool(present.version == change.seen.version)
        return present.shape == change.seen.shape and all(present.segments[s] <= most for s, most in change.limits.items())

    def _apply(self, change: LedgerChange) -> None:
        key = ledger_item(change.seen.key)
        present = self.items.get(key) or Ledger(change.seen.key)
        segments = dict(change.replacement or present.segments)
        segments.update({start: present.segments[base] + added for start, (base, added) in change.sets.items()})
        holds = {name: hold for name, hold in present.holds.items() if name not in change.evicted} | dict(change.new_holds)
        shape = uuid4().hex if change.reshapes else present.shape
        self.items[key] = Ledger(present.key, dict(sorted(segments.items())), holds, shape, present.version + 1)

    def _replace(self, key: Key, **values: Any) -> None:
        self.items[key] = self.items[key].model_copy(update=values)


class FakeMailer:
    """Keeps what it is given; `failing` is raised instead, as long as it is set."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.failing: Exception | None = None

    def send(self, message: EmailMessage) -> str:
        if self.failing:
            raise self.failing
        self.sent.append(message)
        return f"message-{len(self.sent)}"


class FakeOperator:
    def __init__(self) -> None:
        self.reported: list[str] = []

    def report_unsent(self, organization_id: str, order_id: str) -> None:
        self.reported.append(order_id)


def _kind(item: CatalogItem) -> Any:
    return {"AddOn": "add_on"}.get(type(item).__name__, type(item).__name__.lower())
