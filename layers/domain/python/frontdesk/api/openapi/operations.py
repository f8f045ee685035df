"""Describes every operation of the API for the OpenAPI document. A test fails if a route has no description."""

from functools import cache
from typing import Any

from frontdesk.api.answers.availability import AvailableDate, AvailableStart, FreePeriods, PlanResource
from frontdesk.api.answers.calculations import OrderCalculationResource
from frontdesk.api.answers.catalog import UserResource
from frontdesk.api.answers.orders import BookingResource, KeptMeta, OrderResource
from frontdesk.api.answers.values import ADA, COFFEE, MEETING, ORDER_ID, ROOM
from frontdesk.api.answers.webhooks import WebhookDeliveryResource, WebhookEvent, WebhookSubscriptionResource
from frontdesk.api.bounds import CutMeta
from frontdesk.api.handlers.orders import BOOKING_STATUSES, ORDER_STATUSES
from frontdesk.api.handlers.webhooks import DELIVERY_FILTERS
from frontdesk.api.negotiation import Json
from frontdesk.api.openapi.bodies import (
    AFTERNOON,
    CHANGED_BOOKING,
    CHANGED_ORDER,
    EXAMPLE_BOOKING,
    EXAMPLE_ORDER,
    FIELDS,
    INPUTS,
    NEEDED,
    NEW_BOOKING,
    document_of,
    example_of_type,
    told,
)
from frontdesk.api.openapi.catalog import (
    beside,
    catalog_input,
    operations_of,
    required,
    resource_of,
    texts_of,
)
from frontdesk.api.openapi.contract import Answer, Contract, Operation, Parameter
from frontdesk.api.openapi.document import document
from frontdesk.api.openapi.files.exports import EXPORT_OPERATIONS
from frontdesk.api.openapi.files.imports import IMPORT_OPERATIONS
from frontdesk.api.openapi.messages import MESSAGE_OPERATIONS
from frontdesk.api.openapi.parameters import (
    DAYS_TIMEZONE,
    LARGE_PAGE,
    OF_PERIODS,
    OF_PLAN,
    ORGANIZATION,
    PARAMETERS,
    SERIES,
    TEXT,
    include,
    one_of,
    sort,
    statuses,
)
from frontdesk.api.openapi.refusals import REFUSALS
from frontdesk.api.openapi.trail import TRAIL
from frontdesk.api.routes import BY_NAME
from frontdesk.domain.requests.catalog import TYPES
from frontdesk.domain.requests.change import BookingCustomerChange, CompletionConfig
from frontdesk.domain.requests.order import OrderConfig
from frontdesk.domain.webhooks.subscriptions import SubscriptionChange
from frontdesk.usecases.orders.list import SORTS

# Semantic versioning: a breaking change requires a new major version, and `make openapi` checks that.
VERSION = "3.0.0"

_ABOUT = """\
The back office of a booking business: orders, bookings, availability, the catalog, mails, imports, exports and webhooks.

- Every call needs a token, `Authorization: Bearer fd.{organization}.{secret}`, with the scopes that the call names.
- Send bodies as `Content-Type: application/vnd.api+json`. Answers and errors are JSON:API 1.1. Availability answers plain JSON.
- With `Accept: application/json` alone, answers come in the normalized form: attributes are flat, and included resources replace their
  relationships (except in `read_user`). The schemas here describe JSON:API. `Accept-Language` chooses English or German for errors.
- Ids are strings. Requests may send integers instead.
- Money is an integer in the currency's minor unit. Durations are in minutes. Dates in answers are in UTC, except those of availability.
- In a `POST`, `null` is the same as leaving the field out. In a `PATCH`, it clears notes, external ids and the attributes of catalog items.
- Unknown fields and parameters are refused. Answers may get more fields in later versions.
- Unknown paths answer 404, and unknown methods 405, both with `errors`. Required attributes may be missing if `fields` excludes them.
- The parameter `o` is optional. Its example is the id of the demo organization: send your own organization's id, or leave it out.
"""

_SUBSCRIPTION = document_of(
    "SubscriptionChange", "webhook-subscriptions", SubscriptionChange, shown=WebhookSubscriptionResource
)

_ORGANIZATION, _CUSTOMER, _RESOURCE, _SERVICE, _VOUCHER = map(
    resource_of, ("organizations", "customers", "resources", "services", "vouchers")
)
_BESIDE_ORDERS, _BESIDE_BOOKINGS = (
    beside(type, orders=OrderResource, bookings=BookingResource) for type in ("orders", "bookings")
)

_PLACED = Answer(
    description="The new order. With `Idempotency-Replayed`, an earlier request placed it.",
    content=OrderResource,
    meta=CutMeta,
    headers=("Location", "Idempotency-Replayed"),
)
_PLACED_ONE = "The new booking. With `Idempotency-Replayed`, an earlier request placed it."
_AN_ORDER = {200: Answer(description="The order.", content=OrderResource, meta=CutMeta)}
_A_BOOKING = {200: Answer(description="The booking.", content=BookingResource)}
_GONE = {204: Answer(description="The change was made. The answer has no body.")}
_A_WEBHOOK = {200: Answer(description="The subscription.", content=WebhookSubscriptionResource)}


def _twice(name: str, **described: Any) -> tuple[Operation, ...]:
    """Returns an operation twice: as a POST, and as a GET for existing clients."""
    return Operation(name=name, **described), Operation(name=f"{name}_by_get", **described)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="calculate_order", tag="Orders",
        summary="Preview an order: its price, and whether it can be booked",
        description="Writes nothing. Taken slots are listed in `conflicts`. An invalid request is refused.",
        body=OrderConfig, example=EXAMPLE_ORDER,
        answers={200: Answer(description="The preview.", content=OrderCalculationResource, meta=CutMeta, has_link=False)},
    ),
    Operation(
        name="place_order", tag="Orders",
        summary="Place an order with all of its bookings, or none",
        body=OrderConfig, example=EXAMPLE_ORDER, answers={201: _PLACED},
    ),
    Operation(
        name="list_orders", tag="Orders", summary="List orders, newest first",
        parameters=(LARGE_PAGE, statuses(ORDER_STATUSES, "completed"), sort(SORTS, "the newest first"), include("orders")),
        answers={200: Answer(description="A page of the list.", content=[OrderResource], includes=_BESIDE_ORDERS)},
    ),
    Operation(
        name="read_order", tag="Orders", summary="Get an order",
        parameters=(include("orders"),),
        answers={200: Answer(description="The order.", content=OrderResource, includes=_BESIDE_ORDERS, meta=CutMeta)},
    ),
    Operation(
        name="change_order", tag="Orders", summary="Change an order's note",
        body=CHANGED_ORDER, example=example_of_type("orders", note="Comes by train"), answers=_AN_ORDER,
    ),
    Operation(
        name="complete_order", tag="Orders", summary="Complete a draft",
        description="Books the slots of the draft, and counts one use of its voucher. Queues the confirmation mail. If the order "
"is already completed, it is returned unchanged.",
        body=CompletionConfig, needs_body=False, example={}, answers=_AN_ORDER,
    ),
    Operation(
        name="cancel_order", tag="Orders",
        summary="Cancel an order and its bookings",
        description="If some bookings have ended or were attended, cancels only the other bookings, not the order. If the "
"order is already canceled, it is returned unchanged.",
        answers={
            200: Answer(description="The order.", content=OrderResource, meta=KeptMeta, named="CanceledOrderDocument"),
        },
        refusals=(409,),
    ),
    *MESSAGE_OPERATIONS,
    Operation(
        name="list_bookings", tag="Bookings", summary="List bookings",
        description="Lists the newest bookings first. With a filter for time or resources, sorts them by start.",
        parameters=(
            LARGE_PAGE, statuses(BOOKING_STATUSES, "accepted"), include("bookings"),
            sort(SORTS, "the newest first; with a filter for time or resources, by start"),
        ),
        answers={200: Answer(description="A page of the list.", content=[BookingResource], includes=_BESIDE_BOOKINGS)},
    ),
    Operation(
        name="place_booking", tag="Bookings",
        summary="Place a single booking or a blocker",
        description="Creates an order with this one booking. With `is_blocker`, makes a resource unavailable instead.",
        body=NEW_BOOKING,
        example=example_of_type("bookings", **EXAMPLE_BOOKING | AFTERNOON, customer_id=ADA, timezone="Europe/Berlin"),
        answers={201: Answer(description=_PLACED_ONE, content=BookingResource, headers=_PLACED.headers)},
    ),
    Operation(
        name="read_booking", tag="Bookings", summary="Get a booking",
        parameters=(include("bookings"),),
        answers={200: Answer(description="The booking.", content=BookingResource, includes=_BESIDE_BOOKINGS, meta=CutMeta)},
    ),
    Operation(
        name="change_booking", tag="Bookings",
        summary="Move a booking or change its notes",
        description="Changes only the attributes and relationships that you send. Sub-bookings move along.", body=CHANGED_BOOKING,
        example=example_of_type("bookings", start_date="2030-04-15T09:00:00+02:00"),
        answers=_A_BOOKING,
    ),
    Operation(
        name="delete_booking", tag="Bookings", summary="Cancel a booking and hide it",
        description="Its sub-bookings are canceled and hidden too. Hidden bookings appear in no list and in no answer.",
        answers=_GONE, refusals=(409,),
    ),
    *_twice(
        "cancel_booking", tag="Bookings", summary="Cancel a booking and its sub-bookings",
        description="If the booking is already canceled, it is returned unchanged.", answers=_A_BOOKING, refusals=(409,),
    ),
    Operation(
        name="change_customer_of_booking", tag="Bookings", summary="Change the customer of a booking",
        description="Also changes the customer of its sub-bookings. The customer of the order stays the same.",
        body=BookingCustomerChange, example={"customer_id": ADA}, answers=_A_BOOKING,
    ),
    Operation(
        name="check_in", tag="Bookings", summary="Check a booking in",
        description="Records that the customer has arrived. The body is ignored. Repeating the call does not change the recorded time.",
        answers=_A_BOOKING, refusals=(409,),
    ),
    Operation(
        name="undo_check_in", tag="Bookings", summary="Undo a check-in",
        description="Also undoes the check-out, if there is one.", answers=_A_BOOKING, refusals=(409,),
    ),
    Operation(
        name="check_out", tag="Bookings", summary="Check a booking out",
        description="Records that the customer has left. The body is ignored. Repeating the call does not change the recorded time.",
        answers=_A_BOOKING, refusals=(409,),
    ),
    Operation(
        name="undo_check_out", tag="Bookings", summary="Undo a check-out", answers=_A_BOOKING, refusals=(409,),
    ),
    *TRAIL,
    *(operation for of in TYPES.values() for operation in operations_of(of)),
    Operation(
        name="read_user", tag="Catalog", summary="Get the current token and its organization",
        parameters=(include("users"),),
        answers={200: Answer(description="The token.", content=UserResource, includes=(_ORGANIZATION,))},
    ),
    Operation(
        name="list_available_starts", tag="Availability",
        summary="List the times at which a booking could start on a date, and whether each is available", parameters=(DAYS_TIMEZONE,),
        answers={200: Answer(description="The starts, the earliest first.", content=list[AvailableStart], media_type="application/json")},
    ),
    Operation(
        name="list_available_dates", tag="Availability",
        summary="List dates, and whether each has an available start", parameters=(DAYS_TIMEZONE,),
        answers={200: Answer(description="The dates, the earliest first.", content=list[AvailableDate], media_type="application/json")},
    ),
    Operation(
        name="list_free_periods", tag="Availability",
        summary="List the open periods of resources or timeslot series, with the free units",
        parameters=OF_PERIODS,
        answers={200: Answer(description="The periods, from now on.", content=FreePeriods, media_type="application/json")},
    ),
    Operation(
        name="read_plan", tag="Bookings", summary="Get the plan of some days for a front desk",
        description="Returns the resources, with their opening hours and the units in use. Also returns the bookings that are neither "
"canceled nor expired. Their notes are left out. Archived resources come last, and only if they are booked. At most 8 days, 200 resources, "
"3,000 bookings and 2,000,000 bytes. May lag by some seconds.",
        parameters=OF_PLAN,
        answers={200: Answer(description="The plan.", content=PlanResource)},
    ),
    *IMPORT_OPERATIONS,
    *EXPORT_OPERATIONS,
    Operation(
        name="list_webhook_subscriptions", tag="Webhooks",
        summary="List webhook subscriptions, oldest first",
        answers={200: Answer(description="A page of the list.", content=[WebhookSubscriptionResource])},
    ),
    Operation(
        name="create_webhook_subscription", tag="Webhooks",
        summary="Create a webhook subscription", body=_SUBSCRIPTION,
        example=example_of_type("webhook-subscriptions", name="ERP", url="https://hooks.example.com/frontdesk", events=["orders.*"]),
        answers={
            201: Answer(description="The subscription, with its secret.", content=WebhookSubscriptionResource, headers=("Location",)),
        },
    ),
    Operation(
        name="read_webhook_subscription", tag="Webhooks",
        summary="Get a webhook subscription", answers=_A_WEBHOOK,
    ),
    Operation(
        name="change_webhook_subscription", tag="Webhooks",
        summary="Change a webhook subscription", description="Attributes that are missing or null stay unchanged.", body=_SUBSCRIPTION,
        example=example_of_type("webhook-subscriptions", events=["orders.*", "bookings.canceled"]), answers=_A_WEBHOOK,
    ),
    Operation(
        name="delete_webhook_subscription", tag="Webhooks",
        summary="Delete a webhook subscription", description="Deliveries that are still pending are dropped.", answers=_GONE,
    ),
    Operation(
        name="rotate_webhook_secret", tag="Webhooks",
        summary="Rotate a webhook secret", description="Creates a new secret. For 24 hours, deliveries are also signed with the old one.",
        answers={200: Answer(description="The subscription, with its new secret.", content=WebhookSubscriptionResource)},
    ),
    Operation(
        name="list_webhook_deliveries", tag="Webhooks",
        summary="List the deliveries of a subscription, newest first",
        parameters=tuple(
            Parameter(name=f"filter[{name}]", description=f"Only deliveries with this {name}.", schema=one_of(values))
            for name, values in DELIVERY_FILTERS.items()
        ),
        answers={200: Answer(description="A page of the list.", content=[WebhookDeliveryResource])},
    ),
    Operation(
        name="read_webhook_delivery", tag="Webhooks",
        summary="Get a delivery", answers={200: Answer(description="The delivery.", content=WebhookDeliveryResource)},
    ),
    Operation(
        name="redeliver_webhook", tag="Webhooks",
        summary="Deliver an event again",
        description="Sends the same event id, with the current content of the item.",
        answers={202: Answer(description="The delivery is queued.", content=WebhookDeliveryResource)},
        refusals=(409,),
    ),
    Operation(
        name="read_docs", tag="Documentation", summary="Read this documentation as a page",
        answers={200: Answer(description="The page, in HTML.", content=str, media_type="text/html")},
    ),
    Operation(
        name="read_docs_file", tag="Documentation",
        summary="Get the OpenAPI document, or a file of the documentation page",
        description="The files are `openapi.json`, `swagger-ui.js`, `swagger-ui.css` and `page.js`.",
        answers={200: Answer(description="The file.", content=dict[str, Any], media_type="application/json")},
    ),
    Operation(
        name="read_console", tag="Documentation", summary="Open the desk in a browser",
        description="Answers 404 if the desk was not built.", refusals=(404,),
        answers={200: Answer(description="The page, in HTML.", content=str, media_type="text/html")},
    ),
    Operation(
        name="read_console_file", tag="Documentation", summary="Get a file of the desk's page",
        parameters=(), answers={200: Answer(description="The file.", content=str, media_type="text/html")},
    ),
)  # fmt: skip


CONTRACT = Contract(
    version=VERSION,
    about=_ABOUT,
    operations=OPERATIONS,
    tags={
        "Orders": "An order sells one or more bookings to one customer, with prices.",
        "Bookings": "A booking occupies one or more resources for a time. Blockers are bookings too.",
        "Availability": "What can be booked, by the same rules as orders. An answer reserves nothing.",
        "Catalog": "Resources, services, customers and so on, also tokens and organizations. All types work the same way.",
        "Mails": "Messages to customers and staff: their states, repeats and previews.",
        "Imports": "Files that are imported, with the result of each row.",
        "Exports": "Files to download, with bookings, orders, customers or sold lines.",
        "Trail": "The history of orders and the audit log: who changed what, when and why.",
        "Webhooks": "Subscriptions to events, and the result of each delivery.",
        "Events": "The request that Frontdesk sends for each event to the subscribers.",
        "Documentation": "This documentation and the desk. These calls need no token.",
    },
    path_parameters={
        "order_id": ("The id of the order.", ORDER_ID),
        "booking_id": ("The id of the booking.", f"{ORDER_ID}-1"),
        "message_id": ("The id of the message.", f"{ORDER_ID}-m2b7c9e41d0v000001c"),
        "message_rule_id": ("The id of the message rule.", "5b8f1c2e-7d3a-4e6b-9f04-2c1d8a7e6b53"),
        "import_id": ("The id of the import.", "20300415T030000-0123456789ab"),
        "export_id": ("The id of the export.", "20300501T060000-0123456789ab"),
        "webhook_id": ("The id of the subscription.", "7d1b6c52-4f0e-4d3a-8b1f-2c9e5a6f7d80"),
        "delivery_id": (
            "The id of a delivery, which is the id of its event.",
            "71a1d870-c865-876a-803b-826b187b8133",
        ),
        "file": ("The name of the file.", "openapi.json"),
        "organization_id": ("The id of the organization.", ORGANIZATION),
        "customer_id": ("The id of the customer.", ADA),
        "resource_id": ("The id of the resource.", ROOM),
        "service_id": ("The id of the service.", MEETING),
        "add_on_id": ("The id of the add-on.", COFFEE),
        "voucher_id": ("The id of the voucher.", "09e7cbd3-ab8f-43e4-90c2-7f6b3e9dbc50"),
        "custom_field_id": ("The id of the custom field.", "4c1e0b6a-8f30-4d6b-9d9f-4f8a07e5c0b1"),
        "timeslot_series_id": ("The id of the timeslot series.", SERIES),
        "token_id": (
            "The id of the token.",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ),
    },
    fields={
        **FIELDS,
        **{
            model: told(model, texts_of(of, new=new))
            for of in TYPES.values()
            for new in (True, False)
            for model in [catalog_input(of.name, new=new)]
        },
    },
    needed={**NEEDED, **{catalog_input(of.name, new=True): required(of) for of in TYPES.values()}},
    inputs=INPUTS,
    refusals=REFUSALS,
    headers={
        "Location": ("The URL of the new resource.", {"type": "string", "format": "uri"}),
        "ETag": (
            "Identifies this version of the resource. Send it as `If-Match` with a change, so that the change overwrites no other.",
            TEXT,
        ),
        "Idempotency-Replayed": (
            "`true` if an earlier request with the same `Idempotency-Key` created the resource.",
            one_of(["true"]),
        ),
    },
    parameters=PARAMETERS,
    event=WebhookEvent,
)


@cache
def openapi_document() -> Json:
    """Returns the OpenAPI document as JSON. Raises LookupError if a route has no description."""
    missing = BY_NAME.keys() - {operation.name for operation in OPERATIONS}
    if missing:
        raise LookupError(f"{', '.join(sorted(missing))} is not described")
    return document(CONTRACT)
