"""Message rules: an organization's own texts for mails, and its reminders. Pure."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from frontdesk.domain.catalog.addresses import kept_address
from frontdesk.domain.catalog.items import STORED, CatalogItem, Email, Ids, Locale, Name
from frontdesk.domain.texts import plain_line, plain_text, shortened
from frontdesk.errors import Invalid

Event = Literal["confirmation", "change", "cancellation", "before_start", "after_end"]
REMINDERS: frozenset[Event] = frozenset({"before_start", "after_end"})
# Placeholders for values of the booking, such as {customer_name}.
PLACEHOLDERS = (
    "customer_name", "given_name", "organization", "order_number", "date", "time", "end_time", "service", "resource", "count",
)  # fmt: skip
# Examines each brace once, whatever follows it.
_PLACEHOLDER = re.compile(r"(?<!\{)\{++([^{}]*+)\}++")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MAX_OFFSET = 366 * 24 * 60
# Characters of each of a rule's texts in a mail, with its placeholders filled in.
MAX_FILLED = {"subject": 400, "before": 10_000, "after": 10_000}


def _with_known_placeholders(text: str) -> str:
    for name in map(str.strip, _PLACEHOLDER.findall(text)):
        if name not in PLACEHOLDERS:
            raise Invalid("unknown_placeholder", name=name[:50], names=", ".join(PLACEHOLDERS))
    return text


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise Invalid("not_local_time")
    return text


Subject = Annotated[
    str,
    StringConstraints(max_length=200),
    AfterValidator(plain_line),
    AfterValidator(_with_known_placeholders),
]
Paragraphs = Annotated[
    str,
    StringConstraints(max_length=5_000),
    AfterValidator(plain_text),
    AfterValidator(_with_known_placeholders),
]
StaffEmail = Annotated[Email, AfterValidator(kept_address)]


class Words(BaseModel, defer_build=True):
    """An organization's texts for a mail in one language. If `subject` is empty, the mail has the standard subject.

    `before` and `after` are added around the standard part of the mail.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    subject: Subject = ""
    before: Paragraphs = ""
    after: Paragraphs = ""

    @model_validator(mode="before")
    @classmethod
    def _known(cls, values: Any, info: ValidationInfo) -> Any:
        """Leaves out unknown fields that a newer version of Frontdesk has stored. `stored_item` does the same."""
        if info.context != STORED:
            return values
        return {name: value for name, value in values.items() if name in cls.model_fields}


class MessageRule(CatalogItem, defer_build=True):
    """Defines when a mail is sent, to whom, and with which texts.

    For `confirmation`, `change` or `cancellation`, the rule adds its texts to the customer's mail, or sends a separate mail to staff. For
    `before_start` and `after_end`, it sends reminders. A reminder is sent `offset` minutes before the start or after the end. With
    `local_time`, it is sent at that time in the resource's zone, `days` before the start date or after the end date. If `service_ids` is
    empty, the rule applies to all services.
    """

    name: Name
    event: Event
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] | None = None
    local_time: Annotated[str, AfterValidator(_clock)] | None = None
    days: Annotated[int, Field(ge=0, le=366)] | None = None
    service_ids: Ids = frozenset()
    recipients: Annotated[tuple[Literal["customer", "staff"], ...], Field(min_length=1, max_length=2)] = (
        "customer",
    )
    staff_emails: Annotated[tuple[StaffEmail, ...], Field(max_length=10)] = ()
    words: dict[Locale, Words] = Field(default={})
    enabled: bool = True
    archived: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> "MessageRule":
        at_a_time = self.local_time is not None or self.days is not None
        if self.event in REMINDERS:
            if (self.offset is None) != at_a_time or (at_a_time and self.local_time is None):
                raise Invalid("offset_or_local_time")
        elif self.offset is not None or at_a_time:
            raise Invalid("time_of_reminders_only")
        if ("staff" in self.recipients) != bool(self.staff_emails):
            raise Invalid("staff_addresses")
        return self

    @property
    def is_reminder(self) -> bool:
        """Whether the rule sends its mail at a time relative to the booking. Other rules send it when something changes."""
        return self.event in REMINDERS

    @property
    def is_on(self) -> bool:
        """Whether the rule is enabled and not archived."""
        return self.enabled and not self.archived

    def tells_more_than(self, before: "MessageRule | None") -> bool:
        """Whether staff may get mails under this rule that they would not get under `before`. The rule's name and texts do not matter."""
        same = before and before.model_copy(update={"name": self.name, "words": self.words})
        return self.is_on and bool(self.staff_emails) and self != same

    def names(self, staff_email: str | None) -> bool:
        """Whether the rule sends mail to this staff address or, if `staff_email` is None, to the customer."""
        return "customer" in self.recipients if staff_email is None else staff_email in self.staff_emails

    def is_for(self, service_ids: set[str]) -> bool:
        """Whether the rule is on, and applies to bookings of any of these services."""
        return self.is_on and self.fits(service_ids)

    def fits(self, service_ids: set[str]) -> bool:
        """Whether the rule applies to bookings of any of these services. Does not check whether the rule is on."""
        return not self.service_ids or bool(self.service_ids & service_ids)


def filled(text: str, values: Mapping[str, str], most: int = 10_000) -> str:
    """Replaces the placeholders in a text, and shortens the result to `most` characters.

    Unknown placeholders become empty. Placeholders within `values` are not replaced.
    """
    # A value may contain the names of a hundred services, and a text may use it five hundred times.
    return shortened(_PLACEHOLDER.sub(lambda match: values.get(match[1].strip(), "")[:most], text), most)
