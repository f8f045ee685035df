"""Answers about the trail: entries of an order's history, and of the log of all other changes."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import (
    ORDER_ID,
    Count,
    Identifier,
    Made,
    SelfLink,
    ToMany,
    ToOne,
    instant,
    to_many,
    to_one,
)
from frontdesk.api.routes import AUDIT_LOG, ORDERS
from frontdesk.domain.orders.order import booking_id
from frontdesk.domain.time.intervals import iso
from frontdesk.domain.trail import Action, Entry

_EXAMPLE_HOST = "https://api.example.com"
# The names that answers use for fields stored under other names.
_NAMES = {
    "start": "start_date",
    "end": "end_date",
    "blocker_start": "blocker_start_date",
    "blocker_end": "blocker_end_date",
    "resource_ids": "resources",
    "custom_entries": "custom_entry_map",
    "checked_in_at": "check_in_date",
    "checked_out_at": "check_out_date",
    "override": "is_override",
}
_INSTANTS = frozenset(
    {"start", "end", "blocker_start", "blocker_end", "checked_in_at", "checked_out_at", "expires_at"}
)


class ShownActor(TypedDict):
    """The author of a change: a token (id and name), an import (id), or the system itself."""

    type: Literal["api-tokens", "imports", "system"]
    id: Annotated[str | None, Field(examples=["9f86d081884c7d659a2feaa0c55ad015"])]
    name: Annotated[str | None, Field(examples=["Front desk"])]


class ShownChange(TypedDict):
    """A changed attribute with its values before and after. For texts and long values, there is only the attribute's name."""

    attribute: Annotated[str, Field(examples=["status"])]
    before: NotRequired[Annotated[Any, Field(examples=["completed"])]]
    after: NotRequired[Annotated[Any, Field(examples=["canceled"])]]


class EntryAttributes(TypedDict):
    """A change: when, by whom, what and why."""

    at: Made
    action: Annotated[Action, Field(examples=["canceled"])]
    actor: ShownActor
    request_id: Annotated[
        str | None,
        Field(
            description="The id of the request in the logs.",
            examples=["c6af9ac6-7b61-11e6-9a41-93e8deadbeef"],
        ),
    ]
    reason: Annotated[
        str | None,
        Field(
            description="The reason that the caller gave. If the system made the change, its own reason.",
            examples=["rain"],
        ),
    ]
    changes: list[ShownChange]


class HistoryAttributes(EntryAttributes):
    """An entry of an order's history."""

    booking_count: Annotated[
        Count,
        Field(
            description="How many bookings the entry is about. 0 means the order as a whole. `relationships.bookings` names the "
            "first 50.",
            examples=[1],
        ),
    ]


class HistoryRelationships(TypedDict):
    """The order and the bookings that an entry is about."""

    order: Annotated[ToOne[Literal["orders"]], Field(examples=[to_one("orders", ORDER_ID)])]
    bookings: Annotated[
        ToMany[Literal["bookings"]], Field(examples=[to_many("bookings", [booking_id(ORDER_ID, 1)])])
    ]


class HistoryEntryResource(TypedDict):
    """An entry of an order's history."""

    type: Literal["history-entries"]
    id: Annotated[str, Field(examples=[f"{ORDER_ID}-00000002"])]
    attributes: HistoryAttributes
    relationships: HistoryRelationships
    links: Annotated[SelfLink, Field(examples=[{"self": f"{_EXAMPLE_HOST}{ORDERS}/{ORDER_ID}/history"}])]


class Subject(TypedDict):
    """The changed item."""

    data: Identifier[str]


class AuditLogRelationships(TypedDict):
    """The item that an entry is about."""

    subject: Subject


class AuditLogEntryResource(TypedDict):
    """An entry of the audit log."""

    type: Literal["audit-log-entries"]
    id: Annotated[str, Field(examples=["01901268000-0f3a9c1b5d7e2468"])]
    attributes: EntryAttributes
    relationships: AuditLogRelationships
    links: Annotated[SelfLink, Field(examples=[{"self": f"{_EXAMPLE_HOST}{AUDIT_LOG}"}])]


def history_url(order_id: str, base_url: str) -> str:
    """Returns the URL of an order's history."""
    return f"{base_url}{ORDERS}/{order_id}/history"


def history_resource(id: str, entry: Entry, order_id: str, base_url: str) -> HistoryEntryResource:
    """Returns the JSON:API resource of an entry in an order's history."""
    return {
        "type": "history-entries",
        "id": id,
        "attributes": {**_attributes(entry), "booking_count": entry.booking_count},
        "relationships": {
            "order": to_one("orders", order_id),
            "bookings": to_many("bookings", [booking_id(order_id, ordinal) for ordinal in entry.bookings]),
        },
        "links": {"self": history_url(order_id, base_url)},
    }


def log_resource(id: str, entry: Entry, base_url: str) -> AuditLogEntryResource:
    """Returns the JSON:API resource of an entry in the audit log."""
    return {
        "type": "audit-log-entries",
        "id": id.replace("#", "-"),
        "attributes": _attributes(entry),
        "relationships": {"subject": {"data": {"type": entry.type or "", "id": entry.id or ""}}},
        "links": {"self": f"{base_url}{AUDIT_LOG}"},
    }


def _attributes(entry: Entry) -> EntryAttributes:
    actor = entry.actor
    return {
        "at": iso(entry.at),
        "action": entry.action,
        "actor": {
            "type": "api-tokens"
            if actor.kind == "token"
            else "imports"
            if actor.kind == "import"
            else "system",
            "id": actor.id,
            "name": actor.name,
        },
        "request_id": entry.request_id,
        "reason": entry.reason,
        "changes": [_change(name, values) for name, values in entry.changes.items()],
    }


def _change(name: str, values: tuple[Any, Any] | None) -> ShownChange:
    shown: ShownChange = {"attribute": _NAMES.get(name, name)}
    if values is not None:
        before, after = (instant(value) for value in values) if name in _INSTANTS else values
        shown |= {"before": before, "after": after}
    return shown
