"""The models of the catalog's items, which staff maintain.

Amounts of money are in minor units of the organization's currency. Durations are in minutes, instants in epoch seconds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar
from unicodedata import category
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

from frontdesk.domain.catalog.locales import language_tag, nearest_language
from frontdesk.domain.catalog.slugs import slug_of
from frontdesk.domain.texts import normal
from frontdesk.domain.time.intervals import zone_names
from frontdesk.domain.time.opening_hours import ClosedDates, Exceptions, SpecialHours, WeeklyHours
from frontdesk.domain.time.timeslots import WeeklySlots
from frontdesk.errors import Invalid, Language


def _known_zone(name: str) -> str:
    # ZoneInfo(name) would open any file below the zone folder, so the name is looked up first.
    if name not in zone_names():
        raise Invalid("not_zone")
    return name


def _slug(slug: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug, re.ASCII):
        raise Invalid("not_slug")
    return slug


# The validation context for items read from the table.
STORED = "stored"


@dataclass(frozen=True)
class Within:
    """A range for new values of a field. A stored value outside the range stays readable: it is moved to the nearest bound."""

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
# Checked when an organization is created, not when it is read, so that stored items stay readable.
Currency = str
Minutes = Annotated[int, Field(ge=0, le=366 * 24 * 60)]
Amount = Annotated[int, Field(ge=0, le=10**12)]
# Every JSON reader keeps whole numbers up to this one exact (RFC 8259, section 6).
MAX_NUMBER = 2**53 - 1
Count = Annotated[int, Within(0, MAX_NUMBER)]
# Epoch seconds of up to eleven digits, later than the year 3000.
Instant = Annotated[int, Within(0, 10**11 - 1)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
# Four decimal places, because New York's rate is 8.875.
TaxRate = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]
# A BCP 47 language tag, such as a language with a region.
Locale = Annotated[str, AfterValidator(language_tag)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=5_000)]
# The item's id in another system.
ExternalId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Slug = Annotated[str, StringConstraints(max_length=100), AfterValidator(_slug)]
# Validated on input (`domain.catalog.addresses`), not when read, so that stored items stay readable.
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)]
# The most ids that fit into one item.
Ids = Annotated[frozenset[str], Field(max_length=1_000)]
# Maps the id of a custom field to whether an answer is required.
Questions = Annotated[dict[str, bool], Field(max_length=50)]


# How many former, higher quantities are remembered.
_MAX_LOWERED = 10


class CatalogItem(BaseModel):
    """Base of all catalog items. `id` is unique within its kind and organization. Each change increments `version`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    # Whether an item that newer code has stored may be read without the attributes that this code does not know.
    is_read_in_part: ClassVar[bool] = True
    id: str
    version: int = 0
    created_at: int = 0
    updated_at: int = 0


_ItemT = TypeVar("_ItemT", bound=CatalogItem)


def stored_item(model: type[_ItemT], values: Mapping[str, Any]) -> _ItemT:
    """Returns a catalog item from its stored attributes. Raises ValidationError.

    Attributes that only newer code knows are left out if the model `is_read_in_part`. Otherwise, they raise ValidationError.
    """
    known = {name: value for name, value in values.items() if name in model.model_fields}
    return model.model_validate(known if model.is_read_in_part else values, context=STORED)


class Organization(CatalogItem):
    """A business: the tenant that owns all other items. `draft_minutes` is how long a draft holds its slots."""

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
    # These apply to all resources, each in its own zone. If a resource has its own exception for a date, that one applies instead.
    closed_dates: ClosedDates = frozenset()
    special_hours: SpecialHours = {}

    @property
    def zone(self) -> ZoneInfo:
        """The organization's zone, named by `timezone`."""
        return ZoneInfo(self.timezone)

    @property
    def slug(self) -> str:
        """A short name for URLs. It contains a part of the id, because organizations may have the same name."""
        return f"{slug_of(self.name, 'organization')}-{self.id[:8]}"

    @property
    def language(self) -> Language:
        """The language of `locale`, or English if Frontdesk has no texts in the language of `locale`."""
        return nearest_language(self.locale)

    @property
    def exceptions(self) -> Exceptions:
        """The closed dates and special hours that apply to every resource."""
        return Exceptions(self.closed_dates, self.special_hours)


class Customer(CatalogItem):
    """A person or company that books. `external_id` is the customer's id in another system."""

    external_id: ExternalId | None = None
    email: Email | None = None
    given_name: Line = ""
    family_name: Line = ""
    phone: Line | None = None
    mobile: Line | None = None
    company: Line | None = None
    notes: Text | None = None
    locale: Locale | None = None
    # Set when a mail to the address bounced or was reported as spam. Changing the address clears it.
    email_status: Literal["bounced", "complained"] | None = None
    archived: bool = False
    # The import that created the item. Resources and services have the same field.
    import_id: str | None = None

    @property
    def full_name(self) -> str:
        """Given and family name. Empty if the customer has neither."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def called(self) -> str:
        """The name that mails, the plan and exports show: the full name or, without one, the company. May be empty."""
        return self.full_name or self.company or ""


class Lowered(NamedTuple):
    """A former `quantity` of a resource or series, which applied until `until` (epoch seconds). Every later quantity was lower.

    An audit compares bookings made before `until` with this quantity, because they may have been checked against it.
    """

    until: int
    quantity: int


class Resource(CatalogItem):
    """Something that a booking occupies: a room, a desk area, a person.

    `quantity` is how many units exist. `parent_id` and `hidden` only affect display: each resource is booked separately.
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
    import_id: str | None = None

    @property
    def exceptions(self) -> Exceptions:
        """The resource's own closed dates and special hours."""
        return Exceptions(self.closed_dates, self.special_hours)


class Service(CatalogItem):
    """A service that customers book.

    Without a `charge_interval`, the price is for the whole booking. With a `charge_interval` of 60, the price
    is for one hour, and 90 minutes cost as much as two hours.

    Durations are in minutes. Multiples of 1440 are local days, which a clock change can make longer or
    shorter. Paddings are always exact.
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
    # Minutes between the allowed starts, counted from local midnight.
    booking_interval: Annotated[int, Field(ge=1, le=24 * 60)] | None = None
    lead_time: Minutes = 0
    advance_booking_period: Annotated[int, Field(ge=0, le=3_660 * 24 * 60)] | None = None
    # If true, only the start and end of a booking must be within opening hours.
    spans_closed_time: bool = False
    padding_before: Minutes = 0
    padding_after: Minutes = 0
    default_weight: Annotated[int, Field(ge=0, le=100_000)] = 1
    resource_ids: Ids = frozenset()
    custom_fields: Questions = {}
    archived: bool = False
    import_id: str | None = None


class TimeslotSeries(CatalogItem):
    """Weekly slots, which can only be booked whole. `quantity` is the capacity of one slot.

    The capacity of the resource also applies. Slots begin on dates from `valid_from` to `valid_until`, both inclusive, in the series'
    zone. An empty `resource_ids` allows any resource.
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
    """Returns the new value of `lowered` for an item whose quantity changes to `quantity`.

    `seen` is the item before the change. The result has each former quantity that was higher than `quantity`.
    An order that is placed at the same time may still be checked against a former quantity.
    """
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
    """Returns the highest quantity that the item had at any time since `moment` (epoch seconds)."""
    return max([item.quantity, *(each.quantity for each in item.lowered if each.until >= moment)])


class AddOn(CatalogItem):
    """An extra sold with a booking. Its price does not depend on the booking's time."""

    name: Name
    external_id: ExternalId | None = None
    price: Amount
    tax_rate: TaxRate
    is_net_price: bool = False
    archived: bool = False


# Characters of a voucher's code.
MAX_CODE = 100


class Voucher(CatalogItem):
    """A discount: `percent` of the price, or `amount` off.

    The voucher is valid at and after `valid_from`, and before `valid_until` (epoch seconds). The order's total before the discount must
    be at least `min_total`. The voucher applies to the services in `service_ids` or, if that is empty, to everything, including
    add-ons. If `max_redemptions` is set, `redemptions` counts the completed orders that use the voucher.
    """

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CODE)]
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
    """Normalizes a voucher's code for display: NFKC, without format characters and surrounding spaces."""
    seen = normal("NFKC", code)
    return normal("NFKC", "".join(c for c in seen if category(c) != "Cf")).strip()


def voucher_code_key(code: str) -> str:
    """Returns the key of a voucher's code, which ignores case and surrounding spaces."""
    return code.strip().casefold()


def voucher_code_keys(code: str) -> tuple[str, ...]:
    """Returns the keys under which a voucher with this code may be stored: the current form first, then the form of earlier versions.

    Leaves out the current form if it has more than MAX_CODE characters. Returns an empty tuple for a blank code.
    """
    seen = shown_code(code)
    # Normalization may turn one letter into eighteen. The form may then be too long for a key.
    forms = (seen, code) if len(seen) <= MAX_CODE else (code,)
    return tuple(dict.fromkeys(map(voucher_code_key, forms))) if seen else ()
