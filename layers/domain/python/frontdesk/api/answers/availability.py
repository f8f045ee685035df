"""Answers about free times, and about plans.

Answers about free times are plain JSON. A plan is a JSON:API resource. It shows the bookings of one or more
days, without their notes.
"""

from typing import Annotated, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import MEETING, ORDER_ID, ROOM, Count, End, Id, Instant, SelfLink, instant
from frontdesk.domain.availability.periods import Periods
from frontdesk.domain.availability.starts import Start, StartDate
from frontdesk.domain.orders.order import BookingStatus
from frontdesk.domain.orders.states import shown_booking_status
from frontdesk.domain.plan import Row
from frontdesk.domain.time.intervals import iso
from frontdesk.usecases.plan import Plan, Planned

Unavailability = Literal[
    "under_min_duration", "over_max_duration", "in_the_past", "before_lead_time", "after_lead_time", "off_schedule",
    "booked_out", "pending",
]  # fmt: skip


class AvailableStart(TypedDict):
    """A possible start of a booking, and whether it is available."""

    start_date: Annotated[Instant, Field(examples=["2030-04-15T09:00:00+02:00"])]
    end_date: Annotated[Instant, Field(examples=["2030-04-15T10:00:00+02:00"])]
    available: Annotated[bool, Field(examples=[True])]
    number_available: Annotated[
        int | None,
        Field(
            description="How many bookings of one unit fit, on all resources together; null means any number.",
            examples=[1],
        ),
    ]
    remaining_number_available: Annotated[
        int | None, Field(description="Another name for `number_available`.", examples=[1])
    ]
    quota: Annotated[int | None, Field(description="Another name for `number_available`.", examples=[1])]
    unavailability_type: Annotated[
        Unavailability | None,
        Field(description="Why the start is not available; null if it is."),
    ]
    resource_ids: Annotated[
        list[str], Field(description="The ids of the resources on which it can be booked.", examples=[[ROOM]])
    ]


class AvailableDate(TypedDict):
    """A local date, and whether it has an available start."""

    date: Annotated[str, Field(examples=["2030-04-15"], json_schema_extra={"format": "date"})]
    available: Annotated[bool, Field(description="Whether the date has an available start.", examples=[True])]
    available_starts: Annotated[Count, Field(description="How many starts are available.", examples=[57])]
    unavailability_type: Annotated[
        Unavailability | None,
        Field(description="Why no start is available; null if one is."),
    ]


class FreePeriod(TypedDict):
    """A time during which the number of free units stays the same."""

    start_date: Instant
    end_date: End
    quota: Annotated[Count, Field(description="How many units are free throughout the period.", examples=[1])]


FreePeriods = Annotated[
    dict[str, list[FreePeriod]],
    Field(
        description="The periods, by the id of the resource or timeslot series.",
        examples=[
            {
                ROOM: [
                    {
                        "start_date": "2030-04-15T07:00:00+02:00",
                        "end_date": "2030-04-15T22:00:00+02:00",
                        "quota": 1,
                    }
                ]
            }
        ],
    ),
]


def available_start(start: Start) -> AvailableStart:
    """Returns a start as the API shows it. The number of free units has three names, because clients read different ones."""
    return {
        "start_date": iso(start.slot.start, start.zone),
        "end_date": iso(start.slot.end, start.zone),
        "available": start.unavailability is None,
        "number_available": start.left,
        "remaining_number_available": start.left,
        "quota": start.left,
        "unavailability_type": cast("Unavailability | None", start.unavailability),
        "resource_ids": list(start.resource_ids),
    }


def available_date(date: StartDate) -> AvailableDate:
    """Returns a date as the API shows it: whether it has available starts, and how many."""
    return {
        "date": date.day.isoformat(),
        "available": date.starts > 0,
        "available_starts": date.starts,
        "unavailability_type": cast("Unavailability | None", date.unavailability),
    }


def free_periods(periods: Periods) -> list[FreePeriod]:
    """Returns the free periods of one resource or series as the API shows them."""
    return [
        {"start_date": iso(start, periods.zone), "end_date": iso(end, periods.zone), "quota": quota}
        for start, end, quota in periods.stretches
    ]


# The plan

# The most characters of a name that a plan shows.
LONGEST_NAME = 60
Day = Annotated[str, Field(examples=["2030-04-15"], json_schema_extra={"format": "date"})]
Zone = Annotated[str, Field(examples=["Europe/Berlin"])]
Name = Annotated[str, Field(max_length=LONGEST_NAME)]


class PlannedDay(TypedDict):
    """A date, with the moments at which it begins and ends."""

    date: Day
    start_date: Instant
    end_date: End


class OpenTime(TypedDict):
    """A time during which a resource is open."""

    start_date: Instant
    end_date: End


class InUse(TypedDict):
    """The number of units in use from this moment on. Bookings count with their paddings."""

    at: Instant
    in_use: Count


class PlannedResource(TypedDict):
    """A resource during the days of the plan."""

    id: Annotated[str, Field(examples=[ROOM])]
    name: str
    parent_id: str | None
    timezone: Zone
    archived: Annotated[
        bool,
        Field(description="Whether the resource is archived. It cannot be booked, but keeps its bookings."),
    ]
    quantity: Annotated[
        Count, Field(description="How many units can be in use at the same time.", examples=[1])
    ]
    open: Annotated[
        list[OpenTime],
        Field(
            description="When the resource is open on these days, with closed dates and special hours applied."
        ),
    ]
    levels: Annotated[
        list[InUse],
        Field(
            description="The units in use: an entry for each change. Before the first entry, none are in use."
        ),
    ]


class PlannedService(TypedDict):
    """A service that bookings in the plan refer to."""

    id: Annotated[str, Field(examples=[MEETING])]
    name: str


class PlannedBooking(TypedDict):
    """A booking in the plan, without notes."""

    id: Annotated[str, Field(examples=[f"{ORDER_ID}-1"])]
    order_id: Annotated[str, Field(examples=[ORDER_ID])]
    status: BookingStatus
    start_date: Instant
    end_date: End
    padding_before: Annotated[Count, Field(description="The minutes kept free before the booking.")]
    padding_after: Annotated[Count, Field(description="The minutes kept free after the booking.")]
    resource_ids: Annotated[list[str], Field(examples=[[ROOM]])]
    service_ids: Annotated[list[str], Field(examples=[[MEETING]])]
    name: Annotated[Name | None, Field(description="The name of the customer or, for a blocker, its title.")]
    weight: Annotated[int, Field(description="The units occupied on each resource.", examples=[1])]
    is_blocker: bool
    is_override: bool
    is_series: bool
    is_checked_in: bool
    expires_at: Annotated[Instant | None, Field(description="When a draft expires, and frees its slot.")]


class PlanAttributes(TypedDict):
    """The plan of some days."""

    timezone: Annotated[Zone, Field(description="The time zone of the days.")]
    now: Instant
    days: list[PlannedDay]
    resources: Annotated[
        list[PlannedResource],
        Field(
            description="The requested resources, in that order. If none was requested, all resources, the oldest first. Archived "
            "resources then come last, and only if they are booked on these days."
        ),
    ]
    services: Annotated[list[PlannedService], Field(description="The services of the bookings.")]
    bookings: Annotated[list[PlannedBooking], Field(description="The bookings, sorted by start.")]


class PlanResource(TypedDict):
    """A plan. Its id consists of its first and last day."""

    type: Literal["plans"]
    id: Id
    attributes: PlanAttributes
    links: SelfLink


def plan_resource(plan: Plan, url: str) -> PlanResource:
    """Returns the JSON:API resource of a plan. Its id consists of its first and last day: `2030-04-15/2030-04-16`."""
    return {
        "type": "plans",
        "id": f"{plan.days[0][0]}/{plan.days[-1][0]}",
        "attributes": {
            "timezone": plan.zone.key,
            "now": iso(plan.now),
            "days": [
                {"date": day.isoformat(), "start_date": iso(time.start), "end_date": iso(time.end)}
                for day, time in plan.days
            ],
            "resources": [_resource(row) for row in plan.rows],
            "services": [{"id": each.id, "name": each.name} for each in plan.services],
            "bookings": [_booking(each, plan.now) for each in plan.bookings],
        },
        "links": {"self": url},
    }


def _resource(row: Row) -> PlannedResource:
    return {
        "id": row.resource.id,
        "name": row.resource.name,
        "parent_id": row.resource.parent_id,
        "timezone": row.zone.key,
        "archived": row.resource.archived,
        "quantity": row.resource.quantity,
        "open": [{"start_date": iso(start), "end_date": iso(end)} for start, end in row.open],
        "levels": [{"at": iso(level.at), "in_use": level.in_use} for level in row.levels],
    }


def _booking(planned: Planned, now: int) -> PlannedBooking:
    booking, order, customer = planned
    name = booking.title if booking.is_blocker else (customer.called or None) if customer else None
    return {
        "id": booking.id,
        "order_id": order.id,
        "status": shown_booking_status(booking, order, now),
        "start_date": iso(booking.start),
        "end_date": iso(booking.end),
        "padding_before": (booking.start - booking.blocker_start) // 60,
        "padding_after": (booking.blocker_end - booking.end) // 60,
        "resource_ids": list(booking.resource_ids),
        "service_ids": list(booking.services),
        "name": name[:LONGEST_NAME] if name else None,
        "weight": booking.weight,
        "is_blocker": booking.is_blocker,
        "is_override": booking.override,
        "is_series": booking.series_id is not None,
        "is_checked_in": booking.checked_in_at is not None,
        "expires_at": instant(order.expires_at) if order.status == "draft" else None,
    }
