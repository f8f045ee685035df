"""What answers look like, for the document of the API (`api.openapi`). Tests hold every answer to it.

Nothing is ever read as these models: answers are made in `api.documents` and beside their calls. A field with a default may
be missing.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from frontdesk.domain.catalog.custom_fields import FieldType, Value
from frontdesk.domain.imports.runs import RunStatus
from frontdesk.domain.orders.order import BookingStatus, NotificationState
from frontdesk.domain.requests.catalog import TYPES, CatalogType
from frontdesk.domain.requests.order import Moment, RequestModel
from frontdesk.domain.webhooks import DeliveryStatus, EventName, EventPattern

ORDER_ID = "2a9d4e81-6c3f-4b7a-9e05-d1c8f6b2a730"
_ROOM, _MEETING, _DESK = (
    "a3e1c5d7-4b2f-4d8e-9a6c-1f0b7e3d5c20",
    "d6b4f8a0-7e5c-40b1-8d9f-4c3e0b6a8f30",
    "e7c5a9b1-8f6d-41c2-9ea0-5d4f1c7b9a31",
)
_EVENT_ID = "71a1d870-c865-876a-803b-826b187b8133"

# All money is in minor units of the currency, all durations in minutes.
Money = Annotated[int, Field(examples=[5000])]
Rate = Annotated[float, Field(description="In percent.", examples=[19])]
Count = Annotated[int, Field(ge=0)]
# Of what may be missing, which is not the same as null.
ABSENT: Any = None
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]


class Amounts(BaseModel):
    """In minor units of the currency: `total` is `net_amount` and `tax_amount`, already less `discount_amount`."""

    total: Money
    net_amount: Annotated[int, Field(examples=[4202])]
    tax_amount: Annotated[int, Field(examples=[798])]
    discount_amount: Annotated[int, Field(examples=[0])]


class TaxTotal(BaseModel):
    """What an order owes at one rate."""

    rate: Rate
    net_amount: Annotated[int, Field(examples=[4202])]
    tax_amount: Annotated[int, Field(examples=[798])]
    total: Money


class Line(Amounts):
    """A priced item of a booking."""

    type: Literal["service", "starting_fee", "add_on"]
    reference_id: Annotated[str, Field(examples=[_MEETING])]
    title: Annotated[str, Field(examples=["Meeting"])]
    quantity: Annotated[int, Field(examples=[1])]
    single_amount: Money
    single_net_amount: Annotated[int, Field(examples=[4202])]
    is_net_price: bool
    tax_rate: Rate


class CustomEntry(BaseModel):
    """An answer to a custom field, as label and choices were then."""

    value: Value
    formatted_value: str
    label: str
    type: FieldType


class Skipped(BaseModel):
    """An occurrence of a series that was left out: the booking that asked for it, and why."""

    pointer: Annotated[str, Field(examples=["/bookings/0"])]
    start_date: datetime
    end_date: datetime
    codes: list[str]


CustomEntries = Annotated[
    dict[str, CustomEntry],
    Field(description="Answers to custom fields, by the id of the field.", examples=[{}]),
]
Skips = Annotated[list[Skipped], Field(examples=[[]])]
End = Annotated[datetime, Field(examples=["2030-04-15T08:00:00+00:00"])]
Made = Annotated[datetime, Field(examples=["2030-04-01T10:00:00+00:00"])]


class OrderAttributes(Amounts):
    number: Annotated[str, Field(pattern=r"^BO\d{16}$", examples=["BO0412339015677218"])]
    status: Annotated[Literal["draft", "completed", "canceled", "expired"], Field(examples=["completed"])]
    currency: Currency
    modification_total: Annotated[int, Field(description="Less the discount.", examples=[0])]
    taxes: Annotated[list[TaxTotal], Field(description="One for each rate, the highest first.")]
    manually_created: Annotated[bool, Field(examples=[True])]
    note: Annotated[str | None, Field(description="For staff.")]
    timezone: Annotated[str, Field(examples=["Europe/Berlin"])]
    start_date: Annotated[datetime, Field(description="Of all bookings together.")]
    end_date: End
    custom_entry_map: CustomEntries
    expires_at: Annotated[datetime | None, Field(description="When a draft gives its slots back.")]
    created_at: Made
    updated_at: Made


class OrderMeta(BaseModel):
    voucher_code: str | None
    items: Annotated[
        list[Line], Field(description="The lines of all bookings; in lists and in `included` left out.")
    ] = ABSENT
    skipped: Skips


class BookingAttributes(Amounts):
    number: Annotated[str, Field(pattern=r"^BB\d{16}$", examples=["BB7710032245168903"])]
    status: BookingStatus
    start_date: datetime
    end_date: End
    blocker_start_date: Annotated[datetime, Field(description="What is occupied, paddings included.")]
    blocker_end_date: End
    description: str | None
    note: str | None
    customer_note: str | None
    quantity: Annotated[int, Field(examples=[1])]
    weight: Annotated[int, Field(description="How much of each resource is occupied.", examples=[1])]
    charged_duration: Annotated[int, Field(description="In minutes.", examples=[60])]
    currency: Currency
    tax_rate: Annotated[
        Rate | None, Field(description="In percent; null where the lines differ.", examples=[19])
    ]
    service_ids: Annotated[
        dict[str, int], Field(description="How many of each service.", examples=[{_MEETING: 1}])
    ]
    is_blocker: Annotated[
        bool, Field(description="It is sold to nobody: it keeps a resource from being booked.")
    ]
    title: Annotated[str | None, Field(description="Of a blocker.")]
    is_series: bool
    is_series_master: bool
    series_id: Annotated[str | None, Field(description="The id of the first booking of its series.")]
    is_sub_booking: bool
    is_override: Annotated[bool, Field(description="Booked without checking the availability.")]
    timeslot_series_id: str | None
    manually_created: Annotated[bool, Field(examples=[True])]
    custom_entry_map: CustomEntries
    check_in_date: datetime | None
    check_out_date: datetime | None
    canceled_at: datetime | None
    created_at: Made
    updated_at: Made


class BookingMeta(BaseModel):
    items: list[Line]


class CalculatedBooking(Amounts):
    """A booking that the order would create."""

    resource_ids: Annotated[list[str], Field(examples=[[_ROOM]])]
    service_ids: Annotated[dict[str, int], Field(examples=[{_MEETING: 1}])]
    start_date: datetime
    end_date: End
    quantity: Annotated[int, Field(examples=[1])]
    charged_duration: Annotated[int, Field(examples=[60])]
    occurrence: Annotated[int | None, Field(description="Its number in a series, counted from 1.")]
    is_sub_booking: bool
    super_booking: Annotated[
        int | None, Field(description="The position, in `bookings`, of the one that it is a part of.")
    ]
    items: list[Line]
    available: Annotated[bool, Field(examples=[True])]
    conflicts: Annotated[
        list["Error"], Field(description="What `from-config` would refuse it with.", examples=[[]])
    ]


class CalculationAttributes(Amounts):
    currency: Currency
    taxes: list[TaxTotal]
    bookings: list[CalculatedBooking]


class CalculationMeta(BaseModel):
    skipped: Skips


class SentMail(BaseModel):
    status: Annotated[NotificationState, Field(examples=["sent"])]
    recipient: Annotated[str | None, Field(examples=["ada@example.com"])]
    message_id: Annotated[str | None, Field(examples=["0102018f3a5c7d1e-000000"])]
    sent_at: Annotated[datetime | None, Field(examples=["2030-04-15T07:00:00+00:00"])]


class _NotificationMeta(BaseModel):
    notification: SentMail


class NotificationDocument(BaseModel):
    meta: _NotificationMeta
    jsonapi: "_Version"


class ImportAttributes(BaseModel):
    file: Annotated[str, Field(examples=["bookings.csv"])]
    status: Annotated[RunStatus, Field(examples=["completed"])]
    dry_run: bool
    rows: Annotated[Count, Field(examples=[3])]
    created: Annotated[Count, Field(examples=[2])]
    unchanged: Count
    refused: Annotated[Count, Field(examples=[1])]
    failed: Count
    errors: Annotated[
        dict[str, int],
        Field(description="How many there are of each code.", examples=[{"slot_unavailable": 1}]),
    ]
    problem: Annotated[
        dict[str, Any] | None, Field(description="Why the file as a whole was refused, or failed.")
    ]
    started_at: datetime
    finished_at: Annotated[datetime | None, Field(examples=["2030-04-15T07:00:12+00:00"])]
    duration_seconds: Annotated[int | None, Field(examples=[12])]
    processed: Annotated[Count, Field(description="How many of the rows have a result so far.", examples=[3])]
    results_key: Annotated[
        str | None, Field(description="Where the results of all rows are, in the import bucket.")
    ]


class WebhookAttributes(BaseModel):
    name: Annotated[str, Field(examples=["ERP"])]
    url: Annotated[str, Field(examples=["https://hooks.example.com/frontdesk"])]
    events: Annotated[list[EventPattern], Field(examples=[["orders.*", "bookings.canceled"]])]
    is_active: Annotated[bool, Field(examples=[True])]
    secret: Annotated[
        str, Field(description="Signs deliveries. Shown by the calls that make one, and by no other.")
    ] = ABSENT
    failures: Annotated[Count, Field(description="Attempts in a row that failed.")]
    failing_since: datetime | None
    disabled_at: Annotated[datetime | None, Field(description="When it was switched off by itself.")]
    disabled_reason: str | None
    created_at: Made
    updated_at: Made


class DeliveryAttributes(BaseModel):
    event: Annotated[EventName, Field(examples=["orders.created"])]
    event_id: Annotated[str, Field(examples=[_EVENT_ID])]
    timestamp: Annotated[datetime, Field(description="When it happened.")]
    status: Annotated[DeliveryStatus, Field(examples=["delivered"])]
    attempts: Annotated[Count, Field(examples=[1])]
    round: Annotated[int, Field(description="How often it was asked for.", ge=1)]
    response_status: Annotated[int | None, Field(examples=[200])]
    error: Annotated[str | None, Field(description="What became of an attempt without an answer.")]
    attempted_at: Annotated[datetime | None, Field(examples=["2030-04-15T07:00:01+00:00"])]
    next_attempt_at: datetime | None
    finished_at: Annotated[datetime | None, Field(examples=["2030-04-15T07:00:02+00:00"])]


class WebhookEvent(BaseModel):
    """Posted to every subscription that wants the event. It can come twice, and in any order: `event_id` tells the same event."""

    event: Annotated[EventName, Field(examples=["orders.created"])]
    timestamp: Annotated[datetime, Field(description="When it happened.")]
    event_id: Annotated[str, Field(examples=[_EVENT_ID])]
    webhook_id: Annotated[str, Field(examples=["7d1b6c52-4f0e-4d3a-8b1f-2c9e5a6f7d80"])]
    triggered_at: Annotated[datetime, Field(description="When this delivery was asked for.")]
    data: Annotated[
        dict[str, Any],
        Field(
            description="The resource, its attributes flat, its relationships as `{id, type}`.",
            examples=[{"id": ORDER_ID, "type": "orders", "status": "completed", "total": 5000}],
        ),
    ]


class AvailableStart(BaseModel):
    start_date: datetime
    end_date: End
    available: Annotated[bool, Field(examples=[True])]
    number_available: Annotated[
        int | None, Field(description="How many bookings of one unit fit; null: any number.", examples=[1])
    ]
    unavailability_type: Annotated[
        Literal[
            "under_min_duration", "over_max_duration", "in_the_past", "before_lead_time", "off_schedule", "booked_out", "pending",
        ] | None,
        Field(description="Why not; null where it is available."),
    ]  # fmt: skip
    resource_ids: Annotated[list[str], Field(description="Where it can be booked.", examples=[[_ROOM]])]


class AvailableDate(BaseModel):
    date: Annotated[date, Field(examples=["2030-04-15"])]
    available_starts: Annotated[Count, Field(examples=[57])]


class FreePeriod(BaseModel):
    start_date: datetime
    end_date: End
    quota: Annotated[Count, Field(description="How much is left all through it.", examples=[1])]


FreePeriods = Annotated[
    dict[str, list[FreePeriod]],
    Field(
        description="By the id of the resource or timeslot series.",
        examples=[
            {
                _ROOM: [
                    {
                        "start_date": "2030-04-15T05:00:00+00:00",
                        "end_date": "2030-04-15T20:00:00+00:00",
                        "quota": 1,
                    }
                ]
            }
        ],
    ),
]


# Of every document


class _Version(BaseModel):
    version: Literal["1.1"]


class PageLinks(BaseModel):
    """Absolute addresses that keep the other parameters; one that is not there has no page."""

    self: Annotated[str, Field(examples=["https://api.example.com/api/v1/orders"])]
    first: Annotated[str, Field(examples=["https://api.example.com/api/v1/orders?page%5Bnumber%5D=1"])] = (
        ABSENT
    )
    prev: str = ABSENT
    next: str = ABSENT
    last: str = ABSENT


class Page(BaseModel):
    current_page: Annotated[int, Field(alias="current-page", ge=1)]
    per_page: Annotated[int, Field(alias="per-page", examples=[25])]
    first: Annotated[int | None, Field(alias="from", examples=[1])]
    last: Annotated[int | None, Field(alias="to", examples=[1])]
    total: Annotated[Count, Field(examples=[1])]
    last_page: Annotated[int, Field(alias="last-page", ge=1)]


class PageMeta(BaseModel):
    page: Page
    current_page: Annotated[int, Field(ge=1)]
    capped: Annotated[Literal[True], Field(description="There is more than `total` tells.")] = ABSENT


class Source(BaseModel):
    """What of the request an error is about."""

    pointer: Annotated[str, Field(description="A JSON pointer into the body.")] = ABSENT
    parameter: Annotated[str, Field(description="Of the query.")] = ABSENT
    header: str = ABSENT


class Error(BaseModel):
    status: Annotated[str, Field(pattern=r"^\d{3}$")]
    code: Annotated[str, Field(description="What programs go by; docs/api.md lists them.")]
    title: str
    detail: Annotated[str, Field(description="For people.")]
    source: Source = ABSENT
    meta: dict[str, Any] = ABSENT


class Errors(BaseModel):
    """Every problem of the request that could be found, each with its place."""

    errors: Annotated[list[Error], Field(min_length=1)]
    jsonapi: _Version


class Normalized(BaseModel):
    """The same for those who accept `application/json` alone: attributes flat, what is included in the places of its relationships."""

    data: Annotated[
        dict[str, Any] | list[dict[str, Any]],
        Field(description="`id`, `type`, attributes, relationships, `meta`."),
    ]
    meta: dict[str, Any] = ABSENT
    links: dict[str, Any] = ABSENT


# The catalog, from its models


class Identifier(BaseModel):
    type: str
    id: str | int


class ToOne(BaseModel):
    data: Identifier | None


class ToMany(BaseModel):
    data: list[Identifier]


class UserAttributes(BaseModel):
    name: str
    scopes: Annotated[list[str], Field(examples=[["orders:read"]])]


class ResourceMeta(BaseModel):
    parent_id: str | None


class TokenMeta(BaseModel):
    token: Annotated[
        str,
        Field(description="Shown this once.", examples=["fd.5f0c6f0a-6d3b-4a52-9c1e-0d5a3f7b1c01.secret"]),
    ]


_DERIVED: dict[str, Any] = {
    "uuid": str,
    "full_name": Annotated[str, Field(examples=["Ada Lovelace"])],
    "currency": Annotated[Currency | None, Field(description="Of the prices.", examples=["EUR"])],
    "redemptions": Annotated[Count, Field(description="Counted while there is a limit.")],
}


def catalog_name(of: CatalogType) -> str:
    return "".join(part.capitalize() for part in of.kind.split("_"))


@cache
def catalog_attributes(type_name: str) -> type[BaseModel]:
    """What is shown of an item."""
    of = TYPES[type_name]
    fields = {name: (type, ...) for name, type in _catalog_fields(of).items()}
    # What was there before times were noted has none.
    times = dict.fromkeys(("created_at", "updated_at"), (Made, ABSENT))
    made: type[BaseModel] = create_model(f"{catalog_name(of)}Attributes", **fields, **times)  # type: ignore[call-overload]
    return made


@cache
def catalog_input(type_name: str, *, new: bool) -> type[BaseModel]:
    """The attributes of a new item, or of a change. What a client was given it may send back."""
    of = TYPES[type_name]
    fields = {
        name: (type | None, None)
        for name, type in (_catalog_fields(of) | dict.fromkeys(of.instants, Moment)).items()
    }
    times = dict.fromkeys(("created_at", "updated_at"), (datetime | None, None))
    name = f"{'New' if new else 'Changed'}{catalog_name(of)}"
    made: type[BaseModel] = create_model(name, __base__=RequestModel, **fields, **({} if new else times))  # type: ignore[call-overload]
    return made


@cache
def catalog_document(type_name: str, *, new: bool) -> type[BaseModel]:
    """The document of a new item, or of a change."""
    of = TYPES[type_name]
    name = f"{'New' if new else 'Changed'}{catalog_name(of)}"
    related = {
        relationship: (ToMany if field.endswith("_ids") else ToOne, ABSENT)
        for field, (relationship, _) in of.related.items()
    }
    data: dict[str, Any] = {
        "type": (Literal[of.name] | None, None),
        "attributes": (catalog_input(type_name, new=new) | None, None),
        "relationships": (
            create_model(f"_{name}Relationships", __base__=RequestModel, **related) | None,  # type: ignore[call-overload]
            None,
        ),
    }
    if not new:
        data |= {"id": (str | None, None), "links": (Any, None), "meta": (Any, None)}
    made: type[BaseModel] = create_model(
        f"{name}Document",
        __base__=RequestModel,
        data=(create_model(f"_{name}Data", __base__=RequestModel, **data), ...),
    )
    return made


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
