"""What `include` may name. Source: shared conventions, "Answers": clients ask for the same names with every request.

Everything that is tolerated stands in this one table.
"""

from collections.abc import Mapping

from frontdesk.errors import Phrase

# Names on one path, and paths of one request: more are refused, never cut.
MAX_STEPS = 4
MAX_PATHS = 30
# By type, what it is related to. Of `nothing` there is never anything: clients ask for it, and what they know does without.
_OF_CUSTOMERS = {"address": "nothing"}
_OF_PLACES = {"address": "nothing", "category": "nothing", "group": "nothing", "location": "nothing"}
RELATED: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "bookings": "bookings",
        "customer": "customers",
        "voucher": "vouchers",
        "invoice": "invoices",
        "address": "nothing",
        "location": "nothing",
    },
    "bookings": {
        "customer": "customers",
        "order": "orders",
        "resource": "resources",
        "resources": "resources",
        "service": "services",
        "services": "services",
        "sub_bookings": "bookings",
        "super_booking": "bookings",
        "booking_add_ons": "nothing",
        **_OF_PLACES,
    },
    "customers": _OF_CUSTOMERS,
    "resources": {"parent": "resources", "children": "resources", **_OF_PLACES},
    "services": {"resources": "resources", "category": "nothing", "group": "nothing"},
    "vouchers": {"services": "services"},
    "timeslot-series": {"resources": "resources"},
    "message-rules": {"services": "services"},
    "users": {"active_organization": "organizations"},
    "organizations": {"address": "nothing"},
    "invoices": {"items": "nothing", "address": "nothing", "customer": "nothing"},
    "nothing": {},
}
# Types of which there is never one.
EMPTY = frozenset({"nothing", "invoices"})


def wrong_with(type: str, path: str) -> Phrase | None:
    """Why a path can not be included beside a resource of a type."""
    steps = path.split(".")
    if len(steps) > MAX_STEPS:
        return Phrase("include_too_deep", {"most": MAX_STEPS})
    for step in steps:
        if step not in RELATED[type]:
            return Phrase("not_included", {"name": path[:100], "names": list(RELATED[type])})
        type = RELATED[type][step]
    return None


def leading_somewhere(type: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The path up to where there is never anything."""
    for number, step in enumerate(path):
        type = RELATED[type][step]
        if type in EMPTY:
            return path[:number]
    return path


def reachable(type: str) -> list[str]:
    """The types of which something can come beside a type; its own, where nothing can: the list is there and empty."""
    found: dict[str, None] = {}
    here = [type]
    for _ in range(MAX_STEPS):
        here = [to for each in here for to in RELATED[each].values() if to not in EMPTY]
        here = list(dict.fromkeys(here))
        found |= dict.fromkeys(here)
    return sorted(found) or [type]
