"""Availability, as plain JSON."""

from typing import Annotated, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import ROOM, Count, End, Instant
from frontdesk.domain.availability.periods import Periods
from frontdesk.domain.availability.starts import Start, StartDate
from frontdesk.domain.time.intervals import iso

Unavailability = Literal[
    "under_min_duration", "over_max_duration", "in_the_past", "before_lead_time", "off_schedule", "booked_out", "pending",
]  # fmt: skip


class AvailableStart(TypedDict):
    start_date: Instant
    end_date: End
    available: Annotated[bool, Field(examples=[True])]
    number_available: Annotated[
        int | None, Field(description="How many bookings of one unit fit; null: any number.", examples=[1])
    ]
    remaining_number_available: Annotated[
        int | None, Field(description="The same as `number_available`.", examples=[1])
    ]
    quota: Annotated[int | None, Field(description="The same as `number_available`.", examples=[1])]
    unavailability_type: Annotated[
        Unavailability | None,
        Field(description="Why not; null where it is available."),
    ]
    resource_ids: Annotated[list[str], Field(description="Where it can be booked.", examples=[[ROOM]])]


class AvailableDate(TypedDict):
    date: Annotated[str, Field(examples=["2030-04-15"], json_schema_extra={"format": "date"})]
    available: Annotated[bool, Field(description="Whether any of its starts is.", examples=[True])]
    available_starts: Annotated[Count, Field(examples=[57])]
    unavailability_type: Annotated[
        Unavailability | None,
        Field(description="Why none is; null where one is available."),
    ]


class FreePeriod(TypedDict):
    start_date: Instant
    end_date: End
    quota: Annotated[Count, Field(description="How much is left all through it.", examples=[1])]


FreePeriods = Annotated[
    dict[str, list[FreePeriod]],
    Field(
        description="By the id of the resource or timeslot series.",
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
    return {
        "date": date.day.isoformat(),
        "available": date.starts > 0,
        "available_starts": date.starts,
        "unavailability_type": cast("Unavailability | None", date.unavailability),
    }


def free_periods(periods: Periods) -> list[FreePeriod]:
    return [
        {"start_date": iso(start, periods.zone), "end_date": iso(end, periods.zone), "quota": quota}
        for start, end, quota in periods.stretches
    ]
