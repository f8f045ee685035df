"""Preview the price and the availability of an order. Writes nothing."""

from frontdesk.model.config import Reading
from frontdesk.model.placement import Judgement, judge
from frontdesk.model.problems import FrontdeskError
from frontdesk.usecases.place_order import read_named
from frontdesk.usecases.ports import Clock, Store


def calculate_order(reading: Reading, organization_id: str, store: Store, clock: Clock) -> Judgement:
    """What `place_order` would answer now; what is taken is told for each booking instead of refused.

    Raises FrontdeskError for a request that would be wrong at any time.
    """
    judgement = judge(reading, read_named(reading, organization_id, store, clock, consistent=False), clock.now())
    if judgement.problems or judgement.conflicts:
        known = read_named(reading, organization_id, store, clock, consistent=True)
        judgement = judge(reading, known, clock.now())
    if judgement.problems:
        raise FrontdeskError(*judgement.problems)
    return judgement
