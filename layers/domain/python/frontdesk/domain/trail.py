"""The trail: a record of who changed what.

An entry keeps the old and the new value of a changed field. For a text, it only keeps the fact that the text changed. So a customer's data
can be erased without changing the trail.
"""

import builtins
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Actor(NamedTuple):
    """The author of a change: a token or an import, by id and name, or the system itself."""

    kind: Literal["token", "import", "system"]
    id: str | None = None
    name: str | None = None


SYSTEM = Actor("system")

Action = Literal[
    "placed", "completed", "changed", "canceled", "expired",
    "checked_in", "check_in_undone", "checked_out", "check_out_undone",
    "created", "archived", "revoked", "deleted", "undone",
]  # fmt: skip

KEPT_SECONDS = 366 * 86_400
MAX_REASON = 200
# With the name of its field, the stamp then takes 110 bytes of each order.
MAX_STAMP = 94
# The most bytes of an entry's changes, as JSON. The entry then fits into one write unit, unless its reason is long and not ASCII.
_MAX_CHANGES = 400
# The most bookings an entry names; a thousand would take 5 KB.
_MAX_NAMED = 50

Changes = dict[str, tuple[Any, Any] | None]


class Entry(BaseModel):
    """A change. `changes` maps each changed field to (from, to), or to None if the values are not kept.

    An entry about an order has the ordinals of the affected bookings in `bookings`, at most _MAX_NAMED, and their total number in
    `booking_count`. If `bookings` is empty, the change affects the order itself. An entry about any other item has its `type` and `id`.
    """

    model_config = ConfigDict(frozen=True)

    at: int
    action: Action
    actor: Actor
    request_id: str | None = None
    reason: str | None = None
    changes: Changes = {}
    bookings: tuple[int, ...] = ()
    booking_count: int = 0
    type: str | None = None
    id: str | None = None

    @property
    def delete_at(self) -> int:
        """When the entry expires, in epoch seconds."""
        return self.at + KEPT_SECONDS


def differences(
    before: BaseModel, after: BaseModel, *, shown: Iterable[str], silent: Iterable[str]
) -> Changes:
    """Returns the fields that differ. Fields in `shown` map to (old, new), and others to None. Fields in `silent` are left out."""
    shown, silent = frozenset(shown), frozenset(silent)
    found: Changes = {}
    for name in type(after).model_fields:
        old, new = getattr(before, name), getattr(after, name)
        if old != new and name not in silent:
            found[name] = (_plain(old), _plain(new)) if name in shown else None
    return found


# Text fields whose values come from a fixed list, not from people.
_WORDS = frozenset(
    {
        "scopes",
        "events",
        "status",
        "resource_ids",
        "service_ids",
        "currency",
        "timezone",
        "locale",
        "language",
    }
)
_OWN = frozenset(
    {"id", "organization_id", "version", "created_at", "updated_at", "redemptions", "children", "failures", "failing_since"}
)  # fmt: skip


def of_thing(entry: Entry, type: str, id: str, before: BaseModel | None, after: BaseModel | None) -> Entry:
    """Returns `entry` with the `type`, `id` and `changes` of an item that is not an order.

    If the price rose from 1000 to 1200, `changes` is {"price": (1000, 1200)}. If the name was changed,
    `changes` is {"name": None}, because an entry must not contain free text. Values are included only if they
    are numbers, booleans, or texts from a fixed list, such as "EUR".
    """
    changes: Changes = {}
    if before is not None and after is not None:
        fields = builtins.type(after).model_fields
        shown = (
            name
            for name in fields
            if name in _WORDS
            or all(isinstance(getattr(each, name), bool | int | Decimal | None) for each in (before, after))
        )
        changes = differences(before, after, shown=shown, silent=_OWN)
    return entry.model_copy(update={"type": type, "id": id, "changes": bounded(changes)})


def bounded(changes: Mapping[str, tuple[Any, Any] | None]) -> Changes:
    """Returns the changes. If they are too large for an entry, replaces the longest values with None."""
    kept = dict(changes)
    while len(json.dumps(kept)) > _MAX_CHANGES:
        longest = max(kept, key=lambda name: len(json.dumps(kept[name])))
        if kept[longest] is None:
            break
        kept[longest] = None
    return kept


def named(ordinals: Iterable[int]) -> dict[str, Any]:
    """Returns the values for the fields `bookings` and `booking_count` of an entry about these bookings."""
    every = sorted(ordinals)
    return {"bookings": tuple(every[:_MAX_NAMED]), "booking_count": len(every)}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value) if isinstance(value, Decimal) else value


# The stamp of an order says who placed it.


def stamp(actor: Actor, request_id: str | None) -> str | None:
    """Packs the actor and the request's id into a text of at most MAX_STAMP bytes. `read_stamp` unpacks it.

    If necessary, shortens the actor's name. Returns None if the actor is the system and there is no request.
    """
    if actor == SYSTEM and request_id is None:
        return None
    text = f"{actor.kind[0]}{_packed_digest(actor.id or '')} {_packed_uuid(request_id or '')}"
    text = f"{text[:MAX_STAMP]} {actor.name or ''}"
    return text.encode()[:MAX_STAMP].decode(errors="ignore").rstrip()


def read_stamp(text: str) -> tuple[Actor, str | None]:
    """Unpacks a stamp into the actor and the request's id."""
    who, _, rest = text.partition(" ")
    request, _, name = rest.partition(" ")
    kind: Literal["token", "import", "system"] = (
        "token" if who[0] == "t" else "import" if who[0] == "i" else "system"
    )
    return Actor(kind, _digest(who[1:]) or None, name or None), _uuid(request) or None


def _packed_digest(id: str) -> str:
    """Packs an actor's id for `stamp`. The result has no spaces, because a space ends the id in a stamp.

    A digest (64 hex digits) becomes 43 characters of base64. In other ids, underscores replace spaces.
    """
    with suppress(ValueError):
        if len(id) == 64:
            return urlsafe_b64encode(bytes.fromhex(id)).decode().rstrip("=")
    return id.replace(" ", "_")


def _digest(packed: str) -> str:
    return urlsafe_b64decode(packed + "=").hex() if len(packed) == 43 else packed


def _packed_uuid(id: str) -> str:
    with suppress(ValueError):
        if str(UUID(id)) == id:
            return urlsafe_b64encode(UUID(id).bytes).decode().rstrip("=")
    return id.replace(" ", "_")[:36]


def _uuid(packed: str) -> str:
    return str(UUID(bytes=urlsafe_b64decode(packed + "=="))) if len(packed) == 22 else packed
