"""The bodies of `calculate` and `from-config`, read as far as they can be read.

Everything is optional here, so that one mistake does not hide the next: what is missing or wrong is reported by the
reader or by `placement`, each with its pointer, all of them in one answer. Source: the guide's field tables.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from frontdesk.model.intervals import read_date
from frontdesk.model.problems import Problem, pointer

MOST_BOOKINGS = 1000

# Where pydantic speaks of Python, the terms of JSON.
_PLAIN = {
    "tuple_type": "Must be an array",
    "model_type": "Must be an object",
    "dict_type": "Must be an object",
    "string_too_short": "Must not be empty",
    "too_short": "Must not be empty",
    "string_too_long": "Must not be longer than {max_length}",
    "too_long": "Must not be longer than {max_length}",
}


def _id_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _date(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("a date is a string like 2026-04-15T09:00:00+02:00")
    return read_date(value)


def _is_unicode(text: str) -> str:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("not valid Unicode: half of a surrogate pair")
    return text


Characters = Annotated[str, AfterValidator(_is_unicode)]
Id = Annotated[Characters, BeforeValidator(_id_text), StringConstraints(min_length=1, max_length=128)]
Quantity = Annotated[StrictInt, Field(ge=1, le=100_000)]
Text = Annotated[Characters, StringConstraints(strict=True, max_length=2_000)]
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
    voucher_code: Annotated[Characters, StringConstraints(strict=True, max_length=100)] | None = None
    notify_customer: StrictBool | None = None
    complete_order: StrictBool | None = None
    check_availability: StrictBool | None = None
    timezone: Annotated[Characters, StringConstraints(strict=True, max_length=64)] | None = None

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
        """Whether something at, below or around the path was there but wrong: "required" would be a false report."""
        at = pointer(*path) + "/"
        wrong = [f"{problem.pointer}/" for problem in self.problems]
        return any(place.startswith(at) or at.startswith(place) for place in wrong)


def read_config(body: Any) -> Reading:
    """Reads a body (parsed JSON) into its valid parts and the problems of the others."""
    if not isinstance(body, dict):
        problem = Problem("invalid_type", "invalid value", "The body must be a JSON object.", pointer="")
        return Reading(config=OrderConfig(), problems=(problem,))
    try:
        return Reading(config=OrderConfig.model_validate(body))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    paths = [_path_in(body, entry["loc"]) for entry in found]
    problems = tuple(_problem(path, entry) for path, entry in zip(paths, found, strict=True))
    rest = _without(body, frozenset(paths))
    return Reading(config=OrderConfig() if rest is None else OrderConfig.model_validate(rest), problems=problems)


def _path_in(body: Any, location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The part of a pydantic location that exists in the body: a key or value wrapper of pydantic's own is dropped."""
    path: list[Any] = []
    for part in location:
        if not (part in body if isinstance(body, dict) else isinstance(body, list) and part in range(len(body))):
            break
        path.append(part)
        body = body[part]
    return tuple(path)


def _problem(path: tuple[int | str, ...], error: ErrorDetails) -> Problem:
    if error["type"] == "extra_forbidden":
        detail = f"There is no field {str(error['loc'][-1])[:100]!r}."
        return Problem("unknown_field", "unknown field", detail, pointer=pointer(*path))
    detail = error["msg"].removeprefix("Value error, ").replace("Input should", "Must")
    if error["type"] in _PLAIN:
        detail = _PLAIN[error["type"]].format(**error.get("ctx", {}))
    return Problem("invalid_value", "invalid value", detail[:1].upper() + detail[1:] + ".", pointer=pointer(*path))


def _without(body: Any, paths: frozenset[tuple[int | str, ...]], here: tuple[int | str, ...] = ()) -> Any:
    """A copy of the body in which the values at `paths` are gone, in lists replaced by null to keep the positions."""
    if here in paths:
        return None
    if isinstance(body, Mapping):
        kept = {key: _without(value, paths, (*here, key)) for key, value in body.items()}
        return {key: value for key, value in kept.items() if (*here, key) not in paths}
    if isinstance(body, list):
        return [_without(value, paths, (*here, i)) for i, value in enumerate(body)]
    return body
