"""The guide as tests: each row of its tables, each default and each error, through the functions.

In the order of `reference/admin-booking-creation.md`. docs/api.md is the same list, with the meanings chosen where the guide is silent.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from frontdesk.adapters.dynamodb.items import catalog_row
from frontdesk.api.answers.orders import booking_resource
from frontdesk.api.app import MEDIA_TYPE
from frontdesk.api.routes import ROUTES
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.access import Token, new_token, read_token
from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import CatalogItem, Resource, Service, TimeslotSeries, Voucher
from frontdesk.usecases.context import Context
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import load_event, mail_of
from tests.support.demo import (
    ADA,
    BERND,
    COFFEE,
    DESK,
    DESKS,
    MEETING,
    NINE,
    ORGANIZATION,
    ROOM,
    SECOND_ROOM,
    SUMMER20,
    desks,
    meeting,
    order,
)
from tests.support.jsonapi import assert_jsonapi

Json = dict[str, Any]

CALCULATE, FROM_CONFIG = "/api/v1/orders/calculate", "/api/v1/orders/from-config"
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
EVENT = load_event("from_config")

# Two weekly slots for two, in an area with more capacity.
YOGA = TimeslotSeries(
    id="yoga",
    name="Morning yoga",
    quantity=2,
    slots={"mon": (("09:00", "10:00"),), "wed": (("18:00", "19:00"),)},
    valid_until=date(2030, 12, 31),
    resource_ids=frozenset({DESKS.id}),
)
FIELDS = [
    CustomField(id="title", label="Title", field_type="text", max_length=20, visible_to_customer=True),
    CustomField(id="agenda", label="Agenda", field_type="long_text"),
    CustomField(id="guests", label="Guests", field_type="number", minimum=1, maximum=10),
    CustomField(id="catering", label="Catering", field_type="boolean"),
    CustomField(id="due", label="Invoice due", field_type="date", earliest=date(2030, 1, 1)),
    CustomField(id="seating", label="Seating", field_type="choice", choices=("rows", "circle")),
    CustomField(
        id="diet", label="Diet", field_type="choices", choices=("vegan", "halal", "kosher"), most_choices=2
    ),
    CustomField(id="cost-centre", label="Cost centre", field_type="text"),
    CustomField(id="campaign", label="Campaign", field_type="text"),
]
ANSWERS = {
    "title": "Board meeting",
    "agenda": "Numbers\nThen lunch",
    "guests": 8,
    "catering": True,
    "due": "2030-05-01",
    "seating": "circle",
    "diet": ["vegan", "kosher"],
}
WORKSHOP = Service(
    id="workshop",
    name="Workshop",
    price=10_000,
    tax_rate=19,
    resource_ids=frozenset({SECOND_ROOM.id}),
    custom_fields={id: id == "title" for id in ANSWERS},
)


@dataclass(frozen=True)
class Answer:
    status: int
    document: Json
    headers: dict[str, str]

    @property
    def data(self) -> Json:
        return dict(self.document["data"])

    @property
    def attributes(self) -> Json:
        return dict(self.data["attributes"])

    @property
    def errors(self) -> list[Json]:
        return list(self.document["errors"])


@dataclass(frozen=True)
class FrontDesk:
    """A client of the API, with a view of the world around it."""

    on: MotoWorld

    def call(
        self, method: str, path: str, body: Json | None = None, *, token: str | None = None, **headers: str
    ) -> Answer:
        """Calls the function that serves the path. Headers have underscores; the query is a part of the path."""
        url = urlsplit(path)
        query = (
            dict(pair.split("=") for pair in url.query.split("&")) if url.query else {"o": ORGANIZATION.id}
        )
        sent = {
            "Authorization": f"Bearer {token or self.on.demo['token']}",
            "Content-Type": MEDIA_TYPE,
            "Host": "api.example.com",
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        event = {
            "httpMethod": method,
            "path": url.path,
            "headers": sent,
            "multiValueHeaders": None,
            "queryStringParameters": query,
            "multiValueQueryStringParameters": None,
            "body": None if body is None else json.dumps(body),
            "requestContext": EVENT["requestContext"] | {"path": "/live" + url.path},
        }
        answer = self.on.invoke(_function_of(method, url.path), EVENT | event)
        document = json.loads(answer["body"])
        assert_jsonapi(document)
        return Answer(
            answer["statusCode"],
            document,
            {name: values[0] for name, values in answer["multiValueHeaders"].items()},
        )

    def places(self, *bookings: Json, **fields: Any) -> Json:
        """Places an order with these bookings, and returns it."""
        answer = self.call("POST", FROM_CONFIG, order(*bookings, **fields))
        assert answer.status == 201, answer.document
        return answer.data

    def refuses(self, *bookings: Json, **fields: Any) -> list[Json]:
        """Returns the errors for these bookings. Checks that nothing was stored."""
        return self.refuses_body(order(*bookings, **fields))

    def refuses_body(self, body: Json) -> list[Json]:
        before = self.on.items()
        answer = self.call("POST", FROM_CONFIG, body)
        assert answer.status == 422, answer.document
        assert self.on.items() == before
        return answer.errors

    def previews(self, *bookings: Json, **fields: Any) -> Json:
        answer = self.call("POST", CALCULATE, order(*bookings, **fields))
        assert answer.status == 200, answer.document
        return answer.attributes

    def bookings(self, placed: Json) -> list[Json]:
        """Returns the bookings of an order, as answers show them."""
        found = world().store.order(Context(ORGANIZATION.id, SystemClock(30)), placed["id"])
        assert found
        return [
            booking_resource(booking, found[0], "https://api.example.com", SystemClock(30).now())
            for booking in found[1]
        ]

    def booking(self, placed: Json) -> Json:
        [only] = self.bookings(placed)
        return only

    def deliver(self, placed: Json) -> str | None:
        """Returns the text of the mail that the order's own writes cause, if any."""
        event = load_event("deliver_notifications")
        event["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] = f"{ORGANIZATION.id}#order#{placed['id']}"
        before = len(self.on.mails())
        assert self.on.invoke("deliver_notifications", event) == {"batchItemFailures": []}
        sent = self.on.mails()[before:]
        return text_of(sent[0]) if sent else None

    def offers(self, *catalog: CatalogItem) -> None:
        """Puts items into the catalog, replacing those with the same ids."""
        table = boto3.client("dynamodb")
        for item in catalog:
            key = catalog_row(ORGANIZATION.id, item)
            table.delete_item(TableName=self.on.table_name, Key={"pk": key["pk"], "sk": key["sk"]})
        world().store.put_catalog(Context(ORGANIZATION.id, SystemClock(30)), catalog)

    def patch(self, booking: Json, *, relationships: Json | None = None, **attributes: Any) -> Answer:
        data = {"type": "bookings", "id": booking["id"], "attributes": attributes}
        return self.call(
            "PATCH",
            path_of(booking),
            {"data": data | ({"relationships": relationships} if relationships else {})},
        )


@pytest.fixture
def desk(moto_world: MotoWorld) -> FrontDesk:
    return FrontDesk(moto_world)


@pytest.fixture
def asking(desk: FrontDesk) -> FrontDesk:
    """A desk with a service that has custom fields of every type."""
    desk.offers(*FIELDS, WORKSHOP)
    return desk


def _function_of(method: str, path: str) -> str:
    for _, of_method, of_path, function, *_ in ROUTES:
        parts = [
            (a, b) for a, b in zip(of_path.split("/"), path.split("/"), strict=False) if not a.startswith("<")
        ]
        if of_method == method and of_path.count("/") == path.count("/") and all(a == b for a, b in parts):
            return function
    return "admin"


def text_of(raw: str) -> str:
    body = mail_of(raw).get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def path_of(resource: Json, action: str = "") -> str:
    return f"/api/v1/{resource['type']}/{resource['id']}{action}"


def codes(errors: list[Json]) -> list[tuple[str, str | None]]:
    """Returns (code, pointer) of each error."""
    return [(error["code"], error.get("source", {}).get("pointer")) for error in errors]


def utc(moment: datetime) -> str:
    """Formats a moment like answers."""
    return moment.astimezone(UTC).isoformat()


def without(booking: Json, *names: str) -> Json:
    return {name: value for name, value in booking.items() if name not in names}


def starts(bookings: list[Json]) -> list[str]:
    return [booking["attributes"]["start_date"] for booking in bookings]


def weekly(start: datetime = NINE, count: int | None = 3, **rule: Any) -> Json:
    """Returns a series of meetings."""
    until_or_count = {} if count is None else {"count": count}
    return meeting(start, recurring={"frequency": "weekly", **until_or_count, **rule})


def workshop(start: datetime = NINE, **more: Any) -> Json:
    return meeting(start, resource_id=SECOND_ROOM.id, service_id={WORKSHOP.id: 1}) | more


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime | float) -> None:
    """Stops the clock at this moment."""
    now = int(moment.timestamp() if isinstance(moment, datetime) else moment)
    monkeypatch.setattr(SystemClock, "now", lambda _: now)


# Prerequisites


def test_a_bearer_token_is_needed(desk: FrontDesk) -> None:
    answer = desk.call("POST", FROM_CONFIG, order(), token="fd.nobody.nothing")

    assert (answer.status, answer.errors[0]["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_organization_context_of_another_organization_is_403(desk: FrontDesk) -> None:
    answer = desk.call("POST", f"{FROM_CONFIG}?o=another", order())

    assert (answer.status, answer.errors[0]["code"], answer.errors[0]["source"]) == (
        403,
        "unauthorized",
        {"parameter": "o"},
    )


# Step 1: pre-calculate pricing


def test_calculate_returns_totals_taxes_and_per_booking_pricing(desk: FrontDesk) -> None:
    booking = meeting(booking_add_ons=[{"add_on_id": COFFEE.id, "quantity": 2}])
    preview = desk.previews(booking, desks(3), voucher_code="SUMMER20")

    assert (preview["currency"], preview["total"], preview["discount_amount"]) == ("EUR", 11_360, 2_840)
    assert preview["total"] == preview["net_amount"] + preview["tax_amount"]
    assert [(tax["rate"], tax["total"]) for tax in preview["taxes"]] == [(19, 4_000), (7, 7_360)]
    assert [(each["total"], each["quantity"], each["available"]) for each in preview["bookings"]] == [
        (4_400, 1, True),
        (6_960, 3, True),
    ]


def test_calculate_persists_nothing(desk: FrontDesk) -> None:
    before = desk.on.items()
    desk.previews(weekly(), complete_order=False, voucher_code="ONCE10")

    assert desk.on.items() == before


def test_calculate_is_what_the_order_costs(desk: FrontDesk) -> None:
    booking = meeting(minutes=75, booking_add_ons=[{"add_on_id": COFFEE.id, "quantity": 3}])
    preview = desk.previews(booking, desks(3), voucher_code="ONCE10")
    placed = desk.places(booking, desks(3), voucher_code="ONCE10")["attributes"]

    amounts = ("total", "net_amount", "tax_amount", "discount_amount", "taxes")
    assert [preview[name] for name in amounts] == [placed[name] for name in amounts]


def test_calculate_tells_what_is_taken_and_refuses_nothing_for_it(desk: FrontDesk) -> None:
    desk.places(meeting())
    [priced] = desk.previews(meeting())["bookings"]

    assert priced["available"] is False
    assert [conflict["code"] for conflict in priced["conflicts"]] == ["slot_unavailable"]


# Step 2: top-level fields


def test_order_customer_id_is_the_customer_of_the_entire_order(desk: FrontDesk) -> None:
    placed = desk.places(meeting(), desks(1), order_customer_id=ADA.id)

    assert placed["relationships"]["customer"]["data"] == {"type": "customers", "id": ADA.id}
    assert {booking["relationships"]["customer"]["data"]["id"] for booking in desk.bookings(placed)} == {
        ADA.id
    }


def test_order_customer_id_is_not_required(desk: FrontDesk) -> None:
    placed = desk.places(order_customer_id=None)

    assert placed["relationships"]["customer"]["data"] is None
    assert desk.deliver(placed) is None


def test_bookings_is_an_array_of_booking_configurations(desk: FrontDesk) -> None:
    placed = desk.places(meeting(), desks(2))

    assert placed["relationships"]["bookings"]["data"] == [
        {"type": "bookings", "id": f"{placed['id']}-{n}"} for n in (1, 2)
    ]


def test_bookings_is_required(desk: FrontDesk) -> None:
    for body in ({}, {"bookings": None}, {"bookings": []}):
        assert codes(desk.refuses_body(body)) == [("bookings_required", "/bookings")]


def test_bookings_are_objects(desk: FrontDesk) -> None:
    errors = desk.refuses_body({"bookings": [None, "tomorrow"]})

    assert sorted(codes(errors)) == [("booking_required", "/bookings/0"), ("invalid_value", "/bookings/1")]


def test_voucher_code_is_a_discount_code(desk: FrontDesk) -> None:
    placed = desk.places(voucher_code="SUMMER20")

    assert (placed["attributes"]["total"], placed["attributes"]["discount_amount"]) == (4_000, 1_000)
    assert placed["attributes"]["modification_total"] == -1_000
    assert placed["relationships"]["voucher"]["data"] == {"type": "vouchers", "id": SUMMER20.id}
    assert placed["meta"]["voucher_code"] == "SUMMER20"


def test_voucher_code_is_compared_without_case_and_surrounding_space(desk: FrontDesk) -> None:
    assert desk.places(voucher_code=" summer20 ")["attributes"]["discount_amount"] == 1_000


def test_notify_customer_sends_the_confirmation(desk: FrontDesk) -> None:
    placed = desk.places(notify_customer=True)

    assert placed["attributes"]["number"] in str(desk.deliver(placed))


def test_notify_customer_defaults_to_true(desk: FrontDesk) -> None:
    assert desk.deliver(desk.places()) is not None


def test_notify_customer_false_sends_nothing(desk: FrontDesk) -> None:
    assert desk.deliver(desk.places(notify_customer=False)) is None


def test_complete_order_defaults_to_true(desk: FrontDesk) -> None:
    placed = desk.places()

    assert (placed["attributes"]["status"], placed["attributes"]["expires_at"]) == ("completed", None)
    assert desk.booking(placed)["attributes"]["status"] == "accepted"


def test_complete_order_false_creates_a_draft_order(desk: FrontDesk) -> None:
    placed = desk.places(complete_order=False)

    assert placed["attributes"]["status"] == "draft"
    assert desk.booking(placed)["attributes"]["status"] == "reserved"


def test_check_availability_defaults_to_true(desk: FrontDesk) -> None:
    desk.places()

    assert codes(desk.refuses()) == [("slot_unavailable", "/bookings/0")]


def test_check_availability_false_skips_availability_validation(desk: FrontDesk) -> None:
    desk.places()

    assert desk.booking(desk.places(check_availability=False))["attributes"]["is_override"] is True


def test_timezone_is_for_dates_without_offset(desk: FrontDesk) -> None:
    naive = desks(1) | {"start_date": "2030-04-15T09:00:00", "end_date": "2030-04-15T10:00:00"}
    placed = desk.places(naive, timezone="America/New_York")

    assert placed["attributes"]["start_date"] == "2030-04-15T13:00:00+00:00"


def test_timezone_does_not_change_dates_with_an_offset(desk: FrontDesk) -> None:
    assert desk.places(desks(1), timezone="Asia/Tokyo")["attributes"]["start_date"] == utc(NINE)


def test_timezone_defaults_to_the_organizations(desk: FrontDesk) -> None:
    placed = desk.places(meeting() | {"start_date": "2030-04-15T09:00", "end_date": "2030-04-15T10:00"})

    assert (placed["attributes"]["timezone"], placed["attributes"]["start_date"]) == (
        ORGANIZATION.timezone,
        utc(NINE),
    )


def test_timezone_is_stored_and_the_mail_is_on_the_clock_of_the_place(desk: FrontDesk) -> None:
    placed = desk.places(timezone="Asia/Tokyo")

    assert placed["attributes"]["timezone"] == "Asia/Tokyo"
    mail = str(desk.deliver(placed))
    assert "09:00 to 10:00" in mail
    assert "(Europe/Berlin)" in mail


def test_timezone_is_a_name_of_an_iana_zone(desk: FrontDesk) -> None:
    assert codes(desk.refuses(timezone="Mars/Olympus")) == [("invalid_timezone", "/timezone")]


def test_timezone_a_time_that_a_clock_change_skips_is_422(desk: FrontDesk) -> None:
    skipped = desks(1) | {"start_date": "2030-03-31T02:30", "end_date": "2030-03-31T04:00"}

    assert codes(desk.refuses(skipped)) == [("nonexistent_time", "/bookings/0/start_date")]


def test_timezone_an_ambiguous_time_is_the_earlier(desk: FrontDesk) -> None:
    twice = desks(1) | {"start_date": "2030-10-27T02:30", "end_date": "2030-10-27T04:00"}
    booking = desk.booking(desk.places(twice))["attributes"]

    assert (booking["start_date"], booking["end_date"]) == (
        "2030-10-27T00:30:00+00:00",
        "2030-10-27T03:00:00+00:00",
    )


def test_a_field_that_is_not_in_the_guide_is_422(desk: FrontDesk) -> None:
    errors = desk.refuses(meeting(color="red"), priority=1)

    assert sorted(codes(errors)) == [("unknown_field", "/bookings/0/color"), ("unknown_field", "/priority")]


def test_a_boolean_is_true_or_false(desk: FrontDesk) -> None:
    errors = desk.refuses(notify_customer="yes", complete_order=1, check_availability="false")

    assert codes(errors) == [
        ("invalid_value", f"/{name}") for name in ("notify_customer", "complete_order", "check_availability")
    ]


def test_a_field_that_is_null_is_as_good_as_left_out(desk: FrontDesk) -> None:
    empty = dict.fromkeys(
        ("voucher_code", "notify_customer", "complete_order", "check_availability", "timezone")
    )
    placed = desk.places(meeting(quantity=None, recurring=None, customer_id=None), **empty)

    assert placed["attributes"]["status"] == "completed"


# Step 2: booking object fields


def test_resource_id_is_a_string(desk: FrontDesk) -> None:
    booking = desk.booking(desk.places(meeting(resource_id=SECOND_ROOM.id)))

    assert booking["relationships"]["resource"]["data"] == {"type": "resources", "id": SECOND_ROOM.id}


def test_resource_id_is_an_array_for_multi_resource_bookings(desk: FrontDesk) -> None:
    placed = desk.places(meeting(resource_id=[ROOM.id, SECOND_ROOM.id]))

    both = [{"type": "resources", "id": id} for id in (ROOM.id, SECOND_ROOM.id)]
    assert desk.booking(placed)["relationships"]["resources"]["data"] == both
    assert placed["attributes"]["total"] == 5_000
    for room in (ROOM, SECOND_ROOM):
        [error] = desk.refuses(meeting(resource_id=room.id))
        assert error["meta"]["resource_id"] == room.id


def test_resource_id_names_each_resource_once(desk: FrontDesk) -> None:
    errors = desk.refuses(meeting(resource_id=[ROOM.id, ROOM.id]))

    assert codes(errors) == [("resource_repeated", "/bookings/0/resource_id/1")]


def test_resource_id_must_exist(desk: FrontDesk) -> None:
    errors = desk.refuses(meeting(resource_id=["nowhere", ROOM.id]))

    assert codes(errors) == [("resource_not_found", "/bookings/0/resource_id/0")]


def test_service_id_is_a_map_of_service_and_quantity(desk: FrontDesk) -> None:
    placed = desk.places(desks(12))

    assert placed["attributes"]["total"] == 34_800
    assert (desk.booking(placed)["attributes"]["quantity"], desk.booking(placed)["attributes"]["weight"]) == (
        12,
        12,
    )


def test_service_id_with_several_services(desk: FrontDesk) -> None:
    desk.offers(
        Service(
            id="locker",
            name="Locker",
            price=500,
            tax_rate=19,
            default_weight=0,
            resource_ids=frozenset({DESKS.id}),
        )
    )
    placed = desk.places(desks(2, service_id={DESK.id: 2, "locker": 3}))

    assert placed["attributes"]["total"] == 2 * 2_900 + 3 * 500
    booking = desk.booking(placed)
    assert (booking["attributes"]["service_ids"], booking["attributes"]["weight"]) == (
        {DESK.id: 2, "locker": 3},
        2,
    )
    assert [service["id"] for service in booking["relationships"]["services"]["data"]] == [DESK.id, "locker"]


def test_service_id_must_exist_and_be_offered_on_the_resource(desk: FrontDesk) -> None:
    errors = desk.refuses(meeting(service_id={"nothing": 1, DESK.id: 1}))

    at = "/bookings/0/service_id"
    assert codes(errors) == [
        ("service_not_found", f"{at}/nothing"),
        ("service_not_offered", f"{at}/{DESK.id}"),
    ]


def test_start_date_and_end_date_are_required(desk: FrontDesk) -> None:
    errors = desk.refuses(without(meeting(), "start_date", "end_date"))

    assert codes(errors) == [
        ("start_date_required", "/bookings/0/start_date"),
        ("end_date_required", "/bookings/0/end_date"),
    ]


def test_start_date_is_in_atom_format(desk: FrontDesk) -> None:
    for written in (
        "2030-04-15T09:00:00+02:00",
        "2030-04-15T07:00:00.000Z",
        "2030-04-15T03:00:00-0400",
        "2030-04-15 09:00",
    ):
        assert (
            desk.places(desks(1, start_date=written))["attributes"]["start_date"]
            == "2030-04-15T07:00:00+00:00"
        )


def test_start_date_in_another_format_is_422(desk: FrontDesk) -> None:
    for written in ("tomorrow", "2030-02-30T09:00:00Z", "2030-04-15", 1902466800):
        assert codes(desk.refuses(meeting(start_date=written))) == [
            ("invalid_value", "/bookings/0/start_date")
        ]


def test_end_date_comes_after_start_date(desk: FrontDesk) -> None:
    assert codes(desk.refuses(meeting(minutes=0))) == [("no_duration", "/bookings/0/end_date")]
    assert codes(desk.refuses(meeting(minutes=-60))) == [("end_before_start", "/bookings/0/end_date")]


def test_end_date_is_the_first_moment_that_is_free_again(desk: FrontDesk) -> None:
    desk.places(meeting(NINE))

    assert desk.places(meeting(NINE + timedelta(hours=1)))


def test_start_date_and_end_date_are_as_far_apart_as_the_service_allows(desk: FrontDesk) -> None:
    desk.offers(MEETING.model_copy(update={"min_duration": 30, "max_duration": 120}))

    assert codes(desk.refuses(meeting(minutes=15))) == [("under_min_duration", "/bookings/0/end_date")]
    assert codes(desk.refuses(meeting(minutes=121))) == [("over_max_duration", "/bookings/0/end_date")]


def test_start_date_is_at_least_the_services_lead_time_ahead(
    desk: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.offers(MEETING.model_copy(update={"lead_time": 60}))
    at(monkeypatch, NINE - timedelta(minutes=59))

    assert codes(desk.refuses()) == [("before_lead_time", "/bookings/0/start_date")]


def test_start_date_and_end_date_are_inside_the_opening_hours_with_their_breaks(desk: FrontDesk) -> None:
    hours = {"mon": (("09:00", "12:00"), ("13:00", "18:00"))}
    desk.offers(
        Resource(id="studio", name="Studio", opening_hours=hours, closed_dates=frozenset({date(2030, 4, 22)}))
    )
    desk.offers(MEETING.model_copy(update={"resource_ids": frozenset({"studio"})}))

    for start in (NINE - timedelta(hours=1), NINE + timedelta(hours=3), NINE + DAY, NINE + WEEK):
        assert codes(desk.refuses(meeting(start, resource_id="studio"))) == [
            ("outside_opening_hours", "/bookings/0/start_date")
        ]
    assert desk.places(meeting(NINE, 180, resource_id="studio"))


def test_start_date_and_end_date_are_without_the_paddings_which_are_occupied_too(desk: FrontDesk) -> None:
    desk.offers(MEETING.model_copy(update={"padding_before": 10, "padding_after": 20}))
    booking = desk.booking(desk.places(meeting()))["attributes"]

    assert (booking["start_date"], booking["end_date"]) == (utc(NINE), utc(NINE + timedelta(hours=1)))
    assert booking["blocker_start_date"] == utc(NINE - timedelta(minutes=10))
    assert booking["blocker_end_date"] == utc(NINE + timedelta(minutes=80))
    assert codes(desk.refuses(meeting(NINE + timedelta(minutes=89)))) == [("slot_unavailable", "/bookings/0")]
    assert desk.places(meeting(NINE + timedelta(minutes=90)))


def test_customer_id_overrides_order_customer_id(desk: FrontDesk) -> None:
    placed = desk.places(meeting(customer_id=BERND.id), desks(1), order_customer_id=ADA.id)

    assert [booking["relationships"]["customer"]["data"]["id"] for booking in desk.bookings(placed)] == [
        BERND.id,
        ADA.id,
    ]
    assert placed["relationships"]["customer"]["data"]["id"] == ADA.id


def test_customer_id_is_the_orders_customer_where_there_is_no_other(desk: FrontDesk) -> None:
    placed = desk.places(meeting(), desks(1, customer_id=BERND.id), order_customer_id=None)

    assert placed["relationships"]["customer"]["data"]["id"] == BERND.id


def test_quantity_is_the_number_of_participants(desk: FrontDesk) -> None:
    placed = desk.places(desks(1) | {"quantity": 5})

    assert placed["attributes"]["total"] == 5 * 2_900
    assert (desk.booking(placed)["attributes"]["quantity"], desk.booking(placed)["attributes"]["weight"]) == (
        5,
        5,
    )


def test_quantity_together_with_service_id_means_n_and_not_n_times_n(desk: FrontDesk) -> None:
    assert desk.places(desks(3) | {"quantity": 3})["attributes"]["total"] == 3 * 2_900


def test_quantity_that_contradicts_service_id_is_422(desk: FrontDesk) -> None:
    assert codes(desk.refuses(desks(3) | {"quantity": 2})) == [("quantity_mismatch", "/bookings/0/quantity")]


def test_quantity_is_at_least_one(desk: FrontDesk) -> None:
    assert codes(desk.refuses(desks(1) | {"quantity": 0})) == [("invalid_value", "/bookings/0/quantity")]


def test_description_note_and_customer_note_are_kept(desk: FrontDesk) -> None:
    texts = {"description": "Team meeting", "note": "Pays late", "customer_note": "Ring twice"}
    attributes = desk.booking(desk.places(meeting(**texts)))["attributes"]

    assert {name: attributes[name] for name in texts} == texts


def test_description_is_internal_note_admin_visible_and_customer_note_customer_visible(
    desk: FrontDesk,
) -> None:
    texts = {"description": "Team meeting", "note": "Pays late", "customer_note": "Ring twice"}
    mail = str(desk.deliver(desk.places(meeting(**texts))))

    assert [text in mail for text in texts.values()] == [False, False, True]


def test_booking_add_ons_is_an_array_of_add_on_id_and_quantity(desk: FrontDesk) -> None:
    placed = desk.places(meeting(booking_add_ons=[{"add_on_id": COFFEE.id, "quantity": 2}]))

    assert placed["attributes"]["total"] == 5_500
    assert [
        (item["type"], item["title"], item["quantity"], item["total"]) for item in placed["meta"]["items"]
    ] == [
        ("service", "Meeting", 1, 5_000),
        ("add_on", "Coffee", 2, 500),
    ]


def test_booking_add_ons_quantity_defaults_to_one(desk: FrontDesk) -> None:
    assert desk.places(meeting(booking_add_ons=[{"add_on_id": COFFEE.id}]))["attributes"]["total"] == 5_250


def test_booking_add_ons_must_exist(desk: FrontDesk) -> None:
    at = "/bookings/0/booking_add_ons"
    errors = desk.refuses(meeting(booking_add_ons=[{"add_on_id": "tea"}, {"quantity": 1}]))

    assert codes(errors) == [
        ("add_on_not_found", f"{at}/0/add_on_id"),
        ("add_on_id_required", f"{at}/1/add_on_id"),
    ]


# Booking object fields: sub_bookings


def test_sub_bookings_are_linked_sub_bookings_at_the_same_time(desk: FrontDesk) -> None:
    placed = desk.places(meeting(sub_bookings=[{"service_id": {DESK.id: 1}, "resource_id": DESKS.id}]))

    booking, part = desk.bookings(placed)
    assert part["attributes"]["is_sub_booking"] is True
    assert part["attributes"]["start_date"] == booking["attributes"]["start_date"]
    assert part["relationships"]["super_booking"]["data"] == {"type": "bookings", "id": booking["id"]}
    assert booking["relationships"]["sub_bookings"]["data"] == [{"type": "bookings", "id": part["id"]}]
    assert booking["attributes"]["is_sub_booking"] is False


def test_sub_bookings_have_a_quantity_and_a_price_of_their_own(desk: FrontDesk) -> None:
    placed = desk.places(
        meeting(sub_bookings=[{"service_id": {DESK.id: 1}, "resource_id": DESKS.id, "quantity": 4}])
    )

    assert [
        (booking["attributes"]["quantity"], booking["attributes"]["total"])
        for booking in desk.bookings(placed)
    ] == [
        (1, 5_000),
        (4, 11_600),
    ]
    assert placed["attributes"]["total"] == 16_600


def test_sub_bookings_service_id_may_be_a_string(desk: FrontDesk) -> None:
    placed = desk.places(meeting(sub_bookings=[{"service_id": DESK.id, "resource_id": DESKS.id}]))

    assert desk.bookings(placed)[1]["attributes"]["service_ids"] == {DESK.id: 1}


def test_sub_bookings_are_all_or_nothing_with_their_booking(desk: FrontDesk) -> None:
    desk.places(desks(12))
    errors = desk.refuses(meeting(sub_bookings=[{"service_id": DESK.id, "resource_id": DESKS.id}]))

    assert codes(errors) == [("slot_unavailable", "/bookings/0/sub_bookings/0")]


def test_sub_bookings_need_a_resource_and_a_service(desk: FrontDesk) -> None:
    at = "/bookings/0/sub_bookings"
    errors = desk.refuses(meeting(sub_bookings=[{}, None]))

    assert codes(errors) == [
        ("resource_id_required", f"{at}/0/resource_id"),
        ("service_id_required", f"{at}/0/service_id"),
        ("sub_booking_required", f"{at}/1"),
    ]


# Booking object fields: service_custom_fields


def test_service_custom_fields_are_kept_with_label_and_formatted_value(asking: FrontDesk) -> None:
    entries = asking.booking(asking.places(workshop(service_custom_fields=ANSWERS)))["attributes"][
        "custom_entry_map"
    ]

    assert {id: entry["value"] for id, entry in entries.items()} == ANSWERS
    assert {id: entry["type"] for id, entry in entries.items()} == {
        field.id: field.field_type for field in FIELDS if field.id in ANSWERS
    }
    assert {id: entry["formatted_value"] for id, entry in entries.items()} == ANSWERS | {
        "guests": "8",
        "catering": "Yes",
        "diet": "vegan, kosher",
    }
    assert entries["due"]["label"] == "Invoice due"


def test_service_custom_fields_are_shown_in_the_mail_where_customers_may_see_them(asking: FrontDesk) -> None:
    mail = str(asking.deliver(asking.places(workshop(service_custom_fields=ANSWERS))))

    assert "Title: Board meeting" in mail
    assert "Guests" not in mail


@pytest.mark.parametrize("id", ["nothing", "campaign"])
def test_service_custom_fields_that_the_service_does_not_have_are_422(asking: FrontDesk, id: str) -> None:
    errors = asking.refuses(workshop(service_custom_fields={"title": "Board meeting", id: "x"}))

    assert codes(errors) == [("custom_field_not_found", f"/bookings/0/service_custom_fields/{id}")]


def test_service_custom_fields_with_wrong_values_are_422(asking: FrontDesk) -> None:
    wrong = [
        {
            "title": "more than twenty characters",
            "agenda": 7,
            "guests": 11,
            "catering": "yes",
            "due": "1 May",
            "seating": "square",
            "diet": "vegan",
        },
        {
            "title": "two\nlines",
            "guests": "8",
            "due": "2029-12-31",
            "seating": ["rows"],
            "diet": ["vegan", "halal", "kosher"],
        },
    ]

    for values in wrong:
        errors = asking.refuses(workshop(service_custom_fields=values))
        assert codes(errors) == [
            ("invalid_custom_field", f"/bookings/0/service_custom_fields/{id}") for id in values
        ]


def test_service_custom_fields_that_are_required_must_be_answered(asking: FrontDesk) -> None:
    for answers in ({}, {"service_custom_fields": {}}, {"service_custom_fields": {"title": " "}}):
        assert codes(asking.refuses(workshop(**answers))) == [
            ("custom_field_required", "/bookings/0/service_custom_fields/title")
        ]


def test_service_custom_fields_are_not_required_of_a_price(asking: FrontDesk) -> None:
    assert asking.previews(workshop())["total"] == 10_000


def test_service_custom_fields_of_a_sub_booking_are_answered_by_its_booking(asking: FrontDesk) -> None:
    part = {"service_id": "workshop", "resource_id": SECOND_ROOM.id}

    errors = asking.refuses(meeting(sub_bookings=[part]))
    assert codes(errors) == [("custom_field_required", "/bookings/0/service_custom_fields/title")]
    placed = asking.places(meeting(sub_bookings=[part], service_custom_fields={"title": "Board meeting"}))
    assert asking.bookings(placed)[0]["attributes"]["custom_entry_map"]["title"]["value"] == "Board meeting"


def test_service_custom_fields_are_not_required_of_a_draft(asking: FrontDesk) -> None:
    draft = asking.places(workshop(), complete_order=False)

    incomplete = asking.call("POST", path_of(draft, "/complete"))
    assert (incomplete.status, codes(incomplete.errors)) == (
        422,
        [("custom_field_required", "/service_custom_fields/title")],
    )
    completed = asking.call(
        "POST", path_of(draft, "/complete"), {"service_custom_fields": {"title": "Board meeting"}}
    )
    assert (completed.status, completed.attributes["status"]) == (200, "completed")
    assert asking.booking(draft)["attributes"]["custom_entry_map"]["title"]["value"] == "Board meeting"


# Booking object fields: order_custom_fields


@pytest.fixture
def charging(asking: FrontDesk) -> FrontDesk:
    """A desk with custom fields of the order, one of them required."""
    asking.offers(
        ORGANIZATION.model_copy(update={"order_custom_fields": {"cost-centre": True, "campaign": False}})
    )
    return asking


def test_order_custom_fields_are_kept_on_the_order(charging: FrontDesk) -> None:
    placed = charging.places(
        meeting(order_custom_fields={"cost-centre": "4711"}),
        desks(1, order_custom_fields={"campaign": "May"}),
    )

    entries = placed["attributes"]["custom_entry_map"]
    assert {id: entry["value"] for id, entry in entries.items()} == {"cost-centre": "4711", "campaign": "May"}
    assert entries["cost-centre"]["label"] == "Cost centre"


def test_order_custom_fields_that_differ_between_bookings_are_422(charging: FrontDesk) -> None:
    errors = charging.refuses(
        meeting(order_custom_fields={"cost-centre": "1"}), desks(1, order_custom_fields={"cost-centre": "2"})
    )

    assert codes(errors) == [("custom_field_differs", "/bookings/1/order_custom_fields/cost-centre")]


def test_order_custom_fields_must_be_fields_of_the_organization(charging: FrontDesk) -> None:
    errors = charging.refuses(meeting(order_custom_fields={"cost-centre": "1", "title": "x"}))

    assert codes(errors) == [("custom_field_not_found", "/bookings/0/order_custom_fields/title")]


def test_order_custom_fields_that_are_required_must_be_answered(charging: FrontDesk) -> None:
    assert codes(charging.refuses()) == [
        ("custom_field_required", "/bookings/0/order_custom_fields/cost-centre")
    ]


def test_order_custom_fields_are_not_required_of_a_draft(charging: FrontDesk) -> None:
    draft = charging.places(complete_order=False)

    completed = charging.call(
        "POST", path_of(draft, "/complete"), {"order_custom_fields": {"cost-centre": "4711"}}
    )
    assert completed.attributes["custom_entry_map"]["cost-centre"]["value"] == "4711"


# Booking object fields: recurring


def test_recurring_makes_each_occurrence_a_booking_of_the_order(desk: FrontDesk) -> None:
    placed = desk.places(weekly(count=3))

    bookings = desk.bookings(placed)
    assert starts(bookings) == [utc(NINE), utc(NINE + WEEK), utc(NINE + 2 * WEEK)]
    assert placed["attributes"]["total"] == 3 * 5_000
    assert {
        (booking["attributes"]["is_series"], booking["attributes"]["series_id"]) for booking in bookings
    } == {(True, bookings[0]["id"])}
    assert [booking["attributes"]["is_series_master"] for booking in bookings] == [False, False, False]


def test_recurring_is_not_required(desk: FrontDesk) -> None:
    booking = desk.booking(desk.places())["attributes"]

    assert (booking["is_series"], booking["is_series_master"], booking["series_id"]) == (False, False, None)


@pytest.mark.parametrize(
    ("frequency", "second"),
    [("daily", "2030-04-16"), ("WEEKLY", "2030-04-22"), ("Monthly", "2030-05-15"), ("yearly", "2031-04-15")],
)
def test_recurring_frequency_in_any_case(desk: FrontDesk, frequency: str, second: str) -> None:
    bookings = desk.bookings(desk.places(weekly(count=2, frequency=frequency)))

    assert starts(bookings) == [utc(NINE), f"{second}T07:00:00+00:00"]


def test_recurring_frequency_is_required(desk: FrontDesk) -> None:
    errors = desk.refuses(
        meeting(recurring={"count": 2}), desks(1, recurring={"frequency": "hourly", "count": 2})
    )

    assert sorted(codes(errors)) == [
        ("frequency_required", "/bookings/0/recurring/frequency"),
        ("invalid_value", "/bookings/1/recurring/frequency"),
    ]


def test_recurring_interval_is_the_number_of_periods_between(desk: FrontDesk) -> None:
    assert starts(desk.bookings(desk.places(weekly(count=2, interval=3))))[1] == utc(NINE + 3 * WEEK)


def test_recurring_until_includes_what_begins_then(desk: FrontDesk) -> None:
    for until in ("2030-04-29", "2030-04-29T09:00", "2030-04-29T07:00:00Z"):
        placed = desk.places(desks(1, recurring={"frequency": "weekly", "until": until}))
        assert len(desk.bookings(placed)) == 3


def test_recurring_until_is_not_before_the_start(desk: FrontDesk) -> None:
    errors = desk.refuses(weekly(count=None, until="2030-04-14"))

    assert codes(errors) == [("until_before_start", "/bookings/0/recurring/until")]


def test_recurring_count_is_the_number_of_occurrences_the_first_included(desk: FrontDesk) -> None:
    assert len(desk.bookings(desk.places(weekly(count=1)))) == 1


def test_recurring_until_and_count_together_are_422(desk: FrontDesk) -> None:
    assert codes(desk.refuses(weekly(count=2, until="2030-05-01"))) == [
        ("recurring_end_twice", "/bookings/0/recurring/until")
    ]


def test_recurring_without_until_and_count_is_422(desk: FrontDesk) -> None:
    assert codes(desk.refuses(weekly(count=None))) == [("recurring_end_required", "/bookings/0/recurring")]


def test_recurring_by_day(desk: FrontDesk) -> None:
    placed = desk.places(weekly(count=3, by_day=["MO", "wednesday"]))

    assert starts(desk.bookings(placed)) == [utc(NINE), utc(NINE + 2 * DAY), utc(NINE + WEEK)]


def test_recurring_by_day_with_an_ordinal(desk: FrontDesk) -> None:
    placed = desk.places(weekly(count=2, frequency="monthly", by_day=["3MO"]))

    assert starts(desk.bookings(placed)) == [utc(NINE), "2030-05-20T07:00:00+00:00"]


def test_recurring_by_day_includes_the_day_of_start_date(desk: FrontDesk) -> None:
    assert codes(desk.refuses(weekly(by_day=["TU"]))) == [
        ("start_not_in_series", "/bookings/0/recurring/by_day")
    ]


def test_recurring_stays_at_the_same_time_of_day_across_a_clock_change(desk: FrontDesk) -> None:
    monday_in_winter = datetime(2030, 3, 25, 9, tzinfo=NINE.tzinfo)
    bookings = desk.bookings(desk.places(weekly(monday_in_winter, count=2)))

    assert starts(bookings) == ["2030-03-25T08:00:00+00:00", "2030-04-01T07:00:00+00:00"]


def test_recurring_is_on_the_wall_clock_of_timezone(desk: FrontDesk) -> None:
    # New York changes its clocks three weeks before Berlin.
    placed = desk.places(
        desks(1, datetime(2030, 3, 4, 15, tzinfo=UTC), recurring={"frequency": "weekly", "count": 2}),
        timezone="America/New_York",
    )

    assert starts(desk.bookings(placed)) == ["2030-03-04T15:00:00+00:00", "2030-03-11T14:00:00+00:00"]


def test_recurring_moves_an_occurrence_in_a_gap_forward_by_the_gap_and_keeps_its_length(
    desk: FrontDesk,
) -> None:
    booking = desks(1, recurring={"frequency": "daily", "count": 3}) | {
        "start_date": "2030-03-30T02:30",
        "end_date": "2030-03-30T03:30",
    }
    bookings = desk.bookings(desk.places(booking))

    assert starts(bookings) == [
        "2030-03-30T01:30:00+00:00",
        "2030-03-31T01:30:00+00:00",
        "2030-04-01T00:30:00+00:00",
    ]
    assert bookings[1]["attributes"]["end_date"] == "2030-03-31T02:30:00+00:00"


def test_recurring_over_a_thousand_occurrences_is_422(desk: FrontDesk) -> None:
    errors = desk.refuses(
        weekly(count=1_001, frequency="daily"),
        desks(1, recurring={"frequency": "daily", "until": "2040-01-01"}),
    )

    assert codes(errors) == [
        ("too_many_occurrences", "/bookings/0/recurring/count"),
        ("too_many_occurrences", "/bookings/1/recurring/until"),
    ]


def test_recurring_is_all_or_nothing_and_a_refusal_names_every_conflict(desk: FrontDesk) -> None:
    taken = [7, 19, 32]
    desk.places(*(meeting(NINE + (n - 1) * WEEK) for n in taken))
    errors = desk.refuses(weekly(count=45))

    assert codes(errors) == [("slot_unavailable", "/bookings/0")] * 3
    assert [error["meta"]["occurrence"] for error in errors] == taken


def test_recurring_on_conflict_skip_books_the_free_ones_and_reports_the_rest(desk: FrontDesk) -> None:
    taken = [7, 19, 32]
    desk.places(*(meeting(NINE + (n - 1) * WEEK) for n in taken))
    body = order(weekly(count=45, on_conflict="skip"))
    placed, again = (desk.call("POST", FROM_CONFIG, body, Idempotency_Key="weekly") for _ in range(2))

    assert len(placed.data["relationships"]["bookings"]["data"]) == 42
    left = [each["start_date"] for each in placed.data["meta"]["skipped"]]
    assert left == [utc(NINE + (n - 1) * WEEK) for n in taken]
    assert {(each["pointer"], *each["codes"]) for each in placed.data["meta"]["skipped"]} == {
        ("/bookings/0", "slot_unavailable")
    }
    assert again.data == placed.data


def test_recurring_on_conflict_of_the_order_is_for_every_series_that_does_not_say(desk: FrontDesk) -> None:
    desk.places()

    assert len(desk.bookings(desk.places(weekly(), on_conflict="skip"))) == 2
    assert [
        error["meta"]["occurrence"]
        for error in desk.refuses(weekly(on_conflict="refuse"), on_conflict="skip")
    ] == [1, 2, 3]


def test_recurring_on_conflict_skip_is_no_help_to_a_single_booking(desk: FrontDesk) -> None:
    desk.places()

    assert codes(desk.refuses(on_conflict="skip")) == [("slot_unavailable", "/bookings/0")]


def test_recurring_on_conflict_skip_with_nothing_left_is_422(desk: FrontDesk) -> None:
    desk.places(weekly(count=2))

    assert (
        codes(desk.refuses(weekly(count=2, on_conflict="skip"))) == [("slot_unavailable", "/bookings/0")] * 2
    )


def test_recurring_on_conflict_skip_leaves_nothing_out_where_availability_is_not_checked(
    desk: FrontDesk,
) -> None:
    desk.places()

    assert len(desk.bookings(desk.places(weekly(on_conflict="skip"), check_availability=False))) == 3


def test_recurring_on_conflict_skip_leaves_an_occurrence_out_with_its_sub_bookings(desk: FrontDesk) -> None:
    desk.places(desks(12))
    part = {"service_id": DESK.id, "resource_id": DESKS.id}
    placed = desk.places(weekly(count=2, on_conflict="skip") | {"sub_bookings": [part]})

    assert starts(desk.bookings(placed)) == [utc(NINE + WEEK)] * 2


# Booking object fields: timeslot_series_id


@pytest.fixture
def yoga(desk: FrontDesk) -> FrontDesk:
    desk.offers(YOGA)
    return desk


def session(start: datetime = NINE, minutes: int = 60, **more: Any) -> Json:
    return desks(1, start, minutes, timeslot_series_id=YOGA.id, **more)


def test_timeslot_series_id_links_to_a_specific_timeslot_series(yoga: FrontDesk) -> None:
    assert yoga.booking(yoga.places(session()))["attributes"]["timeslot_series_id"] == YOGA.id


@pytest.mark.parametrize(
    ("start", "minutes"), [(NINE + timedelta(minutes=30), 60), (NINE, 30), (NINE + DAY, 60)]
)
def test_timeslot_series_id_a_time_that_is_none_of_its_slots_is_422_and_names_the_nearest(
    yoga: FrontDesk, start: datetime, minutes: int
) -> None:
    [error] = yoga.refuses(session(start, minutes))

    assert codes([error]) == [("not_a_slot_of_series", "/bookings/0/start_date")]
    nearest = [slot["start_date"] for slot in error["meta"]["nearest"]]
    assert {utc(NINE), utc(datetime(2030, 4, 17, 18, tzinfo=NINE.tzinfo))} <= set(nearest)


def test_timeslot_series_id_a_slot_out_of_its_validity_is_422(yoga: FrontDesk) -> None:
    errors = yoga.refuses(session(datetime(2031, 1, 6, 9, tzinfo=NINE.tzinfo)))

    assert codes(errors) == [("not_a_slot_of_series", "/bookings/0/start_date")]


def test_timeslot_series_id_its_capacity_counts_beside_the_resources(yoga: FrontDesk) -> None:
    yoga.places(session() | {"quantity": 2})
    [error] = yoga.refuses(session())

    assert codes([error]) == [("slot_unavailable", "/bookings/0")]
    assert (error["meta"]["timeslot_series_id"], error["meta"]["capacity"], error["meta"]["available"]) == (
        YOGA.id,
        2,
        0,
    )
    assert yoga.places(desks(10))


def test_timeslot_series_id_the_resources_capacity_counts_beside_its_own(yoga: FrontDesk) -> None:
    yoga.places(desks(12))
    [error] = yoga.refuses(session())

    assert error["meta"]["resource_id"] == DESKS.id


def test_timeslot_series_id_must_exist_and_take_place_on_the_resource(yoga: FrontDesk) -> None:
    errors = yoga.refuses(meeting(timeslot_series_id="pilates"), meeting(timeslot_series_id=YOGA.id))

    assert codes(errors) == [
        ("timeslot_series_not_found", "/bookings/0/timeslot_series_id"),
        ("timeslot_series_not_offered", "/bookings/1/timeslot_series_id"),
    ]


# Response


def test_response_is_an_orders_resource_with_the_created_bookings(desk: FrontDesk) -> None:
    answer = desk.call("POST", FROM_CONFIG, order())

    assert answer.status == 201
    attributes = {
        name: answer.attributes[name] for name in ("status", "manually_created", "total", "currency")
    }
    assert (answer.data["type"], attributes) == (
        "orders",
        {"status": "completed", "manually_created": True, "total": 5_000, "currency": "EUR"},
    )
    assert answer.data["relationships"]["bookings"]["data"] == [
        {"type": "bookings", "id": f"{answer.data['id']}-1"}
    ]
    assert answer.data["relationships"]["customer"]["data"] == {"type": "customers", "id": ADA.id}


def test_response_says_where_the_order_is(desk: FrontDesk) -> None:
    answer = desk.call("POST", FROM_CONFIG, order())

    assert answer.headers["Location"] == answer.data["links"]["self"]
    assert answer.headers["Location"] == f"https://api.example.com/live{path_of(answer.data)}"


def test_response_has_numbers_of_fourteen_or_more_digits(desk: FrontDesk) -> None:
    placed = desk.places(meeting(), desks(1))
    numbers = [booking["attributes"]["number"] for booking in desk.bookings(placed)]

    for number, letters in ((placed["attributes"]["number"], "BO"), (numbers[0], "BB"), (numbers[1], "BB")):
        assert number.startswith(letters)
        assert number[2:].isdecimal()
        assert len(number) >= 16
    assert numbers[0] != numbers[1]


# Multiple bookings in one order


def test_multiple_bookings_are_one_order(desk: FrontDesk) -> None:
    placed = desk.places(meeting(), desks(1, NINE + timedelta(hours=1), 420))

    assert placed["attributes"]["total"] == 7_900
    assert placed["attributes"]["start_date"] == utc(NINE)
    assert placed["attributes"]["end_date"] == utc(NINE + timedelta(hours=8))


def test_multiple_bookings_are_all_or_nothing_and_every_conflict_is_listed(desk: FrontDesk) -> None:
    desk.places(meeting(), desks(12))
    errors = desk.refuses(meeting(), meeting(resource_id=SECOND_ROOM.id), desks(1))

    assert codes(errors) == [("slot_unavailable", "/bookings/0"), ("slot_unavailable", "/bookings/2")]


def test_multiple_bookings_count_against_each_other(desk: FrontDesk) -> None:
    assert codes(desk.refuses(meeting(), meeting())) == [("slot_unavailable", "/bookings/1")]


# Skipping availability checks


def test_skipping_availability_checks_for_overbooking(desk: FrontDesk) -> None:
    desk.places(desks(12))
    desk.places(desks(3), check_availability=False)
    [error] = desk.refuses(desks(1))

    assert error["meta"]["taken"][0]["in_use"] == 15


def test_skipping_availability_checks_for_bookings_in_the_past(desk: FrontDesk) -> None:
    past = meeting(NINE.replace(year=2020))

    assert codes(desk.refuses(past)) == [("in_the_past", "/bookings/0/start_date")]
    assert (
        desk.places(past, check_availability=False)["attributes"]["start_date"] == "2020-04-15T07:00:00+00:00"
    )


def test_skipping_availability_checks_outside_normal_schedules(yoga: FrontDesk) -> None:
    at_night, off_series = meeting(NINE.replace(hour=23)), session(NINE + DAY)
    refused = yoga.refuses(at_night, off_series)

    assert codes(refused) == [
        ("outside_opening_hours", "/bookings/0/start_date"),
        ("not_a_slot_of_series", "/bookings/1/start_date"),
    ]
    assert yoga.places(at_night, off_series, check_availability=False)


def test_skipping_availability_checks_never_skips_bad_references(desk: FrontDesk) -> None:
    bad = meeting(resource_id="nowhere", service_id={"nothing": 1}, customer_id="nobody")
    errors = desk.refuses(bad, check_availability=False, voucher_code="NONE")

    assert {code for code, _ in codes(errors)} == {
        "resource_not_found",
        "service_not_found",
        "customer_not_found",
        "voucher_not_found",
    }


# Re-sending order notifications


def test_re_sending_triggers_the_confirmation_to_the_associated_customer(desk: FrontDesk) -> None:
    placed = desk.places(notify_customer=False)
    answer = desk.call("GET", path_of(placed, "/send-notification"))

    notification = answer.document["meta"]["notification"]
    assert (answer.status, notification["status"], notification["recipient"]) == (200, "sent", ADA.email)
    [raw] = desk.on.mails()
    assert placed["attributes"]["number"] in text_of(raw)


def test_re_sending_a_draft_is_422(desk: FrontDesk) -> None:
    answer = desk.call("GET", path_of(desk.places(complete_order=False), "/send-notification"))

    assert (answer.status, answer.errors[0]["code"]) == (422, "order_not_completed")


def test_re_sending_without_a_customer_is_422(desk: FrontDesk) -> None:
    answer = desk.call("GET", path_of(desk.places(order_customer_id=None), "/send-notification"))

    assert (answer.status, answer.errors[0]["code"]) == (422, "customer_without_email")


# Common errors


def test_422_resource_id_required(desk: FrontDesk) -> None:
    [error] = desk.refuses(without(meeting(), "resource_id"))

    assert (error["status"], error["title"]) == ("422", "resource_id required")
    assert error["source"] == {"pointer": "/bookings/0/resource_id"}


def test_422_service_id_required(desk: FrontDesk) -> None:
    [error] = desk.refuses(without(meeting(), "service_id"))

    assert (error["status"], error["title"]) == ("422", "service_id required")
    assert error["source"] == {"pointer": "/bookings/0/service_id"}


def test_422_slot_unavailable(desk: FrontDesk) -> None:
    desk.places(desks(10))
    [error] = desk.refuses(desks(3))

    assert (error["status"], error["title"], error["source"]) == (
        "422",
        "slot unavailable",
        {"pointer": "/bookings/0"},
    )
    times = {"start_date": utc(NINE), "end_date": utc(NINE + timedelta(hours=8))}
    assert error["meta"]["taken"] == [{**times, "in_use": 10, "available": 2}]
    assert (error["meta"]["resource_id"], error["meta"]["capacity"], error["meta"]["available"]) == (
        DESKS.id,
        12,
        2,
    )
    offered = error["meta"]["next_free"][0]
    assert offered["start_date"] == utc(NINE + timedelta(hours=8))
    assert desk.places(desks(3) | offered)


def test_422_slot_unavailable_offers_times_in_opening_hours(desk: FrontDesk) -> None:
    last = NINE.replace(hour=21)
    desk.places(meeting(last))
    [error] = desk.refuses(meeting(last))

    seven = NINE.replace(hour=7) + DAY
    assert [slot["start_date"] for slot in error["meta"]["next_free"]] == [
        utc(seven + n * timedelta(hours=1)) for n in range(3)
    ]


def test_422_customer_not_found(desk: FrontDesk) -> None:
    [error] = desk.refuses(order_customer_id="nobody")

    assert (error["status"], error["title"], error["source"]) == (
        "422",
        "customer not found",
        {"pointer": "/order_customer_id"},
    )


def test_422_customer_not_found_of_a_booking(desk: FrontDesk) -> None:
    assert codes(desk.refuses(meeting(customer_id="nobody"))) == [
        ("customer_not_found", "/bookings/0/customer_id")
    ]


def test_403_unauthorized(desk: FrontDesk) -> None:
    answer = desk.call("POST", FROM_CONFIG, order(), token=desk.on.demo["read_only_token"])

    assert (answer.status, answer.errors[0]["title"]) == (403, "unauthorized")
    assert desk.call("POST", CALCULATE, order(), token=desk.on.demo["read_only_token"]).status == 200


def test_all_problems_are_reported_at_once(desk: FrontDesk) -> None:
    desk.places()
    errors = desk.refuses(
        meeting(),
        without(desks(1), "service_id"),
        order_customer_id="nobody",
        timezone="x",
        voucher_code="NONE",
    )

    assert {code for code, _ in codes(errors)} == {
        "slot_unavailable",
        "service_id_required",
        "customer_not_found",
        "invalid_timezone",
        "voucher_not_found",
    }


# Drafts: complete_order false


def test_a_draft_holds_its_slots_until_expires_at(desk: FrontDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NINE - WEEK)
    draft = desk.places(complete_order=False)

    assert draft["attributes"]["expires_at"] == utc(NINE - WEEK + timedelta(minutes=15))
    at(monkeypatch, NINE - WEEK + timedelta(minutes=15, seconds=-1))
    assert codes(desk.refuses()) == [("slot_unavailable", "/bookings/0")]
    at(monkeypatch, NINE - WEEK + timedelta(minutes=15))
    assert desk.places()


def test_a_draft_expires_after_the_organizations_own_time(
    desk: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.offers(ORGANIZATION.model_copy(update={"draft_minutes": 60}))
    at(monkeypatch, NINE - WEEK)

    assert desk.places(complete_order=False)["attributes"]["expires_at"] == utc(
        NINE - WEEK + timedelta(hours=1)
    )


def test_a_draft_sends_no_mail_until_it_is_completed(desk: FrontDesk) -> None:
    draft = desk.places(complete_order=False)

    assert desk.deliver(draft) is None
    desk.call("POST", path_of(draft, "/complete"))
    assert desk.deliver(draft) is not None


def test_a_draft_of_which_nobody_is_to_be_notified_sends_no_mail(desk: FrontDesk) -> None:
    draft = desk.places(complete_order=False, notify_customer=False)
    desk.call("POST", path_of(draft, "/complete"))

    assert desk.deliver(draft) is None


def test_a_draft_is_completed(desk: FrontDesk) -> None:
    draft = desk.places(complete_order=False)
    answer = desk.call("POST", path_of(draft, "/complete"))

    assert (answer.status, answer.attributes["status"], answer.attributes["expires_at"]) == (
        200,
        "completed",
        None,
    )
    assert desk.booking(draft)["attributes"]["status"] == "accepted"
    assert codes(desk.refuses()) == [("slot_unavailable", "/bookings/0")]


def test_a_draft_completed_twice_is_the_same_order(desk: FrontDesk) -> None:
    draft = desk.places(complete_order=False)
    first, again = (desk.call("POST", path_of(draft, "/complete")) for _ in range(2))

    assert (again.status, again.data) == (200, first.data)


def test_a_draft_that_has_expired_is_409(desk: FrontDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NINE - WEEK)
    draft = desk.places(complete_order=False)
    at(monkeypatch, NINE - WEEK + timedelta(minutes=15))
    answer = desk.call("POST", path_of(draft, "/complete"))

    assert (answer.status, answer.errors[0]["code"]) == (409, "order_expired")


def test_an_order_that_is_not_there_is_not_completed(desk: FrontDesk) -> None:
    answer = desk.call("POST", "/api/v1/orders/nothing/complete")

    assert (answer.status, answer.errors[0]["code"]) == (404, "order_not_found")


# Vouchers


def _voucher(**terms: Any) -> Voucher:
    return Voucher(id="v", code="SPRING", percent=10, **terms)


_SOON = int(NINE.timestamp())


@pytest.mark.parametrize(
    ("voucher", "code"),
    [
        (_voucher(valid_from=_SOON), "voucher_not_yet_valid"),
        (_voucher(valid_until=_SOON - 365 * 86_400 * 5), "voucher_expired"),
        (_voucher(max_redemptions=3, redemptions=3), "voucher_exhausted"),
        (_voucher(max_redemptions_per_customer=0), "voucher_used_by_customer"),
        (_voucher(min_total=5_001), "voucher_minimum_not_reached"),
        (_voucher(service_ids=frozenset({DESK.id})), "voucher_not_applicable"),
        (_voucher(archived=True), "voucher_not_found"),
    ],
)
def test_voucher_code_that_does_not_apply_is_422_with_the_reason(
    desk: FrontDesk, voucher: Voucher, code: str
) -> None:
    desk.offers(voucher)

    assert codes(desk.refuses(voucher_code="SPRING")) == [(code, "/voucher_code")]


def test_voucher_code_that_counts_by_customer_needs_one(desk: FrontDesk) -> None:
    desk.offers(_voucher(max_redemptions_per_customer=1))

    assert codes(desk.refuses(order_customer_id=None, voucher_code="SPRING")) == [
        ("voucher_needs_customer", "/voucher_code")
    ]


def test_voucher_code_is_limited_to_services(desk: FrontDesk) -> None:
    desk.offers(_voucher(service_ids=frozenset({DESK.id})))
    placed = desk.places(meeting(), desks(2), voucher_code="SPRING")

    assert [booking["attributes"]["discount_amount"] for booking in desk.bookings(placed)] == [0, 580]


def test_voucher_code_never_takes_off_more_than_the_price(desk: FrontDesk) -> None:
    desk.offers(Voucher(id="v", code="SPRING", amount=10_000))
    placed = desk.places(voucher_code="SPRING")["attributes"]

    assert (placed["total"], placed["discount_amount"]) == (0, 5_000)


def test_voucher_code_counts_with_the_order_and_is_given_back_on_cancel(desk: FrontDesk) -> None:
    placed = desk.places(voucher_code="ONCE10")

    assert codes(desk.refuses(desks(1), voucher_code="ONCE10")) == [("voucher_exhausted", "/voucher_code")]
    desk.call("POST", path_of(placed, "/cancel"))
    assert desk.places(desks(1), voucher_code="ONCE10")


def test_voucher_code_counts_for_each_customer(desk: FrontDesk) -> None:
    desk.offers(_voucher(max_redemptions_per_customer=1))
    desk.places(voucher_code="SPRING")

    assert codes(desk.refuses(desks(1), voucher_code="SPRING")) == [
        ("voucher_used_by_customer", "/voucher_code")
    ]
    assert desk.places(desks(1), voucher_code="SPRING", order_customer_id=BERND.id)


def test_voucher_code_of_a_draft_counts_at_completion(desk: FrontDesk) -> None:
    draft = desk.places(complete_order=False, voucher_code="ONCE10")
    desk.places(desks(1), voucher_code="ONCE10")
    answer = desk.call("POST", path_of(draft, "/complete"))

    assert (answer.status, answer.errors[0]["code"]) == (422, "voucher_exhausted")


# Idempotency


def test_idempotency_key_sent_again_is_the_same_order_as_it_is_now(desk: FrontDesk) -> None:
    first = desk.call("POST", FROM_CONFIG, order(), Idempotency_Key="k")
    desk.call("POST", path_of(first.data, "/cancel"))
    again = desk.call("POST", FROM_CONFIG, order(), Idempotency_Key="k")

    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert (again.data["id"], again.attributes["status"]) == (first.data["id"], "canceled")


def test_idempotency_key_with_another_body_is_422(desk: FrontDesk) -> None:
    desk.call("POST", FROM_CONFIG, order(), Idempotency_Key="k")
    answer = desk.call("POST", FROM_CONFIG, order(desks(1)), Idempotency_Key="k")

    assert (answer.status, answer.errors[0]["code"], answer.errors[0]["source"]) == (
        422,
        "idempotency_key_reused",
        {"header": "Idempotency-Key"},
    )


def test_idempotency_key_of_another_caller_is_another_order(desk: FrontDesk) -> None:
    other = new_token(ORGANIZATION.id, "second-script")
    digest = read_token(other)
    assert digest
    world().store.put_catalog(
        Context(ORGANIZATION.id, SystemClock(30)),
        [Token(id=digest.digest, organization_id=ORGANIZATION.id, name="second", scopes=frozenset({"*"}))],
    )
    first = desk.call("POST", FROM_CONFIG, order(desks(1)), Idempotency_Key="k")
    second = desk.call("POST", FROM_CONFIG, order(desks(1)), Idempotency_Key="k", token=other)

    assert first.data["id"] != second.data["id"]


def test_idempotency_key_of_a_refusal_is_free_again(desk: FrontDesk) -> None:
    assert (
        desk.call("POST", FROM_CONFIG, order(order_customer_id="nobody"), Idempotency_Key="k").status == 422
    )
    assert desk.call("POST", FROM_CONFIG, order(), Idempotency_Key="k").status == 201


# Canceling


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_cancel_a_booking(desk: FrontDesk, method: str) -> None:
    placed = desk.places(meeting(), desks(1))
    booking = desk.bookings(placed)[0]
    first, again = (desk.call(method, path_of(booking, "/cancel")) for _ in range(2))

    assert (first.status, first.attributes["status"]) == (200, "canceled")
    assert first.attributes["canceled_at"] is not None
    assert (again.status, again.data) == (200, first.data)
    assert desk.places(meeting())
    assert [each["attributes"]["status"] for each in desk.bookings(placed)] == ["canceled", "accepted"]


def test_cancel_the_last_booking_cancels_the_order(desk: FrontDesk) -> None:
    body = order()
    placed = desk.call("POST", FROM_CONFIG, body, Idempotency_Key="k").data
    desk.call("POST", path_of(desk.booking(placed), "/cancel"))

    assert desk.call("POST", FROM_CONFIG, body, Idempotency_Key="k").attributes["status"] == "canceled"


def test_cancel_a_booking_takes_its_sub_bookings_along(desk: FrontDesk) -> None:
    placed = desk.places(
        meeting(sub_bookings=[{"service_id": DESK.id, "resource_id": DESKS.id}]), meeting(NINE + DAY)
    )
    desk.call("POST", path_of(desk.bookings(placed)[0], "/cancel"))

    assert [each["attributes"]["status"] for each in desk.bookings(placed)] == [
        "canceled",
        "canceled",
        "accepted",
    ]


def test_cancel_an_order(desk: FrontDesk) -> None:
    placed = desk.places(weekly())
    answer = desk.call("POST", path_of(placed, "/cancel"))

    assert (answer.status, answer.attributes["status"]) == (200, "canceled")
    assert {each["attributes"]["status"] for each in desk.bookings(placed)} == {"canceled"}
    assert desk.places(weekly())


def test_cancel_an_order_twice_is_the_same_answer(desk: FrontDesk) -> None:
    placed = desk.places()
    first, again = (desk.call("POST", path_of(placed, "/cancel")) for _ in range(2))

    assert (again.status, again.data) == (200, first.data)


def test_cancel_of_nothing_is_404(desk: FrontDesk) -> None:
    for path, code in (("orders/nothing", "order_not_found"), ("bookings/nothing-1", "booking_not_found")):
        answer = desk.call("POST", f"/api/v1/{path}/cancel")
        assert (answer.status, answer.errors[0]["code"]) == (404, code)


def test_a_canceled_order_can_not_be_completed(desk: FrontDesk) -> None:
    draft = desk.places(complete_order=False)
    desk.call("POST", path_of(draft, "/cancel"))
    answer = desk.call("POST", path_of(draft, "/complete"))

    assert (answer.status, answer.errors[0]["code"]) == (409, "order_canceled")


def test_cancel_notify_customer_defaults_to_false(desk: FrontDesk) -> None:
    placed = desk.places(meeting(), desks(1), notify_customer=False)
    first, second = desk.bookings(placed)

    desk.call("POST", path_of(first, "/cancel"))
    assert desk.deliver(placed) is None
    desk.call("POST", path_of(second, "/cancel?notify_customer=true"))
    assert "canceled" in str(desk.deliver(placed))


# Moving


def test_move_start_date_keeps_the_length_and_frees_what_it_leaves(desk: FrontDesk) -> None:
    booking = desk.booking(desk.places())
    answer = desk.patch(booking, start_date=utc(NINE + DAY))

    assert answer.status == 200
    assert (answer.attributes["start_date"], answer.attributes["end_date"]) == (
        utc(NINE + DAY),
        utc(NINE + DAY + timedelta(hours=1)),
    )
    assert desk.places(meeting())
    assert codes(desk.refuses(meeting(NINE + DAY))) == [("slot_unavailable", "/bookings/0")]


def test_move_into_a_slot_that_is_taken_is_422(desk: FrontDesk) -> None:
    desk.places(meeting(NINE + DAY))
    answer = desk.patch(desk.booking(desk.places()), start_date=utc(NINE + DAY))

    assert (answer.status, codes(answer.errors)) == (
        422,
        [("slot_unavailable", "/data/attributes/start_date")],
    )


def test_move_over_its_own_slot(desk: FrontDesk) -> None:
    assert desk.patch(desk.booking(desk.places()), start_date=utc(NINE + timedelta(minutes=30))).status == 200


def test_move_check_availability_false(desk: FrontDesk) -> None:
    desk.places(meeting(NINE + DAY))
    answer = desk.patch(desk.booking(desk.places()), start_date=utc(NINE + DAY), check_availability=False)

    assert (answer.status, answer.attributes["is_override"]) == (200, True)


def test_move_the_resource_by_its_relationship(desk: FrontDesk) -> None:
    booking = desk.booking(desk.places())
    answer = desk.patch(
        booking, relationships={"resource": {"data": {"type": "resources", "id": SECOND_ROOM.id}}}
    )

    assert answer.data["relationships"]["resource"]["data"]["id"] == SECOND_ROOM.id
    assert desk.places(meeting())


def test_move_keeps_the_price(desk: FrontDesk) -> None:
    answer = desk.patch(desk.booking(desk.places()), end_date=utc(NINE + timedelta(hours=3)))

    assert answer.attributes["total"] == 5_000


def test_move_recalculate_price(desk: FrontDesk) -> None:
    placed = desk.places(voucher_code="SUMMER20")
    answer = desk.patch(desk.booking(placed), end_date=utc(NINE + timedelta(hours=3)), recalculate_price=True)

    assert (answer.attributes["total"], answer.attributes["charged_duration"]) == (12_000, 180)


def test_move_notify_customer_defaults_to_false(desk: FrontDesk) -> None:
    placed = desk.places(notify_customer=False)
    desk.patch(desk.booking(placed), start_date=utc(NINE + DAY))
    assert desk.deliver(placed) is None

    desk.patch(desk.booking(placed), start_date=utc(NINE), notify_customer=True)
    assert desk.deliver(placed) is not None


def test_move_a_conflict_offers_what_is_free(desk: FrontDesk) -> None:
    desk.places()
    answer = desk.patch(desk.booking(desk.places(meeting(NINE + DAY))), start_date=utc(NINE))

    assert codes(answer.errors) == [("slot_unavailable", "/data/attributes/start_date")]
    assert answer.errors[0]["meta"]["next_free"][0]["start_date"] == utc(NINE + timedelta(hours=1))


def test_move_notes_only(desk: FrontDesk) -> None:
    booking = desk.booking(desk.places(meeting(note="old", description="stays")))
    answer = desk.patch(booking, note="new", customer_note="Ring twice")

    attributes = answer.attributes
    assert (attributes["note"], attributes["customer_note"], attributes["description"]) == (
        "new",
        "Ring twice",
        "stays",
    )
    assert attributes["start_date"] == booking["attributes"]["start_date"]


def test_move_takes_sub_bookings_along(desk: FrontDesk) -> None:
    placed = desk.places(meeting(sub_bookings=[{"service_id": DESK.id, "resource_id": DESKS.id}]))
    desk.patch(desk.bookings(placed)[0], start_date=utc(NINE + DAY))

    assert starts(desk.bookings(placed)) == [utc(NINE + DAY)] * 2
    answer = desk.patch(desk.bookings(placed)[1], start_date=utc(NINE))
    assert codes(answer.errors) == [("sub_booking_moves_along", "/data/attributes/start_date")]


def test_move_what_is_canceled_is_409(desk: FrontDesk) -> None:
    booking = desk.booking(desk.places())
    desk.call("POST", path_of(booking, "/cancel"))
    answer = desk.patch(booking, start_date=utc(NINE + DAY))

    assert (answer.status, answer.errors[0]["code"]) == (409, "booking_canceled")


def test_move_what_the_document_does_not_know_is_422(desk: FrontDesk) -> None:
    answer = desk.patch(desk.booking(desk.places()), color="red")

    assert (answer.status, codes(answer.errors)) == (422, [("unknown_field", "/data/attributes/color")])


def test_move_is_asked_for_with_a_document_of_that_booking(desk: FrontDesk) -> None:
    booking = desk.booking(desk.places())
    nothing = desk.call("PATCH", path_of(booking), {})
    another = desk.call("PATCH", path_of(booking), {"data": {"type": "bookings", "id": "another"}})

    assert (nothing.status, codes(nothing.errors)) == (422, [("data_required", "/data")])
    assert (another.status, codes(another.errors)) == (409, [("id_differs", "/data/id")])
