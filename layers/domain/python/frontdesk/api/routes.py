"""Declares every operation of the API, in the table ROUTES. `Api.handles` registers a handler for a route by name.

The OpenAPI document, the methods in a 405 and the table of calls in docs/api.md are made from ROUTES.
"""

import re
from functools import cache
from typing import Final, Literal, NamedTuple

from frontdesk.domain.catalog.access import Scope
from frontdesk.domain.imports.forms import MEDIA_TYPES

PUBLIC: Final = "public"
ANY_TOKEN: Final = "any token"  # noqa: S105  a scope, no password

Method = Literal["GET", "POST", "PATCH", "DELETE"]
Access = Scope | Literal["public", "any token"]

# Aliases of parameters that take several ids.
ALIASES = {
    "service_id[]": "service_id",
    "s[]": "service_id",
    "resource_id[]": "resource_id",
    "r": "resource_id",
    "r[]": "resource_id",
    "timeslot_series_id[]": "timeslot_series_id",
}
# Parameters that take several values, separated by commas or repeated. All others are refused if they have two different values.
_SEVERAL = {
    "include", "sort", "service_id", "resource_id", "timeslot_series_id",
    *(f"filter[{name}]" for name in ("customer", "email", "order", "resources", "status", "event", "state", "kind")),
}  # fmt: skip


# Filters that name somebody or something. Without a value they would find everything, so they are refused.
_NAMING = frozenset(
    f"filter[{name}]"
    for name in ("customer", "email", "order", "resources", "external_id", "import", "actor", "subject")
)


def needs_value(parameter: str) -> bool:
    """Whether this parameter is refused if it has no value. Other parameters without a value count as not sent."""
    return parameter.removesuffix("[]") in _NAMING


def takes_several(parameter: str) -> bool:
    """Whether a parameter takes several values, separated by commas or repeated."""
    name = ALIASES.get(parameter, parameter).removesuffix("[]")
    return name in _SEVERAL or name.startswith("fields[")


# Matches a service's quantity, with the service's id in brackets.
SERVICE_QUANTITY = r"service_id\[([^\[\]]+)\]"


class Route(NamedTuple):
    """An operation of the API.

    `parameters` are query parameters. All routes except PUBLIC ones also take `o`, the organization's id. `also` are scopes required in
    addition to `scope`. `forms` are the media types of answers besides JSON:API and JSON.
    """

    name: str
    method: Method
    path: str
    function: str
    scope: Access
    parameters: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    also: tuple[Scope, ...] = ()
    forms: tuple[str, ...] = ()

    def takes(self, parameter: str) -> bool:
        """Whether the route allows a query parameter. It allows `fields[type]` for all types or for none."""
        if parameter.startswith("fields[") and re.fullmatch(r"fields\[[^\[\]]+\](\[\])?", parameter):
            return any(name.startswith("fields[") for name in self.parameters)
        name = (
            "service_id" if re.fullmatch(SERVICE_QUANTITY, parameter) else ALIASES.get(parameter, parameter)
        )
        return (
            name == "o"
            or (name.removesuffix("[]") if name.startswith("filter[") else name) in self.parameters
        )

    @property
    def filters(self) -> list[str]:
        """The names of the filters: `status` for `filter[status]`."""
        return [name[len("filter[") : -1] for name in self.parameters if name.startswith("filter[")]


def _fields(*types: str) -> tuple[str, ...]:
    return tuple(f"fields[{type}]" for type in types)


def _filters(*names: str) -> tuple[str, ...]:
    return tuple(f"filter[{name}]" for name in names)


_PAGE = ("page[number]", "page[size]")
_OF_TIME = (
    "customer",
    "email",
    "search",
    "start_date",
    "end_date",
    "created_from",
    "created_until",
    "upcoming_only",
    "status",
)
_OF_ORDERS = ("include", *_fields("orders", "bookings", "customers", "resources", "services", "vouchers"))
_OF_BOOKINGS = ("include", *_fields("orders", "bookings", "customers", "resources", "services"))
_LISTED = ("timezone", "sort")
_OF_STARTS = ("service_id", "resource_id", "timeslot_series_id", "timezone", "duration", "quantity")
_DAYS = ("start_date", "end_date")
_REASON = ("reason",)
_CANCELING = ("notify_customer", "include_past", *_REASON)

ORDERS, BOOKINGS = "/api/v1/orders", "/api/v1/bookings"
MESSAGES = "/api/v1/messages"
WEBHOOKS, IMPORTS, USER, DOCS = "/api/v1/webhook-subscriptions", "/api/v1/imports", "/api/v1/user", "/docs"
PLAN, CONSOLE, AUDIT_LOG, EXPORTS = "/api/v1/plan", "/console", "/api/v1/audit-log", "/api/v1/exports"
_ORDER, _BOOKING, _WEBHOOK = f"{ORDERS}/<order_id>", f"{BOOKINGS}/<booking_id>", f"{WEBHOOKS}/<webhook_id>"
_IMPORT = f"{IMPORTS}/<import_id>"
_DELIVERIES = f"{_WEBHOOK}/deliveries"
_DELIVERY = f"{_DELIVERIES}/<delivery_id>"

# Catalog types: the name of the id in their path, and the methods of a single item in addition to GET.
CATALOG: dict[str, tuple[str, tuple[Method, ...]]] = {
    "organizations": ("organization_id", ("PATCH",)),
    "customers": ("customer_id", ("PATCH", "DELETE")),
    "resources": ("resource_id", ("PATCH", "DELETE")),
    "services": ("service_id", ("PATCH", "DELETE")),
    "add-ons": ("add_on_id", ("PATCH", "DELETE")),
    "vouchers": ("voucher_id", ("PATCH", "DELETE")),
    "custom-fields": ("custom_field_id", ("PATCH", "DELETE")),
    "timeslot-series": ("timeslot_series_id", ("PATCH", "DELETE")),
    "message-rules": ("message_rule_id", ("PATCH", "DELETE")),
    "api-tokens": ("token_id", ("DELETE",)),
}
# Types whose items can have an id in another system, and can be found by it.
EXTERNAL = frozenset({"customers", "resources", "services", "add-ons"})
# For each type with relationships, the type that its relationships lead to. A test compares this with the models.
INCLUDED = {
    "resources": "resources",
    "services": "resources",
    "vouchers": "services",
    "timeslot-series": "resources",
    "customers": "customers",
    "message-rules": "services",
}


def catalog_routes(type: str) -> dict[str, Route]:
    """Returns the routes of a catalog type by operation: list, create, read, change, delete."""
    id, methods = CATALOG[type]
    path, plural = f"/api/v1/{type}", type.replace("-", "_")
    # "Series" is singular already.
    one = plural if plural.endswith("series") else plural.removesuffix("s")
    reads: Scope = "tokens:write" if type == "api-tokens" else "catalog:read"
    writes: Scope = "tokens:write" if type == "api-tokens" else "catalog:write"
    creates: Scope = "organizations:write" if type == "organizations" else writes
    shown = ("include", *dict.fromkeys(_fields(type, INCLUDED[type]))) if type in INCLUDED else _fields(type)
    filters = _filters(
        "archived",
        "search",
        *(["email"] if type == "customers" else []),
        *(["external_id"] if type in EXTERNAL else []),
        *(["exclude_child_resources"] if type == "resources" else []),
    )
    # A token has no ETag, because it never changes.
    match = () if type == "api-tokens" else ("If-Match",)
    revoking = ("cascade", *_REASON) if type == "api-tokens" else _REASON
    routes = {
        "list": Route(f"list_{plural}", "GET", path, "admin", reads, (*filters, "sort", *shown, *_PAGE)),
        "create": Route(f"create_{one}", "POST", path, "admin", creates, headers=("Idempotency-Key",)),
        "read": Route(f"read_{one}", "GET", f"{path}/<{id}>", "admin", reads, shown),
        "change": Route(f"change_{one}", "PATCH", f"{path}/<{id}>", "admin", writes, _REASON, match),
        "delete": Route(f"delete_{one}", "DELETE", f"{path}/<{id}>", "admin", writes, revoking, match),
    }
    return {
        what: route
        for what, route in routes.items()
        if what not in ("change", "delete") or route.method in methods
    }


ROUTES: tuple[Route, ...] = (
    Route("calculate_order", "POST", f"{ORDERS}/calculate", "calculate", "orders:read"),
    Route("place_order", "POST", f"{ORDERS}/from-config", "from_config", "orders:write", _REASON, ("Idempotency-Key",)),
    Route("list_orders", "GET", ORDERS, "admin", "orders:read", (*_filters(*_OF_TIME, "import"), *_LISTED, *_OF_ORDERS, *_PAGE)),
    Route("read_order", "GET", _ORDER, "admin", "orders:read", _OF_ORDERS),
    Route("read_history", "GET", f"{_ORDER}/history", "admin", "orders:read", (*_fields("history-entries"), *_PAGE)),
    Route("change_order", "PATCH", _ORDER, "admin", "orders:write", _REASON),
    Route("complete_order", "POST", f"{_ORDER}/complete", "change_order", "orders:write", _REASON),
    Route("cancel_order", "POST", f"{_ORDER}/cancel", "change_order", "orders:write", _CANCELING),
    Route("send_notification", "GET", f"{_ORDER}/send-notification", "send_notification", "orders:notify"),
    # Also available as a GET, because existing clients use it.
    Route("resend_mail", "POST", f"{_ORDER}/resend-mail", "send_notification", "orders:notify"),
    Route("resend_mail_by_get", "GET", f"{_ORDER}/resend-mail", "send_notification", "orders:notify"),
    Route("list_messages_of_order", "GET", f"{_ORDER}/messages", "admin", "orders:read", (*_fields("messages"), *_PAGE)),
    Route("preview_message", "POST", f"{_ORDER}/messages/preview", "send_notification", "orders:read"),
    Route(
        "list_messages", "GET", MESSAGES, "admin", "orders:read",
        (*_filters("state", "kind"), *_fields("messages"), *_PAGE),
    ),
    Route("read_message", "GET", f"{MESSAGES}/<message_id>", "admin", "orders:read", _fields("messages")),
    Route("resend_message", "POST", f"{MESSAGES}/<message_id>/resend", "send_notification", "orders:notify"),
    Route(
        "list_bookings", "GET", BOOKINGS, "admin", "orders:read",
        (*_filters(*_OF_TIME, "order", "resources", "external_id", "hide_blocker"), *_LISTED, *_OF_BOOKINGS, *_PAGE),
    ),
    Route("place_booking", "POST", BOOKINGS, "admin", "orders:write", ("check_availability", *_REASON), ("Idempotency-Key",)),
    Route("read_booking", "GET", _BOOKING, "admin", "orders:read", _OF_BOOKINGS),
    Route("change_booking", "PATCH", _BOOKING, "change_order", "orders:write", _REASON),
    Route("delete_booking", "DELETE", _BOOKING, "admin", "orders:write", _CANCELING),
    Route("cancel_booking", "POST", f"{_BOOKING}/cancel", "change_order", "orders:write", _CANCELING),
    Route("cancel_booking_by_get", "GET", f"{_BOOKING}/cancel", "change_order", "orders:write", _CANCELING),
    Route("change_customer_of_booking", "POST", f"{_BOOKING}/edit/customer", "admin", "orders:write", _REASON),
    Route("check_in", "POST", f"{_BOOKING}/check-in", "admin", "orders:write", _REASON),
    Route("undo_check_in", "DELETE", f"{_BOOKING}/check-in", "admin", "orders:write", _REASON),
    Route("check_out", "POST", f"{_BOOKING}/check-out", "admin", "orders:write", _REASON),
    Route("undo_check_out", "DELETE", f"{_BOOKING}/check-out", "admin", "orders:write", _REASON),
    *(route for type in CATALOG for route in catalog_routes(type).values()),
    Route("read_user", "GET", USER, "admin", ANY_TOKEN, ("include", *_fields("users", "organizations"))),
    Route("list_available_starts", "GET", "/api/v1/availability/start", "admin", "orders:read", (*_OF_STARTS, "date")),
    Route("list_available_dates", "GET", "/api/v1/availability/start-dates", "admin", "orders:read", (*_OF_STARTS, *_DAYS)),
    Route(
        "list_free_periods", "GET", "/api/v1/availability/periods", "admin", "orders:read",
        ("service_id", "resource_id", "timeslot_series_id", "timezone", *_DAYS),
    ),
    Route("read_plan", "GET", PLAN, "admin", "orders:read", (*_DAYS, "resource_id", "timezone"), also=("catalog:read",)),
    Route("list_imports", "GET", IMPORTS, "admin", "imports:write", (*_fields("imports"), *_PAGE)),
    Route("create_import", "POST", IMPORTS, "admin", "imports:write", _REASON, ("Idempotency-Key",)),
    Route("read_import", "GET", _IMPORT, "admin", "imports:write"),
    Route("read_import_results", "GET", f"{_IMPORT}/results", "admin", "imports:write", forms=tuple(MEDIA_TYPES)),
    Route("undo_import", "POST", f"{_IMPORT}/undo", "admin", "imports:write", _REASON),
    Route("list_exports", "GET", EXPORTS, "admin", "exports:read", (*_fields("exports"), *_PAGE)),
    Route("create_export", "POST", EXPORTS, "admin", "exports:write", _REASON, ("Idempotency-Key",)),
    Route("read_export", "GET", f"{EXPORTS}/<export_id>", "admin", "exports:read", _fields("exports")),
    Route("list_webhook_subscriptions", "GET", WEBHOOKS, "admin", "catalog:read", (*_fields("webhook-subscriptions"), *_PAGE)),
    Route("create_webhook_subscription", "POST", WEBHOOKS, "admin", "catalog:write", headers=("Idempotency-Key",)),
    Route("read_webhook_subscription", "GET", _WEBHOOK, "admin", "catalog:read"),
    Route("change_webhook_subscription", "PATCH", _WEBHOOK, "admin", "catalog:write"),
    Route("delete_webhook_subscription", "DELETE", _WEBHOOK, "admin", "catalog:write"),
    Route("rotate_webhook_secret", "POST", f"{_WEBHOOK}/rotate-secret", "admin", "catalog:write"),
    Route(
        "list_webhook_deliveries", "GET", _DELIVERIES, "admin", "catalog:read",
        (*_filters("status", "event"), *_fields("webhook-deliveries"), *_PAGE),
    ),
    Route("read_webhook_delivery", "GET", _DELIVERY, "admin", "catalog:read"),
    Route("redeliver_webhook", "POST", f"{_DELIVERY}/redeliver", "admin", "catalog:write"),
    Route(
        "list_audit_log", "GET", AUDIT_LOG, "admin", "audit:read",
        (*_filters("created_from", "created_until", "actor", "subject"), "timezone", *_fields("audit-log-entries"), *_PAGE),
    ),
    Route("read_docs", "GET", DOCS, "admin", PUBLIC),
    Route("read_docs_file", "GET", f"{DOCS}/<file>", "admin", PUBLIC),
    Route("read_console", "GET", CONSOLE, "admin", PUBLIC),
    Route("read_console_file", "GET", f"{CONSOLE}/<file>", "admin", PUBLIC),
)  # fmt: skip

BY_NAME = {route.name: route for route in ROUTES}


def allowed_methods(path: str) -> list[str]:
    """Returns the methods that a path allows, or an empty list if the path does not exist.

    A fixed path (/orders/calculate) takes precedence over a pattern (/orders/<order_id>).
    """
    path = path.rstrip("/")
    fixed, patterns = _index()
    return fixed.get(path) or sorted({method for method, pattern in patterns if pattern.fullmatch(path)})


@cache
def _index() -> tuple[dict[str, list[str]], list[tuple[str, re.Pattern[str]]]]:
    fixed: dict[str, list[str]] = {}
    for route in ROUTES:
        if "<" not in route.path:
            fixed[route.path] = sorted([*fixed.get(route.path, []), route.method])
    return fixed, [
        (route.method, re.compile(re.sub(r"<\w+>", "[^/]+", route.path)))
        for route in ROUTES
        if "<" in route.path
    ]
