"""Describes the catalog: its documents and answers, derived from its models, and its operations, which are the same for every type."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, Field, create_model
from pydantic_core import to_json
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

_TEXTS: Mapping[str, str] = {
    "address": "The postal address, one line per element.",
    "advance_booking_period": "How far ahead a booking may start, in minutes from now. Without a value, there is no limit.",
    "amount": "The discount in minor units. Send either this or `percent`.",
    "archived": "Whether the item is archived. Lists and new orders leave archived items out.",
    "booking_interval": "The minutes between possible starts. The first is at local midnight. Without a value, any start is possible.",
    "charge_interval": "The length of the charged interval in minutes. Each started interval costs `price`. Without a value, `price` is "
    "for the whole booking.",
    "choices": "The options to choose from. Required for the types `choice` and `choices`.",
    "code": "The code that customers enter. Case and surrounding spaces are ignored. Cannot be changed.",
    "company": "The customer's company.",
    "created_at": "Read-only.",
    "currency": "Read-only.",
    "custom_fields": "The custom fields that a booking asks for, by id. `true` makes an answer required.",
    "default_weight": "Each booked unit of the service occupies this many units of the resource.",
    "days": "How many days before the start date or after the end date a reminder with `local_time` is sent. The default is 0.",
    "description": "A description to show to customers.",
    "draft_minutes": "How long a draft holds its slots, in minutes.",
    "earliest": "The first date allowed, for the type `date`.",
    "email_status": "Read-only.",
    "enabled": "Whether the rule is active. A disabled rule has no effect.",
    "event": "The event that triggers the mail. `before_start` and `after_end` are reminders.",
    "external_id": "The item's id in another system. Two items of the same type cannot share one.",
    "expires_at": "When the token expires: not later than the token that creates it. Without a value, both expire at the same time.",
    "family_name": "The customer's family name.",
    "field_type": "The type of the answer. Cannot be changed.",
    "full_name": "Read-only.",
    "given_name": "The customer's given name.",
    "hidden": "Whether shop fronts should hide the item. A hidden item can still be booked.",
    "is_net_price": "Whether prices are net, so that tax is added. Otherwise they include tax.",
    "label": "The question.",
    "latest": "The last date allowed, for the type `date`.",
    "lead_time": "The minimum notice before the start, in minutes.",
    "local_time": "The time of day at which a reminder is sent: `HH:MM` in the resource's time zone. Send either this or `offset`.",
    "max_duration": "The longest booking, in minutes. Without a value, there is no limit.",
    "max_length": "The longest answer, in characters. The default is 200 for the type `text` and 5,000 for `long_text`.",
    "max_redemptions": "How many orders may use the voucher. Without a value, there is no limit.",
    "max_redemptions_per_customer": "How many orders of one customer may use the voucher. Without a value, there is no limit.",
    "maximum": "The largest number allowed, for the type `number`.",
    "min_duration": "The shortest booking, in minutes. Without a value, there is no minimum.",
    "min_total": "The smallest order total for which the voucher is valid, in minor units. It is gross, before the discount.",
    "minimum": "The smallest number allowed, for the type `number`.",
    "mobile": "The customer's mobile number.",
    "most_choices": "How many options may be chosen, for the type `choices`. Without a value, there is no limit.",
    "name": "The display name.",
    "notes": "Internal notes for staff.",
    "offset": "When a reminder is sent, in minutes before the start or after the end. Send either this or `local_time`.",
    "opening_hours": "The weekly opening hours in local time, by weekday. A weekday has a list of pairs of start and end, such as "
    '`{"mon": [["09:00", "18:00"]]}`. A missing weekday is closed. Without a value, the resource is always open.',
    "order_custom_fields": "The custom fields that an order asks for, by id. `true` makes an answer required.",
    "padding_after": "The minutes kept free after a booking.",
    "padding_before": "The minutes kept free before a booking.",
    "parent_id": "Read-only.",
    "percent": "The discount in percent. Send either this or `amount`.",
    "phone": "The phone number.",
    "recipients": "Who gets the mail: the customer, the staff, or both. Staff get a separate mail.",
    "redemptions": "Read-only.",
    "scopes": "What the token may do. A token can only grant scopes that it has itself.",
    "slots": "The weekly slots in local time, by weekday. A weekday has a list of pairs of start and end, such as "
    '`{"mon": [["18:00", "19:30"]]}`. An end at or before its start falls on the next day.',
    "slug": "A short name for URLs, unique within its type. Without a value, it is made from the name.",
    "spans_closed_time": "Whether only the start and the end of a booking must be within opening hours, and not the time between.",
    "staff_emails": "The addresses of the staff who get the mail. Send them if and only if `recipients` has `staff`.",
    "starting_fee": "A fee for each booking, in minor units. It is charged once, in addition to `price`.",
    "tax_rate": "The tax rate in percent, such as 19.",
    "timezone": "The IANA time zone, such as `Europe/Berlin`. Without a value, it is the organization's.",
    "updated_at": "Read-only.",
    "uuid": "Read-only.",
    "version": "Read-only.",
    "visible_to_customer": "Whether mails show the answer to the customer.",
    "website": "The organization's website.",
    "words": 'The texts of the mail by language: `{"en": {"subject": "...", "before": "...", "after": "..."}}`. `before` is the text '
    "above the bookings, `after` the text below them. With an empty `subject`, the mail has the standard subject.",
}
# Descriptions that apply to one type only. They override the general ones.
_OF_TYPE: Mapping[str, Mapping[str, str]] = {
    "organizations": {
        "closed_dates": "The dates on which all resources are closed, such as holidays. A resource's own `special_hours` for a date "
        "override this.",
        "currency": "The ISO 4217 code of all prices, such as `EUR`. Cannot be changed.",
        "email": "The organization's email address. Customers' replies to mails go there.",
        "slug": "Read-only.",
        "special_hours": "The opening hours of all resources on single dates, instead of the weekly ones, such as "
        '`{"2030-12-24": [["09:00", "12:00"]]}`. An empty list closes the date. A resource\'s own entry for a date overrides this.',
        "timezone": "The IANA time zone, such as `Europe/Berlin`. Resources use it unless they have their own.",
        "locale": "The organization's language, as a BCP 47 tag such as `de-AT`. Mails to customers without a language use it.",
    },
    "customers": {
        "email": "The customer's email address. No two active customers may share one.",
        "locale": "The language of the customer's mails, as a BCP 47 tag such as `de-AT`. Mails exist in "
        "English and German. With another language, or without a value, the organization's applies.",
    },
    "resources": {
        "closed_dates": "The dates on which the resource is closed, such as holidays. They stay closed even with special hours.",
        "quantity": "How many units can be booked at the same time.",
        "special_hours": "The opening hours on single dates, instead of the weekly ones, such as "
        '`{"2030-12-24": [["09:00", "12:00"]]}`. An empty list closes the date. An entry overrides the organization\'s for that date.',
    },
    "services": {
        "price": "The price in minor units, for each started `charge_interval` or, without one, for the whole booking."
    },
    "add-ons": {"price": "The price of one unit, in minor units."},
    "vouchers": {
        "valid_from": "The first moment at which the voucher is valid. Without a value, there is no limit.",
        "valid_until": "The moment from which the voucher is no longer valid. Without a value, there is no limit.",
    },
    "timeslot-series": {
        "quantity": "How many units of each slot can be booked. The capacity of the resource limits this too.",
        "valid_from": "The first date on which slots begin. Without a value, there is no limit.",
        "valid_until": "The last date on which slots begin. Without a value, there is no limit.",
    },
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
    "uuid": Annotated[str, Field(description="The id of the item.")],
    "slug": Annotated[
        str,
        Field(
            description="A short name for URLs, made from the name and the id.",
            examples=["coworking-mitte-5f0c6f0a"],
        ),
    ],
    "version": Annotated[
        int, Field(description="Increases with every change. A higher version is a newer state.")
    ],
    "full_name": Annotated[str, Field(description="Given and family name.", examples=["Ada Lovelace"])],
    "currency": Annotated[
        Currency | None, Field(description="The ISO 4217 code of the prices.", examples=["EUR"])
    ],
    "parent_id": Annotated[str | None, Field(description="The id of the token that created this one.")],
    "email_status": Annotated[
        Literal["bounced", "complained"] | None,
        Field(
            description="Why the customer gets no more mail: a mail bounced, or was reported as spam. A new address clears it."
        ),
    ],
    "redemptions": Annotated[
        Count,
        Field(
            description="How many completed orders use the voucher. Counted only while the voucher has a limit."
        ),
    ],
}


class Linked(BaseModel):
    """The type and the id of a resource."""

    type: str
    id: str


class LinkedToOne(BaseModel):
    """A relationship to one resource. `data` is null if there is none."""

    data: Linked | None


class LinkedToMany(BaseModel):
    """A relationship to several resources."""

    data: list[Linked]


class NoRelationships(RequestModel):
    """The relationships of a type without relationships: an empty object."""


# Types are made at run time, from the models.
_typed: Any = TypedDict


@cache
def resource_of(type_name: str) -> Any:
    """Returns the TypedDict that describes an item in an answer. `type_name` is the type of the item, such as "customers"."""
    of = TYPES[type_name]
    # Older items lack these times.
    times = dict.fromkeys(("created_at", "updated_at"), NotRequired[Made])
    texts, fields = texts_of(of, new=False), _catalog_fields(of)
    told = {name: Annotated[fields[name], Field(description=texts[name])] for name in of.attributes}
    attributes = _typed(f"{singular(type_name)}Attributes", fields | told | times)
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


def texts_of(of: CatalogType, *, new: bool) -> dict[str, str]:
    """Returns the descriptions of a type's attributes, by name. For a new item, they include the default values."""
    texts = {**_TEXTS, **_OF_TYPE.get(of.name, {})}
    for name in of.attributes if new else ():
        default = of.model.model_fields[name].get_default()
        if isinstance(default, bool | int | str) and default != "":
            texts[name] += f" Default: `{to_json(default).decode()}`."
    return texts


def _input_name(type_name: str, *, new: bool) -> str:
    return singular(type_name) + ("Creation" if new else "Change")


def required(of: CatalogType) -> tuple[str, ...]:
    """Returns the fields that a new item requires."""
    return tuple(name for name in of.attributes if of.model.model_fields[name].is_required())


def _catalog_fields(of: CatalogType) -> dict[str, Any]:
    """Returns all attributes of a type except `created_at` and `updated_at`, with their JSON types."""
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
    """Returns the TypedDicts of the resources that `include` can add for a type. `own` has the TypedDicts of orders and bookings."""
    return tuple(own.get(name) or resource_of(name) for name in reachable(type))


def operations_of(of: CatalogType) -> Iterator[Operation]:
    """Yields the operations of a catalog type."""
    routes, resource = catalog_routes(of.name), resource_of(of.name)
    what = of.kind.replace("_", "-" if of.kind == "add_on" else " ")
    listed = what if what.endswith("series") else what + "s"
    what_one = f"an {what}" if what[0] in "aeiou" else f"a {what}"
    one = singular(of.name)
    included = beside(of.name) if of.name in INCLUDED else ()
    include = parameters.include(of.name)
    yield Operation(
        name=routes["list"].name, tag="Catalog", summary=f"List {listed}",
        parameters=(
            Parameter(
                name="filter[search]", description="Only items with all of these words, or with this phone number.",
                schema={"type": "string", "maxLength": 200}, example="e",
            ),
            Parameter(
                name="filter[email]", description="Only items with this email address. Separate several with commas. Needs a value.",
                schema={"type": "string", "maxLength": 320}, example="ada@example.com",
            ),
            Parameter(
                name="filter[external_id]", description="Only items with this id in another system. Needs a value.",
                schema={"type": "string", "maxLength": 255}, example="K-17",
            ),
            parameters.sort(SORTS, "in order of creation"),
            include,
        ),
        answers={200: Answer(description="A page of the list.", content=[resource], includes=included)},
    )  # fmt: skip
    closes = AffectedMeta if of.kind in ("resource", "organization") else None
    told = TokenMeta if of.kind in ("token", "organization") else None
    # An answer with a secret is never repeated.
    again = () if told else ("Idempotency-Replayed",)
    yield Operation(
        name=routes["create"].name, tag="Catalog", summary=f"Create {what_one}",
        body=catalog_document(of.name, new=True), example=example_of_type(of.name, **_NEW[of.name]),
        answers={
            201: Answer(
                description=f"The new {what}." + " With `Idempotency-Replayed`, an earlier request created it." * len(again),
                content=resource, headers=("Location", "ETag", *again), meta=told,
                named=f"Created{one}Document" if told else None,
            ),
        },
    )  # fmt: skip
    yield Operation(
        name=routes["read"].name, tag="Catalog", parameters=(include,),
        summary=f"Get {what_one}" + (", archived or not" if "archived" in of.attributes else ""),
        answers={200: Answer(description=f"The {what}.", content=resource, headers=("ETag",), includes=included)},
    )  # fmt: skip
    if "change" in routes:
        name, value = next(
            (name, value) for name, value in _NEW[of.name].items() if name not in of.fixed | {"email"}
        )
        yield Operation(
            name=routes["change"].name, tag="Catalog", summary=f"Change {what_one}",
            description="Changes only the attributes and relationships that you send. `null` clears an optional one.",
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
            description="The token stops working within a minute. Until then, it can create no tokens, organizations or webhook "
"subscriptions, but its other calls may succeed. Webhook subscriptions that depend on the token are switched off.",
            answers={
                200: Answer(description="The token is revoked. `meta` names related tokens and subscriptions.", content=RevokedDocument),
                204: Answer(description="The token is revoked. It had no child tokens and no subscriptions."),
            },
            refusals=(409,),
        )  # fmt: skip
    elif "delete" in routes:
        yield Operation(
            name=routes["delete"].name, tag="Catalog", summary=f"Archive {what_one}",
            description="It is removed from lists. "
            + ("It sends no more mails, and its texts are no longer added to mails." if of.kind == "message_rule"
               else "New orders cannot use it. Existing orders keep it.")
            + " To restore it, set `archived` to false.",
            answers={204: Answer(description=f"The {what} is archived. The answer has no body.")}, refusals=(412,),
        )  # fmt: skip
