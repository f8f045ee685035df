"""The catalog as clients of the admin API maintain it, and an organization that is set up from nothing. Source: shared conventions."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import boto3
import pytest

from frontdesk.adapters.dynamodb import table
from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.api.routes import CATALOG, EXTERNAL
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Organization
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.catalog import TYPES
from frontdesk.usecases import catalog
from frontdesk.usecases.context import Context
from tests.integration.client import Answer, Client, token_of
from tests.integration.conftest import MotoWorld, new_moto_world
from tests.support.demo import ADA, BERND, MEETING, ONCE10, ORGANIZATION, ROOM, SECOND_ROOM, SUMMER20
from tests.support.demo import CATALOG as CATALOG_OF_DEMO
from tests.support.faults import requested

Json = dict[str, Any]
UNKNOWN = "00000000-0000-4000-8000-000000000000"
# The minimum that each type requires.
LEAST: dict[str, Json] = {
    "customers": {},
    "resources": {"name": "Room"},
    "services": {"name": "Hour", "price": 5000, "tax_rate": 19},
    "add-ons": {"name": "Tea", "price": 300, "tax_rate": 7},
    "vouchers": {"code": "SPRING", "percent": 10},
    "custom-fields": {"label": "Plate", "field_type": "text"},
    "timeslot-series": {"name": "Course", "slots": {"mon": [["09:00", "10:00"]]}},
    "message-rules": {"name": "Thanks", "event": "confirmation"},
    "api-tokens": {"name": "Kiosk", "scopes": ["orders:read"]},
}
CHANGED = [name for name, (_, methods) in CATALOG.items() if "PATCH" in methods and name in LEAST]


def path(type: str, id: str = "") -> str:
    return f"/api/v1/{type}" + (f"/{id}" if id else "")


def document(type: str, attributes: Json, related: Json | None = None, **more: Any) -> Json:
    relationships = {name: {"data": data} for name, data in (related or {}).items()}
    return {
        "data": {
            "type": type,
            "attributes": attributes,
            **({"relationships": relationships} if related else {}),
            **more,
        }
    }


def to(type: str, *ids: str) -> list[Json]:
    return [{"type": type, "id": id} for id in ids]


@dataclass(frozen=True)
class Staff(Client):
    organization_id: str = ""

    def with_scopes(self, *scopes: str) -> "Staff":
        return replace(self, token=token_of(self.organization_id, *scopes))

    def makes(self, type: str, attributes: Json | None = None, related: Json | None = None) -> Json:
        answer = self.asks_for(type, attributes, related)
        assert answer.status == 201, answer.document
        assert answer.headers["Location"].endswith(path(type, answer.data["id"]))
        return dict(answer.data)

    def asks_for(self, type: str, attributes: Json | None = None, related: Json | None = None) -> Answer:
        return self.call(
            "POST",
            path(type),
            document(type, LEAST.get(type, {}) if attributes is None else attributes, related),
        )

    def changes(
        self, type: str, id: str, attributes: Json, related: Json | None = None, **headers: str
    ) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("PATCH", path(type, id), document(type, attributes, related, id=id), headers=sent)


@pytest.fixture(scope="module")
def shared_world() -> Iterator[MotoWorld]:
    with new_moto_world() as made:
        yield made


@pytest.fixture
def staff(shared_world: MotoWorld) -> Staff:
    """Staff of a separate organization with the demo organization's catalog."""
    id = str(uuid4())
    offered = [
        item.model_copy(update={"id": id}) if item == ORGANIZATION else item for item in CATALOG_OF_DEMO
    ]
    world().store.put_catalog(Context(id, SystemClock(20)), offered)
    return Staff(shared_world, token_of(id, "*"), id)


@pytest.fixture
def stranger(shared_world: MotoWorld) -> Staff:
    """A client that may do everything in another organization."""
    id = str(uuid4())
    world().store.put_catalog(
        Context(id, SystemClock(5)), [Organization(id=id, name="Other", timezone="UTC", currency="EUR")]
    )
    return Staff(shared_world, token_of(id, "*"), id)


@pytest.fixture
def operator(shared_world: MotoWorld) -> Staff:
    return Staff(shared_world, token_of("operator", "organizations:write"))


# From nothing


def test_an_organization_sets_itself_up_and_runs(operator: Staff) -> None:
    made = operator.asks_for(
        "organizations", {"name": "Yoga Loft", "timezone": "Europe/Berlin", "currency": "EUR", "locale": "de"}
    )
    assert made.status == 201
    owner = replace(operator, token=made.document["meta"]["token"])

    room = owner.makes("resources", {"name": "Hall", "opening_hours": {"mon": [["08:00", "20:00"]]}})
    hour = owner.makes(
        "services",
        {"name": "Hour", "price": 4000, "tax_rate": 19, "min_duration": 60},
        {"resources": to("resources", room["id"])},
    )
    customer = owner.makes(
        "customers", {"email": "grace@example.com", "given_name": "Grace", "family_name": "Hopper"}
    )
    day = {"service_id": hour["id"], "resource_id": room["id"], "date": "2030-04-15"}
    free = owner.call("GET", "/api/v1/availability/start", **day)
    assert (
        next(start["start_date"] for start in free.document if start["available"])
        == "2030-04-15T08:00:00+02:00"
    )

    booking = {
        "resource_id": room["id"],
        "service_id": {hour["id"]: 1},
        "start_date": "2030-04-15T10:00:00",
        "end_date": "2030-04-15T11:00:00",
    }
    order = {"order_customer_id": customer["id"], "bookings": [booking]}
    preview = owner.call("POST", path("orders/calculate"), order)
    assert (preview.status, preview.data["attributes"]["total"]) == (200, 4000)
    placed = owner.call("POST", path("orders/from-config"), order)
    assert (placed.status, placed.data["attributes"]["total"]) == (201, 4000)
    assert owner.call("POST", path("orders/from-config"), order).refusals == [
        ("slot_unavailable", "/bookings/0")
    ]

    (listed,) = owner.get(
        path("bookings"), filter_start_date="2030-04-15", filter_end_date="2030-04-15", include="customer"
    ).data
    moved = {
        "data": {
            "type": "bookings",
            "attributes": {"start_date": "2030-04-15T12:00:00", "end_date": "2030-04-15T13:00:00"},
        }
    }
    assert (
        owner.call("PATCH", path("bookings", listed["id"]), moved).data["attributes"]["start_date"]
        == "2030-04-15T10:00:00+00:00"
    )
    assert owner.call("POST", path("orders/from-config"), order).status == 201, "where it was"
    assert owner.get(path("bookings", listed["id"]) + "/cancel").status == 200
    again = booking | {"start_date": "2030-04-15T12:00:00", "end_date": "2030-04-15T13:00:00"}
    assert owner.call("POST", path("orders/from-config"), order | {"bookings": [again]}).status == 201


def test_only_an_operator_makes_organizations(staff: Staff) -> None:
    asked = {"name": "Mine", "timezone": "UTC", "currency": "EUR"}
    assert staff.asks_for("organizations", asked).refusals == [("unauthorized", None)]
    assert staff.asks_for("api-tokens", {"name": "x", "scopes": ["organizations:write"]}).status == 403


def test_the_first_token_of_an_organization_makes_no_further_ones(operator: Staff) -> None:
    asked = {"name": "Yoga Loft", "timezone": "UTC", "currency": "EUR"}
    owner = replace(operator, token=operator.asks_for("organizations", asked).document["meta"]["token"])
    assert owner.asks_for("organizations", asked).refusals == [("unauthorized", None)]


def test_an_operator_does_nothing_else(operator: Staff) -> None:
    assert operator.get(path("organizations")).status == 403
    wrong = operator.asks_for("organizations", {"timezone": "Mars", "currency": "euro"})
    assert sorted(wrong.refusals) == [
        ("invalid_value", "/data/attributes/currency"),
        ("invalid_value", "/data/attributes/timezone"),
        ("name_required", "/data/attributes/name"),
    ]


# Every type


@pytest.mark.parametrize("type", LEAST)
def test_what_is_made_can_be_read_and_listed(staff: Staff, type: str) -> None:
    before = staff.get(path(type)).ids
    made = staff.makes(type)
    assert staff.get(path(type, made["id"])).data == {
        **made,
        "attributes": {k: v for k, v in made["attributes"].items() if k != "token"},
    }
    assert sorted(staff.get(path(type)).ids) == sorted([*before, made["id"]])
    assert all(isinstance(id, str) for id in staff.get(path(type)).ids)


@pytest.mark.parametrize("type", LEAST)
def test_null_is_the_same_as_leaving_out_of_what_is_new(staff: Staff, type: str) -> None:
    """Generated clients send null for what nobody has set."""
    writable = TYPES[type].attributes if type in TYPES else ("scopes", "name", "expires_at")
    made = staff.makes(type)["attributes"]
    other = {"code": "AUTUMN"} if type == "vouchers" else {}
    nulls = staff.makes(type, {**dict.fromkeys(writable), **LEAST[type], **other})["attributes"]
    its_own = {"uuid", "slug", "created_at", "updated_at", "token", "email", "code"}
    assert {k: v for k, v in nulls.items() if k not in its_own} == {
        k: v for k, v in made.items() if k not in its_own
    }


@pytest.mark.parametrize("type", [name for name, least in LEAST.items() if least])
def test_null_is_not_what_is_required(staff: Staff, type: str) -> None:
    nothing, nulls = staff.asks_for(type, {}), staff.asks_for(type, dict.fromkeys(LEAST[type]))
    assert nulls.status == nothing.status
    assert nulls.document.get("errors") == nothing.document.get("errors")


@pytest.mark.parametrize("type", CHANGED)
def test_what_is_deleted_is_archived_and_can_come_back(staff: Staff, type: str) -> None:
    made = staff.makes(type)
    assert staff.call("DELETE", path(type, made["id"])).status == 204
    assert staff.call("DELETE", path(type, made["id"])).status == 204
    assert made["id"] not in staff.get(path(type)).ids
    assert staff.get(path(type), filter_archived="true").ids == [made["id"]]
    assert staff.get(path(type, made["id"])).data["attributes"]["archived"] is True
    assert staff.changes(type, made["id"], {"archived": False}).data["attributes"]["archived"] is False
    assert made["id"] in staff.get(path(type)).ids
    assert staff.get(path(type), filter_archived="true").ids == []


@pytest.mark.parametrize("type", CHANGED)
def test_a_client_may_send_back_what_it_was_given(staff: Staff, type: str) -> None:
    answer = staff.get(path(type, staff.makes(type)["id"]))
    again = staff.call("PATCH", path(type, answer.data["id"]), {"data": answer.data})
    assert (again.status, again.data) == (200, answer.data), again.document
    assert again.headers["ETag"] == answer.headers["ETag"], "nothing was written"


@pytest.mark.parametrize("type", CHANGED)
def test_a_change_is_seen_and_changes_the_tag(staff: Staff, type: str) -> None:
    made = staff.makes(type)
    name = {"customers": "given_name", "vouchers": "min_total", "custom-fields": "label"}.get(type, "name")
    value: Any = 7 if type == "vouchers" else "Other"
    before, after = staff.get(path(type, made["id"])), staff.changes(type, made["id"], {name: value})
    assert after.data["attributes"][name] == value
    shown = {**before.data["attributes"], **after.data["attributes"]}
    assert {k for k, v in shown.items() if before.data["attributes"].get(k) != v} <= {
        name,
        "full_name",
        "updated_at",
        "version",
    }
    assert after.headers["ETag"] != before.headers["ETag"]
    assert staff.get(path(type, made["id"])).headers["ETag"] == after.headers["ETag"]


@pytest.mark.parametrize("type", CATALOG)
def test_nobody_learns_of_what_is_another_organizations(staff: Staff, stranger: Staff, type: str) -> None:
    id = staff.organization_id if type == "organizations" else staff.makes(type)["id"]
    code = "organization_not_found" if type == "organizations" else None
    unknown = stranger.get(path(type, UNKNOWN))
    for method in ("GET", *CATALOG[type][1]):
        body = document(type, {"name": "Mine"}) if method == "PATCH" else None
        answer = stranger.call(method, path(type, id), body)
        assert (answer.status, [each for each, _ in answer.refusals]) == (404, [unknown.refusals[0][0]])
        assert code in (None, unknown.refusals[0][0])
    listed = stranger.get(path(type))
    assert id not in listed.ids
    assert listed.document["meta"]["page"]["total"] == len(listed.ids)
    assert staff.get(path(type, id)).status == 200


@pytest.mark.parametrize("type", CATALOG)
def test_reading_is_not_writing(staff: Staff, type: str) -> None:
    reader = staff.with_scopes("catalog:read")
    may_read = type != "api-tokens"
    assert reader.get(path(type)).status == (200 if may_read else 403)
    assert reader.get(path(type, UNKNOWN)).status == (404 if may_read else 403)
    other = staff.with_scopes("orders:read", "orders:write")
    assert other.get(path(type)).status == other.get(path(type, UNKNOWN)).status == 403
    assert reader.asks_for(type).status == 403
    for method in CATALOG[type][1]:
        assert (
            reader.call(method, path(type, UNKNOWN), document(type, {}) if method == "PATCH" else None).status
            == 403
        )


# Invalid input


@pytest.mark.parametrize("type", sorted(TYPES))
def test_no_field_is_set_that_is_not_the_callers(staff: Staff, type: str) -> None:
    """Every stored field that is not an attribute is refused by name, in creations and changes. Timestamps are ignored."""
    of = TYPES[type]
    id = staff.organization_id if type == "organizations" else staff.makes(type)["id"]
    data = staff.get(path(type, id)).data
    related = {f"{name.replace('-', '_').removesuffix('s')}_id" for name in data.get("relationships", {})}
    related |= {f"{each}s" for each in related}
    own = {*of.model.model_fields, "organization_id", "import_id"} - {*data["attributes"], "id", *related}
    own -= {"version", "created_at", "updated_at"}
    assert own
    for field, value in itertools.product(sorted(own), (7, "x", ["x"])):
        answers = [staff.changes(type, id, {field: value})] if "PATCH" in CATALOG[type][1] else []
        if type != "organizations":
            answers.append(staff.asks_for(type, LEAST.get(type, {}) | {field: value}))
        for answer in answers:
            assert answer.status == 422, (field, value)
            assert ("unknown_field", f"/data/attributes/{field}") in answer.refusals
    assert staff.get(path(type, id)).data == data


@pytest.mark.parametrize("type", LEAST)
def test_what_is_missing_and_what_is_unknown_is_told_at_once(staff: Staff, type: str) -> None:
    required = {name for name in LEAST[type] if name not in ("percent",)}
    answer = staff.asks_for(type, {"colour": "red", "created_at": "2030-01-01T00:00:00+00:00"}, {"moon": []})
    assert answer.status == 422
    expected = [(f"{name}_required", f"/data/attributes/{name}") for name in required]
    expected += [("unknown_field", "/data/attributes/colour"), ("unknown_field", "/data/relationships/moon")]
    assert sorted(answer.refusals) == sorted(expected)


@pytest.mark.parametrize(
    ("type", "attributes", "at"),
    [
        ("resources", {"timezone": "Mars/Olympus"}, "timezone"),
        ("resources", {"timezone": "../../etc/passwd"}, "timezone"),
        ("resources", {"quantity": "2"}, "quantity"),
        ("resources", {"quantity": -1}, "quantity"),
        ("resources", {"quantity": True}, "quantity"),
        ("resources", {"name": " "}, "name"),
        ("resources", {"name": "a\nb"}, "name"),
        ("resources", {"name": "x" * 201}, "name"),
        ("resources", {"slug": "Not A Slug"}, "slug"),
        ("resources", {"description": "a\u0000b"}, "description"),
        ("resources", {"opening_hours": {"mon": [["24:00", "09:00"]]}}, "opening_hours/mon/0"),
        ("resources", {"opening_hours": {"monday": []}}, "opening_hours/monday"),
        ("resources", {"closed_dates": ["2030-02-30"]}, "closed_dates/0"),
        ("services", {"price": 10.5}, "price"),
        ("services", {"tax_rate": 101}, "tax_rate"),
        ("services", {"custom_fields": {"x": "yes"}}, "custom_fields/x"),
        ("services", {"custom_fields": {"a\nb": True}}, "custom_fields"),
        ("services", {"custom_fields": {f"field {number}": True for number in range(51)}}, "custom_fields"),
        ("customers", {"email": "nobody"}, "email"),
        ("customers", {"email": "a@example.com\r\nBcc: b@example.com"}, "email"),
        ("customers", {"locale": "french"}, "locale"),
        ("vouchers", {"valid_from": "2030-03-31T02:30"}, "valid_from"),
        ("vouchers", {"valid_from": 1}, "valid_from"),
        ("custom-fields", {"field_type": "colour"}, "field_type"),
        ("timeslot-series", {"slots": {"mon": [["9", "10"]]}}, "slots/mon/0"),
        ("api-tokens", {"scopes": []}, "scopes"),
        ("api-tokens", {"scopes": ["everything"]}, "scopes/0"),
    ],
)
def test_a_value_that_can_not_be_is_refused_where_it_stands(
    staff: Staff, type: str, attributes: Json, at: str
) -> None:
    answer = staff.asks_for(type, LEAST[type] | attributes)
    assert (answer.status, answer.refusals) == (422, [("invalid_value", f"/data/attributes/{at}")])


def test_a_voucher_has_one_kind_of_discount(staff: Staff) -> None:
    for attributes in ({"code": "A"}, {"code": "A", "percent": 10, "amount": 100}):
        assert staff.asks_for("vouchers", attributes).refusals == [("invalid_value", "/data/attributes")]


@pytest.mark.parametrize(
    ("body", "status", "refusals"),
    [
        ({}, 422, [("data_required", "/data")]),
        ({"name": "x"}, 422, [("data_required", "/data"), ("unknown_field", "/name")]),
        ({"data": []}, 422, [("invalid_value", "/data")]),
        ({"data": {"type": "services", "attributes": {}}}, 409, [("type_differs", "/data/type")]),
        (
            {"data": {"type": "resources", "id": "mine", "attributes": {"name": "x"}}},
            403,
            [("id_not_yours", "/data/id")],
        ),
        (
            {"data": {"type": "resources", "attributes": []}},
            422,
            [("invalid_value", "/data/attributes"), ("name_required", "/data/attributes/name")],
        ),
    ],
)
def test_a_document_that_is_none_of_the_type_is_refused(
    staff: Staff, body: Json, status: int, refusals: list[Any]
) -> None:
    answer = staff.call("POST", path("resources"), body)
    assert (answer.status, answer.refusals) == (status, refusals)


def test_an_id_that_is_not_the_addresss_is_refused(staff: Staff) -> None:
    answer = staff.call("PATCH", path("resources", ROOM.id), document("resources", {}, id=SECOND_ROOM.id))
    assert (answer.status, answer.refusals) == (409, [("id_differs", "/data/id")])


@pytest.mark.parametrize("linkage", [None, {"type": "resources", "id": ROOM.id}, "x", 1])
def test_a_relationship_to_several_takes_a_list(staff: Staff, linkage: Any) -> None:
    assert staff.asks_for("services", None, {"resources": linkage}).refusals == [
        ("invalid_value", "/data/relationships/resources")
    ]


def test_what_is_named_must_be_there(staff: Staff) -> None:
    staff.call("DELETE", path("resources", SECOND_ROOM.id))
    fields = LEAST["services"] | {"custom_fields": {UNKNOWN: True}}
    answer = staff.asks_for("services", fields, {"resources": to("resources", ROOM.id, SECOND_ROOM.id)})
    assert answer.refusals == [
        ("resource_not_found", "/data/relationships/resources/data"),
        ("custom_field_not_found", f"/data/attributes/custom_fields/{UNKNOWN}"),
    ]
    wrong = staff.asks_for(
        "services",
        None,
        {"resources": [{"type": "services", "id": MEETING.id}, {"type": "resources", "id": ROOM.id}]},
    )
    assert wrong.refusals == [("invalid_value", "/data/relationships/resources/data/0")]


def test_what_names_too_many_is_refused_without_looking_for_them(staff: Staff) -> None:
    many = to("resources", *map(str, range(1_001)))
    with requested(world().store) as calls:
        assert staff.asks_for("services", None, {"resources": many}).refusals == [
            ("invalid_value", "/data/relationships/resources")
        ]
    assert sum(len(keys["Keys"]) for _, request in calls for keys in request["RequestItems"].values()) < 10


@pytest.mark.parametrize("type", CATALOG)
def test_an_id_that_no_key_can_hold_is_not_there(staff: Staff, type: str) -> None:
    """DynamoDB refuses keys of more than 2,048 bytes; moto does not."""
    with requested(world().store) as calls:
        for method in ("GET", *CATALOG[type][1]):
            answer = staff.call(
                method, path(type, "ä" * 1_100), document(type, {}) if method == "PATCH" else None
            )
            assert answer.status == 404, answer.document
    assert longest_key(calls) < 2_048


def test_what_is_named_is_not_looked_for_where_no_key_can_hold_it(staff: Staff) -> None:
    with requested(world().store) as calls:
        answer = staff.asks_for(
            "services",
            LEAST["services"] | {"custom_fields": {"x" * 3_000: True}},
            {"resources": to("resources", "x" * 3_000)},
        )
    assert [code for code, _ in answer.refusals] == ["resource_not_found", "custom_field_not_found"]
    assert longest_key(calls) < 2_048


def longest_key(calls: list[tuple[str, Json]]) -> int:
    """Returns the bytes of the longest partition key that was requested."""
    keys = [
        key["pk"]["S"]
        for _, request in calls
        for of in request.get("RequestItems", {}).values()
        for key in of["Keys"]
    ]
    return max(len(key.encode()) for key in keys)


def test_what_is_named_already_may_be_archived_meanwhile(staff: Staff) -> None:
    field = staff.makes("custom-fields")["id"]
    service = staff.makes(
        "services",
        LEAST["services"] | {"custom_fields": {field: True}},
        {"resources": to("resources", ROOM.id)},
    )
    staff.call("DELETE", path("resources", ROOM.id))
    staff.call("DELETE", path("custom-fields", field))
    assert staff.changes("services", service["id"], {"name": "Still"}).status == 200


def test_what_can_not_be_changed_says_so(staff: Staff) -> None:
    field = staff.makes("custom-fields")
    assert staff.changes("custom-fields", field["id"], {"field_type": "number"}).refusals == [
        ("fixed", "/data/attributes/field_type")
    ]
    assert staff.changes("vouchers", SUMMER20.id, {"code": "OTHER"}).refusals == [
        ("fixed", "/data/attributes/code")
    ]
    assert staff.changes("organizations", staff.organization_id, {"currency": "USD"}).refusals == [
        ("fixed", "/data/attributes/currency")
    ]
    assert staff.changes("customers", ADA.id, {"full_name": "X"}).refusals == [
        ("read_only", "/data/attributes/full_name")
    ]


def test_nothing_is_a_part_of_itself(staff: Staff) -> None:
    room = staff.makes("resources", {"name": "Desk"}, {"parent": {"type": "resources", "id": ROOM.id}})
    assert staff.get(path("resources", room["id"])).data["meta"]["parent_id"] == ROOM.id
    answer = staff.changes("resources", ROOM.id, {}, {"parent": {"type": "resources", "id": room["id"]}})
    assert answer.refusals == [("parent_within", "/data/relationships/parent/data")]
    assert staff.changes("resources", room["id"], {}, {"parent": None}).data["meta"]["parent_id"] is None


@pytest.mark.parametrize(("levels", "status"), [(3, 200), (2, 422)])
def test_nothing_is_deeper_than_can_be_looked_through(
    staff: Staff, monkeypatch: pytest.MonkeyPatch, levels: int, status: int
) -> None:
    monkeypatch.setattr(catalog, "_MAX_LEVELS", levels)
    floor = staff.makes("resources", {"name": "Floor"}, {"parent": {"type": "resources", "id": ROOM.id}})
    answer = staff.changes(
        "resources", SECOND_ROOM.id, {}, {"parent": {"type": "resources", "id": floor["id"]}}
    )
    assert answer.status == status
    assert status == 200 or answer.refusals == [("parent_within", "/data/relationships/parent/data")]


# Concurrent changes


def test_a_change_of_what_is_another_by_now_is_refused(staff: Staff) -> None:
    tag = staff.get(path("resources", ROOM.id)).headers["ETag"]
    assert staff.changes("resources", ROOM.id, {"name": "First"}, If_Match=f'"x", {tag}').status == 200
    late = staff.changes("resources", ROOM.id, {"name": "Second"}, If_Match=tag)
    assert (late.status, late.refusals) == (412, [("precondition_failed", "If-Match")])
    assert staff.call("DELETE", path("resources", ROOM.id), headers={"If-Match": tag}).status == 412
    assert staff.changes("resources", ROOM.id, {"name": "Third"}, If_Match=f"W/{tag}").status == 412
    assert staff.get(path("resources", ROOM.id)).data["attributes"]["name"] == "First"
    assert staff.changes("resources", ROOM.id, {"name": "Fourth"}, If_Match="*").status == 200


@pytest.mark.parametrize("guarded", [True, False])
def test_a_change_made_at_the_same_time_is_not_undone(
    staff: Staff, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The control: without the write's condition, the other change is lost."""
    change, name = CatalogTable.change, "Hall"
    quantities = count(7)

    def late(self: CatalogTable, context: Context, seen: Any, item: Any) -> Any:
        monkeypatch.undo()
        other = staff.changes("resources", ROOM.id, {"quantity": next(quantities)}).headers["ETag"]
        return change(
            self,
            context,
            seen if guarded else seen.model_copy(update={"version": int(other.strip('"'))}),
            item,
        )

    monkeypatch.setattr(CatalogTable, "change", late)
    assert staff.changes("resources", ROOM.id, {"name": name}).status == 200
    attributes = staff.get(path("resources", ROOM.id)).data["attributes"]
    assert (attributes["name"], attributes["quantity"]) == (name, 7 if guarded else ROOM.quantity)

    monkeypatch.setattr(CatalogTable, "change", late)
    tag = staff.get(path("resources", ROOM.id)).headers["ETag"]
    assert staff.changes("resources", ROOM.id, {"name": "Hut"}, If_Match=tag).status == (
        412 if guarded else 200
    )


def test_what_is_changed_at_the_same_time_is_archived_with_the_change(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = CatalogTable.change

    def late(self: CatalogTable, *args: Any) -> Any:
        monkeypatch.undo()
        assert staff.changes("resources", ROOM.id, {"quantity": 7}).status == 200
        return change(self, *args)

    monkeypatch.setattr(CatalogTable, "change", late)
    tag = staff.get(path("resources", ROOM.id)).headers["ETag"]
    assert staff.call("DELETE", path("resources", ROOM.id), headers={"If-Match": tag}).status == 412
    assert staff.changes("resources", ROOM.id, {"quantity": 1}).status == 200
    monkeypatch.setattr(CatalogTable, "change", late)
    assert staff.call("DELETE", path("resources", ROOM.id)).status == 204
    attributes = staff.get(path("resources", ROOM.id)).data["attributes"]
    assert (attributes["archived"], attributes["quantity"]) == (True, 7)


# Customers


def test_an_address_belongs_to_one_customer(staff: Staff) -> None:
    assert staff.asks_for("customers", {"email": f" {ADA.email.upper()} "}).refusals == [
        ("email_taken", "/data/attributes/email")
    ]  # type: ignore[union-attr]
    assert staff.changes("customers", BERND.id, {"email": ADA.email}).refusals == [
        ("email_taken", "/data/attributes/email")
    ]
    assert staff.changes("customers", ADA.id, {"email": "ada@new.example"}).status == 200
    assert staff.changes("customers", BERND.id, {"email": ADA.email}).status == 200
    assert staff.get(path("customers"), filter_email="ADA@new.example").ids == [ADA.id]
    assert staff.get(path("customers"), filter_email=str(ADA.email)).ids == [BERND.id]


def test_an_archived_customers_address_is_free(staff: Staff) -> None:
    staff.call("DELETE", path("customers", ADA.id))
    assert staff.get(path("customers"), filter_email=str(ADA.email)).ids == []
    made = staff.makes("customers", {"email": ADA.email})
    assert staff.changes("customers", ADA.id, {"archived": False}).refusals == [
        ("email_taken", "/data/attributes/email")
    ]
    staff.call("DELETE", path("customers", made["id"]))
    assert staff.changes("customers", ADA.id, {"archived": False}).status == 200


@pytest.mark.parametrize("type", ["resources", "services"])
def test_a_slug_is_made_from_the_name_and_belongs_to_one_item(staff: Staff, type: str) -> None:
    named = {**LEAST[type], "name": "Übungsraum  Süd (3)"}
    first, second = staff.makes(type, named), staff.makes(type, named)
    slugs = [each["attributes"]["slug"] for each in (first, second)]
    assert slugs == ["uebungsraum-sued-3", "uebungsraum-sued-3-2"]

    taken = [("slug_taken", "/data/attributes/slug")]
    assert staff.asks_for(type, {**named, "slug": slugs[1]}).refusals == taken  # type: ignore[union-attr]
    assert staff.changes(type, first["id"], {"slug": slugs[1]}).refusals == taken
    assert staff.changes(type, second["id"], {"slug": "south"}).status == 200
    assert staff.changes(type, first["id"], {"slug": slugs[1], "name": "North"}).status == 200
    staff.call("DELETE", path(type, second["id"]))
    assert staff.makes(type, {**named, "slug": "south"})["attributes"]["slug"] == "south", "it is free again"


def test_two_who_are_given_the_same_slug_at_the_same_time_have_two(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    from frontdesk.adapters.dynamodb.catalog import CatalogTable

    add, made = CatalogTable.add, list[str]()

    def second(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(CatalogTable, "add", add)
        made.append(staff.makes("resources", {"name": "Race"})["attributes"]["slug"])
        return add(*args, **more)

    monkeypatch.setattr(CatalogTable, "add", second)
    made.append(staff.makes("resources", {"name": "Race"})["attributes"]["slug"])
    assert made == ["race", "race-2"]


def test_a_slug_from_before_they_were_unique_can_be_changed(staff: Staff) -> None:
    """Slugs from before have no claim."""
    old = staff.makes("resources", {"name": "Old", "slug": "old"})
    pk, sk = f"{staff.organization_id}#slug#resource#old", "slug"
    assert (pk, sk) in staff.on.items()
    boto3.client("dynamodb").delete_item(
        TableName=staff.on.table_name, Key={"pk": {"S": pk}, "sk": {"S": sk}}
    )
    assert staff.changes("resources", old["id"], {"name": "Older"}).status == 200
    assert staff.changes("resources", old["id"], {"slug": "older"}).data["attributes"]["slug"] == "older"


def test_an_organizations_slug_is_of_its_name_and_its_own(staff: Staff) -> None:
    [shown] = staff.get(path("organizations")).data
    assert shown["attributes"]["slug"] == f"coworking-mitte-{staff.organization_id[:8]}"
    assert staff.changes("organizations", staff.organization_id, {"slug": "other"}).refusals == [
        ("read_only", "/data/attributes/slug")
    ]
    user = staff.get("/api/v1/user", include="active_organization").document
    assert user["included"][0]["attributes"]["name"] == ORGANIZATION.name


def test_whoever_calls_sees_when_their_token_expires(staff: Staff) -> None:
    """Nobody warns of it, and only tokens that create tokens can list them."""
    assert staff.get("/api/v1/user").data["attributes"]["expires_at"] is None
    answer = staff.asks_for(
        "api-tokens", {"name": "Zap", "scopes": ["orders:read"], "expires_at": "2030-04-15T09:00:00+02:00"}
    )
    guest = Client(staff.on, answer.document["meta"]["token"])
    assert guest.get("/api/v1/user").data["attributes"] == {
        "name": "Zap",
        "scopes": ["orders:read"],
        "expires_at": "2030-04-15T07:00:00+00:00",
    }


def test_a_token_that_would_never_be_valid_is_refused(staff: Staff) -> None:
    answer = staff.asks_for(
        "api-tokens", {"name": "Zap", "scopes": ["orders:read"], "expires_at": "2020-04-15T09:00:00Z"}
    )
    assert (answer.status, answer.refusals) == (422, [("invalid_value", "/data/attributes/expires_at")])


@pytest.mark.parametrize("type", sorted(EXTERNAL))
def test_an_external_id_belongs_to_one_item_of_its_kind(staff: Staff, type: str) -> None:
    made = staff.makes(type, {**LEAST[type], "external_id": " K-17 "})
    assert made["attributes"]["external_id"] == "K-17"
    assert staff.get(path(type), filter_external_id="K-17").ids == [made["id"]]
    assert staff.get(path(type), filter_external_id="K-18").ids == []
    taken = [("external_id_taken", "/data/attributes/external_id")]
    assert staff.asks_for(type, {**LEAST[type], "external_id": "K-17"}).refusals == taken  # type: ignore[union-attr]
    assert staff.changes(type, made["id"], {"external_id": "K-18"}).status == 200
    other = staff.makes(type, {**LEAST[type], "external_id": "K-17"})
    assert staff.changes(type, other["id"], {"external_id": "K-18"}).refusals == taken
    staff.call("DELETE", path(type, made["id"]))
    assert staff.changes(type, other["id"], {"external_id": "K-18"}).status == 200, (
        "what is archived has none"
    )


def test_an_address_leads_to_nobody_who_is_archived(staff: Staff) -> None:
    assert staff.get(path("customers"), filter_email=str(ADA.email), filter_archived="true").ids == []


def test_nobody_gives_up_an_address_that_is_not_his(staff: Staff) -> None:
    """A claim is removed only by a writer who has read its owner."""
    table, seen = CatalogTable(world().store), ADA.model_copy(update={"email": BERND.email})
    in_the_way = table.change(
        Context(staff.organization_id, SystemClock(5)),
        seen,
        ADA.model_copy(update={"email": "x@example.com"}),
    )
    assert in_the_way == {Key("customer_email", str(BERND.email))}
    assert staff.get(path("customers"), filter_email=str(BERND.email)).ids == [BERND.id]


def test_customers_are_found_by_what_they_are_called(staff: Staff) -> None:
    made = staff.makes("customers", {"given_name": "Grace", "family_name": "Hopper", "company": "Navy"})
    for text in ("grace hop", "NAVY"):
        assert staff.get(path("customers"), filter_search=text).ids == [made["id"]]
    assert staff.get(path("customers"), filter_search="nobody").ids == []


# Vouchers


def test_a_vouchers_uses_are_kept_when_it_is_changed(staff: Staff) -> None:
    booking = {
        "resource_id": ROOM.id,
        "service_id": {MEETING.id: 1},
        "start_date": "2030-04-15T10:00:00",
        "end_date": "2030-04-15T11:00:00",
    }
    order = {"order_customer_id": ADA.id, "bookings": [booking], "voucher_code": ONCE10.code}
    assert staff.call("POST", path("orders/from-config"), order).status == 201
    changed = staff.changes("vouchers", ONCE10.id, {"max_redemptions": 2})
    assert (changed.data["attributes"]["redemptions"], changed.data["attributes"]["max_redemptions"]) == (
        1,
        2,
    )
    for day, status in ((16, 201), (17, 422)):
        later = booking | {"start_date": f"2030-04-{day}T10:00:00", "end_date": f"2030-04-{day}T11:00:00"}
        assert staff.call("POST", path("orders/from-config"), order | {"bookings": [later]}).status == status


def test_a_voucher_is_limited_later(staff: Staff) -> None:
    made = staff.makes("vouchers")
    assert staff.changes("vouchers", made["id"], {"max_redemptions": 1}).status == 200
    booking = {
        "resource_id": ROOM.id,
        "service_id": {MEETING.id: 1},
        "start_date": "2030-04-15T10:00:00",
        "end_date": "2030-04-15T11:00:00",
    }
    order = {"order_customer_id": ADA.id, "bookings": [booking], "voucher_code": "spring"}
    assert staff.call("POST", path("orders/from-config"), order).status == 201
    assert staff.get(path("vouchers", made["id"])).data["attributes"]["redemptions"] == 1


def test_a_code_belongs_to_one_voucher(staff: Staff) -> None:
    assert staff.asks_for("vouchers", {"code": " summer20 ", "amount": 5}).refusals == [
        ("code_taken", "/data/attributes/code")
    ]


def test_dates_are_written_as_everywhere(staff: Staff) -> None:
    made = staff.makes(
        "vouchers",
        LEAST["vouchers"] | {"valid_from": "2030-01-01T00:00", "valid_until": "2030-02-01T00:00:00.000Z"},
    )
    shown = made["attributes"]
    assert (shown["valid_from"], shown["valid_until"]) == (
        "2029-12-31T23:00:00+00:00",
        "2030-02-01T00:00:00+00:00",
    )


# Tokens and the current user


def test_a_token_is_shown_once_works_and_can_be_revoked(staff: Staff) -> None:
    made = staff.asks_for("api-tokens")
    text, id = made.document["meta"]["token"], made.data["id"]
    kiosk = replace(staff, token=text)
    assert kiosk.get(path("orders")).status == 200
    assert kiosk.get(path("resources")).status == 403
    secret = text.rpartition(".")[2]
    assert secret not in str(staff.get(path("api-tokens")).document)
    assert secret not in str(staff.get(path("api-tokens", id)).document)
    assert staff.call("DELETE", path("api-tokens", id)).status == 204
    # A function that knows a token accepts it for another minute. This one has never seen it.
    world.cache_clear()
    assert kiosk.get(path("orders")).status == 401
    assert staff.call("DELETE", path("api-tokens", id)).status == 404


def test_a_token_is_revoked_once(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    id, revoke = staff.makes("api-tokens")["id"], CatalogTable.revoke

    def late(self: CatalogTable, *args: Any) -> frozenset[Key]:
        monkeypatch.undo()
        assert staff.call("DELETE", path("api-tokens", id)).status == 204
        return revoke(self, *args)

    monkeypatch.setattr(CatalogTable, "revoke", late)
    assert staff.call("DELETE", path("api-tokens", id)).status == 404


def test_nobody_gives_what_he_has_not(staff: Staff) -> None:
    keeper = staff.with_scopes("tokens:write", "orders:read")
    assert keeper.asks_for("api-tokens", {"name": "x", "scopes": ["orders:read"]}).status == 201
    for scopes in (["*"], ["orders:read", "orders:write"]):
        assert keeper.asks_for("api-tokens", {"name": "x", "scopes": scopes}).refusals == [
            ("unauthorized", "/data/attributes/scopes")
        ]
    everything = next(
        each["id"] for each in keeper.get(path("api-tokens")).data if each["attributes"]["scopes"] == ["*"]
    )
    assert keeper.call("DELETE", path("api-tokens", everything)).status == 403


def test_who_one_is(staff: Staff) -> None:
    for client in (staff, staff.with_scopes("orders:read")):
        answer = client.get(path("user"), include="active_organization")
        assert answer.data["relationships"]["active_organization"]["data"] == {
            "type": "organizations",
            "id": staff.organization_id,
        }
        assert answer.document["included"][0]["attributes"]["name"] == ORGANIZATION.name
    assert replace(staff, token="fd.x.y").get(path("user")).status == 401


def test_a_line_is_a_line_wherever_it_stands(staff: Staff) -> None:
    answer = staff.changes("organizations", staff.organization_id, {"address": ["1 Main Street", "a\nb"]})
    assert answer.refusals == [("invalid_value", "/data/attributes/address")]


def test_an_organizations_settings(staff: Staff) -> None:
    assert staff.get(path("organizations")).ids == [staff.organization_id]
    changed = staff.changes(
        "organizations", staff.organization_id, {"draft_minutes": 30, "phone": "+49 30 1"}
    )
    assert (changed.data["attributes"]["draft_minutes"], changed.data["attributes"]["name"]) == (
        30,
        ORGANIZATION.name,
    )
    assert staff.get(path("organizations", UNKNOWN)).status == 404


# Lists


def test_pages_sorts_and_includes(staff: Staff) -> None:
    made = [
        staff.makes("add-ons", LEAST["add-ons"] | {"name": name})["id"]
        for name in ("Zucchini", "apple", "Mango")
    ]
    names = [each["attributes"]["name"] for each in staff.get(path("add-ons"), sort="name").data]
    assert names == sorted(names, key=str.casefold)
    seen, url = [], path("add-ons") + "?page[size]=2"
    while url:
        page = staff.get(url)
        seen += page.ids
        url = page.document["links"].get("next")
    assert sorted(seen) == sorted([*made, *[each for each in seen if each not in made]])
    assert len(seen) == len(set(seen)) == page.document["meta"]["page"]["total"] == 4
    services = staff.get(path("services"), include="resources", fields_services="name,resources").document
    assert {each["type"] for each in services["included"]} <= {"resources"}
    assert {name for each in services["data"] for name in each["attributes"]} == {"name"}
    assert staff.get(path("services"), sort="price").refusals == [("invalid_parameter", "sort")]
    assert staff.get(path("services"), include="orders").refusals == [("invalid_parameter", "include")]
    assert staff.get(path("services"), filter_email="x").refusals == [("unknown_parameter", "filter[email]")]


def test_a_list_ends_somewhere_and_says_so(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Green", "Black", "White", "Red"):
        staff.makes("add-ons", LEAST["add-ons"] | {"name": f"{name} tea"})
    monkeypatch.setattr(table, "MAX_LISTED", 1)
    monkeypatch.setattr(catalog, "MAX_LISTED", 3)
    monkeypatch.setattr(catalog, "MAX_EXAMINED", 2)
    for query, most in (({}, 3), ({"sort": "name"}, 2), ({"filter_search": "e"}, 2)):
        with requested(world().store) as calls:
            answer = staff.get(path("add-ons"), **query)
        assert (
            len(answer.ids),
            answer.document["meta"]["page"]["total"],
            answer.document["meta"].get("capped"),
        ) == (most, most, True)
        assert "last" not in answer.document["links"]
        items = [
            len(keys["Keys"])
            for name, request in calls
            if name == "BatchGetItem"
            for keys in request["RequestItems"].values()
        ]
        assert ([name for name, _ in calls].count("Query"), items[0]) == (most + 1, most), (
            "one more key tells that there is more"
        )
    monkeypatch.setattr(catalog, "MAX_LISTED", 5)
    monkeypatch.setattr(catalog, "MAX_EXAMINED", 5)
    for query in ({}, {"sort": "name"}):
        assert "capped" not in staff.get(path("add-ons"), **query).document["meta"]


def test_what_is_looked_for_has_a_length(staff: Staff) -> None:
    answer = staff.get(path("customers"), filter_search="x" * 201, filter_email="x" * 321)
    assert answer.refusals == [
        ("invalid_parameter", "filter[search]"),
        ("invalid_parameter", "filter[email]"),
    ]


def test_prices_have_their_currency(staff: Staff) -> None:
    assert {each["attributes"]["currency"] for each in staff.get(path("services")).data} == {"EUR"}


def test_a_page_reads_what_is_on_it(staff: Staff) -> None:
    for number in range(12):
        staff.makes("add-ons", LEAST["add-ons"] | {"name": f"Tea {number}"})
    with requested(world().store) as calls:
        assert len(staff.get(path("customers"), page_size="2").ids) == 2
        assert len(staff.get(path("add-ons"), page_size="5", page_number="2").ids) == 5
    items = [
        len(keys["Keys"])
        for name, request in calls
        if name == "BatchGetItem"
        for keys in request["RequestItems"].values()
    ]
    # The token is cached. A page of customers takes two reads; a page of add-ons also needs the organization's currency.
    assert items == [2, 5, 1]


# Closing dates with bookings


def booked(staff: Staff, *starts: str, resource: str = ROOM.id, **more: Any) -> list[str]:
    """Books an hour from each start, in the local time of the place."""
    bookings = [
        {
            "resource_id": resource,
            "service_id": {MEETING.id: 1},
            "start_date": f"{start}:00",
            "end_date": f"{start[:-2]}{int(start[-2:]) + 1:02}:00",
            **more,
        }
        for start in starts
    ]
    answer = staff.call("POST", "/api/v1/orders/from-config", {"bookings": bookings})
    assert answer.status == 201, answer.document
    return [each["id"] for each in answer.data["relationships"]["bookings"]["data"]]


def affected(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.document
    assert answer.document["meta"]["capped"] is False
    return [each["id"] for each in answer.document["meta"]["affected"]]


def test_closing_a_date_tells_which_bookings_it_closes_out_and_closes_it(staff: Staff) -> None:
    before, morning, noon, after = booked(
        staff, "2030-05-06T09", "2030-05-07T09", "2030-05-07T12", "2030-05-08T09"
    )
    (elsewhere,) = booked(staff, "2030-05-07T09", resource=SECOND_ROOM.id)
    (canceled,) = booked(staff, "2030-05-07T15")
    assert staff.call("POST", f"/api/v1/bookings/{canceled}/cancel").status == 200

    closed = staff.changes("resources", ROOM.id, {"closed_dates": ["2030-05-07"]})
    assert affected(closed) == [morning, noon]
    assert closed.data["attributes"]["closed_dates"] == ["2030-05-07"]
    # Dates that were closed before are not reported again.
    assert affected(staff.changes("resources", ROOM.id, {"closed_dates": ["2030-05-07", "2030-05-09"]})) == []
    assert affected(staff.changes("resources", ROOM.id, {"closed_dates": []})) == []

    short = {"special_hours": {"2030-05-07": [["08:00", "12:00"]]}}
    assert affected(staff.changes("resources", ROOM.id, short)) == [noon]
    assert affected(staff.changes("resources", ROOM.id, {"name": "Room"})) == []
    # The room's own hours take precedence over the organization's.
    of_all = staff.changes(
        "organizations", staff.organization_id, {"closed_dates": ["2030-05-07", "2030-05-08"]}
    )
    assert sorted(affected(of_all)) == sorted([elsewhere, after])
    refused = staff.call(
        "POST",
        "/api/v1/orders/from-config",
        {"bookings": [{"resource_id": SECOND_ROOM.id, "service_id": {MEETING.id: 1},
                       "start_date": "2030-05-08T14:00", "end_date": "2030-05-08T15:00"}]},
    )  # fmt: skip
    assert refused.refusals == [("outside_opening_hours", "/bookings/0/start_date")]
    assert before not in affected(of_all)


def test_other_weekly_hours_tell_which_bookings_they_leave_outside(staff: Staff) -> None:
    """The answer said that no booking was affected, although none was looked at."""
    # A Monday, a Tuesday, and a Monday five years later.
    monday, evening, tuesday, later = booked(
        staff, "2030-05-06T09", "2030-05-06T18", "2030-05-07T09", "2035-05-07T18"
    )
    (elsewhere,) = booked(staff, "2030-05-07T09", resource=SECOND_ROOM.id)
    (canceled,) = booked(staff, "2030-05-06T20")
    assert staff.call("POST", f"/api/v1/bookings/{canceled}/cancel").status == 200

    def week(hours: Json | None, **more: Any) -> list[str]:
        return affected(staff.changes("resources", ROOM.id, {"opening_hours": hours, **more}))

    all_week = {"mon": [["08:00", "22:00"]], "tue": [["08:00", "22:00"]]}
    assert week(all_week) == []
    assert week({"mon": [["08:00", "18:00"]]}) == [evening, tuesday, later]
    # Bookings that were outside before are not affected. Hours that nobody changed affect nobody.
    assert week({"mon": [["10:00", "18:00"]]}) == [monday]
    assert week({"mon": [["10:00", "18:00"]]}) == []
    assert week(None) == []
    # With other dates in the same change, each booking is listed once.
    assert week(all_week, closed_dates=["2030-05-06"]) == [monday, evening]
    assert week({"mon": [["08:00", "18:00"]]}, closed_dates=[]) == [tuesday, later]
    assert not {elsewhere, canceled} & {*week({})}


def test_another_time_zone_moves_the_hours_and_tells_which_bookings_are_outside(staff: Staff) -> None:
    (mine,) = booked(staff, "2030-05-06T09")
    (own_zone,) = booked(staff, "2030-05-06T09", resource=SECOND_ROOM.id)
    hours = {"opening_hours": {"mon": [["08:00", "12:00"]]}}
    assert affected(staff.changes("resources", ROOM.id, hours)) == []
    own = hours | {"timezone": "Europe/Berlin"}
    assert affected(staff.changes("resources", SECOND_ROOM.id, own)) == []

    moved = staff.changes("organizations", staff.organization_id, {"timezone": "America/New_York"})
    assert affected(moved) == [mine]
    assert affected(staff.changes("resources", SECOND_ROOM.id, {"timezone": None})) == [own_zone]
    # The zone that applies already, and no hours at all.
    assert affected(staff.changes("resources", ROOM.id, {"timezone": "America/New_York"})) == []
    assert affected(staff.changes("organizations", staff.organization_id, {"name": "Place"})) == []


def test_special_hours_are_read_as_they_were_written(staff: Staff) -> None:
    hours = {"2030-12-24": [["09:00", "12:00"]], "2030-12-31": [], "2031-01-01": [["22:00", "02:00"]]}
    for type, id in (("resources", ROOM.id), ("organizations", staff.organization_id)):
        assert staff.changes(type, id, {"special_hours": hours}).data["attributes"]["special_hours"] == hours
        assert staff.get(path(type, id)).data["attributes"]["special_hours"] == hours
    wrong = staff.changes("resources", ROOM.id, {"special_hours": {"Christmas": []}})
    assert [code for code, _ in wrong.refusals] == ["invalid_value"]


def test_an_item_that_is_too_large_to_be_stored_is_refused(staff: Staff) -> None:
    """Each field was within its limits, and all together were 500."""
    day = [[f"{n // 2:02}:{30 * (n % 2):02}", f"{n // 2:02}:{30 * (n % 2) + 29:02}"] for n in range(48)]
    hours = {str(date(2030, 1, 1) + timedelta(days=n)): day for n in range(600)}
    words = {f"de-x-{n}": {"before": "w" * 5_000, "after": "w" * 5_000} for n in range(50)}
    room = staff.makes("resources")["id"]
    rule = staff.makes("message-rules")["id"]
    for answer in (
        staff.changes("resources", room, {"special_hours": hours}),
        staff.changes("message-rules", rule, {"words": words}),
        staff.changes("organizations", staff.organization_id, {"special_hours": hours}),
    ):
        assert (answer.status, answer.refusals) == (422, [("invalid_value", "/data/attributes")])
    few = dict(list(hours.items())[:300])
    assert staff.changes("resources", room, {"special_hours": few}).status == 200
