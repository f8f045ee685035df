"""The lists in the two indexes, and the values of their partition keys.

The indexes `lists` (list_pk, list_sk) and `lists2` (list2_pk, list_sk) contain only keys. A list can be filtered by these keys without
reading its items. Both indexes share one sort key, so that a plain booking stays below 1 KB, the size of a write unit.

    list_pk                           list2_pk                           list_sk
    {org}#catalog#{kind}{a}                                         {created}#{id}{text}            a catalog item
    {org}#orders#{month}              {org}#customer#{id}                {created}#{bookings}{b}    an order
    {org}#resource#{id}#{length}      {org}#bookings#{length}#{period}   {start}#{seconds}{b}       a booking
    {org}#resource#{id}#{length}                                         {start}#{seconds}{b}       entry of a further resource
                                      {org}#customer#{id}                {created}#1{b}             entry of a guest
                                      {org}#external#{external id}       {created}#1{b}             entry of an external id

Instants have eleven digits. `a` is `#archived` for archived items. `b` is `#` and flags: `b` for a blocker, `q` if the order must be
read. It must be read for a booking that was written before its order became visible, and for an order with hidden bookings. `text` is
`#` and the text by which a customer is found, if the key has room for it. `length` and `period` are those of `Length`. Invisible orders
and hidden bookings are in no list.
"""

from typing import NamedTuple

from frontdesk.domain.time.intervals import DAY, day_of


class Length(NamedTuple):
    """Bookings of similar length share a list, sorted by start. `most` is the longest length in the list, in seconds.

    A query for the bookings that overlap a time begins `most` seconds before that time, because a booking may have started that early.
    For bookings of up to a day, that is a day. A longer booking takes at least a 32nd of its list's `most`. So the query reads at most 32
    earlier bookings for each unit of a resource, however large the table is. Canceled and overbooked bookings are additional.

    `period` is how many characters of the start's date divide an organization's lists: 4 for years, 7 for months, 0 for no division.
    """

    name: str
    most: int | None
    period: int

    def period_of(self, start: int) -> str:
        """Returns the year or month of a start, or an empty text if the list is not divided."""
        return day_of(start)[: self.period]


LENGTHS = (
    Length("day", DAY, 7),
    Length("weeks", 32 * DAY, 4),
    Length("years", 1024 * DAY, 0),
    Length("ages", None, 0),
)


def orders_list(organization_id: str, month: str) -> str:
    """Returns the partition key of the orders created in a month (YYYY-MM)."""
    return f"{organization_id}#orders#{month}"


def customers_list(organization_id: str, customer_id: str) -> str:
    """Returns the partition key of a customer's orders and bookings."""
    return f"{organization_id}#customer#{customer_id}"


def external_list(organization_id: str, external_id: str) -> str:
    """Returns the partition key of the bookings and orders with an id in another system."""
    return f"{organization_id}#external#{external_id}"


def resources_list(organization_id: str, resource_id: str, length: Length) -> str:
    """Returns the partition key of a resource's bookings of one length."""
    return f"{organization_id}#resource#{resource_id}#{length.name}"


def bookings_list(organization_id: str, length: Length, period: str) -> str:
    """Returns the partition key of all bookings of one length that start in a period."""
    return f"{organization_id}#bookings#{length.name}#{period}"


def catalog_list_pk(organization_id: str, kind: str, *, archived: bool) -> str:
    """Returns the partition key of the catalog items of a kind: of the archived ones, or of the others."""
    return f"{organization_id}#catalog#{kind}" + ("#archived" if archived else "")
