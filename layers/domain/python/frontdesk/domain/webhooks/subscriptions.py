"""Subscriptions: which URL gets which events, and when a subscription is disabled. Instants are epoch seconds."""

import re
from typing import Annotated, Any

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
from frontdesk.domain.requests.envelope import Document
from frontdesk.domain.requests.order import Characters, RequestModel, as_list
from frontdesk.domain.texts import plain_line
from frontdesk.domain.webhooks.events import MOMENTS, EventPattern
from frontdesk.domain.webhooks.signatures import new_secret
from frontdesk.errors import Invalid

_SCOPES: dict[str, Scope] = {
    "orders": "orders:read",
    "bookings": "orders:read",
    "customers": "catalog:read",
    "messages": "orders:read",
}
MAX_SUBSCRIPTIONS = 50
MAX_OLDER_SECRETS = 3
# After a secret is replaced, both secrets sign for this long, so that a receiver can switch without a gap.
OLD_SECRET_SECONDS = 24 * 3600
# A subscription is disabled after this many failures in a row, if they span at least this many seconds.
MAX_FAILURES = 20
FAILING_SECONDS = 12 * 3600


# Headers that Frontdesk sets itself, or that concern the connection. A name that ends in `-` stands for all headers that begin with it.
_OWN_HEADERS = (
    "content-", "frontdesk-", "webhook-", "proxy-", "transfer-encoding", "connection", "host", "keep-alive", "upgrade", "te",
    "trailer", "expect", "user-agent", "date",
)  # fmt: skip


def _header_name(name: str) -> str:
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", name):
        raise Invalid("not_header_name")
    if any(
        name.lower() == own or (own.endswith("-") and name.lower().startswith(own)) for own in _OWN_HEADERS
    ):
        raise Invalid("header_not_yours")
    return name


def _header_value(value: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?", value):
        raise Invalid("not_header_value")
    return value


def _each_once(headers: dict[str, str]) -> dict[str, str]:
    if len({name.lower() for name in headers}) < len(headers):
        raise Invalid("header_twice")
    return headers


# RFC 9110, 5.1 and 5.5: the name is a token; the value has visible characters with spaces between them.
HeaderName = Annotated[str, StringConstraints(strict=True), AfterValidator(_header_name)]
HeaderValue = Annotated[str, StringConstraints(strict=True), AfterValidator(_header_value)]


class Subscription(BaseModel):
    """A subscription: a URL, the events that are sent to it, and its recent failures.

    `failures` counts the failed attempts in a row, and `failing_since` is the time of the first of them.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    id: str
    name: str = ""
    url: str
    events: tuple[EventPattern, ...]
    is_active: bool = True
    secret: str = Field(repr=False)
    old_secret: str | None = Field(default=None, repr=False)
    old_secret_until: int = 0
    # Secrets older than the previous one, each with the time until which it signs.
    older_secrets: tuple[tuple[str, int], ...] = Field(default=(), repr=False)
    # Headers that the receiver requires, often with its own password.
    custom_headers: dict[str, str] = Field(default={}, repr=False)
    disabled_at: int | None = None
    disabled_reason: str | None = None
    failures: int = 0
    failing_since: int | None = None
    version: int = 1
    created_at: int
    updated_at: int
    # The token that last decided which events go to which URL. Older subscriptions have none.
    maker_id: str | None = None

    def wants(self, name: str) -> bool:
        """Whether the subscription is active and includes the event."""
        return self.is_active and any(
            pattern in (name, "*", f"{name.partition('.')[0]}.*") for pattern in self.events
        )

    @property
    def wants_moments(self) -> bool:
        """Whether the subscription is active, and includes starts or ends of bookings."""
        return any(map(self.wants, MOMENTS))

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes needed to read the content of its events."""
        kinds = {pattern.partition(".")[0] for pattern in self.events}
        return frozenset(scope for kind, scope in _SCOPES.items() if kind in kinds or "*" in kinds)

    def secrets_at(self, now: int) -> tuple[str, ...]:
        """Returns the secrets that sign a delivery, the newest first."""
        return (self.secret, *(secret for secret, _ in self.former_secrets(now)))

    def former_secrets(self, now: int) -> tuple[tuple[str, int], ...]:
        """Returns (secret, time until which it signs) for each former secret that still signs, the newest first."""
        last = ((self.old_secret, self.old_secret_until),) if self.old_secret else ()
        return tuple((secret, until) for secret, until in (*last, *self.older_secrets) if now < until)


class SubscriptionChange(RequestModel):
    """The attributes of a subscription as sent. Missing and null attributes stay unchanged."""

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
    custom_headers: (
        Annotated[dict[HeaderName, HeaderValue], AfterValidator(_each_once), Field(max_length=20)] | None
    ) = None


class _Resource(RequestModel):
    attributes: SubscriptionChange | None = None


class SubscriptionDocument(Document):
    """The JSON:API document of a new or changed subscription."""

    ATTRIBUTES = SubscriptionChange
    data: _Resource | None = None

    @property
    def change(self) -> SubscriptionChange:
        """The attributes in the document. If the document has none, every attribute is None."""
        return (self.data and self.data.attributes) or SubscriptionChange()


def gives_more(seen: Subscription, after: Subscription) -> bool:
    """Whether the change from `seen` to `after` may give somebody access to more events, or to the secret that signs events.

    True if the subscription becomes active, or if its URL, events or secret change.
    """
    return after.is_active > seen.is_active or any(
        getattr(after, name) != getattr(seen, name) for name in ("url", "events", "secret")
    )


def rotated(subscription: Subscription, now: int) -> Subscription:
    """Returns the subscription with a new secret.

    The replaced secret becomes `old_secret`, and still signs deliveries for OLD_SECRET_SECONDS. The previous
    `old_secret` moves to `older_secrets`. If `older_secrets` already has MAX_OLDER_SECRETS secrets, the oldest
    of them is removed, and stops signing at once.
    """
    # The caller may know only an earlier secret, because the answers with newer ones may have been lost.
    change = {
        "secret": new_secret(),
        "old_secret": subscription.secret,
        "old_secret_until": now + OLD_SECRET_SECONDS,
        "older_secrets": subscription.former_secrets(now)[:MAX_OLDER_SECRETS],
    }
    return subscription.model_copy(update={**change, "updated_at": now, "version": subscription.version + 1})


def changed(subscription: Subscription, change: SubscriptionChange, now: int) -> Subscription:
    """Returns the subscription with the changed attributes, or the same object if none of them differs.

    Enabling or disabling a subscription resets its failures. A new URL may belong to a new receiver. So if the URL
    changes, the subscription gets a new secret and loses its previous custom headers. If `change`
    contains custom headers, the subscription gets these.
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
        values |= {"secret": new_secret(), "old_secret": None, "old_secret_until": 0, "older_secrets": ()}
        # Custom headers often contain the previous receiver's password, which must not go to another receiver.
        values["custom_headers"] = sent.get("custom_headers", {})
    return subscription.model_copy(update={**values, "updated_at": now, "version": subscription.version + 1})


def is_hopeless(subscription: Subscription, failures: int, now: int) -> bool:
    """Whether an active subscription should be disabled.

    It should if at least MAX_FAILURES attempts in a row have failed, the first of them at least FAILING_SECONDS ago.
    """
    since = now if subscription.failing_since is None else subscription.failing_since
    return subscription.is_active and failures >= MAX_FAILURES and now - since >= FAILING_SECONDS


def disabled_by_failures(subscription: Subscription, failures: int, now: int) -> Subscription:
    """Returns the subscription as disabled, with its failures as the reason."""
    hours = (now - (subscription.failing_since or now)) // 3600
    return disabled(subscription, f"{failures} attempts in a row failed, over {hours} hours.", now)


def disabled(subscription: Subscription, reason: str, now: int) -> Subscription:
    """Returns the subscription as disabled for this reason."""
    changes = {"is_active": False, "disabled_at": now, "disabled_reason": reason, "updated_at": now}
    return subscription.model_copy(update={**changes, "version": subscription.version + 1})
