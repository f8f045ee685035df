"""Who changed what, in the API: the history of an order, and the log of tokens, webhooks, the organization and the catalog."""

from datetime import UTC, datetime
from time import time
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.items import ItemKey
from frontdesk.adapters.dynamodb.updates import TrailTable, trail_row
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Resource
from frontdesk.domain.trail import Actor, Entry
from frontdesk.usecases.context import Context
from tests.integration.client import Client
from tests.integration.test_capabilities import HOOKS, TOKENS, Holder, anybody, digest, owner  # noqa: F401
from tests.support.demo import ADA, ORGANIZATION, ROOM, meeting, order
from tests.support.fakes import FakeClock

ORDERS, BOOKINGS, LOG = "/api/v1/orders", "/api/v1/bookings", "/api/v1/audit-log"


@pytest.fixture
def client(owner: Holder) -> Holder:  # noqa: F811
    return owner


def place(client: Client, *bookings: Any, **query: str) -> str:
    answer = client.call("POST", f"{ORDERS}/from-config", order(*bookings), **query)
    assert answer.status == 201, answer.document
    return str(answer.data["id"])


def told(client: Client, path: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(path, **query)
    assert answer.status == 200, answer.document
    return [each["attributes"] for each in answer.data]


def test_an_order_tells_who_did_what_and_why(client: Holder) -> None:
    id = place(client, meeting())
    note = {"data": {"type": "orders", "id": id, "attributes": {"note": "Ada is ill"}}}
    assert client.call("PATCH", f"{ORDERS}/{id}", note, reason="she called").status == 200
    start = "2030-04-16T09:00:00+02:00"
    move = {"data": {"type": "bookings", "id": f"{id}-1", "attributes": {"start_date": start}}}
    assert client.call("PATCH", f"{BOOKINGS}/{id}-1", move).status == 200
    assert client.call("POST", f"{BOOKINGS}/{id}-1/check-in").status == 200
    assert client.call("DELETE", f"{BOOKINGS}/{id}-1/check-in").status == 200
    assert client.call("POST", f"{ORDERS}/{id}/cancel", reason="Regen & Sturm").status == 200

    entries = told(client, f"{ORDERS}/{id}/history")

    assert [(each["action"], each["reason"]) for each in entries] == [
        ("placed", None), ("changed", "she called"), ("changed", None), ("checked_in", None), ("check_in_undone", None),
        ("canceled", "Regen & Sturm"),
    ]  # fmt: skip
    actor = {"type": "api-tokens", "id": client.id, "name": "test"}
    assert all(each["actor"] == actor for each in entries)
    assert all(each["request_id"] for each in entries)
    assert entries[1]["changes"] == [{"attribute": "note"}], "of a text only that it changed"
    moved = {each["attribute"]: each for each in entries[2]["changes"]}
    assert moved["start_date"] == {
        "attribute": "start_date",
        "before": "2030-04-15T07:00:00+00:00",
        "after": "2030-04-16T07:00:00+00:00",
    }
    assert entries[-1]["changes"] == [{"attribute": "status", "before": "completed", "after": "canceled"}]
    resource = client.get(f"{ORDERS}/{id}/history").data[3]
    assert resource["relationships"]["bookings"]["data"] == [{"type": "bookings", "id": f"{id}-1"}]


def test_what_is_done_within_one_second_is_told_in_its_sequence(client: Holder) -> None:
    """Changes of one item are in the order of its versions, changes of different items in the order of time."""
    actor, at = Actor("token", "t", "T"), int(time()) + 1_000
    context = Context(ORGANIZATION.id, FakeClock(at), actor)
    catalog, trails = CatalogTable(world().store), TrailTable(world().store)
    hall = Resource(id="hall", name="0")
    catalog.add(context, [hall])
    for number in range(1, 9):
        changed = hall.model_copy(
            update={"name": f"{number}", "quantity": number + 1, "version": hall.version + 1}
        )
        assert not catalog.change(context, hall, changed)
        hall = changed

    def quantities() -> list[Any]:
        found = trails.of_organization(context, at, at + 1)
        return [entry.changes["quantity"][1] for _, entry in found if entry.changes.get("quantity")]

    assert quantities() == list(range(9, 1, -1)), "a clock that stands"
    context, began = context._replace(clock=SystemClock(20)), int(time())
    for number in range(9):
        catalog.add(context, [Resource(id=f"room{number}", name="R")])
    made = [entry.id for _, entry in trails.of_organization(context, began, began + 60)]
    assert [id for id in made if id and id.startswith("room")] == [
        f"room{number}" for number in range(8, -1, -1)
    ]


def test_entries_of_before_have_no_more_than_a_second_and_are_told(client: Holder) -> None:
    at, actor = int(time()) - 50, Actor("token", "t", "T")
    month = datetime.fromtimestamp(at, UTC).strftime("%Y-%m")
    entry = Entry(at=at, action="created", actor=actor, type="resources", id="hall")
    key = ItemKey(f"{ORGANIZATION.id}#audit_log#{month}", f"{at:011}#0123456789abcdef")
    world().store.put_new(trail_row(key, entry), SystemClock(5))

    assert [each["relationships"]["subject"]["data"]["id"] for each in client.get(LOG).data][-1:] == ["hall"]


def test_nothing_that_a_person_wrote_is_in_the_trail(client: Holder) -> None:
    id = place(client, meeting())
    note = {"data": {"type": "orders", "id": id, "attributes": {"note": "Ada is ill"}}}
    client.call("PATCH", f"{ORDERS}/{id}", note)
    customer = {
        "data": {"type": "customers", "id": ADA.id, "attributes": {"family_name": "Byron", "notes": "is ill"}}
    }
    assert client.call("PATCH", f"/api/v1/customers/{ADA.id}", customer).status == 200

    rows = client.on.items()
    trail = [str(row) for (pk, sk), row in rows.items() if "#audit_log#" in pk or sk.startswith("trail#")]
    assert len(trail) == 2
    assert not any(word in text for text in trail for word in ("is ill", "Byron", "Lovelace", "ada@"))
    assert {each["attribute"] for each in told(client, LOG)[0]["changes"]} == {"family_name", "notes"}


def test_what_is_done_goes_away_after_a_year(client: Holder) -> None:
    id = place(client, meeting())
    client.call("POST", f"{ORDERS}/{id}/cancel")
    (row,) = [row for (_, sk), row in client.on.items().items() if sk.startswith("trail#")]
    (entry,) = told(client, f"{ORDERS}/{id}/history")[1:]
    made = int(datetime.fromisoformat(entry["at"]).timestamp())
    assert int(row["delete_at"]["N"]) == made + 366 * 86_400


@pytest.mark.parametrize(
    ("reason", "status"),
    [("r" * 200, 200), ("r" * 201, 400), ("two\nlines", 400), ("", 200), ("\u202e", 200)],
)
def test_a_reason_is_a_line_of_at_most_200_characters(client: Holder, reason: str, status: int) -> None:
    id = place(client, meeting())
    answer = client.call("POST", f"{ORDERS}/{id}/cancel", reason=reason)
    assert answer.status == status
    if status == 400:
        assert answer.refusals == [("invalid_parameter", "reason")]


def test_an_override_says_why(client: Holder) -> None:
    place(client, meeting())
    body = order(meeting(), check_availability=False)
    answer = client.call("POST", f"{ORDERS}/from-config", body, reason="a regular")
    assert answer.status == 201
    (entry,) = told(client, f"{ORDERS}/{answer.data['id']}/history")
    assert (entry["action"], entry["reason"], entry["actor"]["id"]) == ("placed", "a regular", client.id)


def test_an_order_of_another_organization_has_no_history(client: Holder, anybody: Any) -> None:  # noqa: F811
    id = place(client, meeting())
    assert client.get(f"{ORDERS}/{id[:-1]}x/history").status == 404
    assert anybody("catalog:read").get(f"{ORDERS}/{id}/history").status == 403


def test_the_log_tells_of_tokens_webhooks_the_organization_and_the_catalog(client: Holder) -> None:
    child = client.makes("orders:read")
    hook = client.subscribes("orders.*").data["id"]
    client.changes(hook, events=["bookings.*"])
    client.call("POST", f"{HOOKS}/{hook}/rotate-secret")
    client.call("DELETE", f"{HOOKS}/{hook}")
    room = {"data": {"type": "resources", "id": ROOM.id, "attributes": {"quantity": 3, "name": "Big"}}}
    client.call("PATCH", f"/api/v1/resources/{ROOM.id}", room, reason="a wall less")
    client.revokes(child)
    organization = {
        "data": {"type": "organizations", "id": ORGANIZATION.id, "attributes": {"draft_minutes": 7}}
    }
    client.call("PATCH", f"/api/v1/organizations/{ORGANIZATION.id}", organization)

    answer = client.get(LOG)
    found = [(each["relationships"]["subject"]["data"], each["attributes"]["action"]) for each in answer.data]
    of_hook, of_child = {"type": "webhook-subscriptions", "id": hook}, {"type": "api-tokens", "id": child.id}
    done = [
        (of_child, "created"), (of_hook, "created"), (of_hook, "changed"), (of_hook, "changed"), (of_hook, "deleted"),
        ({"type": "resources", "id": ROOM.id}, "changed"), (of_child, "revoked"),
        ({"type": "organizations", "id": ORGANIZATION.id}, "changed"),
    ]  # fmt: skip
    assert sorted(map(str, found)) == sorted(map(str, done))
    (of_room,) = told(client, LOG, filter_subject=ROOM.id)
    assert of_room["reason"] == "a wall less"
    assert sorted(of_room["changes"], key=lambda each: each["attribute"]) == [
        {"attribute": "name"},
        {"attribute": "quantity", "before": ROOM.quantity, "after": 3},
    ]
    changes = [each for entry in told(client, LOG, filter_subject=hook) for each in entry["changes"]]
    assert {"attribute": "secret"} in changes, "nothing of it is shown"
    assert {"attribute": "events", "before": ["orders.*"], "after": ["bookings.*"]} in changes


def test_the_log_is_looked_through_by_time_actor_and_subject(client: Holder, anybody: Any) -> None:  # noqa: F811
    other = anybody("*")
    client.makes("orders:read")
    child = other.makes("orders:read")

    assert len(told(client, LOG)) == 2
    assert [each["actor"]["id"] for each in told(client, LOG, filter_actor=other.id)] == [other.id]
    assert len(told(client, LOG, filter_subject=child.id)) == 1
    assert told(client, LOG, filter_created_until="2020-01-01") == []
    assert len(told(client, LOG, filter_created_from="2026-01-01", filter_created_until="2199-12-31")) == 2
    page = client.get(LOG, page_size="1").document
    assert (len(page["data"]), page["meta"]["page"]["total"]) == (1, 2)


def test_the_log_needs_a_scope_of_its_own(client: Holder, anybody: Any) -> None:  # noqa: F811
    assert anybody("audit:read").get(LOG).status == 200
    everything_else = ["orders:read", "orders:write", "catalog:read", "catalog:write", "tokens:write"]
    assert anybody(*everything_else).get(LOG).status == 403


def test_another_organization_sees_nothing_of_it(client: Holder, anybody: Any) -> None:  # noqa: F811
    client.makes("orders:read")
    assert told(anybody("*", organization_id="other"), LOG) == []
