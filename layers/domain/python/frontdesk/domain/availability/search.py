"""The base of all availability searches: looks up the named items, and determines the ledgers to read. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.time_rules import (
    holds_in,
    hours_of,
    needed_orders,
    zone_of,
)
from frontdesk.domain.availability.days import Days
from frontdesk.domain.catalog.items import Resource, TimeslotSeries
from frontdesk.domain.ledger import LedgerKey
from frontdesk.domain.orders.snapshot import Key, Kind, Snapshot, ledger_item
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.time.intervals import (
    Interval,
    by_utc_day,
    to_instant,
    zone_of_name,
)
from frontdesk.domain.time.opening_hours import open_intervals
from frontdesk.domain.time.timeslots import slots_within
from frontdesk.errors import Phrase, Value

# Limits of a request: local days, resources and series together, and the number of day ledgers.
MAX_DAYS = 92
MAX_OWNERS = 100
MAX_LEDGERS = 3_100
_T = TypeVar("_T")


class Named(NamedTuple):
    """The ids in a query parameter, and the name of the parameter."""

    parameter: str
    ids: tuple[str, ...] = ()


class Query(NamedTuple):
    """The valid parameters of a request. `problems` describe the invalid ones.

    `first` and `last` come from the parameters `start_date` and `end_date`. A date includes its whole day. Dates and naive times are in
    `timezone`. Without `timezone`, they are in the zone that all named resources and series share or, if there is no such zone, in
    the organization's zone. `duration` is in minutes, `quantities` are by service id.
    """

    services: Named
    resources: Named
    series: Named
    first: date | datetime | None = None
    last: date | datetime | None = None
    timezone: str | None = None
    duration: int | None = None
    quantity: int | None = None
    quantities: Mapping[str, int] = {}
    problems: tuple[Problem, ...] = ()

    def too_much(self, most: int) -> FrontdeskError:
        """Returns the error for a query whose ledgers exceed `most` bytes."""
        reason = Phrase("too_many_bytes_read", {"most": most})
        return FrontdeskError(
            Problem("invalid_parameter", {"reason": reason}, 400, parameter=self.resources.parameter)
        )

    def keys(self, organization_id: str) -> set[Key]:
        """Returns the keys of all items that the query names.

        Read these items first. A service or series among them may name further resources.
        """
        services = {Key("service", id) for id in self.services.ids}
        return {
            Key("organization", organization_id),
            *services,
            *(Key("resource", id) for id in self.resources.ids),
            *(Key("timeslot_series", id) for id in self.series.ids),
        }


class Search:
    """Looks up the named items. Collects every problem instead of stopping at the first."""

    def __init__(self, query: Query, known: Snapshot, now: int) -> None:
        organization = known.organization()
        if organization is None:
            raise LookupError("the organization of a valid token is missing")
        self.organization = organization
        self.query = query
        self.now = now
        self.problems = list(query.problems)
        self.asked_zone = zone_of_name(query.timezone)
        if query.timezone is not None and self.asked_zone is None:
            self._refuse("invalid_timezone", "timezone")
        found = [
            self._found(known.timeslot_series(id), "timeslot_series", id, query.series)
            for id in query.series.ids
        ]
        self.series = [series for series in found if series]
        owners: list[Resource | TimeslotSeries] = [*self.series]
        owners += filter(None, map(known.resource, query.resources.ids))
        zones = {zone_of(owner, organization).key: zone_of(owner, organization) for owner in owners}
        # The zone whose days the request means.
        self.zone = self.asked_zone or (next(iter(zones.values())) if len(zones) == 1 else organization.zone)
        self.window = self._window()
        # The resources and the time that the search covers.
        self.resource_ids: tuple[str, ...] = ()
        self.around: Interval | None = None

    def keys(self) -> set[Key]:
        """Returns the keys of the items to read after those of `Query.keys`.

        These are resources that only a service or series refers to, and the ledgers of the days to search.
        """
        return {Key("resource", id) for id in self.resource_ids if id not in self.query.resources.ids} | {
            ledger_item(key) for key in self._ledgers()
        }

    def orders(self, known: Snapshot) -> set[Key]:
        """Returns the keys of orders whose holds may have ended. Read the orders consistently, after the ledgers."""
        return {order for key in self._ledgers() for order in needed_orders(known.ledger(key), self.now)}

    def shown_zone(self, owner: Resource | TimeslotSeries) -> ZoneInfo:
        """Returns the zone in which the answer shows the times of `owner`: the request's `timezone`, or else the owner's zone."""
        return self.asked_zone or zone_of(owner, self.organization)

    def _ledgers(self) -> list[LedgerKey]:
        of_resources = [key for id in self.resource_ids for key in self._days(id)]
        return of_resources + [key for series in self.series for key in self._days(series.id, is_series=True)]

    def _days(self, id: str, *, is_series: bool = False) -> list[LedgerKey]:
        return [
            LedgerKey(id, day, "timeslot_series" if is_series else "resource") for day in self._utc_days()
        ]

    def _utc_days(self) -> list[str]:
        return [day for day, _, _ in by_utc_day(self.around)] if self.around else []

    def _looked_up(self, known: Snapshot) -> dict[str, Resource]:
        """Returns the resources to search, by id. Raises FrontdeskError with every problem, such as a resource that does not exist."""
        resources: dict[str, Resource] = {}
        for id in self.resource_ids:
            resource = known.resource(id)
            if id in self.query.resources.ids:
                self._found(resource, "resource", id, self.query.resources)
            if resource:
                resources[id] = resource
        self._check(resources)
        if self.problems:
            raise FrontdeskError(*self.problems)
        return resources

    def _check(self, resources: Mapping[str, Resource]) -> None:
        """Adds a problem for each unsuitable resource. Subclasses override this method; here it does nothing."""

    def _days_of(self, owner: Resource | TimeslotSeries, known: Snapshot) -> "Days":
        ledgers = map(known.ledger, self._days(owner.id, is_series=isinstance(owner, TimeslotSeries)))
        return Days(owner, [(ledger, *holds_in(ledger, known, self.now)) for ledger in ledgers])

    def _opened(self, resource: Resource, within: Interval) -> list[Interval] | None:
        """Returns the resource's open intervals on the dates of `within`, or None if it is always open."""
        hours = hours_of(resource, self.organization)
        return None if hours.are_unlimited else open_intervals(hours, within)

    def _slots(self, series: TimeslotSeries, within: Interval) -> list[Interval]:
        """Returns the slots of a series that begin in the interval `within`."""
        slots = slots_within(
            series.slots, series.valid_from, series.valid_until, zone_of(series, self.organization), within
        )
        return [slot for slot in slots if within.start <= slot.start]

    def _window(self) -> Interval | None:
        """Returns the interval to search, or None if the request does not define one."""
        start, end = (
            self._instant(self.query.first, "start_date"),
            self._instant(self.query.last, "end_date", ends=True),
        )
        if start is None or end is None:
            return None
        if end <= start:
            self._refuse("end_before_start", "end_date")
            return None
        first, last = (datetime.fromtimestamp(instant, self.zone).date() for instant in (start, end - 1))
        if (last - first).days >= MAX_DAYS:
            self._refuse("invalid_parameter", "end_date", reason=Phrase("too_many_days", {"most": MAX_DAYS}))
            return None
        return Interval(start, end)

    def _instant(self, moment: date | datetime | None, parameter: str, *, ends: bool = False) -> int | None:
        if moment is None:
            return None
        if not isinstance(moment, datetime):
            midnight = datetime.combine(
                moment + timedelta(days=1) if ends else moment, time(), tzinfo=self.zone
            )
            return int(midnight.timestamp())
        instant = to_instant(moment, self.zone)
        if instant is None:
            self._refuse("nonexistent_time", parameter, moment=f"{moment:%Y-%m-%d %H:%M}", zone=self.zone.key)
        return instant

    def _refuse_too_many(self) -> None:
        owners = len(self.resource_ids) + len(self.series)
        if owners > MAX_OWNERS:
            reason = Phrase("too_many_owners", {"count": owners, "most": MAX_OWNERS})
        elif (ledgers := owners * len(self._utc_days())) > MAX_LEDGERS:
            reason = Phrase("too_many_resource_days", {"days": ledgers, "most": MAX_LEDGERS})
        else:
            return
        self._refuse("invalid_parameter", self.query.resources.parameter, reason=reason)
        self.resource_ids, self.around = (), None

    def _found(self, item: _T | None, kind: Kind, id: str, named: Named) -> _T | None:
        if item is None:
            self._refuse(f"{kind}_not_found", named.parameter, id=id)
        return item

    def _refuse(self, code: str, parameter: str, **values: Value) -> None:
        self.problems.append(Problem(code, values, 400, parameter=parameter))
