"""The envelope of a JSON:API document is read the same way everywhere. Source: JSON:API 1.1."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.integration.client import Client
from tests.integration.conftest import new_moto_world
from tests.support.demo import DESKS, NINE, meeting, order
from tests.support.demo import ROOM as MEETING_ROOM

Json = dict[str, Any]
HOOK = {"name": "x", "url": "https://example.com/", "events": ["orders.created"]}
ROOM = {"name": "Hall", "quantity": 2}
CHANGES = {
    "orders": {"note": "n"},
    "bookings": {"note": "n"},
    "webhook-subscriptions": {"name": "n"},
    "resources": {"name": "n"},
}


@pytest.fixture(scope="module")
def desk() -> Iterator[Client]:
    with new_moto_world() as made:
        yield Client(made, made.demo["token"])


@pytest.fixture(scope="module")
def ids(desk: Client) -> dict[str, str]:
    placed = desk.call("POST", "/api/v1/orders/from-config", order(meeting()))
    made = {
        name: desk.call("POST", f"/api/v1/{name}", {"data": {"type": name, "attributes": attributes}}).data[
            "id"
        ]
        for name, attributes in (("webhook-subscriptions", HOOK), ("resources", ROOM))
    }
    return {"orders": placed.data["id"], "bookings": f"{placed.data['id']}-1", **made}


def change(desk: Client, name: str, id: str, document: Json) -> Any:
    return desk.call("PATCH", f"/api/v1/{name}/{id}", document)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("wrong", ["people", 5, {}, ["bookings"]])
def test_another_type_is_a_conflict(name: str, wrong: Any, desk: Client, ids: dict[str, str]) -> None:
    data = {"type": wrong, "id": ids[name], "attributes": CHANGES[name]}
    answer = change(desk, name, ids[name], {"data": data})
    assert (answer.status, answer.refusals) == (409, [("type_differs", "/data/type")])


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("wrong", ["another", 5, True, {}])
def test_another_id_is_a_conflict(name: str, wrong: Any, desk: Client, ids: dict[str, str]) -> None:
    data = {"type": name, "id": wrong, "attributes": CHANGES[name]}
    answer = change(desk, name, ids[name], {"data": data})
    assert (answer.status, answer.refusals) == (409, [("id_differs", "/data/id")])


@pytest.mark.parametrize("name", ["bookings", "webhook-subscriptions", "resources", "exports", "imports"])
def test_a_new_resource_of_another_type_is_a_conflict_and_an_id_is_forbidden(name: str, desk: Client) -> None:
    path = f"/api/v1/{name}"
    assert desk.call("POST", path, {"data": {"type": "people"}}).refusals == [("type_differs", "/data/type")]
    answer = desk.call("POST", path, {"data": {"type": name, "id": "mine"}})
    assert (answer.status, answer.refusals) == (403, [("id_not_yours", "/data/id")])
    assert desk.call("POST", path, {}).refusals == [("data_required", "/data")]


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_specification_allows_is_ignored(name: str, desk: Client, ids: dict[str, str]) -> None:
    data = {"type": name, "id": ids[name], "attributes": CHANGES[name]}
    data |= {"meta": {"a": 1}, "links": {"self": "/x"}, "lid": "local"}
    # A relationship may have only links or meta.
    data["relationships"] = {"anything": {"links": {"related": "/x"}, "meta": {}}}
    document = {"data": data, "meta": {}, "jsonapi": {"version": "1.1"}, "links": {}, "included": []}
    answer = change(desk, name, ids[name], document)
    assert answer.status == 200, answer.document


def test_what_identifiers_may_have_beside_type_and_id_is_ignored(desk: Client, ids: dict[str, str]) -> None:
    parent = desk.call("POST", "/api/v1/resources", {"data": {"attributes": ROOM}}).data["id"]
    linkage = {"type": "resources", "id": parent, "meta": {"a": 1}, "lid": "x"}
    data = {"relationships": {"parent": {"data": linkage, "meta": {}, "links": {"self": "/x"}}}}
    answer = change(desk, "resources", ids["resources"], {"data": data})
    assert answer.data["relationships"]["parent"]["data"] == {"type": "resources", "id": parent}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_none_of_the_specification_is_refused(name: str, desk: Client, ids: dict[str, str]) -> None:
    answer = change(desk, name, ids[name], {"data": {"attributes": CHANGES[name], "colour": 1}, "colour": 1})
    assert {at for _, at in answer.refusals} == {"/colour", "/data/colour"}
    assert {code for code, _ in answer.refusals} == {"unknown_field"}


# Values sent back


@pytest.mark.parametrize("name", CHANGES)
def test_a_resource_can_be_sent_back_as_it_was_given(name: str, desk: Client, ids: dict[str, str]) -> None:
    before = desk.call("GET", f"/api/v1/{name}/{ids[name]}").data
    answer = change(desk, name, ids[name], {"data": before})
    assert answer.status == 200, answer.document
    stamps = {"updated_at": None, "version": None}
    assert answer.data["attributes"] | stamps == before["attributes"] | stamps
    assert answer.data.get("relationships") == before.get("relationships")


def test_an_order_that_is_canceled_in_part_can_be_sent_back(desk: Client) -> None:
    bookings = [meeting(NINE + timedelta(days=7, hours=hour)) for hour in (0, 2)]
    placed = desk.call("POST", "/api/v1/orders/from-config", order(*bookings, check_availability=False))
    desk.call("DELETE", f"/api/v1/bookings/{placed.data['id']}-1")
    before = desk.call("GET", f"/api/v1/orders/{placed.data['id']}").data
    assert 0 < before["attributes"]["active_total"] < before["attributes"]["total"]
    assert change(desk, "orders", before["id"], {"data": before}).status == 200


@pytest.mark.parametrize("name", CHANGES)
def test_stamps_are_the_servers_business(name: str, desk: Client, ids: dict[str, str]) -> None:
    stamps = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}
    if name in ("orders", "bookings"):
        stamps["number"] = "BO0"
    answer = change(desk, name, ids[name], {"data": {"attributes": stamps | CHANGES[name]}})
    assert answer.status == 200, answer.document
    assert not stamps.items() & answer.data["attributes"].items()


@pytest.mark.parametrize(("field", "value"), [("status", "canceled"), ("total", 1), ("currency", "USD")])
@pytest.mark.parametrize("name", ["orders", "bookings"])
def test_what_contradicts_the_server_is_refused(
    name: str, field: str, value: Any, desk: Client, ids: dict[str, str]
) -> None:
    answer = change(desk, name, ids[name], {"data": {"attributes": {field: value}}})
    assert (answer.status, answer.refusals) == (422, [("read_only", f"/data/attributes/{field}")])


@pytest.mark.parametrize("field", ["expires_at", "check_in_date", "check_out_date", "canceled_at"])
def test_another_moment_is_a_wish_and_is_refused(field: str, desk: Client) -> None:
    """A client asked for a longer draft, was answered 200, and lost its slot."""
    start = NINE + timedelta(days=14)
    draft = desk.call(
        "POST",
        "/api/v1/orders/from-config",
        order(meeting(start), complete_order=False, check_availability=False),
    )
    name, id = (
        ("orders", draft.data["id"])
        if field == "expires_at"
        else ("bookings", desk.call("GET", f"/api/v1/bookings/{draft.data['id']}-1").data["id"])
    )
    given = desk.call("GET", f"/api/v1/{name}/{id}").data["attributes"][field]

    wished = change(desk, name, id, {"data": {"attributes": {field: "2031-01-01T00:00:00Z"}}})
    assert (wished.status, wished.refusals) == (422, [("read_only", f"/data/attributes/{field}")])
    for same in (None, given, given and given.replace("+00:00", "Z")):
        assert change(desk, name, id, {"data": {"attributes": {field: same}}}).status == 200
    assert desk.call("GET", f"/api/v1/{name}/{id}").data["attributes"][field] == given


def test_a_check_in_that_is_sent_back_is_compared_as_an_instant(desk: Client) -> None:
    start = NINE + timedelta(days=15)
    placed = desk.call("POST", "/api/v1/orders/from-config", order(meeting(start)))
    id = f"{placed.data['id']}-1"
    arrived = desk.call("POST", f"/api/v1/bookings/{id}/check-in").data["attributes"]["check_in_date"]
    elsewhere = datetime.fromisoformat(arrived).astimezone(timezone(timedelta(hours=9))).isoformat()

    def sent(value: Any) -> Any:
        return change(desk, "bookings", id, {"data": {"attributes": {"check_in_date": value}}})

    assert sent(elsewhere).status == 200
    assert sent("2030-01-01").refusals == [("read_only", "/data/attributes/check_in_date")]


def test_a_resource_has_no_stamps_but_its_own(desk: Client, ids: dict[str, str]) -> None:
    for name in ("number", "redemptions", "expires_at", "failures"):
        answer = change(desk, "resources", ids["resources"], {"data": {"attributes": {name: 1}}})
        assert answer.refusals == [("unknown_field", f"/data/attributes/{name}")]


def test_a_relationship_that_contradicts_is_refused(desk: Client, ids: dict[str, str]) -> None:
    other = {"data": {"type": "customers", "id": "another"}}
    for name in ("orders", "bookings"):
        answer = change(desk, name, ids[name], {"data": {"relationships": {"customer": other}}})
        assert answer.refusals == [("read_only", "/data/relationships/customer")]


def test_numbers_and_times_are_compared_by_value(desk: Client, ids: dict[str, str]) -> None:
    given = desk.call("GET", f"/api/v1/bookings/{ids['bookings']}").data["attributes"]
    same = {
        "total": float(given["total"]),
        "start_date": given["start_date"].replace("+00:00", "Z"),
        "end_date": given["end_date"].replace("+00:00", "Z"),
    }
    assert change(desk, "bookings", ids["bookings"], {"data": {"attributes": same}}).status == 200


@pytest.mark.parametrize("zone", ["+00:00", "Z", "+02:00"])
def test_paddings_stay_where_a_shortened_booking_is_sent_back_with_what_it_occupied(
    zone: str, desk: Client
) -> None:
    """Otherwise, a booking of one hour would occupy two."""

    def at(text: str) -> str:
        moment = datetime.fromisoformat(text)
        if zone == "+02:00":
            return moment.astimezone(timezone(timedelta(hours=2))).isoformat()
        return text.replace("+00:00", zone)

    start = NINE + timedelta(days=["+00:00", "Z", "+02:00"].index(zone) + 1)
    long = meeting(start, 120)
    id = desk.call("POST", "/api/v1/orders/from-config", order(long)).data["id"] + "-1"
    given = desk.call("GET", f"/api/v1/bookings/{id}").data["attributes"]

    hour = timedelta(hours=1)
    attributes = {
        "start_date": at(given["start_date"]),
        "end_date": (start + hour).isoformat(),
        "blocker_start_date": at(given["blocker_start_date"]),
        "blocker_end_date": at(given["blocker_end_date"]),
    }
    after = change(desk, "bookings", id, {"data": {"attributes": attributes}}).data["attributes"]

    assert datetime.fromisoformat(after["end_date"]) == start + hour
    assert (
        datetime.fromisoformat(after["blocker_end_date"])
        == datetime.fromisoformat(given["blocker_end_date"]) - hour
    )
    assert after["blocker_start_date"] == given["blocker_start_date"]


def test_an_end_that_is_sent_back_beside_another_start_is_meant(desk: Client) -> None:
    """The time of a booking is one value. Otherwise, a booking of two hours from nine, moved to ten, would end at noon."""
    nine = NINE + timedelta(days=8)
    id = desk.call("POST", "/api/v1/orders/from-config", order(meeting(nine, 120))).data["id"] + "-1"
    end = desk.call("GET", f"/api/v1/bookings/{id}").data["attributes"]["end_date"]
    ten = (nine + timedelta(hours=1)).isoformat()
    after = change(desk, "bookings", id, {"data": {"attributes": {"start_date": ten, "end_date": end}}})
    assert after.data["attributes"]["end_date"] == end


def test_the_resource_that_is_asked_for_wins_over_those_that_are_sent_back(desk: Client) -> None:
    placed = desk.call("POST", "/api/v1/orders/from-config", order(meeting(NINE + timedelta(days=7))))
    id = f"{placed.data['id']}-1"
    given = desk.call("GET", f"/api/v1/bookings/{id}").data["relationships"]
    assert given["resources"]["data"] == [{"type": "resources", "id": MEETING_ROOM.id}]
    related = given | {"resource": {"data": {"type": "resources", "id": DESKS.id}}}
    answer = change(desk, "bookings", id, {"data": {"relationships": related}})
    # The service is not offered there, so the request was examined.
    assert answer.refusals == [("service_not_offered", "/data/relationships/resource")]
