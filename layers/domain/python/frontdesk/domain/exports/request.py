"""Reads the request for an export. The kind of export decides which filters and columns are allowed. `wanted_of` reports any others."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import Organization
from frontdesk.domain.exports.columns import COLUMNS, FILTERS, STATUSES
from frontdesk.domain.exports.export import SCOPES, ExportFormat, ExportKind, Wanted
from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.envelope import Document
from frontdesk.domain.requests.order import Characters, Id, Reading, RequestModel, Zone, as_list
from frontdesk.domain.time.intervals import instant_of, wall_clock, zone_of_name
from frontdesk.errors import Invalid, Language, Phrase

TYPE = "exports"


def _day(value: Any) -> Any:
    if not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII)):
        raise Invalid("not_day")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise Invalid("no_such_date") from None
    if not 1971 <= day.year <= 2199:
        raise Invalid("date_out_of_range", first="1971", last="2199")
    return day


_Day = Annotated[date, BeforeValidator(_day)]
_Name = Annotated[Characters, AfterValidator(str.strip), Field(max_length=100)]
_Names = Annotated[tuple[_Name, ...], BeforeValidator(as_list), Field(max_length=100)]


class ExportPeriod(RequestModel):
    """The first and the last day, in the export's zone. Both are included."""

    start: _Day | None = None
    end: _Day | None = None


class ExportFilters(RequestModel):
    """Filters that limit the export."""

    status: _Names | None = None
    customer: Id | None = None
    resource: Id | None = None
    service: Id | None = None
    import_id: Annotated[Id | None, Field(alias="import")] = None
    archived: StrictBool | None = None

    @property
    def named(self) -> list[str]:
        """The names, in the API, of the filters that were sent."""
        return [
            "import" if name == "import_id" else name
            for name in type(self).model_fields
            if getattr(self, name) is not None
        ]


class ExportConfig(RequestModel):
    """The attributes of a requested export."""

    kind: ExportKind | None = None
    period: ExportPeriod | None = None
    timezone: Zone | None = None
    filters: ExportFilters | None = None
    columns: _Names | None = None
    format: ExportFormat | None = None
    language: Language | None = None


class _Resource(RequestModel):
    attributes: ExportConfig | None = None


class ExportDocument(Document):
    """The JSON:API document of a new export."""

    ATTRIBUTES = ExportConfig
    data: _Resource | None = None

    @property
    def asked(self) -> ExportConfig:
        """The attributes in the document. If the document has no attributes, every field of the result is None."""
        return (self.data and self.data.attributes) or ExportConfig()


def wanted_of(reading: Reading[ExportDocument], organization: Organization, token: Token) -> Wanted:
    """Returns the requested content of an export.

    Raises FrontdeskError 422 with every problem, or 403 if the token may not read the content.
    """
    asked, problems = reading.config.asked, [*reading.problems]
    kind = asked.kind
    if kind is None:
        if not reading.is_unread("data", "attributes", "kind"):
            problems.append(_problem("missing", "kind"))
        raise FrontdeskError(*problems)
    filters, period = asked.filters or ExportFilters(), asked.period or ExportPeriod()
    columns = asked.columns or tuple(COLUMNS[kind])
    problems += _wrong_columns(kind, columns) if asked.columns else ()
    problems += [
        Problem("unknown_field", {"reason": Phrase("no_field", {"name": name})}, pointer=_at("filters", name))
        for name in filters.named
        if name not in FILTERS[kind]
    ]
    choices = STATUSES[kind]
    if "status" in FILTERS[kind] and not {*(filters.status or ())} <= {*choices}:
        problems.append(_problem("one_or_some_of", "filters", "status", choices=choices))
    zone = zone_of_name(asked.timezone or organization.timezone)
    if zone is None:
        problems.append(_problem("not_zone", "timezone"))
    if period.start and period.end and period.end < period.start:
        problems.append(Problem("end_before_start", pointer=_at("period", "end")))
    if problems or zone is None:
        raise FrontdeskError(*problems)
    if not token.allows(scope := SCOPES[kind]):
        reason = Phrase("without_scope", {"scope": scope})
        raise FrontdeskError(Problem("unauthorized", {"reason": reason}, pointer=_at("kind")))
    return Wanted(
        kind=kind,
        format=asked.format or "csv",
        language=asked.language or organization.language,
        columns=columns,
        timezone=zone.key,
        start=_begin(period.start, zone),
        end=_begin(period.end + timedelta(days=1), zone) if period.end else None,
        statuses=filters.status or (),
        customer=filters.customer,
        resource=filters.resource,
        service=filters.service,
        import_id=filters.import_id,
        archived=filters.archived or False,
    )


def _wrong_columns(kind: ExportKind, columns: Sequence[str]) -> list[Problem]:
    known = COLUMNS[kind]
    unknown = [
        _problem("one_of", "columns", i, choices=[*known])
        for i, name in enumerate(columns)
        if name not in known
    ]
    twice = [
        _problem("column_twice", "columns", i, name=name)
        for i, name in enumerate(columns)
        if name in columns[:i]
    ]
    return unknown or twice


def _begin(day: date | None, zone: ZoneInfo) -> int | None:
    return None if day is None else instant_of(wall_clock(day, "00:00"), zone)


def _at(*path: str | int) -> str:
    return pointer("data", "attributes", *path)


def _problem(reason: str, *path: str | int, **values: Any) -> Problem:
    return Problem("invalid_value", {"reason": Phrase(reason, values)}, pointer=_at(*path))
