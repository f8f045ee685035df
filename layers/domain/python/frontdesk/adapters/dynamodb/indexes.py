"""The lists that the indexes are cut into: the values of their partition keys. See `adapters.dynamodb.items`."""

from typing import NamedTuple

from frontdesk.domain.time.intervals import DAY, day_of


class Length(NamedTuple):
    """Bookings of about one length are in a list of their own, ordered by their start.

    Whoever looks for what overlaps a time must look back from it as far as a booking can reach: `most` seconds, so a day for
    those of up to a day. The longer ones take at least a 32nd of that each. So at one time a resource has
    at most 32 of them for each unit of its capacity, however many there are in the table. Canceled and
    overbooked ones come on top.
    `period`: the lists of an organization are cut by the year (4) or month (7 characters) of the start, where there are many.
    """

    name: str
    most: int | None
    period: int

    def period_of(self, start: int) -> str:
        return day_of(start)[: self.period]


LENGTHS = (
    Length("day", DAY, 7),
    Length("weeks", 32 * DAY, 4),
    Length("years", 1024 * DAY, 0),
    Length("ages", None, 0),
)


def orders_list(organization_id: str, month: str) -> str:
    return f"{organization_id}#orders#{month}"


def customers_list(organization_id: str, customer_id: str) -> str:
    return f"{organization_id}#customer#{customer_id}"


def resources_list(organization_id: str, resource_id: str, length: Length) -> str:
    return f"{organization_id}#resource#{resource_id}#{length.name}"


def bookings_list(organization_id: str, length: Length, period: str) -> str:
    return f"{organization_id}#bookings#{length.name}#{period}"


def catalog_list_pk(organization_id: str, kind: str, *, archived: bool) -> str:
    return f"{organization_id}#catalog#{kind}" + ("#archived" if archived else "")
