"""What a business offers and to whom: the catalog, as staff maintain it.

Money is in minor units of the organization's currency, durations in minutes, instants in epoch seconds.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from unicodedata import category, normalize
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from frontdesk.domain.time.intervals import zone_names
from frontdesk.domain.time.opening_hours import ClosedDates, Exceptions, SpecialHours, WeeklyHours
from frontdesk.domain.time.timeslots import WeeklySlots
from frontdesk.errors import Invalid


def _known_zone(name: str) -> str:
    # ZoneInfo(name) alone would open any file below the zone folder, so the name is looked up first.
    if name not in zone_names():
        raise Invalid("not_zone")
    return name


def _slug(slug: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug, re.ASCII):
        raise Invalid("not_slug")
    return slug


# How items are validated that are in the table already.
STORED = "stored"


@dataclass(frozen=True)
class Within:
    """A bound of what is entered. An item that was stored before the bound was there is read as if it kept to it."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "minimum": self.least, "maximum": self.most}

    def _checked(self, value: int, info: ValidationInfo) -> int:
        if info.context == STORED:
            return min(max(value, self.least), self.most)
        if value < self.least:
            raise PydanticKnownError("greater_than_equal", {"ge": self.least})
        if value > self.most:
            raise PydanticKnownError("less_than_equal", {"le": self.most})
        return value


ZoneName = Annotated[str, AfterValidator(_known_zone)]
# Those that are in use are told apart where an organization is made: what is stored stays readable.
Currency = str
Minutes = Annotated[int, Field(ge=0, le=366 * 24 * 60)]
Amount = Annotated[int, Field(ge=0, le=10**12)]
# Whole numbers up to here are exact in JSON, whoever reads it (RFC 8259, section 6).
MAX_NUMBER = 2**53 - 1
Count = Annotated[int, Within(0, MAX_NUMBER)]
# Epoch seconds, up to eleven digits: later than any time that can be written.
Instant = Annotated[int, Within(0, 10**11 - 1)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
# New York's is 8.875.
TaxRate = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]
Locale = Literal["en", "de"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=5_000)]
# What it is called in another system.
ExternalId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Slug = Annotated[str, StringConstraints(max_length=100), AfterValidator(_slug)]
# Whether it is an address is told where it comes in (`domain.catalog.addresses`): what is stored stays readable.
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)]
# As many as fit into one item of the table, whatever else is in it.
Ids = Annotated[frozenset[str], Field(max_length=1_000)]
# Custom fields that can be answered, and whether they must.
Questions = Annotated[dict[str, bool], Field(max_length=50)]


# Of the quantities that were lowered as many are told apart.
_MAX_LOWERED = 10


class CatalogItem(BaseModel):
    """Common to everything in the catalog; `id` is unique within its kind and organization. A change counts `version` up."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    id: str
    version: int = 0
    created_at: int = 0
    updated_at: int = 0


class Organization(CatalogItem):
    name: Name
    timezone: ZoneName
    currency: Currency
    locale: Locale = "en"
    email: Email | None = None
    phone: Line | None = None
    website: Annotated[str, StringConstraints(max_length=500)] | None = None
    address: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    draft_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 15
    order_custom_fields: Questions = {}
    # Of all resources, each on its own clock, but where a resource has its own for the date.
    closed_dates: ClosedDates = frozenset()
    special_hours: SpecialHours = {}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def exceptions(self) -> Exceptions:
        return Exceptions(self.closed_dates, self.special_hours)


class Customer(CatalogItem):
    external_id: ExternalId | None = None
    email: Email | None = None
    given_name: Line = ""
    family_name: Line = ""
    phone: Line | None = None
    mobile: Line | None = None
    company: Line | None = None
    notes: Text | None = None
    locale: Locale | None = None
    # What became of mails to the address: another one begins anew.
    email_status: Literal["bounced", "complained"] | None = None
    archived: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Lowered(NamedTuple):
    """A quantity that was in force up to a moment (epoch seconds), and higher than any since.

    It is remembered so that what was sold by it is told from a mistake.
    """

    until: int
    quantity: int


class Resource(CatalogItem):
    """Something that can be occupied: a room, a desk area, a person. `quantity` is how many fit at the same time.

    `parent_id` says what it belongs to, for those who look at it; each is booked by itself. So does `hidden`.
    """

    name: Name
    external_id: ExternalId | None = None
    slug: Slug | None = None
    description: Text | None = None
    hidden: bool = False
    parent_id: str | None = None
    timezone: ZoneName | None = None
    quantity: Annotated[int, Field(ge=0, le=100_000)] = 1
    lowered: tuple[Lowered, ...] = ()
    opening_hours: WeeklyHours | None = None
    closed_dates: ClosedDates = frozenset()
    special_hours: SpecialHours = {}
    archived: bool = False

    @property
    def exceptions(self) -> Exceptions:
        return Exceptions(self.closed_dates, self.special_hours)


class Service(CatalogItem):
    """What is sold. The price is for each started `charge_interval`, or for the whole booking where that is None.

    Durations are in minutes; whole days (1440) are days on the wall clock of the resource, but for paddings.
    """

    name: Name
    external_id: ExternalId | None = None
    slug: Slug | None = None
    description: Text | None = None
    hidden: bool = False
    price: Amount
    tax_rate: TaxRate
    is_net_price: bool = False
    charge_interval: Annotated[int, Within(1, MAX_NUMBER)] | None = None
    starting_fee: Amount = 0
    min_duration: Minutes | None = None
    max_duration: Minutes | None = None
    # Minutes of the wall clock from midnight on, at which a booking may begin.
    booking_interval: Annotated[int, Field(ge=1, le=24 * 60)] | None = None
    lead_time: Minutes = 0
    advance_booking_period: Annotated[int, Field(ge=0, le=3_660 * 24 * 60)] | None = None
    # Only start and end of a booking must be in opening hours.
    spans_closed_time: bool = False
    padding_before: Minutes = 0
    padding_after: Minutes = 0
    default_weight: Annotated[int, Field(ge=0, le=100_000)] = 1
    resource_ids: Ids = frozenset()
    custom_fields: Questions = {}
    archived: bool = False


class TimeslotSeries(CatalogItem):
    """Weekly slots that are booked as they are. `quantity` is how much one slot takes, beside what its resource takes.

    Valid for slots that begin from `valid_from` to `valid_until`, dates in its zone, both included. Without
    `resource_ids` any resource can be booked in it.
    """

    name: Name
    timezone: ZoneName | None = None
    quantity: Annotated[int, Field(ge=0, le=100_000)] = 1
    lowered: tuple[Lowered, ...] = ()
    slots: WeeklySlots
    valid_from: date | None = None
    valid_until: date | None = None
    resource_ids: Ids = frozenset()
    archived: bool = False


Stock = Resource | TimeslotSeries


def lowered_to(quantity: int, seen: Stock, now: int) -> tuple[Lowered, ...]:
    """What an item remembers once its quantity is another than was seen."""
    past: list[Lowered] = []
    highest = quantity
    for each in [Lowered(now, seen.quantity), *reversed(seen.lowered)]:
        if each.quantity > highest:
            past.insert(0, each)
            highest = each.quantity
    if len(past) > _MAX_LOWERED:
        past[:2] = [Lowered(past[1].until, past[0].quantity)]
    return tuple(past)


def highest_since(item: Stock, moment: int) -> int:
    """The highest quantity that has been in force since a moment (epoch seconds)."""
    return max([item.quantity, *(each.quantity for each in item.lowered if each.until >= moment)])


class AddOn(CatalogItem):
    name: Name
    external_id: ExternalId | None = None
    price: Amount
    tax_rate: TaxRate
    is_net_price: bool = False
    archived: bool = False


class Voucher(CatalogItem):
    """A discount: `percent` of the price, or `amount` off. `redemptions` counts completed orders that use it.

    It applies from `valid_from` until before `valid_until` (epoch seconds, by when the order is placed), to orders of at
    least `min_total` before the discount, and to the services in `service_ids` (none: to everything, add-ons included).
    """

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    percent: Percent | None = None
    amount: Amount | None = None
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    min_total: Amount | None = None
    service_ids: Ids = frozenset()
    max_redemptions: Count | None = None
    max_redemptions_per_customer: Count | None = None
    redemptions: int = 0
    archived: bool = False

    @model_validator(mode="after")
    def _one_kind_of_discount(self) -> "Voucher":
        if (self.percent is None) == (self.amount is None):
            raise Invalid("percent_or_amount")
        return self


def shown_code(code: str) -> str:
    """A voucher's code by what people see of it: NFKC, without format characters and surrounding space."""
    seen = normalize("NFKC", code)
    return normalize("NFKC", "".join(c for c in seen if category(c) != "Cf")).strip()


def voucher_code_key(code: str) -> str:
    """The key of a voucher by the code that it was stored with: without case and surrounding space."""
    return code.strip().casefold()


def voucher_code_keys(code: str) -> tuple[str, ...]:
    """The keys that a code which somebody gives may mean: by what is seen of it, then as vouchers were stored before. None for a blank."""
    seen = shown_code(code)
    return tuple(dict.fromkeys([voucher_code_key(seen), voucher_code_key(code)])) if seen else ()
