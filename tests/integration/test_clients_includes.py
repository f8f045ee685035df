"""What clients include by default, and what is too much. Source: shared conventions, "Answers"."""

from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Resource
from frontdesk.usecases.context import Context
from tests.integration.conftest import new_moto_world
from tests.integration.test_admin_orders import BOOKINGS, ORDERS, Desk
from tests.support.demo import ADA, DESK, DESKS, MEETING, ORGANIZATION, ROOM, desks, meeting

FLOOR = Resource(id="floor", name="Floor")
NOOK = Resource(id="nook", name="Nook", parent_id=FLOOR.id)
GONE = Resource(id="gone", name="Gone", parent_id=FLOOR.id, archived=True)


@pytest.fixture(scope="module")
def client() -> Iterator[Desk]:
    with new_moto_world() as made:
        world().store.put_catalog(Context(ORGANIZATION.id, SystemClock(5)), [FLOOR, NOOK, GONE])
        desk = Desk(made, made.demo["token"])
        sub: dict[str, Any] = {"resource_id": DESKS.id, "service_id": {DESK.id: 1}}
        desk.places(meeting(sub_bookings=[sub]), desks(1))
        yield desk


SERVICES, RESOURCES, CUSTOMERS = "/api/v1/services", "/api/v1/resources", "/api/v1/customers"
# By list and include: ids that must be in `included`, and the types there.
KNOWN: list[tuple[str, str, set[str], set[str]]] = [
    (ORDERS, "customer.address", {ADA.id}, {"customers"}),
    (ORDERS, "invoice.items,invoice", set(), set()),
    (ORDERS, "bookings.resource,bookings.service,address", {ROOM.id, MEETING.id}, {"bookings", "resources", "services"}),
    (ORDERS, "bookings.sub_bookings.resource", {DESKS.id}, {"bookings", "resources"}),
    (BOOKINGS, "order.customer", {ADA.id}, {"orders", "customers"}),
    (BOOKINGS, "sub_bookings.resource,sub_bookings.service", {DESKS.id, DESK.id}, {"bookings", "resources", "services"}),
    (BOOKINGS, "resource.category,resource.group,location,booking_add_ons", {ROOM.id}, {"resources"}),
    (RESOURCES, "children,address,category,group,location", {NOOK.id}, {"resources"}),
    (RESOURCES, "parent.children", {FLOOR.id}, {"resources"}),
    (SERVICES, "resources.children,category", {ROOM.id}, {"resources"}),
    (CUSTOMERS, "address", set(), set()),
]  # fmt: skip


@pytest.mark.parametrize(("path", "include", "ids", "types"), KNOWN)
def test_what_clients_include_is_known_and_empty_where_there_is_nothing(
    client: Desk, path: str, include: str, ids: set[str], types: set[str]
) -> None:
    for address in (path, f"{path}/{client.listed(path)[0]}"):
        answer = client.get(address, include=include)
        assert answer.status == 200, answer.document
        included = answer.document["included"]
        shown = answer.data if isinstance(answer.data, list) else [answer.data]
        assert {each["type"] for each in included} <= types
        if address == path:
            assert {each["id"] for each in (*included, *shown)} >= ids


@pytest.mark.parametrize(
    "include",
    ["nobody", "customer.nobody", "bookings.resource.nobody", "customer.address.nobody", "bookings.sub_bookings.order.bookings.resource"],
)  # fmt: skip
@pytest.mark.parametrize("path", [ORDERS, CUSTOMERS])
def test_a_name_that_nobody_knows_or_too_many_are_refused(client: Desk, path: str, include: str) -> None:
    answer = client.get(path, include=include)
    assert (answer.status, answer.refusals) == (400, [("invalid_parameter", "include")])


def test_more_paths_than_can_be_are_refused(client: Desk) -> None:
    names = ("order", "super_booking", "sub_bookings")
    paths = [f"{a}.{b}.{c}" for a in ("sub_bookings", "super_booking") for b in names[1:] for c in (
        "order", "customer", "resource", "resources", "service", "services", "sub_bookings", "super_booking",
    )]  # fmt: skip
    assert client.get(BOOKINGS, include=",".join(paths[:30])).status == 200
    assert client.get(BOOKINGS, include=",".join(paths[:31])).status == 400


def test_children_and_parents_are_real(client: Desk) -> None:
    floor = client.get(f"{RESOURCES}/{FLOOR.id}", include="children")
    assert floor.data["relationships"]["children"]["data"] == [{"type": "resources", "id": NOOK.id}]
    assert [each["id"] for each in floor.document["included"]] == [NOOK.id]
    nook = client.get(f"{RESOURCES}/{NOOK.id}", include="parent")
    assert [each["id"] for each in nook.document["included"]] == [FLOOR.id]
    every = client.listed(RESOURCES, page_size="100")
    alone = client.get(f"{RESOURCES}?filter[exclude_child_resources]=1", page_size="100").ids
    assert {*every} - {*alone} == {NOOK.id}


@pytest.mark.parametrize(
    ("method", "children", "status"),
    [
        ("PATCH", [NOOK.id], 200),
        ("PATCH", [], 422),
        ("PATCH", [FLOOR.id], 422),
        ("POST", [], 201),
        ("POST", [NOOK.id], 422),
    ],
)
def test_children_that_were_read_can_be_sent_back_and_not_be_chosen(
    client: Desk, method: str, children: list[str], status: int
) -> None:
    shown = client.get(f"{RESOURCES}/{FLOOR.id}", include="children,parent").data
    linkage = [{"type": "resources", "id": each} for each in children]
    data = shown | {"relationships": shown["relationships"] | {"children": {"data": linkage}}}
    if method == "POST":
        data = {name: each for name, each in data.items() if name != "id"}
        data |= {"attributes": data["attributes"] | {"slug": None}}
    answer = client.call(method, RESOURCES if method == "POST" else f"{RESOURCES}/{FLOOR.id}", {"data": data})
    assert answer.status == status, answer.document
    if status == 422:
        assert answer.refusals == [("read_only", "/data/relationships/children")]
