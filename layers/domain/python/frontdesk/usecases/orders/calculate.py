"""Previews the price and availability of an order. Writes nothing."""

from frontdesk.domain.assessment.assess import Assessment
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import OrderConfig, Reading
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import offer, read_named
from frontdesk.usecases.ports import Store


def calculate_order(context: Context, reading: Reading[OrderConfig], store: Store) -> Assessment:
    """Returns what `place_order` would decide now.

    Reports conflicts for each booking instead of refusing the order, and requires no answers to custom fields. Raises FrontdeskError for a
    request that would be invalid even if every slot were free.
    """
    assessor, known = read_named(context, reading, store, consistent=False)
    assessment = assessor.assess(known)
    if assessment.problems or assessment.conflicts or assessment.skipped:
        assessor, known = read_named(context, reading, store, consistent=True)
        assessment = assessor.assess(known)
    if assessment.problems:
        raise FrontdeskError(*assessment.problems)
    return offer(context, assessment, known, store)
