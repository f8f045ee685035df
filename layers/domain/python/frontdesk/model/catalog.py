"""What a business offers and to whom: the catalog, as staff maintain it.

Money is in minor units of the organization's currency, durations in minutes, instants in epoch seconds.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from frontdesk.model.intervals import zone_names
from frontdesk.model.opening_hours import WeeklyHours
from frontdesk.model.timeslots import WeeklySlots

Minutes = Annotated[int, Field(ge=0, le=366 * 24 * 60)]
Amount = Annotated[int, Field(ge=0, le=10**12)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
Locale = Literal["en", "de"]


def _known_zone(name: str) -> str:
    # ZoneInfo(name) alone would open any file below the zone folder, so the name is looked up first.
    if name not in zone_names():
        raise ValueError("not the name of an IANA time zone")
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


class CatalogItem(BaseModel):
    """Common to everything in the catalog; `id` is unique within its kind and organization."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    id: str


class Organization(CatalogItem):
    name: str
    timezone: ZoneName
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    locale: Locale = "en"
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    address: tuple[str, ...] = ()
    draft_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 15
    # Custom fields that an order can answer, and whether it must.
    order_custom_fields: dict[str, bool] = {}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Customer(CatalogItem):
    email: str | None = None
    given_name: str = ""
    family_name: str = ""
    phone: str | None = None
    mobile: str | None = None
    company: str | None = None
    notes: str | None = None
    locale: Locale | None = None
    archived: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Resource(CatalogItem):
    """Something that can be occupied: a room, a desk area, a person. `quantity` is how many fit at the same time."""

    name: str
    description: str | None = None
    timezone: ZoneName | None = None
    quantity: Annotated[int, Field(ge=0, le=100_000)] = 1
    opening_hours: WeeklyHours | None = None
    closed_dates: frozenset[date] = frozenset()
    archived: bool = False


class Service(CatalogItem):
    """What is sold. The price is for each started `charge_interval`, or for the whole booking where that is None."""

    name: str
    description: str | None = None
    price: Amount
    tax_rate: Percent
    is_net_price: bool = False
    charge_interval: Annotated[int, Field(ge=1)] | None = None
    starting_fee: Amount = 0
    min_duration: Minutes | None = None
    max_duration: Minutes | None = None
    lead_time: Minutes = 0
    padding_before: Minutes = 0
    padding_after: Minutes = 0
    default_weight: Annotated[int, Field(ge=0, le=100_000)] = 1
    resource_ids: frozenset[str] = frozenset()
    # Custom fields that a booking of it can answer, and whether it must.
    custom_fields: dict[str, bool] = {}
    archived: bool = False


class TimeslotSeries(CatalogItem):
    """Weekly slots that are booked as they are. `quantity` is how much one slot takes, beside what its resource takes.

    Valid for slots that begin from `valid_from` to `valid_until`, dates in its zone, both included. Without
    `resource_ids` any resource can be booked in it.
    """

    name: str
    timezone: ZoneName | None = None
    quantity: Annotated[int, Field(ge=0, le=100_000)] = 1
    slots: WeeklySlots
    valid_from: date | None = None
    valid_until: date | None = None
    resource_ids: frozenset[str] = frozenset()
    archived: bool = False


class AddOn(CatalogItem):
    name: str
    price: Amount
    tax_rate: Percent
    is_net_price: bool = False
    archived: bool = False


class Voucher(CatalogItem):
    """A discount: `percent` of the price, or `amount` off. `redemptions` counts completed orders that use it.

    It applies from `valid_from` until before `valid_until` (epoch seconds, by when the order is placed), to orders of at
    least `min_total` before the discount, and to the services in `service_ids` (none: to everything, add-ons included).
    """

    code: str
    percent: Percent | None = None
    amount: Amount | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    min_total: Amount | None = None
    service_ids: frozenset[str] = frozenset()
    max_redemptions: Annotated[int, Field(ge=0)] | None = None
    max_redemptions_per_customer: Annotated[int, Field(ge=0)] | None = None
    redemptions: int = 0
    archived: bool = False

    @model_validator(mode="after")
    def _one_kind_of_discount(self) -> "Voucher":
        if (self.percent is None) == (self.amount is None):
            raise ValueError("a voucher has either percent or amount")
        return self


def email_key(email: str) -> str:
    """The form in which addresses are compared: without case and surrounding space."""
    return email.strip().casefold()


def voucher_code_key(code: str) -> str:
    """The form in which codes are compared: without case and surrounding space."""
    return code.strip().casefold()
