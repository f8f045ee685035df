"""The bodies of `calculate` and `from-config`, read as far as they can be read.

Everything is optional here, so that one mistake does not hide the next. The reader or `placement` reports
what is missing or wrong, each with its pointer, all of them in one answer. Source: the guide's field tables.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

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

from frontdesk.domain.catalog.items import MAX_NUMBER, Percent
from frontdesk.domain.problems import MAX_PROBLEMS, Problem, at_most, pointer, reason_of
from frontdesk.domain.texts import plain_line, plain_text
from frontdesk.domain.time.intervals import read_date
from frontdesk.domain.time.recurrence import Frequency, read_by_day
from frontdesk.errors import Invalid, Phrase

# Of an order: occurrences and sub-bookings count too.
MAX_BOOKINGS = 1000
MAX_CUSTOM_FIELDS = 50


def id_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def read_moment(value: Any) -> Any:
    if not isinstance(value, str):
        raise Invalid("not_moment_in_string")
    return read_date(value)


def read_last_day(value: Any) -> Any:
    """A date alone stands for the whole of its day."""
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
Moment = Annotated[datetime, BeforeValidator(read_moment)]
Zone = Annotated[Characters, StringConstraints(strict=True, max_length=64)]
ResourceIds = Annotated[tuple[Id | None, ...], BeforeValidator(as_list)]


class RequestModel(BaseModel):
    """A part of a request. `read_as` takes out what does not fit, so every field of one is optional."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Answers = Annotated[dict[Id, Any], Field(max_length=MAX_CUSTOM_FIELDS)]
Weekday = Annotated[Characters, AfterValidator(read_by_day)]
# -1 is the last day of a month.
MonthDay = Annotated[StrictInt, AfterValidator(_month_day)]
OnConflict = Literal["refuse", "skip"]


class DiscountConfig(RequestModel):
    """What is taken off a price of the catalog by hand: `percent` of it, or an `amount` in minor units."""

    percent: Percent | None = None
    amount: Total | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "DiscountConfig":
        if (self.percent is None) == (self.amount is None):
            raise Invalid("discount_of_one_kind")
        return self


class HandPriced(RequestModel):
    """What may have a price by hand: one for all of it, or a discount on the catalog's, and why."""

    custom_price: Total | None = None
    discount: DiscountConfig | None = None
    reason: Reason | None = None

    @property
    def is_priced_by_hand(self) -> bool:
        return self.custom_price is not None or self.discount is not None


class AddOnConfig(HandPriced):
    add_on_id: Id | None = None
    quantity: Quantity | None = None


class RecurringConfig(RequestModel):
    """The rule of a series, whose first occurrence is the booking itself."""

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
    """What is booked along with a booking, for the same time. A service alone stands for one of it."""

    resource_id: ResourceIds | None = None
    service_id: Annotated[dict[Id, Quantity], BeforeValidator(read_services)] | None = None
    quantity: Quantity | None = None


# Read only as what is made of it below, and in `domain.requests.booking`: the validator that pydantic would build takes milliseconds.
class BookingTexts(RequestModel):
    """What a booking keeps as it was sent, by one name everywhere: whoever reads, keeps or changes it goes by these fields."""

    description: Text | None = None
    note: Text | None = None
    customer_note: Text | None = None

    @property
    def kept(self) -> dict[str, Any]:
        """By the names that a stored booking has for them."""
        return {name: getattr(self, name) for name in BookingTexts.model_fields}


class SingleBookingConfig(HandPriced, BookingTexts, defer_build=True):
    """One booking as asked for. Naive dates are on the wall clock of the order's `timezone`, else of the first resource."""

    resource_id: ResourceIds | None = None
    service_id: dict[Id, Quantity] | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    customer_id: Id | None = None
    quantity: Quantity | None = None
    booking_add_ons: tuple[AddOnConfig | None, ...] | None = None
    sub_bookings: tuple[SubBookingConfig | None, ...] | None = None
    service_custom_fields: Answers | None = None
    order_custom_fields: Answers | None = None
    timeslot_series_id: Id | None = None


class BookingConfig(SingleBookingConfig, defer_build=False):
    """One booking of an order, or the first of a series."""

    recurring: RecurringConfig | None = None


class BlockerConfig(BookingConfig, defer_build=True):
    """Time of a resource that is not for sale. The bodies of orders have none: see `domain.requests.booking`."""

    title: Text | None = None


class OrderConfig(RequestModel):
    """An order as asked for, with the guide's defaults."""

    order_customer_id: Id | None = None
    bookings: Annotated[tuple[BookingConfig | None, ...], Field(max_length=MAX_BOOKINGS)] | None = None
    voucher_code: Annotated[Characters, StringConstraints(strict=True, max_length=100)] | None = None
    notify_customer: StrictBool | None = None
    complete_order: StrictBool | None = None
    check_availability: StrictBool | None = None
    timezone: Zone | None = None
    # What becomes of an occurrence that can not be booked, where its series does not say.
    on_conflict: OnConflict | None = None
    # What the caller has shown; another total is refused. In minor units, as all amounts.
    expected_total: Total | None = None

    @property
    def priced_by_hand(self) -> Iterator[tuple[str | int, ...]]:
        """Where a price stands that is not the catalog's."""
        for i, booking in enumerate(self.bookings or ()):
            if booking is None:
                continue
            here: tuple[str | int, ...] = ("bookings", i)
            named: list[tuple[tuple[str | int, ...], HandPriced | None]] = [(here, booking)]
            named += [
                ((*here, "booking_add_ons", j), each) for j, each in enumerate(booking.booking_add_ons or ())
            ]
            named += [((*here, "sub_bookings", j), each) for j, each in enumerate(booking.sub_bookings or ())]
            for path, each in named:
                if each and each.is_priced_by_hand:
                    yield (*path, "discount" if each.custom_price is None else "custom_price")

    @property
    def notifies(self) -> bool:
        return self.notify_customer is not False

    @property
    def completes(self) -> bool:
        return self.complete_order is not False

    @property
    def checks_availability(self) -> bool:
        return self.check_availability is not False


_ConfigT = TypeVar("_ConfigT", bound=RequestModel)


class Echoes(NamedTuple):
    """What a client sent of an answer that can't be written, as it sent it. See `domain.requests.envelope`."""

    attributes: Mapping[str, Any] = {}
    relationships: Mapping[str, Any] = {}


class Reading(NamedTuple, Generic[_ConfigT]):
    """A body as read: its valid parts, what was wrong with the rest, and what it only sends back."""

    config: _ConfigT
    problems: tuple[Problem, ...] = ()
    echoes: Echoes = Echoes()

    def is_unread(self, *path: str | int) -> bool:
        """Whether something at, below or around the path was there but wrong: "required" would be a false report."""
        if not self.problems:
            return False
        at = pointer(*path) + "/"
        wrong = [f"{problem.pointer}/" for problem in self.problems]
        return any(place.startswith(at) or at.startswith(place) for place in wrong)


def not_yours_to_price(config: OrderConfig) -> list[Problem]:
    """What is wrong with prices by hand of whoever lacks the scope `orders:price`."""
    reason = Phrase("without_scope", {"scope": "orders:price"})
    return [
        Problem("unauthorized", {"reason": reason}, pointer=pointer(*path)) for path in config.priced_by_hand
    ]


def read_config(body: Any) -> Reading[OrderConfig]:
    """Reads the body of `calculate` or `from-config` (parsed JSON)."""
    return read_as(OrderConfig, body)


def read_as(model: type[_ConfigT], body: Any) -> Reading[_ConfigT]:
    """Reads a body (parsed JSON) into its valid parts and the problems of the others."""
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
        # The rest of such a body is not worth a look. That all of it is wrong keeps what is in there from being called missing.
        return Reading(model(), tuple(at_most(problems)))
    return Reading(_rest(model, _without(body, frozenset(paths))), problems)


def _rest(model: type[_ConfigT], body: Any) -> _ConfigT:
    """What is left of a body. Where that can not stand without what was taken out, what is around goes too."""
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
    """The part of a pydantic location that exists in the body: a key or value wrapper of pydantic's own is dropped."""
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
    """An error of pydantic's in the terms of JSON, at a pointer."""
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])[:100]
        return Problem("unknown_field", {"reason": Phrase("no_field", {"name": name})}, pointer=at)
    return Problem("invalid_value", {"reason": reason_of(error)}, pointer=at)


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
