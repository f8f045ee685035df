"""Converts the dates and times in a list's filters to instants."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.api.app import Api
from frontdesk.domain.catalog.items import Organization
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.time.intervals import to_instant, zone_of_name
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.reading import read_one


def instants_of(
    api: Api, context: Context, filters: Mapping[str, Any], asked: Mapping[str, str]
) -> dict[str, int]:
    """Returns the dates and times in the filters as epoch seconds, by name. An end date becomes the end of its day.

    `asked` has the query parameters; only `timezone` is used. Raises FrontdeskError 400.
    """
    moments = {
        name: filters[name]
        for name in ("start_date", "end_date", "created_from", "created_until")
        if name in filters
    }
    zone = _zone(api, context, asked.get("timezone"), list(moments.values()))
    instants: dict[str, int] = {}
    problems = []
    for name, moment in moments.items():
        # An end date includes its whole day.
        instant = _instant(moment, zone, ends=name in ("end_date", "created_until"))
        if instant is None:
            problems.append(
                _invalid(
                    f"filter[{name}]",
                    Phrase(
                        "time_skipped_by_clock",
                        {"moment": f"{moment:%Y-%m-%d %H:%M}", "zone": zone.key},
                    ),
                )
            )
        else:
            instants[name] = instant
    for first, last in (("start_date", "end_date"), ("created_from", "created_until")):
        if first in instants and last in instants and instants[last] <= instants[first]:
            problems.append(_invalid(f"filter[{last}]", Phrase("after_filter", {"first": first})))
    if problems:
        raise FrontdeskError(*problems)
    return instants


def _zone(api: Api, context: Context, name: str | None, moments: Sequence[date | datetime]) -> ZoneInfo:
    """Returns the zone of dates without an offset: the requested zone, or else the zone of the organization.

    The organization is read only if its zone is needed.
    """
    if name is not None:
        zone = zone_of_name(name)
        if zone is None:
            raise FrontdeskError(_invalid("timezone", Phrase("not_zone")))
        return zone
    if all(isinstance(moment, datetime) and moment.tzinfo for moment in moments):
        return ZoneInfo("UTC")
    organization = read_one(context, Organization, context.organization_id, api.world.store, consistent=False)
    assert organization is not None
    return organization.zone


def _instant(moment: date | datetime, zone: ZoneInfo, *, ends: bool) -> int | None:
    if isinstance(moment, datetime):
        return to_instant(moment, zone)
    day = date.fromordinal(moment.toordinal() + ends)
    # If a clock change skips midnight, the day begins at the change.
    return int(datetime.combine(day, time(), zone).timestamp())


def _invalid(parameter: str, reason: Phrase) -> Problem:
    return Problem("invalid_parameter", {"reason": reason}, parameter=parameter)
