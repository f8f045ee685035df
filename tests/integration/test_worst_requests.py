"""The worst request of each operation, looked for by counted work: any parameters that its route declares, on a world of a tenth of the limits.

Counted are lines of the product, items read or looked for, and bytes of the answer. `-s` shows the worst of each.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import strategies as st

from frontdesk.api.bounds import MAX_ANSWER
from frontdesk.api.includes import RELATED
from frontdesk.api.query import largest_page
from frontdesk.api.routes import PUBLIC, ROUTES, Route
from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import Customer, Resource, Service, TimeslotSeries
from frontdesk.domain.catalog.message_rules import MessageRule, Words
from frontdesk.domain.webhooks.deliveries import Delivery
from frontdesk.usecases.orders.list import SORTS
from tests.integration import client as clients
from tests.integration import conftest
from tests.integration.client import Client
from tests.integration.conftest import new_moto_world
from tests.support import dynamodb
from tests.support.demo import DESKS, MEETING, NINE, ORGANIZATION, ROOM, desks, meeting, order
from tests.support.work import MAX_STEPS, steps_of
from tests.unit.test_work_of_availability import HOURS

# Of a request at a tenth of the limits. Items: every one of the world, and those of the lists in which they are.
TENTH, MAX_ITEMS = MAX_STEPS // 3, 2_000
EVERY_TEN_MINUTES = [
    (f"{m // 60:02}:{m % 60:02}", f"{m // 60:02}:{m % 60 + 9:02}") for m in range(0, 1_440, 10)
]
LETTERS = "\ufdfa"  # Eighteen, when they are compared.

search = settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.target],
    suppress_health_check=list(HealthCheck),
)


class Work(NamedTuple):
    """What an answer took, and its status."""

    steps: int
    items: int
    answer: int
    status: int


class World(NamedTuple):
    """A client of the API, and the ids that paths and filters name."""

    client: Client
    ids: dict[str, str]
    named: dict[str, list[str]]

    def work(self, method: str, path: str, body: Any = None, **query: str) -> Work:
        items, answers = 0, list[Any]()
        serve = dynamodb.Cloud.answer

        def counted(cloud: Any, operation: str, request: Any) -> Any:
            nonlocal items
            found = serve(cloud, operation, request)
            # Keys count even if nothing is stored under them.
            asked = (
                each["Keys"] for each in request.get("RequestItems", {}).values() if isinstance(each, dict)
            )
            items += found.get("ScannedCount", sum(map(len, asked)) + ("Item" in found))
            return found

        def call() -> None:
            answers.append(self.client.call(method, path, body, several={k: [v] for k, v in query.items()}))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dynamodb.Cloud, "answer", counted)
            # Others look at whether an answer is as documented.
            patch.setattr(conftest, "assert_documented", lambda *_: None)
            patch.setattr(clients, "assert_jsonapi", lambda *_: None)
            steps = steps_of(call, TENTH)
        size = len(json.dumps(answers[0].document, ensure_ascii=False).encode())
        return Work(steps, items, size, answers[0].status)


def _made(client: Client, path: str, type: str, **attributes: Any) -> str:
    answer = client.call("POST", f"/api/v1/{path}", {"data": {"type": type, "attributes": attributes}})
    assert answer.status == 201, answer.document
    return str(answer.data["id"])


def _fill(client: Client) -> World:
    """Large items of every type: the texts, hours and questions that one may have, and an order of a hundred bookings."""
    from frontdesk.bootstrap import SystemClock, world
    from frontdesk.usecases.context import Context

    days = frozenset(NINE.date() + timedelta(days=n) for n in range(100))
    hours = dict.fromkeys(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], HOURS)
    resources = [
        Resource(
            id=f"r{n:03}",
            name=f"Room {n}",
            description=LETTERS * 1_000,
            opening_hours=hours,
            closed_dates=days,
        )
        for n in range(100)
    ]
    customers = [
        Customer(
            id=f"c{n:03}",
            given_name="Ann",
            family_name=f"Other {n}",
            email=f"ann{n}@example.com",
            notes="n" * 2_000,
        )
        for n in range(100)
    ]
    fields = [CustomField(id=f"f{n}", label="L" * 200, field_type="long_text") for n in range(10)]
    rule = MessageRule(
        id="rule",
        name="r",
        event="confirmation",
        words={"en": Words(subject="{service}" * 20, before="{resource}" * 400)},
    )
    service = Service(
        id="every",
        name="S",
        price=1,
        tax_rate=0,
        min_duration=1,
        booking_interval=5,
        resource_ids=frozenset(each.id for each in resources),
    )
    series = TimeslotSeries(id="series", name="S", slots=dict.fromkeys(hours, EVERY_TEN_MINUTES))
    at = Context(ORGANIZATION.id, SystemClock(10**12))
    world().store.put_catalog(at, [*resources, *customers, *fields, rule, service, series])
    hundred = desks(
        1, recurring={"frequency": "daily", "count": 100}, note="&" * 2_000, customer_note="&" * 2_000
    )
    placed = client.call("POST", "/api/v1/orders/from-config", order(hundred))
    assert placed.status == 201, placed.document
    for n in range(10):
        client.call("POST", "/api/v1/orders/from-config", order(meeting(NINE + timedelta(days=n))))
    webhooks = [
        _made(
            client,
            "webhook-subscriptions",
            "webhook-subscriptions",
            url="https://example.com/" + "h" * 1_900,
            events=["*"],
        )
        for _ in range(5)
    ]
    mapping = {"values": {"status": {"s" * 10_000: "b"}}}
    imports = [
        _made(client, "imports", "imports", name=f"{n}.csv", size=1, mapping=mapping) for n in range(10)
    ]
    now = SystemClock(10**12).now()
    for n in range(100):
        delivery = Delivery(
            id=f"{now:08x}-{n:04x}-8000-8000-{n:012x}",
            webhook_id=webhooks[0],
            event="orders.created",
            subject_type="orders",
            subject_id=placed.data["id"],
            status="failed",
            error="e" * 200,
            version=1,
        )
        assert world().webhooks.write_delivery(at, delivery)
    export = _made(client, "exports", "exports", kind="bookings")
    booking_ids = [each["id"] for each in placed.data["relationships"]["bookings"]["data"]]
    ids = {
        "order_id": placed.data["id"],
        "booking_id": booking_ids[50],
        "organization_id": ORGANIZATION.id,
        "customer_id": "c001",
        "resource_id": ROOM.id,
        "service_id": MEETING.id,
        "custom_field_id": "f1",
        "message_rule_id": "rule",
        "webhook_id": webhooks[0],
        "import_id": imports[0],
        "export_id": export,
    }
    named = {
        "resources": [DESKS.id, ROOM.id, *(each.id for each in resources[:48])],
        "customers": [each.id for each in customers[:50]],
        "emails": [f"ann{n}@example.com" for n in range(50)],
    }
    return World(client, ids, named)


@pytest.fixture(scope="module")
def there() -> Iterator[World]:
    with new_moto_world() as moto:
        yield _fill(Client(moto, moto.demo["token"]))


def _values(name: str, route: Route, world: World) -> list[str]:
    """What a parameter may be at its worst. All are tried with all others."""
    type = route.path.split("/")[3]
    day = str(NINE.date())
    known = {
        "include": [",".join(_paths(type, 3)[:30]), ",".join(_paths(type, 1))],
        "sort": [
            ",".join(f"-{each}" for each in SORTS) if type in ("orders", "bookings") else "name,-updated_at",
            "-created_at",
        ],
        "page[size]": ["1", str(largest_page(route.path))],
        "page[number]": ["1", "3", "1000000"],
        "timezone": ["Australia/Lord_Howe"],
        "filter[search]": ["ann", LETTERS * 200, "BB1234567890123456", " ".join("abcdefghij" * 9), "0" * 200],
        "filter[customer]": [",".join(world.named["customers"])],
        "filter[email]": [world.named["emails"][0], ",".join(world.named["emails"])],
        "filter[resources]": [",".join(world.named["resources"])],
        "filter[order]": [world.ids["order_id"], ",".join([world.ids["order_id"]] * 50)],
        "filter[start_date]": [day],
        "filter[end_date]": [str(NINE.date() + timedelta(days=365))],
        "filter[status]": ["canceled", "accepted", "completed"],
        "filter[import]": [world.ids["import_id"]],
        "filter[actor]": ["token"],
        "filter[archived]": ["0", "1"],
        "filter[state]": ["sent", "waiting,failed,bounced"],
        "filter[kind]": ["confirmation", "reminder"],
        "filter[event]": ["orders.created", "orders.created,bookings.created"],
        "filter[created_from]": [day],
        "filter[created_until]": [str(NINE.date() + timedelta(days=365))],
        "filter[subject]": ["r001"],
        "resource_id": ["r001", ",".join(f"r{n:03}" for n in range(9))],
        "service_id": ["every"],
        "timeslot_series_id": ["series"],
        "date": [day],
        "start_date": [day],
        "end_date": [str(NINE.date() + timedelta(days=6))],
        "duration": ["1", "60"],
        "quantity": ["1"],
    }
    if name == "filter[status]" and type == "webhook-subscriptions":
        return ["failed", "pending,failed,dropped"]
    if name.startswith("fields["):
        return [",".join(f"field{n}" for n in range(500)), "name,note,total"]
    if name.startswith("filter["):
        return known.get(name, ["1", "x"])
    return known.get(name, ["x"])


def _paths(type: str, depth: int) -> list[str]:
    found = [""]
    paths = [("", type)]
    for _ in range(depth):
        paths = [
            (f"{path}.{name}".strip("."), to)
            for path, of in paths
            for name, to in RELATED.get(of, {}).items()
        ]
        found += [path for path, _ in paths]
    return sorted(filter(None, found), key=len, reverse=depth > 1)


READS = [
    route
    for route in ROUTES
    if route.method == "GET" and route.scope != PUBLIC and "cancel" not in route.name
]
# What nothing of the world is named for.
READS = [route for route in READS if not route.path.endswith(("<token_id>", "<message_id>", "<delivery_id>"))]
READS = [
    route
    for route in READS
    if not {"add_on_id", "voucher_id", "timeslot_series_id"} & {*route.path.replace(">", "<").split("<")}
]


# What the world has nothing of.
REFUSED = {"read_import_results"}
# Without these, what is free is not looked for.
NEEDED = {"service_id", "resource_id", "date", "start_date", "end_date"}


def worst_of(
    route: Route, requests: st.SearchStrategy[Any], work: Callable[[Any], Work], search: settings
) -> Work:
    """Returns the most work that was found. No request may take more than the limits."""
    worst = Work(0, 0, 0, 0)

    @search
    @given(requests)
    def look(request: Any) -> None:
        nonlocal worst
        found = work(request)
        target(float(found.steps), label="lines")
        target(float(found.items), label="items")
        assert found.status < 500
        assert found.items <= MAX_ITEMS
        assert found.answer <= MAX_ANSWER
        worst = max(worst, found)

    look()
    print(
        f"{route.name:32} {worst.steps:8} lines {worst.items:5} items {worst.answer:8} bytes {worst.status}"
    )
    return worst


@pytest.mark.thorough
@pytest.mark.parametrize("route", READS, ids=lambda route: route.name)
def test_no_reading_is_more_work_than_it_may_be(route: Route, there: World) -> None:
    path = route.path
    for name, id in there.ids.items():
        path = path.replace(f"<{name}>", id)
    choices = {name: st.sampled_from(_values(name, route, there)) for name in route.parameters}
    needed = {name: choices.pop(name) for name in NEEDED & choices.keys() if "/availability/" in path}
    queries = st.fixed_dictionaries(needed, optional=choices)

    worst = worst_of(route, queries, lambda query: there.work("GET", path, **query), search)
    assert worst.status < 400 or route.name in REFUSED, "the search is of no use if all is refused"
