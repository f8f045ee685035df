"""Every operation of the API and the function that serves it. A test holds the template to this table."""

import re
from functools import cache

CALCULATE = "/api/v1/orders/calculate"
FROM_CONFIG = "/api/v1/orders/from-config"
SEND_NOTIFICATION = "/api/v1/orders/<order_id>/send-notification"
RESEND_MAIL = "/api/v1/orders/<order_id>/resend-mail"
COMPLETE = "/api/v1/orders/<order_id>/complete"
CANCEL_ORDER = "/api/v1/orders/<order_id>/cancel"
CANCEL_BOOKING = "/api/v1/bookings/<booking_id>/cancel"
BOOKING = "/api/v1/bookings/<booking_id>"
ORDERS = "/api/v1/orders"
ORDER = f"{ORDERS}/<order_id>"
BOOKINGS = "/api/v1/bookings"
CHECK_IN = f"{BOOKING}/check-in"
CHECK_OUT = f"{BOOKING}/check-out"
WEBHOOKS = "/api/v1/webhook-subscriptions"
WEBHOOK = f"{WEBHOOKS}/<webhook_id>"
ROTATION = f"{WEBHOOK}/rotate-secret"
WEBHOOK_DELIVERIES = f"{WEBHOOK}/deliveries"
WEBHOOK_DELIVERY = f"{WEBHOOK_DELIVERIES}/<delivery_id>"
REDELIVERY = f"{WEBHOOK_DELIVERY}/redeliver"
IMPORTS = "/api/v1/imports"
IMPORT = f"{IMPORTS}/<import_id>"
AVAILABLE_STARTS = "/api/v1/availability/start"
AVAILABLE_PERIODS = "/api/v1/availability/periods"
AVAILABLE_START_DATES = "/api/v1/availability/start-dates"
USER = "/api/v1/user"
# The types of the catalog: what the id of one is called in its path, and what can be done with one beside looking at it.
CATALOG = {
    "organizations": ("organization_id", ("PATCH",)),
    "customers": ("customer_id", ("PATCH", "DELETE")),
    "resources": ("resource_id", ("PATCH", "DELETE")),
    "services": ("service_id", ("PATCH", "DELETE")),
    "add-ons": ("add_on_id", ("PATCH", "DELETE")),
    "vouchers": ("voucher_id", ("PATCH", "DELETE")),
    "custom-fields": ("custom_field_id", ("PATCH", "DELETE")),
    "timeslot-series": ("timeslot_series_id", ("PATCH", "DELETE")),
    "api-tokens": ("token_id", ("DELETE",)),
}
DOCS = "/docs"
DOCS_FILE = f"{DOCS}/<file>"

ROUTES: tuple[tuple[str, str, str], ...] = (
    ("POST", CALCULATE, "calculate"),
    ("POST", FROM_CONFIG, "from_config"),
    ("GET", SEND_NOTIFICATION, "send_notification"),
    ("GET", RESEND_MAIL, "send_notification"),
    ("POST", RESEND_MAIL, "send_notification"),
    ("POST", COMPLETE, "change_order"),
    ("POST", CANCEL_ORDER, "change_order"),
    ("GET", CANCEL_BOOKING, "change_order"),
    ("POST", CANCEL_BOOKING, "change_order"),
    ("PATCH", BOOKING, "change_order"),
    ("GET", ORDERS, "admin"),
    ("GET", ORDER, "admin"),
    ("PATCH", ORDER, "admin"),
    ("GET", BOOKINGS, "admin"),
    ("POST", BOOKINGS, "admin"),
    ("GET", BOOKING, "admin"),
    ("DELETE", BOOKING, "admin"),
    ("POST", CHECK_IN, "admin"),
    ("DELETE", CHECK_IN, "admin"),
    ("POST", CHECK_OUT, "admin"),
    ("DELETE", CHECK_OUT, "admin"),
    ("GET", AVAILABLE_STARTS, "admin"),
    ("GET", AVAILABLE_PERIODS, "admin"),
    ("GET", AVAILABLE_START_DATES, "admin"),
    ("GET", IMPORTS, "admin"),
    ("GET", IMPORT, "admin"),
    ("GET", WEBHOOKS, "admin"),
    ("POST", WEBHOOKS, "admin"),
    ("GET", WEBHOOK, "admin"),
    ("PATCH", WEBHOOK, "admin"),
    ("DELETE", WEBHOOK, "admin"),
    ("POST", ROTATION, "admin"),
    ("GET", WEBHOOK_DELIVERIES, "admin"),
    ("GET", WEBHOOK_DELIVERY, "admin"),
    ("POST", REDELIVERY, "admin"),
    ("GET", USER, "admin"),
    *((method, f"/api/v1/{name}", "admin") for name in CATALOG for method in ("GET", "POST")),
    *(
        (method, f"/api/v1/{name}/<{id}>", "admin")
        for name, (id, methods) in CATALOG.items()
        for method in ("GET", *methods)
    ),
    ("GET", DOCS, "admin"),
    ("GET", DOCS_FILE, "admin"),
)

_FIXED = {path for _, path, _ in ROUTES if "<" not in path}


def allowed_methods(path: str) -> list[str]:
    """The methods that a path answers to; none if there is no such path. One of its own is not taken for that of a thing."""
    path = path.rstrip("/")
    if path in _FIXED:
        return sorted({method for method, fixed, _ in ROUTES if fixed == path})
    return sorted({method for method, pattern in _patterns() if pattern.fullmatch(path)})


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(method, re.compile(re.sub(r"<\w+>", "[^/]+", path))) for method, path, _ in ROUTES]
