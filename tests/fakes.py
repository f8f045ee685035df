"""The ports of the use cases in memory: same shape, same conditions, no AWS."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from email.message import EmailMessage
from typing import Any

from frontdesk.domain.booking.placement import fits_one_transaction
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    CheckedOrder,
    CheckedVoucher,
    NewBooking,
    NewCustomer,
    NewOrder,
    Recorded,
    RemovedBooking,
    RemovedOrder,
    VoucherCount,
    Write,
)
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem, Customer, Resource
from frontdesk.domain.ledger import Ledger, LedgerChange
from frontdesk.domain.orders.order import Booking, Notification, Order, ordinal_of
from frontdesk.domain.orders.resends import MAX_RESENDS
from frontdesk.domain.orders.snapshot import Key, catalog_key, claims_of, ledger_item, searchable_customer
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.problems import Busy
from frontdesk.domain.time.intervals import Interval, overlap
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Listed


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
    """Keeps items by key. `before_write` runs just before a transaction's conditions are checked: a race, on demand."""

    def __init__(self, organization_id: str, catalog: Iterable[CatalogItem] = ()) -> None:
        self.organization_id = organization_id
        self.items: dict[Key, Any] = {}
        self.tokens: dict[str, Token] = {}
        self.stale: dict[Key, Any] = {}
        self.reads: list[bool] = []
        self.resends: Counter[tuple[str, int]] = Counter()
        self.before_write: Callable[[], None] = lambda: None
        for item in catalog:
            self.items |= {catalog_key(item): item, **claims_of(item)}

    def read(self, context: Context, keys: Iterable[Key], *, consistent: bool) -> dict[Key, Any]:
        """An eventually consistent read may still see what is in `stale`."""
        self.reads.append(consistent)
        if context.organization_id != self.organization_id:
            return dict.fromkeys(keys)
        old = {} if consistent else self.stale
        return {key: old[key] if key in old else self.items.get(key) for key in keys}

    def write(self, context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        assert fits_one_transaction(writes)
        self.before_write()
        after: dict[Key, Any] = {}
        lost = []
        for write in writes:
            claims = claims_of(write.customer) if isinstance(write, NewCustomer) else {}
            for key, item, done in [
                self._written(write),
                *((key, owner, key not in self.items) for key, owner in claims.items()),
            ]:
                assert key not in after, "a transaction touches an item once"
                after[key] = item
                if not done:
                    lost.append(key)
        if lost:
            return {key: self.items.get(key) for key in lost}
        self.items.update(after)
        for key in [key for key, item in after.items() if item is None]:
            self.items.pop(key, None)  # What was to be removed may not have been there.
        return None

    def order(self, context: Context, order_id: str) -> tuple[Order, list[Booking]] | None:
        order = (
            self.items.get(Key("order", order_id))
            if context.organization_id == self.organization_id
            else None
        )
        found = [
            item for key, item in self.items.items() if key.kind == "booking" and item.order_id == order_id
        ]
        return None if order is None else (order, sorted(found, key=lambda booking: ordinal_of(booking.id)))

    def token(self, organization_id: str, digest: str, clock: Any) -> Token | None:
        token = self.tokens.get(digest)
        return token if token and token.organization_id == organization_id else None

    def write_notification(
        self, context: Context, order: Order, notification: Notification, *, seen: Notification | None
    ) -> bool:
        present = self.items[Key("order", order.id)].notification
        same = _same_mail(present, seen)
        if same:
            self._replace(Key("order", order.id), notification=notification)
        return same

    def count_resend(self, context: Context, order_id: str, hour: int) -> bool:
        self.resends[order_id, hour] += 1
        return self.resends[order_id, hour] <= MAX_RESENDS

    def everything(self, clock: Any) -> Iterator[tuple[str, Key, Any]]:
        """Also while items come and go: each as it is when it is its turn."""
        for key in sorted(self.items):
            if key in self.items:
                yield self.organization_id, key, self.items[key]

    def of_resource(self, context: Context, resource_id: str) -> Iterator[tuple[str, Key, Any]]:
        if context.organization_id != self.organization_id:
            return
        bookings = {
            key: item
            for key, item in self.items.items()
            if key.kind == "booking" and resource_id in item.resource_ids
        }
        days = {
            key: item
            for key, item in self.items.items()
            if key.id == resource_id and key.kind in ("resource", "ledger")
        }
        names = {booking.order_id for booking in bookings.values()}
        names |= {
            hold.order_id
            for item in days.values()
            if isinstance(item, Ledger)
            for hold in item.holds.values()
        }
        orders = {key: item for key, item in self.items.items() if key.kind == "order" and key.id in names}
        canceling = {order.id for order in orders.values() if order and order.canceling}
        bookings |= {
            key: item
            for key, item in self.items.items()
            if key.kind == "booking" and item.order_id in canceling
        }
        yield from ((context.organization_id, key, item) for key, item in (days | bookings | orders).items())

    def _written(self, write: Write) -> tuple[Key, Any, bool]:
        """The item that a write is about, as it is after it, and whether its condition holds."""
        match write:
            case LedgerChange():
                key = ledger_item(write.key)
                after = write.applied_to(self.items.get(key) or Ledger(write.key))
                return key, after, after is not None
            case NewCustomer(customer):
                return Key("customer", customer.id), customer, Key("customer", customer.id) not in self.items
            case NewOrder(order, tombstone):
                present = self.items.get(Key("order", order.id))
                free = present is None if tombstone is None else self._is(present, tombstone)
                return Key("order", order.id), order, free
            case ChangedOrder(seen, order):
                present = self.items.get(Key("order", order.id))
                same = self._is(present, seen)
                if order.notification == seen.notification:
                    order = order.model_copy(
                        update={"notification": present.notification if present else None}
                    )
                else:
                    same = (
                        same and present is not None and _same_mail(present.notification, seen.notification)
                    )
                return Key("order", order.id), order, same
            case CheckedOrder(seen):
                present = self.items.get(Key("order", seen.id))
                return Key("order", seen.id), present, self._is(present, seen)
            case RemovedOrder(seen):
                return Key("order", seen.id), None, self._is(self.items.get(Key("order", seen.id)), seen)
            case NewBooking(booking):
                return Key("booking", booking.id), booking, True
            case ChangedBooking(seen, booking):
                present = self.items.get(Key("booking", booking.id))
                return (
                    Key("booking", booking.id),
                    booking,
                    present is not None and present.version == seen.version,
                )
            case RemovedBooking(booking):
                return Key("booking", booking.id), None, True
            case Recorded(_, _, entry):
                return write.key, entry, True
            case CheckedVoucher(_, version):
                voucher = self.items.get(write.key)
                return write.key, voucher, voucher is not None and voucher.version == version
            case VoucherCount(_, by, most, None, version):
                voucher = self.items.get(write.key)
                if voucher is None or voucher.max_redemptions is None:
                    return write.key, voucher, False  # It has no counter.
                if version not in (None, voucher.version):
                    return write.key, voucher, False
                allowed = voucher.redemptions >= -by if by < 0 else voucher.redemptions < (most or 0)
                return (
                    write.key,
                    voucher.model_copy(update={"redemptions": voucher.redemptions + by}),
                    allowed,
                )
            case VoucherCount(code_key, by, most, customer_id):
                key = Key("voucher_use", code_key, str(customer_id))
                uses = self.items.get(key, 0)
                return key, uses + by, uses >= -by if by < 0 else uses < (most or 0)

    @staticmethod
    def _is(present: Order | None, seen: Order) -> bool:
        return present is not None and (present.version, present.attempt, present.status) == (
            seen.version,
            seen.attempt,
            seen.status,
        )

    def _replace(self, key: Key, **values: Any) -> None:
        self.items[key] = self.items[key].model_copy(update=values)


def _same_mail(present: Notification | None, seen: Notification | None) -> bool:
    """Attempts go up with every lease of a mail, so who has leased it need not be told apart."""
    if present is None or seen is None:
        return present is seen
    return (present.state, present.attempts, present.version) == (seen.state, seen.attempts, seen.version)


class FakeLists:
    """Lists by looking at everything there is: what a real one must come to, too."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store

    def orders(
        self, context: Context, start: int | None, end: int | None, *, newest_first: bool
    ) -> Iterator[Listed]:
        within = (
            each
            for each in self._orders(context.organization_id)
            if (start or 0) <= each.created_at < (end or 10**11)
        )
        return _listed((_of_order(order) for order in within), newest_first)

    def of_customer(self, context: Context, customer_id: str) -> Iterator[Listed]:
        orders = (
            _of_order(order)
            for order in self._orders(context.organization_id)
            if order.customer_id == customer_id
        )
        guests = (
            self._listed_booking(booking)._replace(at=booking.created_at, size=1)
            for booking in self._bookings(context.organization_id)
            if booking.customer_id == customer_id and booking.own_customer
        )
        return _listed([*orders, *guests], True)

    def of_resources(
        self,
        context: Context,
        resource_ids: Sequence[str],
        start: int | None,
        end: int | None,
        *,
        newest_first: bool,
    ) -> Iterator[Listed]:
        time = Interval(start or 0, end or 10**11)
        bookings = (
            b
            for b in self._bookings(context.organization_id)
            if overlap(b, time) and {*b.resource_ids} & {*resource_ids}
        )
        return _listed(map(self._listed_booking, bookings), newest_first)

    def between(self, context: Context, start: int, end: int, *, newest_first: bool) -> Iterator[Listed]:
        bookings = (
            booking
            for booking in self._bookings(context.organization_id)
            if overlap(booking, Interval(start, end))
        )
        return _listed(map(self._listed_booking, bookings), newest_first)

    def resources(self, context: Context) -> Iterator[str]:
        return (each.id for each in self._store.items.values() if isinstance(each, Resource))

    def customers(self, context: Context, *, archived: bool) -> Iterator[tuple[str, str | None]]:
        return (
            (each.id, searchable_customer(each))
            for each in self._store.items.values()
            if isinstance(each, Customer) and each.archived == archived
        )

    def items(self, context: Any, keys: Sequence[Key]) -> dict[Key, Any]:
        return self._store.read(context, keys, consistent=False)

    def _orders(self, organization_id: str) -> Iterator[Order]:
        if organization_id == self._store.organization_id:
            yield from (
                item
                for item in self._store.items.values()
                if isinstance(item, Order) and item.status not in INVISIBLE
            )

    def _bookings(self, organization_id: str) -> Iterator[Booking]:
        if organization_id == self._store.organization_id:
            yield from (
                item for item in self._store.items.values() if isinstance(item, Booking) and not item.deleted
            )

    def _listed_booking(self, booking: Booking) -> Listed:
        """Of an order that can not be seen it is marked, as it was written before that could be."""
        order = self._store.items.get(Key("order", booking.order_id))
        listed = Listed(
            Key("booking", booking.id), booking.start, booking.end - booking.start, booking.is_blocker
        )
        return listed._replace(asks_order=order is not None and order.status in INVISIBLE)


def _listed(entries: Iterable[Listed], newest_first: bool) -> Iterator[Listed]:
    return iter(sorted(entries, key=lambda each: (each.at, each.key), reverse=newest_first))


def _of_order(order: Order) -> Listed:
    asks = bool(order.deleted)
    return Listed(Key("order", order.id), order.created_at, order.booking_count, order.is_blocker, asks)


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
