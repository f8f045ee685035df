"""The plan of some days: what it shows, what it leaves out, and its limits."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from frontdesk.api.answers.availability import LONGEST_NAME, plan_resource
from frontdesk.domain.catalog.items import Resource
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import order_after
from frontdesk.domain.plan import days_from
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases import plan as plans
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.book import place_booking
from frontdesk.usecases.orders.place import Placed, place_order
from frontdesk.usecases.plan import Plan, Readers, make_plan
from frontdesk.usecases.ports import Catalog
from tests.support.demo import (
    ADA,
    CATALOG,
    DESKS,
    MEETING,
    NINE,
    ORGANIZATION,
    ROOM,
    SECOND_ROOM,
    desks,
    meeting,
    order,
)
from tests.support.fakes import FakeClock, FakeLists, FakeStore

ORG, NOW, DAY = ORGANIZATION.id, 1_800_000_000, date(2030, 4, 15)
AT_NINE = int(NINE.timestamp())


class FakeCatalog:
    def __init__(self, store: FakeStore) -> None:
        self.store = store

    def listed(self, context: Any, kind: str, **_: Any) -> Iterator[Key]:
        return (key for key, item in self.store.items.items() if key.kind == kind and not item.archived)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(ORG, CATALOG)


def place(store: FakeStore, *bookings: dict[str, Any], **fields: Any) -> Placed:
    return place_order(Context(ORG, FakeClock(NOW)), read_config(order(*bookings, **fields)), store)


def plan(
    store: FakeStore, first: date = DAY, days: int = 1, *named: str, now: int = NOW, zone: str | None = None
) -> Plan:
    world = Readers(store, FakeLists(store), cast("Catalog", FakeCatalog(store)))
    return make_plan(
        Context(ORG, FakeClock(now)), first, days, named, ZoneInfo(zone) if zone else None, world
    )


def names(made: Plan) -> list[tuple[str, str | None]]:
    return [(each.booking.id, each.customer and each.customer.full_name) for each in made.bookings]


def test_a_day_has_its_bookings_with_whom_and_what_they_are_for(store: FakeStore) -> None:
    placed = place(store, meeting(), desks(3))
    place(store, meeting(NINE + timedelta(days=1)))

    made = plan(store)
    assert sorted(names(made)) == [(id, "Ada Lovelace") for id in placed.order.booking_ids]
    assert [row.resource.id for row in made.rows] == [ROOM.id, SECOND_ROOM.id, DESKS.id]
    assert {each.name for each in made.services} == {"Meeting", "Desk"}
    assert len(plan(store, days=2).bookings) == 3


def test_what_is_in_use_is_told_with_paddings_and_weights(store: FakeStore) -> None:
    store.items[Key("service", MEETING.id)] = MEETING.model_copy(
        update={"padding_before": 15, "padding_after": 30}
    )
    place(store, meeting(), desks(3), desks(2, NINE + timedelta(hours=1), 60))

    room, _, area = plan(store).rows
    assert [(level.at - AT_NINE, level.in_use) for level in room.levels] == [(-900, 1), (5400, 0)]
    assert [(level.at - AT_NINE, level.in_use) for level in area.levels] == [
        (0, 3), (3600, 5), (7200, 3), (8 * 3600, 0),
    ]  # fmt: skip
    [booking] = [each.booking for each in plan(store).bookings if each.booking.resource_ids == (ROOM.id,)]
    shown = plan_resource(plan(store), "/")["attributes"]["bookings"]
    [told] = [each for each in shown if each["id"] == booking.id]
    assert (told["padding_before"], told["padding_after"]) == (15, 30)


def test_what_touches_without_a_gap_is_one_level(store: FakeStore) -> None:
    place(store, meeting(), meeting(NINE + timedelta(hours=1)))
    assert [level.in_use for level in plan(store).rows[0].levels] == [1, 0]


def test_opening_hours_are_cut_at_the_days_and_closed_dates_have_none(store: FakeStore) -> None:
    store.items[Key("resource", ROOM.id)] = ROOM.model_copy(update={"closed_dates": frozenset({DAY})})
    room, second, area = plan(store, days=2).rows
    hours = lambda row: [((start - AT_NINE) / 3600, (end - AT_NINE) / 3600) for start, end in row.open]  # noqa: E731
    assert hours(room) == [(22, 37)]
    assert hours(second) == [(-2, 13), (22, 37)]
    # Always open, for the whole days.
    assert hours(area) == [(-9, 39)]


def test_a_day_is_as_long_as_the_clock_says() -> None:
    lengths = [
        (end - start) // 3600
        for _, (start, end) in days_from(date(2030, 3, 30), 3, ZoneInfo("Europe/Berlin"))
    ]
    assert lengths == [24, 23, 24]
    assert [(e - s) // 3600 for _, (s, e) in days_from(date(2030, 10, 27), 1, ZoneInfo("Europe/Berlin"))] == [
        25
    ]
    # Apia skipped 2011-12-30.
    assert [(e - s) for _, (s, e) in days_from(date(2011, 12, 30), 1, ZoneInfo("Pacific/Apia"))] in (
        [0],
        [86400],
    )


def test_a_zone_that_is_named_has_its_own_days(store: FakeStore) -> None:
    place(store, meeting())
    assert len(plan(store, zone="Pacific/Auckland").bookings) == 1
    assert plan(store, zone="Pacific/Auckland").days[0][1].start < plan(store).days[0][1].start


@pytest.mark.parametrize("status", ["placing", "abandoned", "canceled"])
def test_what_is_not_live_is_not_on_it(store: FakeStore, status: Any) -> None:
    placed = place(store, meeting())
    store.items[Key("order", placed.order.id)] = placed.order.model_copy(update={"status": status})
    if status == "canceled":
        [id] = placed.order.booking_ids
        booking = store.items[Key("booking", id)]
        store.items[Key("booking", id)] = booking.model_copy(update={"status": "canceled"})
    assert plan(store).bookings == []
    assert not plan(store).rows[0].levels


def test_a_draft_is_on_it_until_its_time_is_over(store: FakeStore) -> None:
    placed = place(store, meeting(), complete_order=False)
    assert placed.order.expires_at is not None
    [draft] = plan_resource(plan(store), "/")["attributes"]["bookings"]
    assert (draft["status"], draft["expires_at"] is not None) == ("reserved", True)
    assert plan(store, now=placed.order.expires_at).bookings == []


def test_a_completed_order_tells_of_no_expiry(store: FakeStore) -> None:
    placed = place(store, meeting(), complete_order=False)
    store.items[Key("order", placed.order.id)] = order_after(placed.order, "completed", NOW)
    [told] = plan_resource(plan(store), "/")["attributes"]["bookings"]
    assert told["expires_at"] is None


def test_a_blocker_is_called_by_its_title_and_names_are_cut(store: FakeStore) -> None:
    from frontdesk.domain.requests.booking import read_new_booking
    from frontdesk.domain.requests.envelope import Shown

    attributes = {
        "is_blocker": True, "title": "Painters", "note": "secret", "resource_id": ROOM.id,
        "start_date": NINE.isoformat(), "end_date": (NINE + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    asked = read_new_booking(
        {"data": {"type": "bookings", "attributes": attributes}}, Shown(), check_availability=True
    )
    place_booking(Context(ORG, FakeClock(NOW)), asked, store)
    store.items[Key("customer", ADA.id)] = ADA.model_copy(update={"family_name": "L" * 200})
    place(store, meeting(NINE + timedelta(hours=3), note="secret"))

    blocker, booking = (each for each in plan_resource(plan(store), "/")["attributes"]["bookings"])
    assert (blocker["name"], blocker["is_blocker"]) == ("Painters", True)
    assert booking["name"] is not None
    assert len(booking["name"]) == LONGEST_NAME
    assert "secret" not in str(plan_resource(plan(store), "/"))


def test_named_resources_alone(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    place(store, meeting(), desks(1))
    for few in (20, 0):
        # By the lists of each resource, and by the lists of all.
        monkeypatch.setattr(plans, "_FEW", few)
        made = plan(store, DAY, 1, DESKS.id, "nothing")
        assert [row.resource.id for row in made.rows] == [DESKS.id]
        assert [each.booking.resource_ids for each in made.bookings] == [(DESKS.id,)]


@pytest.mark.parametrize(
    ("bound", "parameter"),
    [("MAX_RESOURCES", "resource_id"), ("MAX_BOOKINGS", "end_date"), ("MAX_ITEMS", "end_date")],
)
def test_more_than_a_bound_is_refused_with_what_to_narrow(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch, bound: str, parameter: str
) -> None:
    place(store, meeting(), desks(1), meeting(NINE + timedelta(hours=1)))
    # Organization, three resources, three bookings, an order, a customer, two services.
    exact = {"MAX_RESOURCES": 3, "MAX_BOOKINGS": 3, "MAX_ITEMS": 11}[bound]
    monkeypatch.setattr(plans, bound, exact)
    assert len(plan(store).bookings) == 3
    monkeypatch.setattr(plans, bound, exact - 1)
    with pytest.raises(FrontdeskError) as refused:
        plan(store)
    [problem] = refused.value.problems
    assert (problem.code, problem.status, problem.parameter) == ("invalid_parameter", 400, parameter)
    assert "resource_id" in problem.detail("en")


def archive(store: FakeStore, *resources: Resource) -> None:
    for each in resources:
        store.items[Key("resource", each.id)] = each.model_copy(update={"archived": True})


def shown(made: Plan) -> list[tuple[str, bool]]:
    return [(each["id"], each["archived"]) for each in plan_resource(made, "/")["attributes"]["resources"]]


def test_archived_resources_without_bookings_are_shown_only_by_name(store: FakeStore) -> None:
    archive(store, ROOM)
    assert shown(plan(store)) == [(SECOND_ROOM.id, False), (DESKS.id, False)]
    assert shown(plan(store, DAY, 1, ROOM.id)) == [(ROOM.id, True)]


def test_who_comes_to_an_archived_resource_is_on_the_plan(store: FakeStore) -> None:
    """Staff archived a room, and did not see any more that somebody would come."""
    placed = place(store, meeting(), desks(3))
    archive(store, ROOM, SECOND_ROOM)

    made = plan(store)
    assert shown(made) == [(DESKS.id, False), (ROOM.id, True)]
    assert sorted(names(made)) == [(id, "Ada Lovelace") for id in placed.order.booking_ids]
    assert [(level.at - AT_NINE, level.in_use) for level in made.rows[-1].levels] == [(0, 1), (3600, 0)]
    # Not on another day, and not if other resources are named.
    assert shown(plan(store, DAY + timedelta(days=1))) == [(DESKS.id, False)]
    assert shown(plan(store, DAY, 1, DESKS.id)) == [(DESKS.id, False)]


def test_archived_resources_come_after_the_others_the_oldest_first(store: FakeStore) -> None:
    place(store, desks(1), meeting(NINE + timedelta(hours=1)))
    archive(store, DESKS.model_copy(update={"created_at": 2}), ROOM.model_copy(update={"created_at": 1}))
    assert shown(plan(store)) == [(SECOND_ROOM.id, False), (ROOM.id, True), (DESKS.id, True)]


def test_what_is_canceled_or_over_brings_no_archived_resource_back(store: FakeStore) -> None:
    placed = place(store, meeting(), complete_order=False)
    archive(store, ROOM)
    assert shown(plan(store))[-1] == (ROOM.id, True)
    assert placed.order.expires_at is not None
    assert ROOM.id not in dict(shown(plan(store, now=placed.order.expires_at)))


def test_archived_resources_need_no_further_read(store: FakeStore) -> None:
    place(store, meeting(), desks(3))
    reads: list[set[str]] = []

    class Counting(FakeLists):
        def items(self, context: Any, keys: Any, room: Any = None) -> Any:
            reads.append({key.kind for key in keys})
            return super().items(context, keys, room)

    archive(store, ROOM)
    world = Readers(store, Counting(store), cast("Catalog", FakeCatalog(store)))
    make_plan(Context(ORG, FakeClock(NOW)), DAY, 1, (), None, world)
    assert reads == [{"resource", "booking", "order"}, {"customer", "service", "resource"}]


@pytest.mark.parametrize(
    ("bound", "exact", "parameter"), [("MAX_RESOURCES", 3, "resource_id"), ("MAX_ITEMS", 11, "end_date")]
)
def test_archived_resources_count_towards_the_bounds(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch, bound: str, exact: int, parameter: str
) -> None:
    place(store, meeting(), desks(1), meeting(NINE + timedelta(hours=1)))
    archive(store, ROOM)
    monkeypatch.setattr(plans, bound, exact)
    assert len(plan(store).rows) == 3
    monkeypatch.setattr(plans, bound, exact - 1)
    with pytest.raises(FrontdeskError) as refused:
        plan(store)
    assert [problem.parameter for problem in refused.value.problems] == [parameter]
