"""Describes the catalog: its documents and answers, derived from its models, and its operations, which are the same for every type."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, Field, create_model
from typing_extensions import TypedDict

from frontdesk.api.answers.catalog import AffectedMeta, ResourceMeta, RevokedDocument, TokenMeta
from frontdesk.api.answers.values import Count, Currency, Id, Made, Rate, SelfLink, ToMany, ToOne
from frontdesk.api.includes import reachable
from frontdesk.api.negotiation import Json
from frontdesk.api.openapi import parameters
from frontdesk.api.openapi.bodies import document_of, example_of_type
from frontdesk.api.openapi.contract import Answer, Operation, Parameter, singular
from frontdesk.api.routes import INCLUDED, catalog_routes
from frontdesk.domain.requests.catalog import CHILDREN, TYPES, CatalogType
from frontdesk.domain.requests.order import Moment, RequestModel
from frontdesk.usecases.catalog import SORTS

TEXTS = {
    "address": "The lines of the postal address.",
    "advance_booking_period": "How far ahead it can be booked, in minutes.",
    "amount": "The discount in minor units. Either this or `percent`.",
    "archived": "Whether the item is archived: hidden from lists, and not bookable.",
    "booking_interval": "In minutes. Bookings start at multiples of it, counted from midnight on the resource's clock.",
    "charge_interval": "In minutes. The price is per started interval; without one, per booking.",
    "choices": "The options.",
    "closed_dates": "Dates on which the resource is closed, such as holidays; for an organization, all of its resources.",
    "code": "The code that customers enter. Case and surrounding space are ignored. Cannot be changed.",
    "company": "The customer's company.",
    "created_at": "Read-only.",
    "currency": "ISO 4217 code. Cannot be changed.",
    "custom_fields": "The custom fields that a booking asks for, each with whether it is required.",
    "default_weight": "How much of a resource's capacity one unit takes.",
    "days": "Days before the start's date, or after the end's date; with `local_time`.",
    "description": "A description for people.",
    "draft_minutes": "How long a draft holds its slots, in minutes.",
    "earliest": "The first date allowed.",
    "email": "An email address. No two active customers may share one.",
    "email_status": "Read-only.",
    "enabled": "Whether the rule is active.",
    "event": "The event that triggers the message; `before_start` and `after_end` are reminders.",
    "external_id": "The item's id in another system. Unique within its type.",
    "expires_at": "When the token expires.",
    "family_name": "The customer's family name.",
    "field_type": "The type of the answer. Cannot be changed.",
    "full_name": "Read-only.",
    "given_name": "The customer's given name.",
    "hidden": "A hint for shop fronts not to show the item; it can still be booked.",
    "is_net_price": "Whether the price is net, so that tax is added.",
    "label": "The question.",
    "latest": "The last date allowed.",
    "lead_time": "The minimum notice before the start, in minutes.",
    "local_time": "`HH:MM` on the place's clock; instead of `offset`.",
    "locale": "The language of mails, as a BCP 47 tag. Mails are in the nearest of English and German.",
    "max_duration": "The longest booking, in minutes.",
    "max_length": "The longest answer, in characters.",
    "max_redemptions": "How many orders may use the voucher.",
    "max_redemptions_per_customer": "How many orders of one customer may use the voucher.",
    "maximum": "The largest number allowed.",
    "min_duration": "The shortest booking, in minutes.",
    "min_total": "The order's minimum total before the discount, in minor units.",
    "minimum": "The smallest number allowed.",
    "mobile": "The customer's mobile number.",
    "most_choices": "How many options may be chosen.",
    "name": "Its name, for people.",
    "notes": "Internal notes for staff.",
    "offset": "For reminders: minutes before the start, or after the end.",
    "opening_hours": "By weekday, in the form of `slots`. A missing weekday is closed; no hours at all means always open.",
    "order_custom_fields": "The custom fields that an order asks for, each with whether it is required.",
    "padding_after": "Minutes kept free after a booking.",
    "padding_before": "Minutes kept free before a booking.",
    "parent_id": "Read-only.",
    "percent": "The discount in percent. Either this or `amount`.",
    "phone": "A telephone number.",
    "price": "The price in minor units.",
    "quantity": "The capacity: how many units can be booked at the same time.",
    "recipients": "Who gets the message. Staff get a separate mail.",
    "redemptions": "Read-only.",
    "scopes": "What the token may do. A token can only grant scopes that it has itself.",
    "slots": "By weekday, pairs of start and end. An end at or before its start falls on the next day.",
    "slug": "A short name for URLs, unique within its type. Default: made from the name.",
    "spans_closed_time": "Whether only a booking's start and end must lie in opening hours.",
    "special_hours": "Hours by date, instead of the weekly ones. An empty list closes the date. A resource's own override its "
    "organization's.",
    "staff_emails": "The addresses of staff.",
    "starting_fee": "Charged once per booking, in minor units.",
    "tax_rate": "The tax rate in percent.",
    "timezone": "IANA name. Default, where optional: the organization's.",
    "updated_at": "Read-only.",
    "uuid": "Read-only.",
    "valid_from": "The first valid moment; for a timeslot series, the first day.",
    "valid_until": "The first moment that is no longer valid; for a timeslot series, the last day.",
    "version": "Read-only.",
    "visible_to_customer": "Whether the customer's mail shows the answer.",
    "website": "The organization's website.",
    "words": "By language: a subject, and texts before and after the standard part. An empty text keeps the standard "
    "one.",
}
# The minimum that each type requires. Tests send these examples.
_NEW: Mapping[str, Json] = {
    "organizations": {"name": "Yoga Loft", "timezone": "Europe/Berlin", "currency": "EUR"},
    "customers": {"email": "grace@example.com", "given_name": "Grace", "family_name": "Hopper"},
    "resources": {"name": "Hall", "quantity": 1, "opening_hours": {"mon": [["09:00", "18:00"]]}},
    "services": {"name": "Hour", "price": 4000, "tax_rate": 19, "min_duration": 60},
    "add-ons": {"name": "Tea", "price": 300, "tax_rate": 7},
    "vouchers": {"code": "SPRING", "percent": 10, "max_redemptions": 100},
    "custom-fields": {"label": "Plate", "field_type": "text"},
    "timeslot-series": {"name": "Course", "slots": {"mon": [["18:00", "19:30"]]}},
    "message-rules": {"name": "The day before", "event": "before_start", "offset": 1440},
    "api-tokens": {"name": "Kiosk", "scopes": ["orders:read"]},
}
_DERIVED: dict[str, Any] = {
    "uuid": str,
    "slug": Annotated[
        str, Field(description="Made from the name and the id.", examples=["coworking-mitte-5f0c6f0a"])
    ],
    "version": Annotated[
        int, Field(description="Incremented with every change: the higher number is the newer state.")
    ],
    "full_name": Annotated[str, Field(examples=["Ada Lovelace"])],
    "currency": Annotated[
        Currency | None, Field(description="The currency of the prices.", examples=["EUR"])
    ],
    "parent_id": Annotated[str | None, Field(description="The id of the token that created this one.")],
    "email_status": Annotated[
        Literal["bounced", "complained"] | None,
        Field(description="Why no more mail goes to the address. A new address clears it."),
    ],
    "redemptions": Annotated[
        Count, Field(description="How often the voucher was used; counted while it has a limit.")
    ],
}


class Linked(BaseModel):
    """The type and id of a resource."""

    type: str
    id: str


class LinkedToOne(BaseModel):
    """A relationship to one resource; null for none."""

    data: Linked | None


class LinkedToMany(BaseModel):
    """A relationship to several resources."""

    data: list[Linked]


class NoRelationships(RequestModel):
    """No relationships."""


# Types are made at run time, from the models.
_typed: Any = TypedDict


@cache
def resource_of(type_name: str) -> Any:
    """Returns the type of an item in answers, as a TypedDict, for example for "customers"."""
    of = TYPES[type_name]
    # Older items lack these times.
    times = dict.fromkeys(("created_at", "updated_at"), NotRequired[Made])
    attributes = _typed(f"{singular(type_name)}Attributes", _catalog_fields(of) | times)
    related: dict[str, Any] = {
        name: (ToMany if field.endswith("_ids") else ToOne)[Literal[_type_of(kind)]]
        for field, (name, kind) in of.related.items()
    }
    if of.kind == "resource":
        related[CHILDREN] = NotRequired[ToMany[Literal["resources"]]]
    parts: dict[str, Any] = {"type": Literal[type_name], "id": Id, "attributes": attributes}
    if related:
        parts["relationships"] = _typed(f"{singular(type_name)}Relationships", related)
    parts["links"] = SelfLink
    if of.kind == "resource":
        parts["meta"] = ResourceMeta
    return _typed(f"{singular(type_name)}Resource", parts)


@cache
def catalog_input(type_name: str, *, new: bool) -> type[RequestModel]:
    """Returns the model of the attributes in a request that creates an item (`new`) or changes it.

    It has every attribute, because clients may send the attributes of an answer back.
    """
    of = TYPES[type_name]
    fields = {
        name: (type | None, None)
        for name, type in (_catalog_fields(of) | dict.fromkeys(of.instants, Moment)).items()
    }
    times = dict.fromkeys(("created_at", "updated_at"), (datetime | None, None))
    name = _input_name(type_name, new=new)
    made: type[RequestModel] = create_model(name, __base__=RequestModel, **fields, **times)  # type: ignore[call-overload]
    return made


@cache
def catalog_document(type_name: str, *, new: bool) -> type[RequestModel]:
    """Returns the model of the document in a request that creates an item (`new`) or changes it."""
    of, name = TYPES[type_name], _input_name(type_name, new=new)
    related: dict[str, Any] = {
        relationship: (LinkedToMany if field.endswith("_ids") else LinkedToOne, None)
        for field, (relationship, _) in of.related.items()
    }
    if of.kind == "resource":
        related[CHILDREN] = (LinkedToMany, None)
    relationships = (
        create_model(f"{name}Relationships", __base__=RequestModel, **related) if related else None
    )
    return document_of(
        name, type_name, catalog_input(type_name, new=new), relationships or NoRelationships, has_id=not new
    )


def _input_name(type_name: str, *, new: bool) -> str:
    return singular(type_name) + ("Creation" if new else "Change")


def required(of: CatalogType) -> tuple[str, ...]:
    """Returns the fields that a new item requires."""
    return tuple(name for name in of.attributes if of.model.model_fields[name].is_required())


def _catalog_fields(of: CatalogType) -> dict[str, Any]:
    """Returns all attributes of a type except times, with their JSON types."""
    fields: dict[str, Any] = {}
    for name in of.attributes:
        field = of.model.model_fields[name]
        annotation: Any = field.annotation
        if name in of.instants:
            annotation = datetime | None
        elif annotation in (Decimal, Decimal | None):
            annotation = Rate if annotation is Decimal else Rate | None
        elif str(annotation).find("Decimal") >= 0:
            annotation = float | None
        fields[name] = (
            Annotated[annotation, *field.metadata]
            if field.metadata and annotation is field.annotation
            else annotation
        )
    return fields | {name: _DERIVED[name] for name in sorted(of.derived)}


def _type_of(kind: str) -> str:
    return next(of.name for of in TYPES.values() if of.kind == kind)


def beside(type: str, **own: Any) -> tuple[Any, ...]:
    """Returns the types of the resources that `include` can add for a type. `own` are types outside the catalog, by name."""
    return tuple(own.get(name) or resource_of(name) for name in reachable(type))


def operations_of(of: CatalogType) -> Iterator[Operation]:
    """Yields the operations of a catalog type."""
    routes, resource, what = (
        catalog_routes(of.name),
        resource_of(of.name),
        of.kind.replace("_", "-" if of.kind == "add_on" else " "),
    )
    what_one = f"an {what}" if what[0] in "aeiou" else f"a {what}"
    one = singular(of.name)
    included = beside(of.name) if of.name in INCLUDED else ()
    include = parameters.include(of.name)
    yield Operation(
        name=routes["list"].name, tag="Catalog", summary=f"List {of.name if of.kind == 'add_on' else of.name.replace('-', ' ')}",
        parameters=(
            Parameter(name="filter[search]", description="Searches all texts.", schema={"type": "string", "maxLength": 200}, example="e"),
            Parameter(
                name="filter[email]", description="By address; several are separated by commas. Needs a value.",
                schema={"type": "string", "maxLength": 320}, example="ada@example.com",
            ),
            Parameter(
                name="filter[external_id]", description="With this id. Needs a value.",
                schema={"type": "string", "maxLength": 255}, example="K-17",
            ),
            parameters.sort(SORTS, "in order of creation"),
            include,
        ),
        answers={200: Answer(description="A page.", content=[resource], includes=included)},
    )  # fmt: skip
    closes = AffectedMeta if of.kind in ("resource", "organization") else None
    told = TokenMeta if of.kind in ("token", "organization") else None
    # An answer with a secret is never repeated.
    again = () if told else ("Idempotency-Replayed",)
    made = "Created, now or (with `Idempotency-Replayed`) by an earlier request." if again else "Created."
    yield Operation(
        name=routes["create"].name, tag="Catalog", summary=f"Create {what_one}",
        body=catalog_document(of.name, new=True), example=example_of_type(of.name, **_NEW[of.name]),
        answers={
            201: Answer(
                description=made, content=resource, headers=("Location", "ETag", *again), meta=told,
                named=f"Created{one}Document" if told else None,
            ),
        },
    )  # fmt: skip
    yield Operation(
        name=routes["read"].name, tag="Catalog", summary=f"Get {what_one}, archived or not", parameters=(include,),
        answers={200: Answer(description=f"The {what}.", content=resource, headers=("ETag",), includes=included)},
    )  # fmt: skip
    if "change" in routes:
        name, value = next(
            (name, value) for name, value in _NEW[of.name].items() if name not in of.fixed | {"email"}
        )
        yield Operation(
            name=routes["change"].name, tag="Catalog", summary=f"Change {what_one}",
            body=catalog_document(of.name, new=False), example=example_of_type(of.name, **{name: value}),
            answers={
                200: Answer(
                    description=f"The {what}.", content=resource, headers=("ETag",), meta=closes,
                    named=f"Changed{one}Document" if closes else None,
                ),
            },
            refusals=(412,),
        )  # fmt: skip
    if of.kind == "token":
        yield Operation(
            name=routes["delete"].name, tag="Catalog", summary="Revoke a token",
            description="From now on the token creates nothing, and it stops working within a minute. Its subscriptions are "
"switched off.",
            answers={
                200: Answer(description="Revoked. Lists its child tokens and subscriptions.", content=RevokedDocument),
                204: Answer(description="Revoked. It had no child tokens and no subscriptions."),
            },
            refusals=(409,),
        )  # fmt: skip
    elif "delete" in routes:
        yield Operation(
            name=routes["delete"].name, tag="Catalog", summary=f"Archive {what_one}",
            answers={204: Answer(description="Archived; no body.")}, refusals=(412,),
        )  # fmt: skip
