"""The relationships that `include` may name. Some of them never lead to a resource, but are accepted because existing clients name them.

Described in `docs/api.md`, "Related resources".
"""

from collections.abc import Mapping

from frontdesk.errors import Phrase

# The most names on one path, and the most paths in a request. More are refused rather than ignored.
MAX_STEPS = 4
MAX_PATHS = 30
# For each type, its relationships and the types that they lead to. No resource has the type `nothing`: clients ask for such
# relationships, and work without them.
_OF_CUSTOMERS = {"address": "nothing"}
_OF_PLACES = {"address": "nothing", "category": "nothing", "group": "nothing", "location": "nothing"}
_OF_SOLD = {"cover_image": "nothing", "cancellation_policy": "nothing"}
RELATED: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "bookings": "bookings",
        "customer": "customers",
        "voucher": "vouchers",
        "invoice": "invoices",
        "items": "nothing",
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
        "booking_add_ons": "add-ons",
        "cancellation_policy": "nothing",
        **_OF_PLACES,
    },
    # In anny's API, a sold add-on is a separate resource that refers to the add-on.
    "add-ons": {"add_on": "add-ons"},
    "customers": _OF_CUSTOMERS,
    "resources": {"parent": "resources", "children": "resources", "cover_image": "nothing", **_OF_PLACES},
    "services": {"resources": "resources", "category": "nothing", "group": "nothing", **_OF_SOLD},
    "vouchers": {"services": "services"},
    "timeslot-series": {"resources": "resources"},
    "message-rules": {"services": "services"},
    "users": {"active_organization": "organizations"},
    "organizations": {"address": "nothing"},
    "invoices": {"items": "nothing", "address": "nothing", "customer": "nothing"},
    "nothing": {},
}
# Types without resources.
EMPTY = frozenset({"nothing", "invoices"})


def wrong_with(type: str, path: str) -> Phrase | None:
    """Returns why a path, such as "bookings.service", cannot be included for a type. Returns None if it can be included."""
    steps = path.split(".")
    if len(steps) > MAX_STEPS:
        return Phrase("include_too_deep", {"most": MAX_STEPS})
    for step in steps:
        if step not in RELATED[type]:
            if not (names := list(RELATED[type])):
                return Phrase("nothing_further", {"name": path[:100]})
            return Phrase("not_included", {"name": path[:100], "names": names})
        type = RELATED[type][step]
    return None


def leading_somewhere(type: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """Shortens an include path: removes the first relationship that is always empty, and everything after it.

    Starting from orders, ("bookings", "category") becomes ("bookings",), because the `category` of a booking
    is always empty. The path ("address",) becomes ().
    """
    for number, step in enumerate(path):
        type = RELATED[type][step]
        if type in EMPTY:
            return path[:number]
    return path


def reachable(type: str) -> list[str]:
    """Returns the types of the resources that can be included for a type, directly or through others.

    If there are none, returns the type itself, because the schema of the empty `included` still needs a type.
    """
    found: dict[str, None] = {}
    here = [type]
    for _ in range(MAX_STEPS):
        here = [to for each in here for to in RELATED[each].values() if to not in EMPTY]
        here = list(dict.fromkeys(here))
        found |= dict.fromkeys(here)
    return sorted(found) or [type]
