"""The lists in the table's two indexes, and their partition keys.

The indexes `lists` (list_pk, list_sk) and `lists2` (list2_pk, list_sk) contain only keys. A list can be filtered by these keys without
reading its items. Both indexes share one sort key. That keeps a plain booking below 1 KB, which costs one write unit.

    list_pk                           list2_pk                           list_sk
    {org}#catalog#{kind}{a}                                              {created}#{id}{text}          a catalog item
    {org}#orders#{month}              {org}#customer#{id}                {created}#{bookings}{flags}   an order
    {org}#resource#{id}#{length}      {org}#bookings#{length}#{period}   {start}#{seconds}{flags}      a booking
    {org}#resource#{id}#{length}                                         {start}#{seconds}{flags}      entry of a further resource
                                      {org}#customer#{id}                {created}#1{flags}            entry of a guest
                                      {org}#external#{external id}       {created}#1{flags}            entry of an external id

Instants have eleven digits. `{a}` is `#archived` for an archived item. `{text}` is `#` and a customer's
searchable text. For other items, and if the text is too long, `{text}` is empty. The class `Length` explains
`{length}` and `{period}`.

`{flags}` is empty, `#b`, `#q` or `#bq`. The flag b means that the order or booking is a blocker. The flag q
means that readers of the list must read the order too. A booking's entry gets the flag q if the order is
still invisible when the entry is written. Only the order shows whether it has become visible since then. An
order's entry has the flag q if some of the order's bookings are hidden: only the order shows which bookings
are hidden. A list shows no invisible orders and no hidden bookings.
"""

from typing import NamedTuple

from frontdesk.domain.time.intervals import DAY, day_of


class Length(NamedTuple):
    """A range of lengths of bookings. Bookings in the same range share a list, sorted by start.

    `most` is the greatest length in the range, in seconds. A query for a time begins `most` seconds earlier, because a booking that
    overlaps the time may have started then. In the last range, `most` is None: a query reads the list from its beginning.

    An organization's list of all bookings is split by the first `period` characters of the start's date: 4 means by year, 7 by month,
    0 not at all.
    """

    name: str
    most: int | None
    period: int

    def period_of(self, start: int) -> str:
        """Returns the UTC date of `start` (epoch seconds), shortened to `self.period` characters.

        For example, returns "2026-04" if `self.period` is 7, and "2026" if `self.period` is 4.
        """
        return day_of(start)[: self.period]


# In the second and third range, each booking is longer than `most` / 32. At most 32 of them, one after the other, can start within `most`
# seconds. So a query reads at most 32 earlier bookings for each unit of a resource, besides canceled and overbooked ones.
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
    """Returns the partition key of the bookings with this id in another system."""
    return f"{organization_id}#external#{external_id}"


def resources_list(organization_id: str, resource_id: str, length: Length) -> str:
    """Returns the partition key for a resource's bookings of similar length.

    `length` is the range in which the bookings' lengths lie.
    """
    return f"{organization_id}#resource#{resource_id}#{length.name}"


def bookings_list(organization_id: str, length: Length, period: str) -> str:
    """Returns the partition key of all bookings that start in a period and whose length is in one range."""
    return f"{organization_id}#bookings#{length.name}#{period}"


def catalog_list_pk(organization_id: str, kind: str, *, archived: bool) -> str:
    """Returns the partition key of the catalog items of a kind, either archived or current ones."""
    return f"{organization_id}#catalog#{kind}" + ("#archived" if archived else "")
