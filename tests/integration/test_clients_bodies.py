"""Bodies that clients send back after reading them. Source: shared conventions; the vendor's clients."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.conftest import new_moto_world
from tests.integration.test_admin_orders import BOOKINGS, IN_ROOM, Desk, at, booking_document, to_one
from tests.support.demo import ADA, BERND, MEETING, ROOM


@pytest.fixture
def client() -> Iterator[Desk]:
    with new_moto_world() as made:
        yield Desk(made, made.demo["token"])


TOLD: list[tuple[dict[str, Any], int, str | None]] = [
    # The parts of an answer that a client sends back, and which of them are refused.
    ({"total": 5_000}, 201, None),
    ({"total": 4_999}, 422, "/data/attributes/total"),
    ({"currency": "EUR", "status": "accepted", "charged_duration": 60}, 201, None),
    ({"currency": "USD"}, 422, "/data/attributes/currency"),
    ({"status": "canceled"}, 422, "/data/attributes/status"),
    ({"blocker_start_date": at()["start_date"]}, 201, None),
    ({"blocker_start_date": at(-1)["start_date"]}, 422, "/data/attributes/blocker_start_date"),
    ({"blocker_end_date": at(2)["end_date"]}, 422, "/data/attributes/blocker_end_date"),
    ({"skip_notification": True}, 201, None),
    ({"skip_notification": True, "notify_customer": True}, 422, "/data/attributes/skip_notification"),
    ({"number": "BB0000000000000000", "version": 7, "created_at": "2020-01-01T00:00:00Z"}, 201, None),
    ({"is_series_master": False, "is_sub_booking": False, "manually_created": True}, 201, None),
    ({"custom_entry_map": {}}, 201, None),
    ({"custom_entry_map": {"nobody's": {"value": "x"}}}, 422, "/data/attributes/custom_entry_map/nobody's"),
    ({"nobody_knows": 1}, 422, "/data/attributes/nobody_knows"),
]


@pytest.mark.parametrize(("attributes", "status", "pointer"), TOLD, ids=str)
def test_what_agrees_is_ignored_and_what_contradicts_is_refused(
    client: Desk, attributes: dict[str, Any], status: int, pointer: str | None
) -> None:
    answer = client.books({**at(), **attributes}, IN_ROOM)
    assert answer.status == status, answer.document
    if status == 201:
        assert client.call("DELETE", f"{BOOKINGS}/{answer.data['id']}").status == 204
    else:
        assert [where for _, where in answer.refusals] == [pointer]
        assert client.listed(BOOKINGS) == [], "nothing is placed"


def test_a_booking_that_was_read_can_be_booked_again(client: Desk) -> None:
    """Without its id and its order, which belong to the first booking."""
    first = client.books(
        {**at(), "note": "by the window"}, IN_ROOM | {"customer": to_one("customers", ADA.id)}
    )
    shown = client.get(f"{BOOKINGS}/{first.data['id']}").data
    assert client.call("DELETE", f"{BOOKINGS}/{first.data['id']}").status == 204

    related = {name: each for name, each in shown["relationships"].items() if name != "order"}
    # When somebody came is a fact about the first booking.
    shown["attributes"] |= {"check_in_date": "2030-04-15T07:00:00+00:00"}
    again = client.call("POST", BOOKINGS, booking_document(shown["attributes"], related))

    assert again.status == 201, again.document
    made = again.data
    assert made["relationships"]["service"]["data"]["id"] == MEETING.id
    assert made["relationships"]["resource"]["data"]["id"] == ROOM.id
    assert made["attributes"]["note"] == "by the window"
    assert made["attributes"]["check_in_date"] is None
    assert client.call("DELETE", f"{BOOKINGS}/{made['id']}").status == 204
    # It cannot be a part of another order.
    other = client.call("POST", BOOKINGS, booking_document(shown["attributes"], shown["relationships"]))
    assert other.refusals == [("read_only", "/data/relationships/order")]


# A new item of each type, and what must be another's in a second one.
COPIED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "customers",
        {"given_name": "Cleo", "family_name": "C", "email": "c@example.com"},
        {"email": "d@example.com"},
    ),
    ("resources", {"name": "Copy"}, {"slug": None}),
    ("services", {"name": "Copy", "price": 100, "tax_rate": 19}, {"slug": None}),
    ("add-ons", {"name": "Copy", "price": 100, "tax_rate": 19}, {}),
    ("vouchers", {"code": "COPY1", "percent": 10}, {"code": "COPY2"}),
    ("custom-fields", {"label": "Copy", "field_type": "text"}, {}),
    ("timeslot-series", {"name": "Copy", "slots": {"mon": [["09:00", "10:00"]]}}, {}),
    ("message-rules", {"name": "Copy", "event": "before_start", "offset": 60}, {}),
    ("webhook-subscriptions", {"name": "Copy", "url": "https://example.com/", "events": ["*"]}, {}),
]


@pytest.mark.parametrize(("type", "own", "other"), COPIED, ids=[each[0] for each in COPIED])
def test_what_was_read_can_be_made_again(
    client: Desk, type: str, own: dict[str, Any], other: dict[str, Any]
) -> None:
    """Without its id. What the server sets is ignored; what it works out must be as it would be."""
    path = f"/api/v1/{type}"
    made = client.call("POST", path, {"data": {"type": type, "attributes": own}})
    assert made.status == 201, made.document
    shown = client.get(f"{path}/{made.data['id']}").data
    body = {name: each for name, each in shown.items() if name != "id"}
    again = client.call("POST", path, {"data": body | {"attributes": shown["attributes"] | other}})
    assert again.status == 201, again.document
    assert again.data["id"] != made.data["id"]
    new = client.get(f"{path}/{again.data['id']}").data["attributes"]
    assert {name for name in new if new[name] != shown["attributes"][name]} <= {
        "uuid", "slug", "created_at", "updated_at", *other,
    }  # fmt: skip
    wrong = {"full_name": "Somebody Else", "currency": "USD", "nobody_knows": 1}
    for name in wrong.keys() & {*shown["attributes"], "nobody_knows"}:
        attributes = shown["attributes"] | other | {name: wrong[name]}
        refused = client.call("POST", path, {"data": body | {"attributes": attributes}}).refusals
        assert (
            "unknown_field" if name == "nobody_knows" else "read_only",
            f"/data/attributes/{name}",
        ) in refused


def test_a_copy_read_before_another_change_can_be_sent_back(client: Desk) -> None:
    """Its full name is that of the customer as the copy makes it."""
    made = client.call(
        "POST", "/api/v1/customers", {"data": {"attributes": {"given_name": "Mary", "family_name": "S"}}}
    )
    path = f"/api/v1/customers/{made.data['id']}"
    assert client.call("PATCH", path, {"data": {"attributes": {"given_name": "Mona"}}}).status == 200

    back = client.call("PATCH", path, {"data": made.data})

    assert (back.status, back.data["attributes"]["full_name"]) == (200, "Mary S")
    for wrong in ("Mona S", None):
        attributes = {"given_name": 5, "full_name": wrong}
        refused = client.call("PATCH", path, {"data": {"attributes": attributes}}).refusals
        assert {at for _, at in refused} == {"/data/attributes/full_name", "/data/attributes/given_name"}


def named(desk: Desk, name: str, **more: str) -> list[str]:
    return [each["id"] for each in desk.get(BOOKINGS, **{"filter[external_id]": name}, **more).data]


@pytest.mark.parametrize("given", [{"external_id": 4711}, {"external_uuid": "4711"}], ids=str)
def test_a_booking_is_found_by_its_id_in_another_system(client: Desk, given: dict[str, Any]) -> None:
    made = client.books({**at(), **given}, IN_ROOM)
    id, shown = made.data["id"], made.data["attributes"]
    assert (made.status, shown["external_id"]) == (201, "4711")
    assert named(client, "4711") == [id]
    assert named(client, "4711", **{"filter[order]": "another"}) == named(client, "471") == []

    document = booking_document({"external_id": "A,B"})
    document["data"]["id"] = id
    assert client.call("PATCH", f"{BOOKINGS}/{id}", document).data["attributes"]["external_id"] == "A,B"
    assert (named(client, "4711"), named(client, "A,B")) == ([], [id])
    document["data"]["attributes"] = {"external_id": None}
    assert client.call("PATCH", f"{BOOKINGS}/{id}", document).data["attributes"]["external_id"] is None
    assert named(client, "A,B") == []
    assert client.call("DELETE", f"{BOOKINGS}/{id}").status == 204


def test_two_other_ids_for_one_booking_are_refused(client: Desk) -> None:
    refused = client.books({**at(), "external_id": "A", "external_uuid": "B"}, IN_ROOM)
    assert [code for code, _ in refused.refusals] == ["invalid_value"]
    blank = client.books({**at(), "external_id": ""}, IN_ROOM)
    assert blank.refusals == [("invalid_value", "/data/attributes/external_id")]


def test_a_deleted_booking_is_found_by_its_other_id_no_more(client: Desk) -> None:
    made = client.books(
        {**at(), "is_blocker": True, "title": "Cleaning", "external_id": "X"},
        {"resource": IN_ROOM["resource"]},
    )
    assert named(client, "X") == [made.data["id"]]
    assert client.call("DELETE", f"{BOOKINGS}/{made.data['id']}").status == 204
    assert named(client, "X") == []


def give(desk: Desk, id: str, **body: Any) -> Any:
    return desk.call("POST", f"{BOOKINGS}/{id}/edit/customer", body)


def whose(desk: Desk, customer_id: str) -> list[str]:
    return [each["id"] for each in desk.get(BOOKINGS, **{"filter[customer]": customer_id}).data]


def test_a_booking_can_be_given_to_another_customer_and_back(client: Desk) -> None:
    made = client.books(at(), IN_ROOM | {"customer": to_one("customers", ADA.id)})
    id, order_id = made.data["id"], made.data["relationships"]["order"]["data"]["id"]
    given = give(client, id, customer_id=BERND.id)
    assert given.data["relationships"]["customer"]["data"]["id"] == BERND.id
    assert given.data["attributes"]["version"] == made.data["attributes"]["version"] + 1
    assert (whose(client, ADA.id), whose(client, BERND.id)) == ([], [id])
    order = client.get(f"/api/v1/orders/{order_id}").data
    assert order["relationships"]["customer"]["data"]["id"] == ADA.id
    [_, entry] = client.get(f"/api/v1/orders/{order_id}/history").data
    assert entry["attributes"]["action"] == "changed"

    assert give(client, id, customer_id=ADA.id).status == 200
    assert (whose(client, ADA.id), whose(client, BERND.id)) == ([id], [])
    for body in ({}, {"customer_id": "nobody"}):
        assert give(client, id, **body).refusals == [("customer_not_found", "/customer_id")]
    assert client.call("DELETE", f"{BOOKINGS}/{id}").status == 204
    assert give(client, id, customer_id=BERND.id).status == 404


def test_a_blocker_is_nobodys_and_what_is_canceled_stays_as_it_was(client: Desk) -> None:
    blocker = client.books({**at(), "is_blocker": True}, {"resource": IN_ROOM["resource"]}).data["id"]
    assert give(client, blocker, customer_id=ADA.id).refusals == [("not_for_blocker", "/customer_id")]
    assert client.call("DELETE", f"{BOOKINGS}/{blocker}").status == 204
    canceled = client.books(at(), IN_ROOM).data["id"]
    assert client.call("POST", f"{BOOKINGS}/{canceled}/cancel").status == 200
    assert give(client, canceled, customer_id=ADA.id).status == 409
