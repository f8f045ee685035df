"""The ports of the use cases in memory: same methods, same conditions, no AWS."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from email.message import EmailMessage
from typing import Any

from frontdesk.domain.booking.placement import fits_one_transaction
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    CheckedBooking,
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
from frontdesk.domain.messages.message import FINAL, Message
from frontdesk.domain.orders.order import Booking, Order, ordinal_of
from frontdesk.domain.orders.resends import MAX_RESENDS
from frontdesk.domain.orders.snapshot import Key, catalog_key, claims_of, ledger_item, searchable_customer
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.problems import Busy
from frontdesk.domain.sizes import ReadingRoom, day_bytes
from frontdesk.domain.time.intervals import Interval, overlap
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.needs import KIND_LETTERS, STATE_LETTERS, Due, Entry, Pace, PostOffice
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
    """Stores items by key. `before_write` runs just before a transaction's conditions are checked, to create races."""

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

    def read(
        self, context: Context, keys: Iterable[Key], *, consistent: bool, room: ReadingRoom | None = None
    ) -> dict[Key, Any]:
        """Reads items. An eventually consistent read returns the old items in `stale`. Unless `keys` is empty, counts it in `reads`."""
        keys = list(keys)
        if keys:
            self.reads.append(consistent)
        if context.organization_id != self.organization_id:
            return dict.fromkeys(keys)
        old = {} if consistent else self.stale
        found = {key: old[key] if key in old else self.items.get(key) for key in keys}
        for item in found.values():
            if room and isinstance(item, Ledger):
                room.take(day_bytes(len(item.segments), len(item.holds)))
        return found

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
            self.items.pop(key, None)  # An item to be removed may not have existed.
        return None

    def prepare(self, context: Context, writes: Sequence[Write]) -> Callable[[], Mapping[Key, Any] | None]:
        return lambda: self.write(context, writes)

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

    def count_resend(self, context: Context, order_id: str, hour: int) -> bool:
        self.resends[order_id, hour] += 1
        return self.resends[order_id, hour] <= MAX_RESENDS

    def everything(self, clock: Any) -> Iterator[tuple[str, Key, Any]]:
        """Yields the items one by one, each in its current state. Not a snapshot: items may change or disappear in between."""
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
        """Returns the item of a write after the write, and whether its condition holds."""
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
                if present is not None:
                    # Writers of an order do not overwrite changes of its mails.
                    kept = {"unsent": present.unsent, "notification": present.notification}
                    if order.causes == seen.causes:
                        kept["causes"] = present.causes
                    order = order.model_copy(update=kept)
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
            case CheckedBooking(seen):
                present = self.items.get(Key("booking", seen.id))
                is_same = present is not None and present.version == seen.version
                return Key("booking", seen.id), present, is_same
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


class FakeLists:
    """Lists that examine everything. Real lists must have the same result."""

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

    def of_external(self, context: Context, external_id: str) -> Iterator[Listed]:
        named = (
            self._listed_booking(booking)._replace(at=booking.created_at, size=1)
            for booking in self._bookings(context.organization_id)
            if booking.external_id == external_id
        )
        return _listed(named, True)

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

    def items(self, context: Any, keys: Sequence[Key], room: ReadingRoom | None = None) -> dict[Key, Any]:
        return self._store.read(context, keys, consistent=False, room=room)

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
        """Returns a booking's entry in lists. `asks_order` is set while its order is invisible."""
        order = self._store.items.get(Key("order", booking.order_id))
        listed = Listed(
            Key("booking", booking.id), booking.start, booking.end - booking.start, booking.is_blocker
        )
        return listed._replace(asks_order=order is not None and order.status in INVISIBLE)


class FakeCatalog:
    """A store's catalog, as far as messages need it."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store

    def listed(
        self, context: Context, kind: str, *, archived: bool | None = None, newest_first: bool = True
    ) -> Iterator[Key]:
        return (key for key in sorted(self._store.items, reverse=newest_first) if key.kind == kind)

    def change(self, context: Context, seen: Any, item: Any) -> frozenset[Key]:
        key = catalog_key(item)
        if self._store.items[key].version != seen.version:
            return frozenset({key})
        self._store.items[key] = item
        return frozenset()


def _listed(entries: Iterable[Listed], newest_first: bool) -> Iterator[Listed]:
    return iter(sorted(entries, key=lambda each: (each.at, each.key), reverse=newest_first))


def _of_order(order: Order) -> Listed:
    asks = bool(order.deleted)
    return Listed(Key("order", order.id), order.created_at, order.booking_count, order.is_blocker, asks)


class FakeOutbox:
    """The messages of a store's organization, in memory. Writes go through the store's hook, so that races are possible."""

    def __init__(self, store: FakeStore) -> None:
        self.store = store
        self.messages: dict[tuple[str, str], Message] = {}
        self._names: defaultdict[str, set[str]] = defaultdict(set)
        self.reminding: list[str] = []
        self.cursors: dict[str, int] = {}

    def put(self, context: Any, messages: Sequence[Message]) -> None:
        for message in messages:
            self.messages.setdefault((message.order_id, message.name), message)
            self._names[message.order_id].add(message.name)

    def message(self, context: Any, order_id: str, name: str) -> Message | None:
        return self.messages.get((order_id, name))

    def of_order(self, context: Any, order_id: str, lane: str = "") -> list[Message]:
        names = sorted(self._names[order_id])
        return [self.messages[order_id, name] for name in names if name.startswith(lane)]

    def several(self, context: Any, named: Sequence[tuple[str, str]]) -> list[Message]:
        return [self.messages[each] for each in named if each in self.messages]

    def change(self, context: Any, seen: Message, message: Message) -> bool:
        present = self.messages[seen.order_id, seen.name]
        if present.revision != seen.revision:
            return False
        self.messages[message.order_id, message.name] = message
        key = Key("order", message.order_id)
        order = self.store.items.get(key)
        if isinstance(order, Order):
            unsent = set(order.unsent)
            if name := message.missed_by(seen):
                unsent.add(name)
            if message.state == "sent" and message.resends:
                unsent.discard(message.resends)
            self.store.items[key] = order.model_copy(update={"unsent": frozenset(unsent)})
        return True

    def take_causes(self, context: Any, order: Order) -> bool:
        key = Key("order", order.id)
        present = self.store.items[key]
        if present.causes != order.causes:
            return False
        former = order.notification is not None and order.notification.state == "requested"
        gone: dict[str, Any] = {"causes": ()} | ({"notification": None} if former else {})
        self.store.items[key] = present.model_copy(update=gone)
        return True

    def due(self, clock: Any, now: int, most: int) -> Iterator[Due]:
        waiting = [each for each in self.messages.values() if each.state not in FINAL and each.due_at <= now]
        for message in sorted(waiting, key=lambda each: each.due_at)[:most]:
            yield Due(self.store.organization_id, message.order_id, message.lane)

    def entries(self, context: Any, *, newest_first: bool = True) -> Iterator[Entry]:
        for (order_id, name), message in sorted(self.messages.items(), reverse=newest_first):
            yield Entry(order_id, name, STATE_LETTERS[message.state] + KIND_LETTERS[message.kind])

    def organizations_with_reminders(self, clock: Any) -> Iterator[str]:
        return iter(self.reminding)

    def reminded_until(self, context: Any) -> int | None:
        return self.cursors.get(context.organization_id)

    def note_reminded(self, context: Any, until: int) -> None:
        self.cursors[context.organization_id] = max(until, self.cursors.get(context.organization_id, 0))


class FakeMailer:
    """Keeps its mails. While `failing` is set, raises it instead."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.failing: Exception | None = None

    def send(self, message: EmailMessage, tags: Mapping[str, str] | None = None) -> str:
        if self.failing:
            raise self.failing
        self.sent.append(message)
        return f"message-{len(self.sent)}"


class FakeOperator:
    def __init__(self) -> None:
        self.reported: list[str] = []

    def report_unsent(self, organization_id: str, order_id: str) -> None:
        self.reported.append(order_id)


def post_office(
    store: Any,
    *,
    outbox: Any = None,
    mailer: Any = None,
    operator: Any = None,
    rules: Sequence[Any] = (),
    compose: Any = None,
    pace: Pace | None = None,
    wait: Callable[[float], None] = lambda _: None,
) -> PostOffice:
    """Returns a post office on fakes, with these parts replaced."""
    from frontdesk.adapters.mail.rendering import render_mail

    return PostOffice(
        store,
        outbox or FakeOutbox(store),
        lambda _: rules,
        compose or render_mail,
        mailer or FakeMailer(),
        operator or FakeOperator(),
        "bookings@example.com",
        lambda: pace or Pace(14, 50_000),
        wait,
    )
