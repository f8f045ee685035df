"""Webhooks: what is an event, who is told of it, how a delivery is signed, tried again, and given up.

Source of names and payload: shared conventions, "Customers, resources, services". Instants are epoch seconds.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated, Any, Literal, NamedTuple, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from frontdesk.domain.catalog.access import Scope
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import INVISIBLE, shown_status
from frontdesk.domain.problems import Problem
from frontdesk.domain.requests.envelope import Document
from frontdesk.domain.requests.order import Characters, RequestModel, as_list
from frontdesk.domain.texts import plain_line
from frontdesk.domain.time.intervals import iso
from frontdesk.errors import Phrase

EventName = Literal[
    "orders.created", "orders.updated", "orders.completed", "orders.canceled",
    "bookings.created", "bookings.updated", "bookings.canceled",
    "customers.created", "customers.updated", "customers.deleted",
]  # fmt: skip
EventPattern = Literal[EventName, "orders.*", "bookings.*", "customers.*", "*"]

_SCOPES: dict[str, Scope] = {"orders": "orders:read", "bookings": "orders:read", "customers": "catalog:read"}

MAX_SUBSCRIPTIONS = 50
MAX_URL = 2_000
PORTS = (443, 8443)
# A secret that was replaced goes on signing beside the new one, so that a receiver can change over without a gap.
OLD_SECRET_SECONDS = 24 * 3600

MAX_ATTEMPTS = 8
_FIRST_PAUSE, _PAUSE_FACTOR, _LONGEST_PAUSE = 60, 3.0, 3600
# Longer than the function that delivers may run, so that a lease that ran out belongs to nobody who is still at work.
LEASE_SECONDS = 30
# A subscription is disabled after so many failed attempts without a success between them, over at least this time.
MAX_FAILURES = 20
FAILING_SECONDS = 12 * 3600
# Later than the queue brings any message again.
LOST_SECONDS = 2 * 3600
LOG_SECONDS = 30 * 24 * 3600
MAX_LISTED = 1_000

# Of an event in the queue; SQS takes 256 KiB in all.
MAX_EVENT_BYTES = 200_000

# What changes of an order or booking without anybody outside being able to see it. Whatever else there is, can be seen.
_UNSEEN_OF_ORDER = frozenset(
    {
        "version", "attempt", "status", "updated_at", "notification", "notifies", "fingerprint", "import_id", "unanswered",
        "active_bookings", "canceling", "progress",
    }
)  # fmt: skip
_UNSEEN_OF_BOOKING = frozenset({"version", "updated_at"})
_UNSEEN_OF_CUSTOMER = frozenset({"version", "updated_at"})

# The only IPv6 addresses that are given to anybody, and which of them are for something else: IANA's registries. What Python
# knows of them depends on its version.
_GIVEN = ip_network("2000::/3")
_SPECIAL = tuple(
    map(
        ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")
    )
)


class Subscription(BaseModel):
    """Who is told of which events, and how it went lately. `failures`: attempts in a row that failed, since `failing_since`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    id: str
    name: str = ""
    url: str
    events: tuple[EventPattern, ...]
    is_active: bool = True
    secret: str = Field(repr=False)
    old_secret: str | None = Field(default=None, repr=False)
    old_secret_until: int = 0
    disabled_at: int | None = None
    disabled_reason: str | None = None
    failures: int = 0
    failing_since: int | None = None
    version: int = 1
    created_at: int
    updated_at: int
    # The token that has said last what goes where. Those that were made before this was noted have none.
    maker_id: str | None = None

    def wants(self, name: str) -> bool:
        return self.is_active and any(
            pattern in (name, "*", f"{name.partition('.')[0]}.*") for pattern in self.events
        )

    @property
    def scopes(self) -> frozenset[Scope]:
        """What it takes to read what it is told."""
        kinds = {pattern.partition(".")[0] for pattern in self.events}
        return frozenset(scope for kind, scope in _SCOPES.items() if kind in kinds or "*" in kinds)

    def secrets_at(self, now: int) -> tuple[str, ...]:
        """What a delivery is signed with, the newest first."""
        return (
            (self.secret, self.old_secret)
            if self.old_secret and now < self.old_secret_until
            else (self.secret,)
        )


class SubscriptionChange(RequestModel):
    """The attributes of a subscription as a client sends them; what is left out or null stays as it is."""

    name: (
        Annotated[Characters, AfterValidator(plain_line), StringConstraints(strict=True, max_length=200)]
        | None
    ) = None
    url: Annotated[Characters, StringConstraints(strict=True)] | None = None
    events: (
        Annotated[tuple[EventPattern, ...], BeforeValidator(as_list), Field(min_length=1, max_length=20)]
        | None
    ) = None
    is_active: StrictBool | None = None


class _Resource(RequestModel):
    attributes: SubscriptionChange | None = None


class SubscriptionDocument(Document):
    """The JSON:API document of a subscription that is made or changed."""

    ATTRIBUTES = SubscriptionChange
    data: _Resource | None = None

    @property
    def change(self) -> SubscriptionChange:
        return (self.data and self.data.attributes) or SubscriptionChange()


def new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def gives_more(seen: Subscription, after: Subscription) -> bool:
    """Whether somebody learns something by a change who would not without it: of events, or how they are signed."""
    return after.is_active > seen.is_active or any(
        getattr(after, name) != getattr(seen, name) for name in ("url", "events", "secret")
    )


def rotated(subscription: Subscription, now: int) -> Subscription:
    """With a new secret; the one before signs too for OLD_SECRET_SECONDS."""
    change = {
        "secret": new_secret(),
        "old_secret": subscription.secret,
        "old_secret_until": now + OLD_SECRET_SECONDS,
    }
    return subscription.model_copy(update={**change, "updated_at": now, "version": subscription.version + 1})


def changed(subscription: Subscription, change: SubscriptionChange, now: int) -> Subscription:
    """With the attributes that are sent and other than they are, or itself.

    Switched on again, it begins anew with its failures. Another address has another secret: the one before may know the old one.
    """
    sent = {name: value for name, value in change if value is not None}
    if change.events is not None:
        sent["events"] = tuple(dict.fromkeys(change.events))
    values: dict[str, Any] = {
        name: value for name, value in sent.items() if value != getattr(subscription, name)
    }
    if not values:
        return subscription
    if "is_active" in values:
        values |= {"disabled_at": None, "disabled_reason": None, "failures": 0, "failing_since": None}
    if "url" in values:
        values |= {"secret": new_secret(), "old_secret": None, "old_secret_until": 0}
    return subscription.model_copy(update={**values, "updated_at": now, "version": subscription.version + 1})


# Where deliveries go


def problems_of_url(url: str, *, local: bool) -> list[Problem]:
    """Why an address can not be delivered to; `local`: plain http to 127.0.0.1 is taken too. What it resolves to is another matter."""
    reason = _wrong_with(url, local=local)
    return [Problem("invalid_url", {"reason": reason}, pointer="/data/attributes/url")] if reason else []


def _wrong_with(url: str, *, local: bool) -> Phrase | None:
    if len(url) > MAX_URL or not re.fullmatch(r"[\x21-\x7e]+", url):
        return Phrase("url_characters", {"most": MAX_URL})
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Phrase("not_a_url")
    if parts.username is not None or parts.password is not None:
        return Phrase("url_with_user")
    if parts.fragment:
        return Phrase("url_with_fragment")
    if local and parts.scheme == "http" and host == "127.0.0.1":
        return None
    if parts.scheme != "https":
        return Phrase("url_not_https")
    if not re.fullmatch(
        r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}", host
    ):
        return Phrase("url_host")
    if port is not None and port not in PORTS:
        return Phrase("url_port", {"ports": PORTS})
    return None


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody in the internet could reach: nothing private, of this host, link or cloud."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip not in _GIVEN:
            return False
    return ip.is_global and not (
        any(ip in network for network in _SPECIAL)
        or ip.is_multicast
        or ip.is_reserved
        or ip.is_unspecified
        or ip.is_loopback
        or ip.is_link_local
    )


# What is an event


class Change(NamedTuple):
    """An order, booking or customer as it was before and is after one write. `record_id` is the write's: the same when it is told again."""

    organization_id: str
    record_id: str
    at: int
    key: Key
    old: Any
    new: Any


class Event(NamedTuple):
    """Something to tell of an order, a booking of it, or a customer. Told again, it has the same id; ids begin with the time."""

    id: str
    name: EventName
    organization_id: str
    at: int
    subject: Order | Booking | Customer


def names_of(change: Change) -> tuple[EventName, ...]:
    """The events that a change is; an order's may include some of its bookings.

    An order appears, with its bookings, when it becomes a draft or completed: what is placed in steps is not there before
    that, and what comes to nothing never was. So a new booking by itself is no event, and a removed one is none.
    """
    match change.key.kind, change.old, change.new:
        case "order", old, Order() as new:
            return _of_order(old, new)
        case "booking", Booking() as old, Booking() as new if new.version > old.version:
            # A booking put anew by another attempt at its order begins with the first version again.
            if new.status == "canceled" != old.status:
                return ("bookings.canceled",)
            return ("bookings.updated",) if _differ(old, new, _UNSEEN_OF_BOOKING) else ()
        case "customer", old, new:
            was, there = old is not None and not old.archived, new is not None and not new.archived
            if was and there:
                return ("customers.updated",) if _differ(old, new, _UNSEEN_OF_CUSTOMER) else ()
            return ("customers.created",) if there else ("customers.deleted",) if was else ()
    return ()


def events_of(change: Change, order: Order | None, bookings: Sequence[Booking]) -> list[Event]:
    """The events of a change; of an order or booking, with the order and its bookings as read after it."""
    if change.key.kind != "customer" and (order is None or order.status in INVISIBLE):
        return []
    events = []
    for name in names_of(change):
        subjects: Iterable[Order | Booking | Customer] = [change.new or change.old]
        if change.key.kind == "order" and name.startswith("bookings."):
            subjects = (
                booking for booking in bookings if name == "bookings.created" or booking.status != "canceled"
            )
        events += [
            Event(_event_id(change, name, each.id), name, change.organization_id, change.at, each)
            for each in subjects
        ]
    return events


def _of_order(old: Order | None, new: Order) -> tuple[EventName, ...]:
    if new.status in INVISIBLE:
        return ()
    # By what is written, whatever the time is meanwhile: the end of a draft is an event when it is noted.
    after = shown_status(new, 0)
    if old is None or old.status in INVISIBLE:
        return (
            "orders.created",
            *(("orders.completed",) if after == "completed" else ()),
            "bookings.created",
        )
    if after != shown_status(old, 0):
        if after == "expired":
            # Its bookings are over with it, and nothing is written to them.
            return ("orders.updated", "bookings.canceled")
        return ("orders.completed",) if after == "completed" else ("orders.canceled",)
    return ("orders.updated",) if _differ(old, new, _UNSEEN_OF_ORDER) else ()


def _differ(old: BaseModel, new: BaseModel, unseen: frozenset[str]) -> bool:
    return any(
        getattr(old, name) != getattr(new, name) for name in type(new).model_fields if name not in unseen
    )


def _event_id(change: Change, name: str, subject_id: str) -> str:
    told = "\0".join((change.organization_id, change.record_id, name, subject_id))
    digest = hashlib.sha256(told.encode()).hexdigest()
    # A UUID of version 8 (RFC 9562).
    return f"{change.at:08x}-{digest[:4]}-8{digest[4:7]}-8{digest[7:10]}-{digest[10:22]}"


def is_event_id(text: str) -> bool:
    """Whether it can be an event's id; what can not is not worth a look into the store."""
    return re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", text) is not None


def time_of_event(event_id: str) -> int:
    return int(event_id[:8], 16)


# What is delivered


class Message(BaseModel):
    """One delivery in the queue: an event for a subscription. `round` counts how often it was asked for."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    organization_id: str
    webhook_id: str
    event_id: str
    event: EventName
    subject_type: str
    subject_id: str
    triggered_at: int
    round: int = 1
    data: dict[str, Any]

    @property
    def payload(self) -> dict[str, Any]:
        """The body of the delivery. Source: shared conventions."""
        return {
            "event": self.event,
            "timestamp": iso(time_of_event(self.event_id)),
            "event_id": self.event_id,
            "webhook_id": self.webhook_id,
            "triggered_at": iso(self.triggered_at),
            "data": self.data,
        }


def sign(body: bytes, now: int, keys: Iterable[str]) -> str:
    """The value of the header Frontdesk-Signature: `t={now},v1={hex}`, a v1 for each key.

    Each is the HMAC SHA-256 over `{t}.{body}`, so that neither the body nor the time of a delivery can be exchanged.
    """
    signed = str(now).encode() + b"." + body
    return ",".join(
        [f"t={now}", *(f"v1={hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()}" for key in keys)]
    )


# The log, and what comes after an attempt

DeliveryStatus = Literal["pending", "sending", "retrying", "delivered", "failed", "dropped"]
DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)
FINAL: frozenset[DeliveryStatus] = frozenset({"delivered", "failed", "dropped"})


class Delivery(BaseModel):
    """An event's way to a subscription, under the event's id. Knows ids of what it was about, and nothing of its content.

    `error` is what became of an attempt without an answer, or why there was none; `response_status` the answer's.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    id: str
    webhook_id: str
    event: EventName
    subject_type: str
    subject_id: str
    status: DeliveryStatus = "pending"
    round: int = 1
    attempts: int = 0
    response_status: int | None = None
    error: str | None = None
    attempted_at: int | None = None
    next_attempt_at: int | None = None
    finished_at: int | None = None
    lease_until: int = 0
    version: int = 0

    @property
    def at(self) -> int:
        return time_of_event(self.id)

    @property
    def kept_until(self) -> int:
        return max(self.at, self.attempted_at or 0) + LOG_SECONDS

    def is_over(self, now: int) -> bool:
        """Whether nothing more comes of it; also where nothing has come for so long that its message must be lost."""
        return self.status in FINAL or now > max(self.lease_until, self.next_attempt_at or 0) + LOST_SECONDS

    def after(self, status: DeliveryStatus, now: int, **values: Any) -> "Delivery":
        finished = now if status in FINAL else None
        changes = {
            "status": status,
            "version": self.version + 1,
            "finished_at": finished,
            "next_attempt_at": None,
            "lease_until": 0,
        }
        return self.model_copy(update=changes | values)


def begun(message: Message, seen: Delivery | None) -> Delivery:
    """The delivery that a message is for: as it is, or from the beginning where it is asked for anew."""
    if seen is not None and message.round <= seen.round:
        return seen
    return Delivery(
        id=message.event_id,
        webhook_id=message.webhook_id,
        event=message.event,
        subject_type=message.subject_type,
        subject_id=message.subject_id,
        round=message.round,
        version=seen.version if seen else 0,
    )


def pause_after(attempts: int, spread: float) -> int:
    """Seconds until the next attempt: from a minute to an hour; `spread` (0 to 1) takes up to half of it, lest all come at once."""
    return round(min(_LONGEST_PAUSE, _FIRST_PAUSE * _PAUSE_FACTOR ** (attempts - 1)) * (1 - spread / 2))


def is_hopeless(subscription: Subscription, failures: int, now: int) -> bool:
    """Whether nothing has come through for so long that it is not worth trying."""
    since = now if subscription.failing_since is None else subscription.failing_since
    return subscription.is_active and failures >= MAX_FAILURES and now - since >= FAILING_SECONDS


def disabled_by_failures(subscription: Subscription, failures: int, now: int) -> Subscription:
    hours = (now - (subscription.failing_since or now)) // 3600
    return disabled(subscription, f"{failures} attempts in a row failed, over {hours} hours.", now)


def disabled(subscription: Subscription, reason: str, now: int) -> Subscription:
    changes = {"is_active": False, "disabled_at": now, "disabled_reason": reason, "updated_at": now}
    return subscription.model_copy(update={**changes, "version": subscription.version + 1})
