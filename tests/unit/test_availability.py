"""Availability: the possible starts, why a start is unavailable, what is read, and what is refused before reading."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from frontdesk.domain.availability.days import Stretch
from frontdesk.domain.availability.search import MAX_LEDGERS, MAX_OWNERS, Named, Query
from frontdesk.domain.availability.starts import Start, usual_length
from frontdesk.domain.catalog.items import CatalogItem, Service, TimeslotSeries
from frontdesk.domain.ledger import LedgerKey
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.time.intervals import Interval, grid, iso
from frontdesk.usecases.availability import free_periods, possible_starts, start_dates
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import place_order
from tests.support.fakes import FakeClock, FakeStore
from tests.unit.builders import DAILY, DESK, DESKS, MEETING, NOW, ORGANIZATION, ROOM, ROOM_2, at

# A Wednesday two weeks ahead.
DAY = date(2026, 4, 15)
BERLIN = ZoneInfo("Europe/Berlin")
COURSE = TimeslotSeries(
    id="course", name="Course", quantity=5, slots={"wed": (("09:00", "10:30"), ("18:00", "19:00"))}
)


class Desk:
    """Availability in the demo organization's store."""

    def __init__(self, *instead: CatalogItem, now: int = NOW) -> None:
        catalog = {
            item.id: item for item in (ORGANIZATION, ROOM, ROOM_2, DESKS, MEETING, DESK, COURSE, *instead)
        }
        self.store = FakeStore("o", catalog.values())
        self.clock = FakeClock(now)
        self.asked: list[tuple[bool, set[Key]]] = []
        read = self.store.read

        def seen(context: Context, keys: Iterable[Key], *, consistent: bool, **how: Any) -> dict[Key, Any]:
            found = read(context, wanted := set(keys), consistent=consistent, **how)
            self.asked.append((consistent, wanted))
            return found

        self.store.read = seen  # type: ignore[method-assign]

    def book(
        self,
        start: str,
        end: str,
        resource: str = "room",
        service: str = "meeting",
        quantity: int = 1,
        **more: Any,
    ) -> Order:
        booking = {
            "resource_id": resource,
            "service_id": {service: quantity},
            "start_date": start,
            "end_date": end,
        }
        placed = place_order(
            Context("o", self.clock), read_config({"bookings": [booking], **more}), self.store
        )
        self.asked.clear()
        return placed.order

    def starts(
        self, *, services: str = "meeting", resources: str = "", series: str = "", **more: Any
    ) -> dict[str, Start]:
        """Returns the starts by Berlin's local time."""
        found = possible_starts(
            Context("o", self.clock), query(services, resources, series, **more), self.store
        )
        return {f"{datetime.fromtimestamp(start.slot.start, BERLIN):%H:%M}": start for start in found}

    def periods(self, resources: str, series: str = "", **more: Any) -> dict[str, list[Stretch]]:
        found = free_periods(Context("o", self.clock), query("", resources, series, **more), self.store)
        return {id: periods.stretches for id, periods in found.items()}

    def refusals(self, *, find: Any = possible_starts, **more: Any) -> list[tuple[str, int, str | None]]:
        with pytest.raises(FrontdeskError) as refused:
            find(Context("o", self.clock), query(**more), self.store)
        return [(problem.code, problem.status, problem.parameter) for problem in refused.value.problems]


def query(services: str = "meeting", resources: str = "", series: str = "", **more: Any) -> Query:
    named = [
        Named(name, tuple(ids.split()))
        for name, ids in (("service_id", services), ("r[]", resources), ("timeslot_series_id", series))
    ]
    return Query(*named, **{"first": DAY, "last": DAY, **more})


def shown(stretches: Sequence[Stretch]) -> list[tuple[str, str, int]]:
    return [(iso(start)[:16], iso(end)[:16], quota) for start, end, quota in stretches]


def test_the_starts_of_a_day_are_its_quarters_of_an_hour_and_each_says_why_it_is_not_available() -> None:
    desk = Desk(MEETING.model_copy(update={"min_duration": 60}))
    desk.book("2026-04-15T10:00:00+02:00", "2026-04-15T11:00:00+02:00")
    starts = desk.starts(resources="room")

    assert len(starts) == 96
    assert starts["09:00"] == Start(
        Interval(at("2026-04-15T09:00:00+02:00"), at("2026-04-15T10:00:00+02:00")), None, 1, BERLIN, ("room",)
    )
    assert (starts["09:15"].unavailability, starts["09:15"].left, starts["09:15"].resource_ids) == (
        "booked_out",
        0,
        (),
    )
    assert starts["11:00"].unavailability is None
    assert (starts["21:15"].unavailability, starts["21:15"].left) == ("off_schedule", 0)
    assert {time for time, start in starts.items() if start.unavailability is None} & {
        "06:45",
        "21:15",
    } == set()


def test_any_resource_of_the_service_will_do_if_none_is_named() -> None:
    desk = Desk()
    desk.book("2026-04-15T10:00:00+02:00", "2026-04-15T11:00:00+02:00")
    starts = desk.starts(duration=60)

    assert (starts["09:00"].left, starts["09:00"].resource_ids) == (2, ("room", "room2"))
    assert (starts["10:00"].left, starts["10:00"].resource_ids) == (1, ("room2",))


def test_of_resources_that_are_none_available_the_nearest_to_it_says_why() -> None:
    desk = Desk(ROOM_2.model_copy(update={"closed_dates": frozenset({DAY})}))
    desk.book("2026-04-15T10:00:00+02:00", "2026-04-15T11:00:00+02:00")

    assert desk.starts(duration=60)["10:00"].unavailability == "booked_out"
    assert desk.starts(duration=60)["06:00"].unavailability == "off_schedule"


def test_what_is_archived_is_not_among_a_services_resources_and_not_found_by_name() -> None:
    desk = Desk(ROOM.model_copy(update={"archived": True}))

    assert desk.starts()["09:00"].resource_ids == ("room2",)
    assert desk.refusals(resources="room room2") == [("resource_not_found", 400, "r[]")]


def test_less_than_the_quantity_is_not_available_and_says_how_many_are_left() -> None:
    desk = Desk()
    desk.book("2026-04-15T09:00:00+02:00", "2026-04-15T17:00:00+02:00", "desks", "desk", 10)

    assert desk.starts(services="desk", duration=60, quantity=2)["09:00"].resource_ids == ("desks",)
    lacking = desk.starts(services="desk", duration=60, quantity=3)["09:00"]
    assert (lacking.unavailability, lacking.left) == ("booked_out", 2)


def test_a_service_that_takes_no_room_is_never_booked_out() -> None:
    desk = Desk(
        DESK.model_copy(update={"default_weight": 0}),
        DESKS.model_copy(update={"quantity": 0, "opening_hours": DAILY}),
    )
    starts = desk.starts(services="desk", duration=60, quantity=7)

    assert (starts["09:00"].unavailability, starts["09:00"].left) == (None, None)
    assert (starts["06:00"].unavailability, starts["06:00"].left) == ("off_schedule", 0)


def test_a_service_that_takes_no_room_is_available_even_where_more_is_booked_than_there_is() -> None:
    free = DESK.model_copy(update={"id": "free", "default_weight": 0})
    desk = Desk(free)
    desk.book(
        "2026-04-15T09:00:00+02:00",
        "2026-04-15T17:00:00+02:00",
        "desks",
        "desk",
        13,
        check_availability=False,
    )

    assert desk.starts(services="desk", duration=60)["10:00"].left == 0
    assert desk.starts(services="free", duration=60)["10:00"].resource_ids == ("desks",)


def test_paddings_reach_into_the_days_before_and_after() -> None:
    desk = Desk(
        DESKS.model_copy(update={"quantity": 1}),
        DESK.model_copy(update={"padding_before": 30, "padding_after": 60}),
    )
    for day, start, end in (("14", "23:00", "23:10"), ("16", "01:00", "01:15")):
        desk.book(f"2026-04-{day}T{start}Z", f"2026-04-{day}T{end}Z", "desks", "desk")

    def not_available(minutes: int) -> list[tuple[str, int | None]]:
        found = possible_starts(
            Context("o", desk.clock), query("desk", timezone="UTC", duration=minutes), desk.store
        )
        return [(iso(start.slot.start)[11:16], start.left) for start in found if start.unavailability]

    # With paddings, the bookings occupy 22:30 to 00:10, and 00:30 to 02:15.
    morning = [("00:00", 0), ("00:15", 0), ("00:30", 0)]
    assert not_available(15) == [*morning, ("23:30", 0), ("23:45", 0)]
    assert not_available(45) == [*morning, *((f"23:{minute}", 0) for minute in ("00", "15", "30", "45"))]
    # A day that ends at 22:00, with its last booking from 21:45 to 23:45.
    assert desk.starts(services="desk", duration=120)["23:45"].unavailability == "booked_out"


def test_services_together_have_the_widest_paddings_and_only_resources_with_all_of_them() -> None:
    cleaning = Service(
        id="cleaning",
        name="Cleaning",
        price=1,
        tax_rate=Decimal(0),
        padding_after=30,
        default_weight=0,
        resource_ids=frozenset({"room"}),
    )
    desk = Desk(cleaning)
    desk.book("2026-04-15T12:00:00+02:00", "2026-04-15T13:00:00+02:00")
    starts = desk.starts(services="meeting cleaning", duration=60)

    assert starts["10:30"].resource_ids == ("room",)
    assert (starts["10:45"].unavailability, starts["10:45"].left) == ("booked_out", 0)
    assert desk.refusals(services="meeting cleaning", resources="room2 room") == [
        ("service_not_offered", 400, "r[]")
    ]


@pytest.mark.parametrize(
    ("terms", "minutes"),
    [
        ({}, 60),
        ({"charge_interval": 1440}, 1440),
        ({"min_duration": 90, "charge_interval": 45}, 90),
        ({"min_duration": 0}, 60),
        ({"max_duration": 30}, 30),
        ({"max_duration": 240}, 60),
    ],
)
def test_a_booking_is_as_short_as_its_service_allows_if_nothing_is_said(
    terms: dict[str, int], minutes: int
) -> None:
    assert usual_length([DESK.model_copy(update=terms)]) == minutes


def test_the_usual_length_of_several_services_is_that_of_the_longest_within_what_all_allow() -> None:
    long, short = (
        DESK.model_copy(update=terms)
        for terms in ({"min_duration": 120}, {"min_duration": 30, "max_duration": 90})
    )

    assert usual_length([short, DESK.model_copy(update={"min_duration": 75})]) == 75
    assert usual_length([long, short]) == 90


@pytest.mark.parametrize(
    ("minutes", "reason"), [(59, "under_min_duration"), (60, None), (120, None), (121, "over_max_duration")]
)
def test_a_length_that_the_service_does_not_have_is_never_available(minutes: int, reason: str | None) -> None:
    desk = Desk(MEETING.model_copy(update={"min_duration": 60, "max_duration": 120}))

    assert desk.starts(duration=minutes)["12:00"].unavailability == reason
    [day] = start_dates(Context("o", desk.clock), query(duration=minutes), desk.store)
    assert (bool(day.starts), day.unavailability) == (reason is None, reason)


def test_the_past_and_the_lead_time_come_first() -> None:
    desk = Desk(MEETING.model_copy(update={"lead_time": 60}), now=at("2026-04-15T12:00:01+02:00"))
    starts = desk.starts(duration=60)

    assert [starts[time].unavailability for time in ("05:00", "12:00", "12:15", "13:00", "13:15")] == [
        "in_the_past", "in_the_past", "before_lead_time", "before_lead_time", None,
    ]  # fmt: skip


def test_a_days_notice_is_on_the_clock_of_each_resource() -> None:
    """Berlin's clocks go forward that night, so its day ends an hour before UTC's."""
    elsewhere = ROOM_2.model_copy(update={"timezone": "UTC"})
    meeting = MEETING.model_copy(update={"lead_time": 24 * 60})
    now, day = at("2026-03-28T12:00:00+01:00"), date(2026, 3, 29)
    always = {"opening_hours": None}
    desk = Desk(ROOM.model_copy(update=always), elsewhere.model_copy(update=always), meeting, now=now)

    starts = desk.starts(duration=60, first=day, last=day)

    assert (starts["11:45"].unavailability, starts["11:45"].resource_ids) == ("before_lead_time", ())
    assert (starts["12:00"].left, starts["12:00"].resource_ids) == (1, ("room",))
    assert (starts["13:00"].left, starts["13:00"].resource_ids) == (2, ("room", "room2"))


def test_an_order_that_is_being_placed_makes_a_start_pending_and_one_that_was_given_up_does_not() -> None:
    desk = Desk()
    draft = desk.book("2026-04-15T10:00:00+02:00", "2026-04-15T11:00:00+02:00", complete_order=False)
    key = ledger_item(LedgerKey("room", "2026-04-15"))
    holds = {name: hold._replace(placing=True) for name, hold in desk.store.items[key].holds.items()}
    desk.store.items[key] = desk.store.items[key]._replace(holds=holds)
    order = Key("order", draft.id)

    def start_while(status: str, until: int = NOW + 60) -> Start:
        desk.store.items[order] = draft.model_copy(update={"status": status, "expires_at": until})
        return desk.starts(resources="room", duration=60)["10:00"]

    assert (start_while("placing").unavailability, start_while("placing").left) == ("pending", 0)
    assert start_while("completed").unavailability == "booked_out"
    assert (start_while("placing", NOW).unavailability, start_while("abandoned").unavailability) == (
        None,
        None,
    )
    assert start_while("abandoned").left == 1


def test_a_draft_that_has_run_out_is_told_by_its_order_which_alone_is_read_consistently() -> None:
    desk = Desk()
    draft = desk.book("2026-04-15T10:00:00+02:00", "2026-04-15T11:00:00+02:00", complete_order=False)
    assert desk.starts(resources="room", duration=60)["10:00"].unavailability == "booked_out"
    assert [consistent for consistent, _ in desk.asked] == [False, False]
    desk.clock.at += 15 * 60
    desk.asked.clear()

    assert desk.starts(resources="room", duration=60)["10:00"].unavailability is None
    assert shown(desk.periods("room")["room"]) == [("2026-04-15T05:00", "2026-04-15T20:00", 1)]
    assert desk.asked[2] == (True, {Key("order", draft.id)})


def test_a_day_takes_two_readings_and_a_month_reads_its_days_and_nothing_else() -> None:
    desk = Desk()
    for hour in range(7, 20):
        desk.book(f"2026-04-15T{hour:02}:00:00+02:00", f"2026-04-15T{hour + 1:02}:00:00+02:00")
    desk.starts(duration=60)
    (_, catalog), (_, days) = desk.asked
    assert catalog == {Key("organization", "o"), Key("service", "meeting")}
    # The local day begins on the UTC day before.
    of = [(key.kind, key.id, key.part) for key in sorted(days)]
    assert of == [
        *(("ledger", room, day) for room in ("room", "room2") for day in ("2026-04-14", "2026-04-15")),
        ("resource", "room", ""), ("resource", "room2", ""),
    ]  # fmt: skip
    desk.asked.clear()

    desk.periods("room", first=date(2026, 5, 1), last=date(2026, 5, 31))
    assert [len(keys) for _, keys in desk.asked] == [2, 32]


def test_the_grid_is_the_wall_clocks_also_where_that_is_changed() -> None:
    spring, autumn = grid(date(2026, 3, 29), 15, BERLIN), grid(date(2026, 10, 25), 15, BERLIN)

    assert (len(spring), len(autumn)) == (92, 100)
    assert not [instant for instant in spring if datetime.fromtimestamp(instant, BERLIN).hour == 2]
    assert [iso(instant)[11:16] for instant in autumn[8:16]] == [
        f"{hour:02}:{minute:02}" for hour in (0, 1) for minute in (0, 15, 30, 45)
    ]
    assert [
        iso(instant)[:16] for instant in grid(date(2026, 9, 6), 60, ZoneInfo("America/Santiago"))[:1]
    ] == ["2026-09-06T04:00"]


def test_starts_are_on_the_clock_of_the_resource_and_in_the_day_of_whoever_asks() -> None:
    kathmandu = ROOM.model_copy(update={"timezone": "Asia/Kathmandu", "opening_hours": None})
    desk = Desk(kathmandu, ORGANIZATION.model_copy(update={"timezone": "UTC"}))
    times = [
        iso(start.slot.start)[:16]
        for start in desk.starts(resources="room", timezone="Asia/Kathmandu").values()
    ]

    assert (times[0], times[-1]) == ("2026-04-14T18:15", "2026-04-15T18:00")
    assert next(iter(desk.starts(resources="room").values())).slot.start == at("2026-04-15T00:00:00+05:45")
    assert next(iter(desk.starts().values())).slot.start == at("2026-04-15T00:00:00+00:00")


def test_in_a_series_the_starts_are_its_slots_and_both_the_series_and_the_resource_must_have_room() -> None:
    desk = Desk(ROOM.model_copy(update={"quantity": 3}))
    starts = desk.starts(resources="room", series="course")
    assert {time: (start.slot.end - start.slot.start, start.left) for time, start in starts.items()} == {
        "09:00": (5400, 3),
        "18:00": (3600, 3),
    }
    for _ in range(2):
        desk.book("2026-04-15T18:30:00+02:00", "2026-04-15T19:30:00+02:00")
    desk.store.items[Key("timeslot_series", "course")] = COURSE.model_copy(update={"quantity": 2})

    starts = desk.starts(resources="room", series="course")
    assert {time: start.left for time, start in starts.items()} == {"09:00": 2, "18:00": 1}
    assert desk.starts(resources="room", series="course", quantity=2)["18:00"].unavailability == "booked_out"
    assert desk.starts(resources="room", series="course", quantity=3)["09:00"].unavailability == "booked_out"
    assert (
        desk.starts(resources="room", series="course", first=date(2026, 4, 16), last=date(2026, 4, 16)) == {}
    )


def test_a_slot_that_goes_on_after_the_day_needs_the_next_day_too() -> None:
    night = COURSE.model_copy(
        update={"slots": {"wed": (("22:00", "06:00"),)}, "resource_ids": frozenset({"desks"})}
    )
    desk = Desk(night)
    desk.book("2026-04-16T05:00:00+02:00", "2026-04-16T05:30:00+02:00", "desks", "desk", 12)

    start = desk.starts(services="desk", series="course")["22:00"]
    assert (start.unavailability, start.left) == ("booked_out", 0)
    assert shown(desk.periods("", "course")["course"]) == [("2026-04-15T20:00", "2026-04-16T04:00", 0)]


def test_periods_are_what_is_open_from_now_on_with_what_is_left() -> None:
    desk = Desk(now=at("2026-04-15T08:00:00+02:00"))
    desk.book("2026-04-15T12:00:00+02:00", "2026-04-15T13:00:00+02:00", "desks", "desk", 10)
    desk.book(
        "2026-04-15T12:30:00+02:00", "2026-04-15T14:00:00+02:00", "desks", "desk", 5, check_availability=False
    )
    periods = desk.periods("room desks")

    assert shown(periods["room"]) == [("2026-04-15T06:00", "2026-04-15T20:00", 1)]
    assert shown(periods["desks"]) == [
        ("2026-04-15T06:00", "2026-04-15T10:00", 12),
        ("2026-04-15T10:00", "2026-04-15T10:30", 2),
        ("2026-04-15T10:30", "2026-04-15T11:00", 0),
        ("2026-04-15T11:00", "2026-04-15T12:00", 7),
        ("2026-04-15T12:00", "2026-04-15T22:00", 12),
    ]
    assert desk.periods("room", first=date(2026, 4, 13), last=date(2026, 4, 14)) == {"room": []}


def test_periods_of_a_series_are_its_slots_with_what_it_and_its_resources_have_left() -> None:
    desk = Desk(COURSE.model_copy(update={"resource_ids": frozenset({"room", "room2"})}))
    desk.book("2026-04-15T18:00:00+02:00", "2026-04-15T18:30:00+02:00")
    periods = desk.periods("", "course")

    assert shown(periods["course"]) == [
        ("2026-04-15T07:00", "2026-04-15T08:30", 2),
        ("2026-04-15T16:00", "2026-04-15T17:00", 1),
    ]
    assert list(periods) == ["course"]
    assert [quota for _, _, quota in Desk().periods("", "course")["course"]] == [5, 5]


def test_a_closed_date_has_no_start_and_no_period() -> None:
    desk = Desk(ROOM.model_copy(update={"closed_dates": frozenset({DAY})}))

    assert {start.unavailability for start in desk.starts(resources="room").values()} == {"off_schedule"}
    assert desk.periods("room") == {"room": []}
    dates = start_dates(
        Context("o", desk.clock),
        query(resources="room", first=date(2026, 4, 14), last=date(2026, 4, 16), duration=60),
        desk.store,
    )
    assert dates == [
        (date(2026, 4, 14), 57, None),
        (date(2026, 4, 15), 0, "off_schedule"),
        (date(2026, 4, 16), 57, None),
    ]


def test_all_that_is_wrong_is_said_at_once_with_its_parameter() -> None:
    desk = Desk()
    assert desk.refusals(
        services="meeting none",
        resources="room other",
        series="never",
        timezone="Mars",
        quantity=2,
        duration=60,
    ) == [
        ("invalid_timezone", 400, "timezone"),
        ("timeslot_series_not_found", 400, "timeslot_series_id"),
        ("service_not_found", 400, "service_id"),
        ("quantity_mismatch", 400, "quantity"),
        ("resource_not_found", 400, "r[]"),
    ]
    assert desk.refusals(series="course", duration=60) == [("invalid_parameter", 400, "duration")]
    elsewhere = Desk(COURSE.model_copy(update={"resource_ids": frozenset({"room2"})}))
    assert elsewhere.refusals(resources="room", series="course") == [
        ("timeslot_series_not_offered", 400, "r[]")
    ]
    assert elsewhere.starts(series="course")["09:00"].resource_ids == ("room2",)


def test_a_range_that_is_none_is_refused() -> None:
    desk, next_day = Desk(), date(2026, 4, 14)
    assert desk.refusals(find=start_dates, last=next_day) == [("end_before_start", 400, "end_date")]
    assert desk.refusals(
        find=free_periods,
        services="",
        resources="room",
        first=datetime(2026, 3, 29, 2, 30),  # noqa: DTZ001
    ) == [("nonexistent_time", 400, "start_date")]


def test_ninety_two_days_are_the_most() -> None:
    desk = Desk()
    assert (
        len(
            start_dates(
                Context("o", desk.clock), query(first=date(2026, 10, 1), last=date(2026, 12, 31)), desk.store
            )
        )
        == 92
    )
    assert desk.refusals(find=start_dates, first=date(2026, 10, 1), last=date(2027, 1, 1)) == [
        ("invalid_parameter", 400, "end_date")
    ]


def test_resources_are_limited_and_so_are_their_days_together() -> None:
    rooms = [ROOM.model_copy(update={"id": f"r{i}"}) for i in range(MAX_OWNERS + 1)]
    many = MEETING.model_copy(update={"resource_ids": frozenset(room.id for room in rooms)})
    desk = Desk(many, *rooms)
    hundred = " ".join(room.id for room in rooms[:MAX_OWNERS])
    days = MAX_LEDGERS // MAX_OWNERS

    assert desk.refusals() == [("invalid_parameter", 400, "r[]")]
    assert [keys for _, keys in desk.asked] == [{Key("organization", "o"), Key("service", "meeting")}]
    month = {"services": "", "resources": hundred, "timezone": "UTC", "first": date(2026, 5, 1)}
    assert (
        len(free_periods(Context("o", desk.clock), query(**month, last=date(2026, 5, days)), desk.store))
        == MAX_OWNERS
    )
    assert desk.refusals(find=free_periods, **month, last=date(2026, 6, 1)) == [
        ("invalid_parameter", 400, "r[]")
    ]


def test_another_organizations_things_are_not_found() -> None:
    other = FakeStore("p", [ORGANIZATION.model_copy(update={"id": "p"})])
    with pytest.raises(FrontdeskError) as refused:
        possible_starts(Context("p", FakeClock(NOW)), query(resources="room"), other)

    assert [problem.code for problem in refused.value.problems] == ["service_not_found", "resource_not_found"]
