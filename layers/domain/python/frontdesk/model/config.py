"""The bodies of `calculate` and `from-config`, read as far as they can be read.

Everything is optional here, so that one mistake does not hide the next: what is missing or wrong is reported by the
reader or by `placement`, each with its pointer, all of them in one answer. Source: the guide's field tables.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StringConstraints, ValidationError

from frontdesk.model.intervals import read_date
from frontdesk.model.problems import Problem, pointer

MOST_BOOKINGS = 1000

# Where pydantic speaks of Python, the terms of JSON.
_PLAIN = {
    "tuple_type": "Must be an array",
    "model_type": "Must be an object",
    "dict_type": "Must be an object",
    "string_too_short": "Must not be empty",
    "too_long": f"Must not have more than {MOST_BOOKINGS} entries",
}


def _id_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _date(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("a date is a string like 2026-04-15T09:00:00+02:00")
    return read_date(value)


Id = Annotated[str, BeforeValidator(_id_text), StringConstraints(min_length=1, max_length=128)]
Quantity = Annotated[StrictInt, Field(ge=1, le=100_000)]
Text = Annotated[str, StringConstraints(strict=True, max_length=2_000)]
Moment = Annotated[datetime, BeforeValidator(_date)]


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AddOnConfig(_Config):
    add_on_id: Id | None = None
    quantity: Quantity | None = None


class BookingConfig(_Config):
    """One booking as asked for. Naive dates are on the wall clock of the order's `timezone`."""

    resource_id: Annotated[tuple[Id | None, ...], BeforeValidator(_as_list)] | None = None
    service_id: dict[Id, Quantity] | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    customer_id: Id | None = None
    quantity: Quantity | None = None
    description: Text | None = None
    note: Text | None = None
    customer_note: Text | None = None
    booking_add_ons: tuple[AddOnConfig | None, ...] | None = None


class OrderConfig(_Config):
    """An order as asked for, with the guide's defaults."""

    order_customer_id: Id | None = None
    bookings: Annotated[tuple[BookingConfig | None, ...], Field(max_length=MOST_BOOKINGS)] | None = None
    voucher_code: Annotated[str, StringConstraints(strict=True, max_length=100)] | None = None
    notify_customer: StrictBool | None = None
    complete_order: StrictBool | None = None
    check_availability: StrictBool | None = None
    timezone: Annotated[str, StringConstraints(strict=True, max_length=64)] | None = None

    @property
    def notifies(self) -> bool:
        return self.notify_customer is not False

    @property
    def completes(self) -> bool:
        return self.complete_order is not False

    @property
    def checks_availability(self) -> bool:
        return self.check_availability is not False


class Reading(BaseModel):
    """A body as read: its valid parts, what was wrong with the rest, and the pointers of that."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    config: OrderConfig
    problems: tuple[Problem, ...] = ()

    def is_unread(self, *path: str | int) -> bool:
        """Whether something at or below the path was there but wrong, so that "required" would be a false report."""
        at = pointer(*path)
        return any(p.pointer == at or (p.pointer or "").startswith(at + "/") for p in self.problems)


def read_config(body: Any) -> Reading:
    """Reads a body (parsed JSON) into its valid parts and the problems of the others."""
    if not isinstance(body, dict):
        problem = Problem("invalid_type", "invalid value", "The body must be a JSON object.", pointer="")
        return Reading(config=OrderConfig(), problems=(problem,))
    try:
        return Reading(config=OrderConfig.model_validate(body))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    paths = [_path_in(body, entry["loc"]) for entry in found]
    problems = tuple(_problem(path, entry["type"], entry["msg"]) for path, entry in zip(paths, found, strict=True))
    return Reading(config=OrderConfig.model_validate(_without(body, paths)), problems=problems)


def _path_in(body: Any, location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The part of a pydantic location that exists in the body: a key or value wrapper of pydantic's own is dropped."""
    path: list[Any] = []
    for part in location:
        if not (part in body if isinstance(body, dict) else isinstance(body, list) and part in range(len(body))):
            break
        path.append(part)
        body = body[part]
    return tuple(path)


def _problem(path: tuple[int | str, ...], kind: str, message: str) -> Problem:
    if kind == "extra_forbidden":
        return Problem("unknown_field", "unknown field", f"There is no field {str(path[-1])[:100]!r}.", pointer=pointer(*path))
    detail = _PLAIN.get(kind) or message.removeprefix("Value error, ").replace("Input should", "Must")
    return Problem("invalid_value", "invalid value", detail[:1].upper() + detail[1:] + ".", pointer=pointer(*path))


def _without(body: Any, paths: list[tuple[int | str, ...]], here: tuple[int | str, ...] = ()) -> Any:
    """A copy of the body in which the values at `paths` are gone, in lists replaced by null to keep the positions."""
    if here in paths:
        return None
    if isinstance(body, Mapping):
        kept = {key: _without(value, paths, (*here, key)) for key, value in body.items()}
        return {key: value for key, value in kept.items() if (*here, key) not in paths}
    if isinstance(body, list):
        return [_without(value, paths, (*here, i)) for i, value in enumerate(body)]
    return body
