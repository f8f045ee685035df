"""Reads the bodies of `calculate` and `from-config`, as much of them as possible.

Every field is optional, so that one answer can report everything that is missing or wrong. Source: the field tables of anny's guide
"Admin Booking Creation".
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, NamedTuple, Self, TypeVar

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
    model_validator,
)
from pydantic_core import ErrorDetails

from frontdesk.domain.catalog.items import MAX_CODE, MAX_NUMBER, Locale, Percent
from frontdesk.domain.problems import MAX_PROBLEMS, Places, Problem, at_most, pointer, reason_of
from frontdesk.domain.texts import plain_line, plain_text
from frontdesk.domain.time.intervals import read_date
from frontdesk.domain.time.recurrence import Frequency, read_by_day
from frontdesk.errors import Invalid, Phrase

# Bookings of an order, including occurrences and sub-bookings.
MAX_BOOKINGS = 1000
MAX_CUSTOM_FIELDS = 50


def id_text(value: Any) -> Any:
    """Converts a numeric id to text. Returns anything else unchanged."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_list(value: Any) -> Any:
    """Wraps a single value in a list."""
    return value if isinstance(value, list) else [value]


def read_moment(value: Any) -> Any:
    """Parses a date and time, such as 2026-04-15T09:00. Raises Invalid."""
    if not isinstance(value, str):
        raise Invalid("not_moment_in_string")
    return read_date(value)


def read_last_day(value: Any) -> Any:
    """Parses a date such as 2026-04-15, or a date with a time. A date without a time includes the whole day. Raises Invalid."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip(), re.ASCII):
        return read_date(f"{value.strip()}T00:00").date()
    return read_moment(value)


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _month_day(day: int) -> int:
    if not 1 <= abs(day) <= 31:
        raise Invalid("not_month_day")
    return day


def read_services(value: Any) -> Any:
    """Converts a single service id to {id: 1}. Returns anything else unchanged."""
    return {value: 1} if isinstance(value, str) else value


def _is_unicode(text: str) -> str:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid("half_character")
    return text


Characters = Annotated[str, AfterValidator(_is_unicode)]
Id = Annotated[Characters, BeforeValidator(id_text), StringConstraints(min_length=1, max_length=128)]
Quantity = Annotated[StrictInt, Field(ge=1, le=100_000)]
Total = Annotated[StrictInt, Field(ge=0, le=MAX_NUMBER)]
Text = Annotated[Characters, AfterValidator(plain_text), StringConstraints(strict=True, max_length=2_000)]
Reason = Annotated[Characters, AfterValidator(plain_line), StringConstraints(strict=True, max_length=200)]
# An id in another system.
Reference = Annotated[Id, AfterValidator(plain_line)]
Moment = Annotated[datetime, BeforeValidator(read_moment)]
Zone = Annotated[Characters, StringConstraints(strict=True, max_length=64)]
ResourceIds = Annotated[tuple[Id | None, ...], BeforeValidator(as_list)]


class RequestModel(BaseModel):
    """A part of a request. Every field must be optional, because `read_as` removes invalid values."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Answers = Annotated[dict[Id, Any], Field(max_length=MAX_CUSTOM_FIELDS)]
Weekday = Annotated[Characters, AfterValidator(read_by_day)]
# -1 is the last day of the month.
MonthDay = Annotated[StrictInt, AfterValidator(_month_day)]
OnConflict = Literal["refuse", "skip"]


# The validator of an order includes the validators of its parts: `defer_build` keeps Pydantic from also building one for each part.
class DiscountConfig(RequestModel, defer_build=True):
    """A discount set by hand: `percent` of the catalog's price, or an `amount` in minor units."""

    percent: Percent | None = None
    amount: Total | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "DiscountConfig":
        if (self.percent is None) == (self.amount is None):
            raise Invalid("discount_of_one_kind")
        return self


class HandPriced(RequestModel, defer_build=True):
    """Anything that can be priced by hand: a fixed price or a discount, with a reason.

    anny's clients send only a `custom_price`. The reason is then "Set by hand".
    """

    custom_price: Total | None = None
    discount: DiscountConfig | None = None
    reason: Reason | None = None

    @property
    def is_priced_by_hand(self) -> bool:
        """Whether a price or discount was sent."""
        return self.custom_price is not None or self.discount is not None


class AddOnConfig(HandPriced):
    """An add-on of a booking."""

    add_on_id: Id | None = None
    quantity: Quantity | None = None


class RecurringConfig(RequestModel, defer_build=True):
    """The rule of a series. The booking itself is the first occurrence."""

    frequency: Annotated[Frequency, BeforeValidator(_lower)] | None = None
    interval: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    until: Annotated[date | datetime, BeforeValidator(read_last_day)] | None = None
    count: Annotated[StrictInt, Field(ge=1)] | None = None
    by_day: (
        Annotated[
            tuple[Annotated[str, AfterValidator(read_by_day)], ...],
            BeforeValidator(as_list),
            Field(max_length=50),
        ]
        | None
    ) = None
    by_month_day: (
        Annotated[tuple[MonthDay, ...], BeforeValidator(as_list), Field(min_length=1, max_length=62)] | None
    ) = None
    on_conflict: OnConflict | None = None


class SubBookingConfig(HandPriced):
    """A sub-booking, booked together with its main booking for the same time. A single id in `service_id` means one unit."""

    resource_id: ResourceIds | None = None
    service_id: Annotated[dict[Id, Quantity], BeforeValidator(read_services)] | None = None
    quantity: Quantity | None = None


class BookingTexts(RequestModel, defer_build=True):
    """The texts that a booking keeps as sent. Reading, storing and changing bookings all use these fields."""

    description: Text | None = None
    note: Text | None = None
    customer_note: Text | None = None

    @property
    def kept(self) -> dict[str, Any]:
        """The texts by field name, as arguments for a model with the same fields, such as `Booking`."""
        return {name: getattr(self, name) for name in BookingTexts.model_fields}


class Referenced(RequestModel, defer_build=True):
    """Anything that can have an id in another system. `external_uuid` is an alias of `external_id`."""

    external_id: Reference | None = None
    external_uuid: Reference | None = None

    @model_validator(mode="after")
    def _one_reference(self) -> Self:
        if None is not self.external_id != self.external_uuid is not None:
            raise Invalid("external_ids_differ")
        return self

    @property
    def reference(self) -> str | None:
        """The id in the other system, from `external_id` or `external_uuid`; None if neither was sent."""
        return self.external_uuid if self.external_id is None else self.external_id


AddOns = tuple[AddOnConfig | None, ...]
SubBookings = tuple[SubBookingConfig | None, ...]
Path = tuple[str | int, ...]
_PartT = TypeVar("_PartT")


class SingleBookingConfig(HandPriced, BookingTexts, Referenced):
    """One requested booking. Naive dates are in the order's `timezone`, or else in the zone of the first resource."""

    resource_id: ResourceIds | None = None
    service_id: dict[Id, Quantity] | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    customer_id: Id | None = None
    quantity: Quantity | None = None
    booking_add_ons: AddOns | None = None
    sub_bookings: SubBookings | None = None
    # For each service, the add-ons or sub-bookings of each of its units.
    add_ons_by_service: dict[Id, tuple[AddOns, ...]] | None = None
    sub_bookings_by_service: dict[Id, tuple[SubBookings, ...]] | None = None
    service_custom_fields: Answers | None = None
    order_custom_fields: Answers | None = None
    timeslot_series_id: Id | None = None

    @property
    def add_ons(self) -> list[tuple[Path, AddOnConfig | None]]:
        """Returns the booking's add-ons, each with its path in the booking."""
        names = ("booking_add_ons", "add_ons_by_service")
        return _with_paths(self.booking_add_ons, self.add_ons_by_service, *names)

    @property
    def parts(self) -> list[tuple[Path, SubBookingConfig | None]]:
        """Returns the booking's sub-bookings, each with its path in the booking."""
        names = ("sub_bookings", "sub_bookings_by_service")
        return _with_paths(self.sub_bookings, self.sub_bookings_by_service, *names)


def _with_paths(
    listed: tuple[_PartT, ...] | None,
    by_service: Mapping[str, tuple[tuple[_PartT, ...], ...]] | None,
    name: str,
    name_by_service: str,
) -> list[tuple[Path, _PartT]]:
    if not listed and not by_service:
        return []
    found: list[tuple[Path, _PartT]] = [((name, i), each) for i, each in enumerate(listed or ())]
    for id, units in (by_service or {}).items():
        for unit, several in enumerate(units):
            found += [((name_by_service, id, unit, i), each) for i, each in enumerate(several)]
    return found


class BookingConfig(SingleBookingConfig):
    """One booking of an order or, with `recurring`, the first booking of a series."""

    recurring: RecurringConfig | None = None


class BlockerConfig(BookingConfig):
    """A time in which nobody can book a resource. An order's body has no blockers: see `domain.requests.booking`."""

    title: Text | None = None


class OrderConfig(RequestModel):
    """A requested order."""

    order_customer_id: Id | None = None
    bookings: Annotated[tuple[BookingConfig | None, ...], Field(max_length=MAX_BOOKINGS)] | None = None
    voucher_code: Annotated[Characters, StringConstraints(strict=True, max_length=MAX_CODE)] | None = None
    notify_customer: StrictBool | None = None
    complete_order: StrictBool | None = None
    check_availability: StrictBool | None = None
    timezone: Zone | None = None
    # The language of mails to customers; by default each customer's own.
    locale: Locale | None = None
    # What to do with an occurrence that cannot be booked, unless its series says otherwise.
    on_conflict: OnConflict | None = None
    # The total that the caller has displayed, in minor units. If the order's differs, the order is refused.
    expected_total: Total | None = None

    @property
    def notifies(self) -> bool:
        """Whether to send mail; true by default."""
        return self.notify_customer is not False

    @property
    def completes(self) -> bool:
        """Whether the order is completed at once; true by default. Otherwise it is a draft."""
        return self.complete_order is not False

    @property
    def checks_availability(self) -> bool:
        """Whether the order is refused if a slot is not available; true by default."""
        return self.check_availability is not False


_ConfigT = TypeVar("_ConfigT", bound=RequestModel)


class Echoes(NamedTuple):
    """Read-only values that a client sent back. See `domain.requests.envelope`."""

    attributes: Mapping[str, Any] = {}
    relationships: Mapping[str, Any] = {}


class Reading(NamedTuple, Generic[_ConfigT]):
    """The result of reading a body: its valid parts, a problem for each invalid part, and read-only values that were sent back."""

    config: _ConfigT
    problems: tuple[Problem, ...] = ()
    echoes: Echoes = Echoes()

    def is_unread(self, *path: str | int) -> bool:
        """Whether the body has a wrong value at this path, below it or above it. If so, a missing value there is not reported."""
        return Places(self.problems).touch(*path)


def read_config(body: Any) -> Reading[OrderConfig]:
    """Reads the body of `calculate` or `from-config` (parsed JSON)."""
    return read_as(OrderConfig, body)


def read_as(model: type[_ConfigT], body: Any) -> Reading[_ConfigT]:
    """Parses a body (parsed JSON) as `model`. Returns the valid parts, and a problem for each invalid part."""
    if not isinstance(body, dict):
        problem = Problem("invalid_type", {"reason": Phrase("body_not_object")}, pointer="")
        return Reading(model(), (problem,))
    try:
        return Reading(model.model_validate(body))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    paths = [_path_in(body, entry["loc"]) for entry in found[: MAX_PROBLEMS + 1]]
    problems = tuple(problem_of(entry, pointer(*path)) for path, entry in zip(paths, found, strict=False))
    if len(found) > MAX_PROBLEMS:
        # A body with this many mistakes is not read further. A problem at its root keeps its parts from being reported as missing.
        return Reading(model(), tuple(at_most(problems)))
    return Reading(_rest(model, _without(body, frozenset(paths))), problems)


def _rest(model: type[_ConfigT], body: Any) -> _ConfigT:
    """Parses a body from which invalid values were removed. If a part is still invalid, leaves out the whole part."""
    while body is not None:
        try:
            return model.model_validate(body)
        except ValidationError as error:
            paths = [
                _path_in(body, entry["loc"]) for entry in error.errors(include_url=False, include_input=False)
            ]
            body = _without(body, frozenset(path[:-1] if _at(body, path) is None else path for path in paths))
    return model()


def _at(body: Any, path: tuple[int | str, ...]) -> Any:
    for part in path:
        body = body[part]
    return body


def _path_in(body: Any, location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Returns `location` up to the first step that is not in the body. Pydantic adds steps of its own, such as names of types."""
    path: list[Any] = []
    for part in location:
        if not (
            part in body if isinstance(body, dict) else isinstance(body, list) and part in range(len(body))
        ):
            break
        path.append(part)
        body = body[part]
    return tuple(path)


def problem_of(error: ErrorDetails, at: str) -> Problem:
    """Translates an error of Pydantic into a problem at this pointer."""
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])[:100]
        return Problem("unknown_field", {"reason": Phrase("no_field", {"name": name})}, pointer=at)
    return Problem("invalid_value", {"reason": reason_of(error)}, pointer=at)


def _without(body: Any, paths: frozenset[tuple[int | str, ...]], here: tuple[int | str, ...] = ()) -> Any:
    """Returns a copy of the body without the values at `paths`. In lists, null replaces them, to keep the positions."""
    if here in paths:
        return None
    if isinstance(body, Mapping):
        kept = {key: _without(value, paths, (*here, key)) for key, value in body.items()}
        return {key: value for key, value in kept.items() if (*here, key) not in paths}
    if isinstance(body, list):
        return [_without(value, paths, (*here, i)) for i, value in enumerate(body)]
    return body
