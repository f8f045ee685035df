"""The catalog: what its documents and answers are, from its models, and its operations, the same for every type."""

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
from frontdesk.domain.requests.catalog import TYPES, CatalogType
from frontdesk.domain.requests.order import Moment, RequestModel
from frontdesk.usecases.catalog import SORTS

TEXTS = {
    "address": "Its lines.",
    "advance_booking_period": "How far ahead it can be booked, in minutes.",
    "amount": "What is taken off, in minor units. Either this or `percent`.",
    "archived": "Whether it is no longer offered.",
    "booking_interval": "Bookings begin at multiples of it, from midnight on, by the resource's clock. In minutes.",
    "charge_interval": "The price is for each started one, in minutes; without it, for the whole booking.",
    "choices": "What can be chosen.",
    "closed_dates": "Days on which it can't be booked; of an organization, on which none of its resources can.",
    "code": "What customers give. Compared without case and surrounding space; can't be changed.",
    "company": "For people.",
    "created_at": "Not to be set.",
    "currency": "Can't be changed.",
    "custom_fields": "Which are asked of a booking, and whether they must be answered.",
    "default_weight": "How much of a resource one takes.",
    "days": "So many days before the date of the start, or after that of the end; for `local_time`.",
    "description": "For people.",
    "draft_minutes": "How long a draft holds its slots.",
    "earliest": "The first day that is taken.",
    "email": "A customer's is no other customer's.",
    "email_status": "Not to be set.",
    "enabled": "Whether it is followed.",
    "event": "What it is about; `before_start` and `after_end` are reminders.",
    "external_id": "What it is called in another system. No other of its kind has the same.",
    "expires_at": "From when on it no longer works.",
    "family_name": "Of the customer.",
    "field_type": "What is asked for. Can't be changed.",
    "full_name": "Not to be set.",
    "given_name": "Of the customer.",
    "hidden": "For those who show it.",
    "is_net_price": "Whether tax is added to the price.",
    "label": "What is asked.",
    "latest": "The last day that is taken.",
    "lead_time": "How long before it begins it must be booked, in minutes.",
    "local_time": "HH:MM on the clock of the place; instead of `offset`.",
    "locale": "The language of mails.",
    "max_duration": "In minutes.",
    "max_length": "In characters.",
    "max_redemptions": "How many orders may use it.",
    "max_redemptions_per_customer": "How many orders of one customer may use it.",
    "maximum": "The largest number that is taken.",
    "min_duration": "In minutes.",
    "min_total": "What an order must come to before the discount, in minor units.",
    "minimum": "The smallest number that is taken.",
    "mobile": "Of the customer.",
    "most_choices": "How many can be chosen.",
    "name": "For people.",
    "notes": "For staff.",
    "offset": "Of a reminder: so many minutes before the start, or after the end.",
    "opening_hours": "By weekday, as `slots`; one that is missing is closed, none at all is always open.",
    "order_custom_fields": "Which are asked of an order, and whether they must be answered.",
    "padding_after": "What is kept free behind a booking, in minutes.",
    "padding_before": "What is kept free before a booking, in minutes.",
    "parent_id": "Not to be set.",
    "percent": "Of the price. Either this or `amount`.",
    "phone": "For people.",
    "price": "In minor units.",
    "quantity": "How much of it there is at the same time.",
    "recipients": "Whom it is for; staff have a mail of their own.",
    "redemptions": "Not to be set.",
    "scopes": "What it may do; nobody gives what he has not.",
    "slots": "By weekday, start and end; an end at or before the start is on the next day.",
    "slug": "For addresses of pages.",
    "spans_closed_time": "Whether a booking need only begin and end in opening hours.",
    "special_hours": "Instead of the opening hours, by date; none is closed. A resource's own count before its organization's.",
    "staff_emails": "Where mails for staff go.",
    "starting_fee": "Once a booking, in minor units.",
    "tax_rate": "In percent.",
    "timezone": "IANA name. Where it may be left out, the organization's is meant.",
    "updated_at": "Not to be set.",
    "uuid": "Not to be set.",
    "valid_from": "The first moment, or the first day of a series.",
    "valid_until": "The first moment after it, or the last day of a series.",
    "version": "Not to be set.",
    "visible_to_customer": "Whether the answer is in the customer's mail.",
    "website": "For people.",
    "words": "By language: a subject, and text before and after the standard part. Empty leaves the standard.",
}
# The least of each type, on which tests send the examples.
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
    "version": Annotated[int, Field(description="Counts every change: the greater one is the newer state.")],
    "full_name": Annotated[str, Field(examples=["Ada Lovelace"])],
    "currency": Annotated[Currency | None, Field(description="Of the prices.", examples=["EUR"])],
    "parent_id": Annotated[str | None, Field(description="The token that made it.")],
    "email_status": Annotated[
        Literal["bounced", "complained"] | None,
        Field(
            description="What became of mails to the address; there are no more. Another address begins anew."
        ),
    ],
    "redemptions": Annotated[Count, Field(description="Counted while there is a limit.")],
}


class Linked(BaseModel):
    type: str
    id: str


class LinkedToOne(BaseModel):
    data: Linked | None


class LinkedToMany(BaseModel):
    data: list[Linked]


class NoRelationships(RequestModel):
    """Of what has none."""


# Made at run time, from what the models say.
_typed: Any = TypedDict


@cache
def resource_of(type_name: str) -> Any:
    """An item as it is shown."""
    of = TYPES[type_name]
    # What was there before times were noted has none.
    times = dict.fromkeys(("created_at", "updated_at"), NotRequired[Made])
    attributes = _typed(f"{singular(type_name)}Attributes", _catalog_fields(of) | times)
    related: dict[str, Any] = {
        name: (ToMany if field.endswith("_ids") else ToOne)[Literal[_type_of(kind)]]
        for field, (name, kind) in of.related.items()
    }
    if of.kind == "resource":
        related["children"] = NotRequired[ToMany[Literal["resources"]]]
    parts: dict[str, Any] = {"type": Literal[type_name], "id": Id, "attributes": attributes}
    if related:
        parts["relationships"] = _typed(f"{singular(type_name)}Relationships", related)
    parts["links"] = SelfLink
    if of.kind == "resource":
        parts["meta"] = ResourceMeta
    return _typed(f"{singular(type_name)}Resource", parts)


@cache
def catalog_input(type_name: str, *, new: bool) -> type[RequestModel]:
    """The attributes of a new item, or of a change. What a client was given it may send back."""
    of = TYPES[type_name]
    fields = {
        name: (type | None, None)
        for name, type in (_catalog_fields(of) | dict.fromkeys(of.instants, Moment)).items()
    }
    times = dict.fromkeys(("created_at", "updated_at"), (datetime | None, None))
    name = _input_name(type_name, new=new)
    made: type[RequestModel] = create_model(name, __base__=RequestModel, **fields, **({} if new else times))  # type: ignore[call-overload]
    return made


@cache
def catalog_document(type_name: str, *, new: bool) -> type[RequestModel]:
    """The document of a new item, or of a change."""
    of, name = TYPES[type_name], _input_name(type_name, new=new)
    related: dict[str, Any] = {
        relationship: (LinkedToMany if field.endswith("_ids") else LinkedToOne, None)
        for field, (relationship, _) in of.related.items()
    }
    relationships = (
        create_model(f"{name}Relationships", __base__=RequestModel, **related) if related else None
    )
    return document_of(
        name, type_name, catalog_input(type_name, new=new), relationships or NoRelationships, has_id=not new
    )


def _input_name(type_name: str, *, new: bool) -> str:
    return singular(type_name) + ("Creation" if new else "Change")


def required(of: CatalogType) -> tuple[str, ...]:
    return tuple(name for name in of.attributes if of.model.model_fields[name].is_required())


def _catalog_fields(of: CatalogType) -> dict[str, Any]:
    """All attributes of a type but for its times, by their types in JSON."""
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
    """What may come beside a type; `own` are the resources that are not the catalog's."""
    return tuple(own.get(name) or resource_of(name) for name in reachable(type))


def operations_of(of: CatalogType) -> Iterator[Operation]:
    """The operations of a type of the catalog."""
    routes, resource, what = catalog_routes(of.name), resource_of(of.name), of.kind.replace("_", " ")
    one = singular(of.name)
    included = beside(of.name) if of.name in INCLUDED else ()
    include = parameters.include(of.name)
    yield Operation(
        name=routes["list"].name, tag="Catalog", summary=f"A list of {of.name}",
        parameters=(
            Parameter(name="filter[search]", description="In all texts.", schema={"type": "string", "maxLength": 200}, example="e"),
            Parameter(
                name="filter[email]", description="Whose it is.", schema={"type": "string", "maxLength": 320}, example="ada@example.com",
            ),
            Parameter(
                name="filter[external_id]", description="What has it.", schema={"type": "string", "maxLength": 255}, example="K-17",
            ),
            parameters.sort(SORTS, "as they were made"),
            include,
        ),
        answers={200: Answer(description="A page.", content=[resource], includes=included)},
    )  # fmt: skip
    closes = AffectedMeta if of.kind in ("resource", "organization") else None
    told = TokenMeta if of.kind in ("token", "organization") else None
    # What was shown a secret is not made again, and not shown again.
    again = () if told else ("Idempotency-Replayed",)
    made = "Made; or, with `Idempotency-Replayed`, made before." if again else "Made."
    yield Operation(
        name=routes["create"].name, tag="Catalog", summary=f"A new {what}",
        body=catalog_document(of.name, new=True), example=example_of_type(of.name, **_NEW[of.name]), refusals=(409,),
        answers={
            201: Answer(
                description=made, content=resource, headers=("Location", "ETag", *again), meta=told,
                named=f"Created{one}Document" if told else None,
            ),
        },
    )  # fmt: skip
    yield Operation(
        name=routes["read"].name, tag="Catalog", summary=f"One {what}, archived or not", parameters=(include,),
        answers={200: Answer(description=f"The {what}.", content=resource, headers=("ETag",), includes=included)},
    )  # fmt: skip
    if "change" in routes:
        name, value = next(
            (name, value) for name, value in _NEW[of.name].items() if name not in of.fixed | {"email"}
        )
        yield Operation(
            name=routes["change"].name, tag="Catalog", summary=f"Change what is named of the {what}",
            body=catalog_document(of.name, new=False), example=example_of_type(of.name, **{name: value}),
            answers={
                200: Answer(
                    description=f"The {what}.", content=resource, headers=("ETag",), meta=closes,
                    named=f"Changed{one}Document" if closes else None,
                ),
            },
            refusals=(409, 412),
        )  # fmt: skip
    if of.kind == "token":
        yield Operation(
            name=routes["delete"].name, tag="Catalog", summary="Revoke a token, within a minute",
            description="It makes nothing more from this moment on, and subscriptions that it answers for are switched off.",
            answers={
                200: Answer(description="Revoked, and what became of what came of it.", content=RevokedDocument),
                204: Answer(description="Revoked; nothing came of it."),
            },
            refusals=(409,),
        )  # fmt: skip
    elif "delete" in routes:
        yield Operation(
            name=routes["delete"].name, tag="Catalog", summary=f"Archive the {what}: it is no longer offered",
            answers={204: Answer(description="Gone.")}, refusals=(412,),
        )  # fmt: skip
