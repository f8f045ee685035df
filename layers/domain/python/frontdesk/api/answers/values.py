"""The common parts of answers. Money is in minor units, durations are in minutes, times in UTC."""

from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from frontdesk.domain.time.intervals import iso

ORDER_ID = "2a9d4e81-6c3f-4b7a-9e05-d1c8f6b2a730"
ROOM, MEETING, ADA = (
    "a3e1c5d7-4b2f-4d8e-9a6c-1f0b7e3d5c20",
    "d6b4f8a0-7e5c-40b1-8d9f-4c3e0b6a8f30",
    "0b6e2f3c-9f6d-4a0e-8a55-3a1d6c2b4e10",
)

COFFEE = "f8d6bac2-9a7e-42d3-8fb1-6e5a2d8cab40"

Money = Annotated[int, Field(examples=[5000])]
Rate = Annotated[float, Field(description="A rate in percent.", examples=[19])]
Count = Annotated[int, Field(ge=0)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]
Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
End = Annotated[Instant, Field(examples=["2030-04-15T08:00:00+00:00"])]
Made = Annotated[Instant, Field(examples=["2030-04-01T10:00:00+00:00"])]
Id = Annotated[str, Field(examples=[ORDER_ID])]

TypeT = TypeVar("TypeT", bound=str)


class Version(TypedDict):
    """The version of JSON:API."""

    version: Literal["1.1"]


class SelfLink(TypedDict):
    """The URL of this resource."""

    self: Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]


class Identifier(TypedDict, Generic[TypeT]):
    """The type and the id of a resource."""

    type: TypeT
    id: Annotated[str, Field(examples=[ADA])]


class ToOne(TypedDict, Generic[TypeT]):
    """A relationship to one resource. `data` is null if there is none."""

    data: Identifier[TypeT] | None


class ToMany(TypedDict, Generic[TypeT]):
    """A relationship to several resources."""

    data: list[Identifier[TypeT]]


JSONAPI: Version = {"version": "1.1"}


def to_one(type: TypeT, id: str | None) -> ToOne[TypeT]:
    """Returns a relationship to one resource, for example `{"data": {"type": "orders", "id": "…"}}`. None becomes null."""
    return {"data": None if id is None else {"type": type, "id": id}}


def to_many(type: TypeT, ids: list[str]) -> ToMany[TypeT]:
    """Returns a relationship to several resources, in the given order."""
    return {"data": [{"type": type, "id": id} for id in ids]}


def instant(at: int | None) -> str | None:
    """Formats an instant (epoch seconds) in UTC, for example 2030-04-15T07:00:00+00:00. Returns None for None."""
    return None if at is None else iso(at)


def number(value: Decimal) -> int | float:
    """Returns an int for a whole number, so that JSON shows 19 instead of 19.0. Otherwise returns a float."""
    return int(value) if value == value.to_integral_value() else float(value)
