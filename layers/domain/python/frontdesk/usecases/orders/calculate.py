"""Preview the price and the availability of an order. Writes nothing."""

from frontdesk.domain.booking.assess import Judgement
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import OrderConfig, Reading
from frontdesk.usecases.orders.place import offer, read_named
from frontdesk.usecases.ports import Clock, Store


def calculate_order(
    reading: Reading[OrderConfig], organization_id: str, store: Store, clock: Clock
) -> Judgement:
    """What `place_order` would answer now; what is taken is told for each booking instead of refused.

    Raises FrontdeskError for a request that would be wrong at any time; custom fields need not be answered for a price.
    """
    judge, known = read_named(reading, organization_id, store, clock, consistent=False)
    judgement = judge.judgement(known)
    if judgement.problems or judgement.conflicts or judgement.skipped:
        judge, known = read_named(reading, organization_id, store, clock, consistent=True)
        judgement = judge.judgement(known)
    if judgement.problems:
        raise FrontdeskError(*judgement.problems)
    return offer(judgement, known, store, clock)
