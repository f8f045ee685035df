"""Finds how many units of resources and timeslot series are free, and when. Pure."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.availability.days import Stretch
from frontdesk.domain.availability.places import lies_in
from frontdesk.domain.availability.search import Query, Search
from frontdesk.domain.orders.snapshot import Snapshot
from frontdesk.domain.time.intervals import (
    Interval,
)


class Periods(NamedTuple):
    """The open periods of a resource, or the slots of a series, in order, with the free units of each.

    `zone` is the zone to show them in.
    """

    zone: ZoneInfo
    stretches: list[Stretch]


class PeriodSearch(Search):
    """Finds how many units are free from now on.

    For a resource, searches its opening hours. For a timeslot series, searches its slots.
    """

    def __init__(self, query: Query, known: Snapshot, now: int) -> None:
        super().__init__(query, known, now)
        services = [
            self._found(known.service(id), "service", id, query.services) for id in query.services.ids
        ]
        offered = [service.resource_ids for service in services if service]
        # If only services are named, the search covers the resources that offer all of them.
        self.wanted = query.resources.ids or tuple(
            sorted(frozenset.intersection(*offered) if offered else ())
        )
        of_series = {id for series in self.series for id in series.resource_ids}
        self.resource_ids = (*self.wanted, *sorted(of_series - set(self.wanted)))
        if self.window and now < self.window.end:
            self.window = Interval(max(now, self.window.start), self.window.end)
            ends = [slot.end for series in self.series for slot in self._slots(series, self.window)]
            self.around = Interval(self.window.start, max([self.window.end, *ends]))
        self._refuse_too_many()

    def periods(self, known: Snapshot) -> dict[str, Periods]:
        """Returns the periods of each resource and series, by id.

        Raises FrontdeskError with every problem of the request.
        """
        resources = self._looked_up(known)
        if self.window is None or self.around is None:
            return {id: Periods(self.zone, []) for id in (*self.wanted, *self.query.series.ids)}
        days = {id: self._days_of(resource, known) for id, resource in resources.items()}
        opened = {id: self._opened(resource, self.around) for id, resource in resources.items()}
        result: dict[str, Periods] = {}
        for id in self.wanted:
            hours = [self.window] if opened[id] is None else opened[id]
            within = (
                Interval(max(start, self.window.start), min(end, self.window.end))
                for start, end in hours or ()
            )
            stretches = [
                stretch for part in within if part.start < part.end for stretch in days[id].stretches(part)
            ]
            result[id] = Periods(self.shown_zone(resources[id]), stretches)
        for series in self.series:
            own, on = self._days_of(series, known), [id for id in series.resource_ids if id in resources]
            result[series.id] = Periods(self.shown_zone(series), [])
            for slot in self._slots(series, self.window):
                room = sum(days[id].left(slot) for id in on if lies_in(slot, opened[id]))
                left = own.left(slot)
                result[series.id].stretches.append(
                    Stretch(*slot, min(left, room) if series.resource_ids else left)
                )
        return result
