"""Custom fields: the questions that a business adds to orders or bookings, and the form in which answers are stored.

The length of a text is counted in code points. Limits of numbers and dates are inclusive. Dates are stored as ISO strings.
"""

import math
import re
from collections.abc import Container, Mapping
from datetime import date
from decimal import Context, Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticKnownError

from frontdesk.domain.catalog.items import STORED, CatalogItem, Within
from frontdesk.domain.texts import is_plain
from frontdesk.errors import Invalid, Language

FieldType = Literal["text", "long_text", "number", "boolean", "date", "choice", "choices"]
Value = str | int | float | bool | list[str]

# Every JSON reader keeps whole numbers up to this one exact.
_MOST = Decimal(10**15)
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
_LONGEST = {"text": 200, "long_text": 5_000}
_LIMITS: dict[FieldType, frozenset[str]] = {
    "text": frozenset({"max_length"}),
    "long_text": frozenset({"max_length"}),
    "number": frozenset({"minimum", "maximum"}),
    "boolean": frozenset(),
    "date": frozenset({"earliest", "latest"}),
    "choice": frozenset({"choices"}),
    "choices": frozenset({"choices", "most_choices"}),
}
_ANY_LIMIT = frozenset[str]().union(*_LIMITS.values())
_YES_NO = {"en": ("No", "Yes"), "de": ("Nein", "Ja")}


def _shown_in_a_line(text: str) -> str:
    if not text.strip() or not is_plain(text):
        raise Invalid("blank_or_lines")
    return text


_Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_shown_in_a_line)]
_PLACES = 15


def _told(bound: Decimal, info: ValidationInfo) -> Decimal:
    """Limits the decimal places of a bound: 1e-8000000 would otherwise be printed as 8 MB of text.

    A new bound with too many places is refused. A stored bound is rounded, so that it stays readable.
    """
    if int(bound.as_tuple().exponent) >= -_PLACES:
        return bound
    if info.context != STORED:
        raise PydanticKnownError("decimal_max_places", {"decimal_places": _PLACES})
    return bound.quantize(Decimal(1).scaleb(-_PLACES), context=Context(prec=40))


_Bound = Annotated[Decimal, Field(ge=-_MOST, le=_MOST), AfterValidator(_told)]
_Day = Annotated[date, Field(ge=_FIRST_DAY, le=_LAST_DAY)]


class CustomField(CatalogItem):
    """A question that staff define. Only the limits that suit its `field_type` can be set. All limits are inclusive."""

    label: _Line
    field_type: FieldType
    visible_to_customer: bool = False
    max_length: Annotated[int, Field(ge=1, le=5_000)] | None = None
    minimum: _Bound | None = None
    maximum: _Bound | None = None
    choices: Annotated[tuple[_Line, ...], Field(max_length=200)] = ()
    most_choices: Annotated[int, Within(1, 200)] | None = None
    earliest: _Day | None = None
    latest: _Day | None = None
    archived: bool = False

    @model_validator(mode="after")
    def _limits_fit_the_type(self) -> Self:
        misplaced = sorted(
            name for name in _ANY_LIMIT - _LIMITS[self.field_type] if getattr(self, name) not in (None, ())
        )
        if misplaced:
            raise Invalid("limits_misplaced", type=self.field_type, names=misplaced)
        if "choices" in _LIMITS[self.field_type] and not self.choices:
            raise Invalid("choices_missing", type=self.field_type)
        if len(set(self.choices)) != len(self.choices):
            raise Invalid("choices_repeated")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise Invalid("minimum_above_maximum")
        if self.earliest and self.latest and self.earliest > self.latest:
            raise Invalid("earliest_after_latest")
        return self


class CustomEntry(BaseModel):
    """An answer and the field's label, as stored in an order or booking. Later changes of the field do not affect it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    value: Value
    formatted_value: str
    label: str
    type: FieldType
    visible: bool


def answered(value: Any) -> bool:
    """Whether a value is an answer. null, blank strings and empty arrays are not answers. 0 and false are answers."""
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != []


def without(entries: Mapping[str, CustomEntry], ids: Container[str] | None) -> dict[str, CustomEntry]:
    """Returns the answers (by field id) except those to the fields in `ids`."""
    return {id: each for id, each in entries.items() if id not in (ids or ())}


def entry(field: CustomField, value: Any, language: Language) -> CustomEntry:
    """Returns the stored form of the answer `value` (parsed JSON). Raises Invalid with a reason that does not quote the answer."""
    if not answered(value):
        raise Invalid("empty")
    kept = _kept(field, value)
    return CustomEntry(
        value=kept,
        formatted_value=formatted(field.field_type, kept, language),
        label=field.label,
        type=field.field_type,
        visible=field.visible_to_customer,
    )


def formatted(type: FieldType, value: Any, language: Language) -> str:
    """Returns a stored value as text. Does not use Babel, because importing Babel would slow down placing an order."""
    match type:
        case "number":
            # str() alone would give 1e-07.
            plain = f"{Decimal(str(value)):f}"
            return plain.replace(".", ",") if language == "de" else plain
        case "boolean":
            return _YES_NO[language][value]
        case "date":
            return ".".join(reversed(value.split("-"))) if language == "de" else str(value)
        case "choices":
            return ", ".join(value)
        case _:
            return str(value)


def _kept(field: CustomField, value: Any) -> Value:
    match field.field_type:
        case "number":
            return _number(field, value)
        case "boolean":
            if not isinstance(value, bool):
                raise Invalid("not_flag")
            return value
        case "date":
            return _date(field, value)
        case "choice":
            if value not in field.choices:
                raise _none_of("one_of", field.choices)
            return str(value)
        case "choices":
            return _choices(field, value)
        case _:
            return _text(field, value)


def _text(field: CustomField, value: Any) -> str:
    longest = field.max_length or _LONGEST[field.field_type]
    if not isinstance(value, str):
        raise Invalid("not_string")
    if len(value) > longest:
        raise Invalid("too_many_characters", most=longest)
    if field.field_type == "text" and not is_plain(value):
        raise Invalid("controls_or_lines")
    if not is_plain(value, allowed="\r\n"):
        raise Invalid("controls")
    return value


def _number(field: CustomField, value: Any) -> int | float:
    if type(value) not in (int, float) or (isinstance(value, float) and not math.isfinite(value)):
        raise Invalid("not_decimal")
    # Compares the digits as written, not the binary float, so that 0.1 does not exceed a maximum of 0.1.
    written = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    least = -_MOST if field.minimum is None else field.minimum
    most = _MOST if field.maximum is None else field.maximum
    if written < least:
        raise Invalid("at_least", least=f"{least:f}")
    if written > most:
        raise Invalid("at_most", most=f"{most:f}")
    # In JSON, 2.0 equals 2, and -0.0 equals 0.
    return int(value) if int(value) == value else float(value)


def _date(field: CustomField, value: Any) -> str:
    try:
        # fromisoformat also accepts 20260415 and 2026-W16-3.
        day = date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None
    except (TypeError, ValueError):
        day = None
    if day is None:
        raise Invalid("not_day")
    first, last = field.earliest or _FIRST_DAY, field.latest or _LAST_DAY
    if day < first:
        raise Invalid("not_before", first=str(first))
    if day > last:
        raise Invalid("not_after", last=str(last))
    return str(value)


def _choices(field: CustomField, value: Any) -> list[str]:
    known = frozenset(field.choices)
    if not isinstance(value, list) or not all(
        isinstance(choice, str) and choice in known for choice in value
    ):
        raise _none_of("some_of", field.choices)
    if len(set(value)) != len(value):
        raise Invalid("choice_repeated")
    if field.most_choices and len(value) > field.most_choices:
        raise Invalid("too_many_choices", most=field.most_choices)
    return list(value)


def _none_of(reason: Literal["one_of", "some_of"], choices: tuple[str, ...]) -> Invalid:
    # The answer may repeat this text for each booking, so it must be short.
    return Invalid(f"{reason}_many" if len(choices) > 10 else reason, choices=choices[:10])
