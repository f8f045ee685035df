"""docs/coming-from-anny.md, row by row: each test behaves like a client of the vendor's admin API, and each has a row."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.client import Client
from tests.integration.conftest import MotoWorld
from tests.support.demo import ADA, BERND, COFFEE, DESK, DESKS, MEETING, ORGANIZATION, ROOM

PAGE = Path(__file__).parents[2] / "docs/coming-from-anny.md"
O = ORGANIZATION.id  # noqa: E741  as the parameter is called
ORDERS, BOOKINGS = "/api/v1/orders", "/api/v1/bookings"
CHECKS: dict[str, Callable[[Client], None]] = {}
Check = Callable[[Client], None]


def row(name: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        assert name not in CHECKS
        CHECKS[name] = check
        return check

    return register


def rows() -> Iterator[str]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith(("| what |", "| ---")):
            yield line.split(" | ")[0].removeprefix("| ")


def test_every_row_has_its_test_and_every_test_its_row() -> None:
    assert sorted(rows()) == sorted(CHECKS)
    assert len(CHECKS) > 30


@pytest.mark.parametrize("name", CHECKS)
def test_a_client_of_the_vendor(name: str, moto_world: MotoWorld) -> None:
    CHECKS[name](Client(moto_world, moto_world.demo["token"]))


def guide(hour: int = 9, **more: Any) -> dict[str, Any]:
    """Returns the body of the guide's second step, with ids of the demo organization."""
    booking = {
        "resource_id": ROOM.id,
        "service_id": {MEETING.id: 1},
        "start_date": f"2030-04-15T{hour:02}:00:00+02:00",
        "end_date": f"2030-04-15T{hour + 1:02}:00:00+02:00",
        "quantity": 1,
        "description": "Team meeting",
        "booking_add_ons": [{"add_on_id": COFFEE.id, "quantity": 2}],
    }
    return {
        "order_customer_id": ADA.id,
        "bookings": [booking],
        "notify_customer": True,
        "complete_order": True,
        "check_availability": True,
        "timezone": "Europe/Berlin",
        **more,
    }


def place(client: Client, hour: int = 9, **more: Any) -> Any:
    placed = client.call("POST", f"{ORDERS}/from-config", guide(hour, **more), o=O)
    assert placed.status == 201, placed.document
    return placed.data


def booking_of(order: Any) -> str:
    return str(order["relationships"]["bookings"]["data"][0]["id"])


def document(type: str, relationships: Any = None, id: str | None = None, **attributes: Any) -> Any:
    data = {"type": type, "attributes": attributes}
    data |= {"id": id} if id else {}
    return {"data": data | ({"relationships": relationships} if relationships else {})}


@row("Address")
def _(client: Client) -> None:
    assert client.call("GET", ORDERS, o=O).status == 200


@row("Media type")
def _(client: Client) -> None:
    plain = client.call(
        "POST", f"{ORDERS}/calculate", guide(), headers={"Content-Type": "application/json"}, o=O
    )
    assert plain.status == 415
    with_charset = {"Content-Type": "application/vnd.api+json; charset=utf-8"}
    assert client.call("POST", f"{ORDERS}/calculate", guide(), headers=with_charset, o=O).status == 200


@row("Answers")
def _(client: Client) -> None:
    id = place(client)["id"]
    usual = client.call("GET", f"{ORDERS}/{id}", include="customer", o=O)
    assert usual.document["jsonapi"] == {"version": "1.1"}
    flat = client.call(
        "GET", f"{ORDERS}/{id}", include="customer", o=O, headers={"Accept": "application/json"}
    )
    assert flat.data["total"] == usual.data["attributes"]["total"]
    assert flat.data["customer"]["email"] == ADA.email


@row("Preview")
def _(client: Client) -> None:
    priced = client.call("POST", f"{ORDERS}/calculate", guide(voucher_code="SUMMER20"), o=O)
    assert (priced.status, priced.data["type"]) == (200, "order-calculations")
    assert client.call("GET", ORDERS, o=O).data == []


@row("Order")
def _(client: Client) -> None:
    order = place(client)
    assert (order["type"], order["attributes"]["status"], order["attributes"]["currency"]) == (
        "orders",
        "completed",
        "EUR",
    )
    assert order["attributes"]["manually_created"] is True


@row("Quantities")
def _(client: Client) -> None:
    booking = guide()["bookings"][0] | {"resource_id": DESKS.id, "service_id": {DESK.id: 2}, "quantity": 2}
    priced = client.call(
        "POST", f"{ORDERS}/calculate", {"bookings": [booking | {"booking_add_ons": []}]}, o=O
    )
    assert [each["quantity"] for each in priced.data["attributes"]["bookings"]] == [2]


@row("Ids in requests")
def _(client: Client) -> None:
    refused = client.call("POST", f"{ORDERS}/from-config", guide(order_customer_id=4711), o=O)
    assert [title(each) for each in refused.document["errors"]] == ["customer not found"]


@row("Relationships")
def _(client: Client) -> None:
    related = place(client)["relationships"]
    assert [each["type"] for each in related["bookings"]["data"]] == ["bookings"]
    assert related["customer"]["data"] == {"type": "customers", "id": ADA.id}


def title(error: Any) -> str:
    return str(error["title"])


@row("Refusals")
def _(client: Client) -> None:
    place(client)
    lacking = {"start_date": "2030-04-15T09:00:00+02:00", "end_date": "2030-04-15T10:00:00+02:00"}
    for body, titles in (
        (guide(), {"slot unavailable"}),
        ({"bookings": [lacking]}, {"resource_id required", "service_id required"}),
        (guide(11, order_customer_id="nobody"), {"customer not found"}),
    ):
        refused = client.call("POST", f"{ORDERS}/from-config", body, o=O)
        assert refused.status == 422
        assert {title(each) for each in refused.document["errors"]} == titles
        assert all(
            each["source"]["pointer"] and each["status"] == "422" for each in refused.document["errors"]
        )


@row("Override")
def _(client: Client) -> None:
    assert place(client)["id"] != place(client, check_availability=False)["id"]


@row("Draft")
def _(client: Client) -> None:
    draft = place(client, complete_order=False)
    assert draft["attributes"]["status"] == "draft"
    completed = client.call("POST", f"{ORDERS}/{draft['id']}/complete", {}, o=O)
    assert completed.data["attributes"]["status"] == "completed"


@row("Mail again")
def _(client: Client) -> None:
    sent = client.call("GET", f"{ORDERS}/{place(client)['id']}/send-notification", o=O)
    assert (sent.status, sent.document["meta"]["notification"]["recipient"]) == (200, ADA.email)


def new_booking(hour: int, related: Any, **attributes: Any) -> Any:
    times = {
        "start_date": f"2030-04-15T{hour:02}:00:00+02:00",
        "end_date": f"2030-04-15T{hour + 1:02}:00:00+02:00",
    }
    return document("bookings", {name: {"data": of} for name, of in related.items()}, **times, **attributes)


THERE = {"resource": {"type": "resources", "id": ROOM.id}}


@row("Booking")
def _(client: Client) -> None:
    related = THERE | {
        "service": {"type": "services", "id": MEETING.id},
        "customer": {"type": "customers", "id": ADA.id},
    }
    made = client.call("POST", BOOKINGS, new_booking(9, related), check_availability="1", o=O)
    assert (made.status, made.data["attributes"]["status"]) == (201, "accepted")


@row("Blocker")
def _(client: Client) -> None:
    made = client.call("POST", BOOKINGS, new_booking(9, THERE, is_blocker=True, title="Cleaning"), o=O)
    assert (made.status, made.data["attributes"]["is_blocker"]) == (201, True)
    assert client.call("POST", f"{ORDERS}/from-config", guide(), o=O).status == 422


@row("Move")
def _(client: Client) -> None:
    id = booking_of(place(client))
    times = {"start_date": "2030-04-15T14:00:00+02:00", "end_date": "2030-04-15T15:00:00+02:00"}
    moved = client.call("PATCH", f"{BOOKINGS}/{id}", document("bookings", id=id, **times), o=O)
    assert moved.data["attributes"]["start_date"] == "2030-04-15T12:00:00+00:00"


@row("Cancel")
def _(client: Client) -> None:
    id = booking_of(place(client))
    for method in ("GET", "POST"):
        canceled = client.call(method, f"{BOOKINGS}/{id}/cancel", o=O)
        assert canceled.data["attributes"]["status"] == "canceled"


@row("Another customer")
def _(client: Client) -> None:
    id = booking_of(place(client))
    given = client.call("POST", f"{BOOKINGS}/{id}/edit/customer", {"customer_id": BERND.id}, o=O)
    assert given.data["relationships"]["customer"]["data"]["id"] == BERND.id


@row("Your booking's id")
def _(client: Client) -> None:
    order = place(client, bookings=[guide()["bookings"][0] | {"external_uuid": "crm-17"}])
    found = client.call("GET", f"{BOOKINGS}?o={O}&filter[external_id]=crm-17").data
    assert [each["id"] for each in found] == [booking_of(order)]
    assert found[0]["attributes"]["external_id"] == "crm-17"


@row("Price by hand")
def _(client: Client) -> None:
    order = place(client, bookings=[guide()["bookings"][0] | {"custom_price": 3000, "booking_add_ons": []}])
    assert order["attributes"]["total"] == 3000


@row("Total")
def _(client: Client) -> None:
    related = THERE | {"service": {"type": "services", "id": MEETING.id}}
    refused = client.call("POST", BOOKINGS, new_booking(9, related, total=MEETING.price - 1), o=O)
    assert refused.refusals == [("total_differs", "/data/attributes/total")]
    assert client.call("POST", BOOKINGS, new_booking(9, related, total=MEETING.price), o=O).status == 201


@row("By service")
def _(client: Client) -> None:
    booking = guide()["bookings"][0] | {"booking_add_ons": []}
    by_service = {MEETING.id: [[{"add_on_id": COFFEE.id, "quantity": 2}]]}
    order = place(client, bookings=[booking | {"add_ons_by_service": by_service}])
    assert order["attributes"]["total"] == MEETING.price + 2 * COFFEE.price


@row("Language")
def _(client: Client) -> None:
    attributes = {"email": "i@example.com", "locale": "pt_BR"}
    made = client.call("POST", "/api/v1/customers", document("customers", **attributes), o=O)
    assert made.data["attributes"]["locale"] == "pt-BR"
    organization = document("organizations", id=O, locale="de-AT")
    assert client.call("PATCH", f"/api/v1/organizations/{O}", organization, o=O).status == 200
    assert place(client, locale="fr-CH")["attributes"]["locale"] == "fr-CH"


@row("Slugs")
def _(client: Client) -> None:
    made = [
        client.call("POST", "/api/v1/resources", document("resources", name="Room 7"), o=O).data
        for _ in range(2)
    ]
    assert [each["attributes"]["slug"] for each in made] == ["room-7", "room-7-2"]


@row("Start and end")
def _(client: Client) -> None:
    asked = {"url": "https://hooks.example.com/doors", "events": ["bookings.started", "bookings.ended"]}
    made = client.call(
        "POST", "/api/v1/webhook-subscriptions", document("webhook-subscriptions", **asked), o=O
    )
    assert made.data["attributes"]["events"] == asked["events"]


@row("Mails")
def _(client: Client) -> None:
    id = place(client, locale="de-AT")["id"]
    assert client.call("GET", f"{ORDERS}/{id}/send-notification", o=O).status == 200
    assert "Ihre Buchung" in client.on.mails()[-1]


@row("Add-ons")
def _(client: Client) -> None:
    read = client.call(
        "GET", f"{BOOKINGS}/{booking_of(place(client))}", include="booking_add_ons.add_on", o=O
    )
    [sold] = read.data["relationships"]["booking_add_ons"]["data"]
    assert (sold["id"], sold["meta"]) == (COFFEE.id, {"quantity": 2})
    assert [each["attributes"]["name"] for each in read.document["included"]] == [COFFEE.name]


@row("Attendance")
def _(client: Client) -> None:
    id = booking_of(place(client))
    assert client.call("POST", f"{BOOKINGS}/{id}/check-in", raw="", o=O).data["attributes"]["check_in_date"]
    assert client.call("POST", f"{BOOKINGS}/{id}/check-out", {}, o=O).data["attributes"]["check_out_date"]


@row("Lists")
def _(client: Client) -> None:
    place(client, 9)
    place(client, 11)
    address = f"{BOOKINGS}?o={O}&filter[resources]={ROOM.id}&filter[status]=accepted&sort=-start_date&page[number]=2&page[size]=1"
    page = client.call("GET", address)
    assert [each["attributes"]["start_date"][11:16] for each in page.data] == ["07:00"]
    meta = page.document["meta"]["page"]
    assert (meta["current-page"], meta["last-page"], meta["total"]) == (2, 2, 2)


@row("Starts")
def _(client: Client) -> None:
    address = f"/api/v1/availability/start?o={O}&service_id={MEETING.id}&resource_id={ROOM.id}&date=2030-07-08&timezone=Europe/Berlin"
    starts = client.call("GET", address).document
    free = [each["start_date"] for each in starts if each["available"]]
    assert free[0] == "2030-07-08T07:00:00+02:00"
    assert {"available", "number_available", "unavailability_type", "resource_ids"} <= starts[0].keys()


@row("Periods")
def _(client: Client) -> None:
    address = f"/api/v1/availability/periods?o={O}&r[]={ROOM.id}&start_date=2030-07-08&end_date=2030-07-08&timezone=Europe/Berlin"
    periods = client.call("GET", address).document
    assert [*periods] == [ROOM.id]
    assert {"start_date", "end_date", "quota"} <= periods[ROOM.id][0].keys()


@row("Credentials")
def _(client: Client) -> None:
    user = client.call("GET", "/api/v1/user", include="active_organization", o=O)
    assert user.data["relationships"]["active_organization"]["data"]["id"] == O


@row("Money")
def _(client: Client) -> None:
    order = place(client)
    assert order["attributes"]["total"] == MEETING.price + 2 * COFFEE.price
    assert isinstance(order["attributes"]["total"], int)


@row("Ids")
def _(client: Client) -> None:
    made = client.call(
        "POST", "/api/v1/customers", document("customers", email="g@example.com", external_id="C-17"), o=O
    )
    assert made.data["attributes"]["external_id"] == "C-17"
    assert made.data["id"] != "C-17"


@row("Tokens")
def _(client: Client) -> None:
    assert client.token.startswith(f"fd.{O}.")
    refused = client.call("GET", ORDERS, o="another")
    assert (refused.status, title(refused.document["errors"][0])) == (403, "unauthorized")
    reader = client.call(
        "POST", "/api/v1/api-tokens", document("api-tokens", name="Kiosk", scopes=["orders:read"]), o=O
    )
    kiosk = Client(client.on, reader.document["meta"]["token"])
    assert kiosk.call("GET", ORDERS, o=O).status == 200
    assert kiosk.call("POST", f"{ORDERS}/from-config", guide(), o=O).status == 403


@row("Free places")
def _(client: Client) -> None:
    desk = guide()["bookings"][0] | {"resource_id": DESKS.id, "service_id": {DESK.id: 2}, "quantity": 2}
    place(client, bookings=[desk | {"booking_add_ons": []}])
    address = f"/api/v1/availability/start?o={O}&service_id={DESK.id}&resource_id={DESKS.id}&date=2030-04-15"
    starts = client.call("GET", address).document
    [nine] = [each for each in starts if each["start_date"] == "2030-04-15T09:00:00+02:00"]
    left = DESKS.quantity - 2
    assert [nine["number_available"], nine["remaining_number_available"]] == [left, left]


@row("Availability needs a token")
def _(client: Client) -> None:
    address = f"/api/v1/availability/start?service_id={MEETING.id}&resource_id={ROOM.id}&date=2030-07-08"
    assert client.call("GET", address, headers={"Authorization": ""}).status == 401


@row("Unknown names")
def _(client: Client) -> None:
    assert client.call("POST", f"{ORDERS}/from-config", guide(custmer_id=ADA.id), o=O).status == 422
    assert client.call("GET", f"{ORDERS}?o={O}&filter[custmer]={ADA.id}").status == 400


@row("Empty filters")
def _(client: Client) -> None:
    for path in ("/api/v1/customers", ORDERS):
        refused = client.repeat(path, {"filter[email]": [""]})
        assert (refused.status, refused.refusals) == (400, [("invalid_parameter", "filter[email]")])
    assert client.repeat("/api/v1/customers", {"filter[search]": [""]}).ids
    assert (
        client.repeat(ORDERS, {"filter[start_date]": [""], "filter[status]": [""], "page[size]": [""]}).status
        == 200
    )


@row("Types")
def _(client: Client) -> None:
    for change, at in (
        ({"check_availability": "1"}, "/check_availability"),
        ({"notify_customer": 1}, "/notify_customer"),
    ):
        refused = client.call("POST", f"{ORDERS}/from-config", guide(**change), o=O)
        assert refused.refusals == [("invalid_value", at)]
    refused = client.call(
        "POST", f"{ORDERS}/from-config", {"bookings": [guide()["bookings"][0] | {"quantity": "1"}]}, o=O
    )
    assert refused.refusals == [("invalid_value", "/bookings/0/quantity")]


@row("All or nothing")
def _(client: Client) -> None:
    place(client, 9)
    place(client, 11)
    both = guide(bookings=[*guide(9)["bookings"], *guide(10)["bookings"], *guide(11)["bookings"]])
    refused = client.call("POST", f"{ORDERS}/from-config", both, o=O)
    assert refused.refusals == [("slot_unavailable", "/bookings/0"), ("slot_unavailable", "/bookings/2")]
    assert len(client.call("GET", BOOKINGS, o=O).data) == 2


@row("Retries")
def _(client: Client) -> None:
    key = {"Idempotency-Key": "till-4-receipt-17"}
    placed = [client.call("POST", f"{ORDERS}/from-config", guide(), headers=key, o=O) for _ in range(2)]
    assert placed[0].data["id"] == placed[1].data["id"]


@row("Order status")
def _(client: Client) -> None:
    draft = place(client, complete_order=False)
    assert draft["attributes"]["expires_at"]
    canceled = client.call("POST", f"{ORDERS}/{draft['id']}/cancel", o=O)
    assert canceled.data["attributes"]["status"] == "canceled"


@row("Series")
def _(client: Client) -> None:
    booking = guide()["bookings"][0] | {"recurring": {"frequency": "weekly", "count": 3}}
    order = place(client, bookings=[booking])
    bookings = client.call("GET", f"{BOOKINGS}?o={O}&filter[order]={order['id']}").data
    assert len(bookings) == 3
    assert {each["attributes"]["is_series_master"] for each in bookings} == {False}
    assert len({each["attributes"]["series_id"] for each in bookings}) == 1


@row("Child resources")
def _(client: Client) -> None:
    parent = {"parent": {"data": {"type": "resources", "id": ROOM.id}}}
    seat = client.call("POST", "/api/v1/resources", document("resources", parent, name="Seat 1"), o=O).data[
        "id"
    ]
    assert {seat, ROOM.id} <= {*client.call("GET", "/api/v1/resources", o=O).ids}
    address = f"/api/v1/resources?o={O}&filter[exclude_child_resources]=1&include=children&fields[resources]=name,children"
    rooms = client.call("GET", address)
    assert seat not in rooms.ids
    [room] = [each for each in rooms.data if each["id"] == ROOM.id]
    assert [each["id"] for each in room["relationships"]["children"]["data"]] == [seat]
    assert [each["id"] for each in rooms.document["included"]] == [seat]


@row("Customers")
def _(client: Client) -> None:
    made = client.call("POST", "/api/v1/customers", document("customers", email="h@example.com"), o=O)
    address = f"/api/v1/customers/{made.data['id']}"
    assert client.call("DELETE", address, o=O).status == 204
    assert client.call("GET", address, o=O).data["attributes"]["archived"] is True
    refused = client.call("POST", f"{ORDERS}/from-config", guide(order_customer_id=made.data["id"]), o=O)
    assert title(refused.document["errors"][0]) == "customer not found"


@row("Webhooks")
def _(client: Client) -> None:
    asked = {
        "name": "ERP",
        "url": "https://hooks.example.com/anny",
        "events": ["bookings.updated", "bookings.deleted"],
    }
    made = client.call(
        "POST", "/api/v1/webhook-subscriptions", document("webhook-subscriptions", **asked), o=O
    )
    assert made.status == 201
    assert made.data["attributes"]["signing_key"] == made.data["attributes"]["secret"]


@row("Page size")
def _(client: Client) -> None:
    assert client.call("GET", f"{ORDERS}?o={O}&page[size]=100000").refusals[0][1] == "page[size]"


@row("Intervals")
def _(client: Client) -> None:
    for what in ("start", "end"):
        assert client.call("GET", f"/api/v1/intervals/{what}", o=O).status == 404
    address = (
        f"/api/v1/availability/start?o={O}&service_id[{MEETING.id}]=1&resource_id={ROOM.id}&date=2030-07-08"
    )
    first = client.call("GET", address).document[0]
    assert first["end_date"] > first["start_date"]


@row("Browsers")
def _(client: Client) -> None:
    asked = {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "GET"}
    for method in ("OPTIONS", "GET"):
        answer = client.call(method, ORDERS, headers=asked, o=O)
        assert answer.status == (405 if method == "OPTIONS" else 200)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@row("No invoices or payments")
def _(client: Client) -> None:
    assert client.call("GET", "/api/v1/invoices", o=O).status == 404
    asked = {"name": "Books", "url": "https://hooks.example.com/books", "events": ["invoices.*"]}
    assert (
        client.call(
            "POST", "/api/v1/webhook-subscriptions", document("webhook-subscriptions", **asked), o=O
        ).status
        == 201
    )
