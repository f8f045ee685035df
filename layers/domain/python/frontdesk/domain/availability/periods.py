"""How much of resources and timeslot series is left, and when. Pure."""

from frontdesk.domain.availability.days import Stretch
from frontdesk.domain.availability.places import lies_in
from frontdesk.domain.availability.search import Query, Search
from frontdesk.domain.orders.snapshot import Snapshot
from frontdesk.domain.time.intervals import (
    Interval,
)


class PeriodSearch(Search):
    """How much of resources and timeslot series is left, from now on: in opening hours, in slots, beside what is booked."""

    def __init__(self, query: Query, known: Snapshot, now: int) -> None:
        super().__init__(query, known, now)
        of_series = {id for series in self.series for id in series.resource_ids}
        self.resource_ids = (*query.resources.ids, *sorted(of_series - set(query.resources.ids)))
        if self.window and now < self.window.end:
            self.window = Interval(max(now, self.window.start), self.window.end)
            ends = [slot.end for series in self.series for slot in self._slots(series, self.window)]
            self.around = Interval(self.window.start, max([self.window.end, *ends]))
        self._refuse_too_many()

    def periods(self, known: Snapshot) -> dict[str, list[Stretch]]:
        """By id: a resource's stretches, a series' slots. Raises FrontdeskError with every problem of the request."""
        resources = self._looked_up(known)
        if self.window is None or self.around is None:
            return {id: [] for id in (*self.query.resources.ids, *self.query.series.ids)}
        days = {id: self._days_of(resource, known) for id, resource in resources.items()}
        opened = {id: self._opened(resource, self.around) for id, resource in resources.items()}
        result: dict[str, list[Stretch]] = {}
        for id in self.query.resources.ids:
            hours = [self.window] if opened[id] is None else opened[id]
            within = (
                Interval(max(start, self.window.start), min(end, self.window.end))
                for start, end in hours or ()
            )
            result[id] = [
                stretch for part in within if part.start < part.end for stretch in days[id].stretches(part)
            ]
        for series in self.series:
            own, on = self._days_of(series, known), [id for id in series.resource_ids if id in resources]
            result[series.id] = []
            for slot in self._slots(series, self.window):
                room = sum(days[id].left(slot) for id in on if lies_in(slot, opened[id]))
                left = own.left(slot)
                result[series.id].append(Stretch(*slot, min(left, room) if series.resource_ids else left))
        return result
