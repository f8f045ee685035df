"""The columns of each kind of export: their headings and their cells. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from frontdesk.domain.exports.cells import (
    Cell,
    Row,
    add_ons,
    answers,
    counted,
    customer_number,
    day,
    group_of,
    listed,
    moment,
    money,
    price_of,
    state_of,
    sub_bookings,
    zone_of,
)
from frontdesk.domain.exports.export import ExportKind
from frontdesk.domain.imports.headers.ours import HEADINGS, Heading
from frontdesk.domain.orders.states import shown_status


class Column(NamedTuple):
    """A column: its heading, and the function that returns its cell for a row."""

    heading: Heading
    cell: Callable[[Row], Cell]


def _of_customer(name: str) -> Callable[[Row], Cell]:
    return lambda row: (getattr(row.customer, name) or None) if row.customer else None


def _of_booking(name: str) -> Callable[[Row], Cell]:
    return lambda row: getattr(row.booking, name)


def _number_of_customer(row: Row) -> Cell:
    return customer_number(row.customer) if row.customer else None


def _group(row: Row) -> Cell:
    return group_of(*row.sold, row.about.now)


def _state(row: Row) -> Cell:
    return state_of(*row.sold, row.about.now)


def _priced(row: Row) -> Cell:
    booking, _ = row.sold
    return None if booking.is_blocker else money(price_of(booking), booking.currency)


_BOOKINGS: dict[str, Callable[[Row], Cell]] = {
    "external_id": _group,
    "order_ref": _group,
    "number": _of_booking("number"),
    "status": _state,
    "resource": lambda row: listed(row.sold[0].resource_ids, row.about.resources),
    "service": lambda row: counted(row.sold[0].services, row.about.services) or None,
    "start_date": lambda row: moment(row.sold[0].start, zone_of(*row.sold)),
    "end_date": lambda row: moment(row.sold[0].end, zone_of(*row.sold)),
    "timezone": lambda row: row.sold[1].timezone,
    "customer": _number_of_customer,
    "customer_given_name": _of_customer("given_name"),
    "customer_family_name": _of_customer("family_name"),
    "customer_email": _of_customer("email"),
    "customer_phone": lambda row: (row.customer.phone or row.customer.mobile) if row.customer else None,
    "customer_company": _of_customer("company"),
    # The quantity of a sold booking is the quantity of its services, which is in another column.
    "quantity": lambda row: row.sold[0].weight if row.sold[0].is_blocker else None,
    "price": _priced,
    "currency": _of_booking("currency"),
    "booking_add_ons": lambda row: add_ons(row.sold[0], row.about) or None,
    "sub_bookings": sub_bookings,
    "timeslot_series": lambda row: (
        row.about.timeslot_series.reference(row.sold[0].timeslot_series_id)
        if row.sold[0].timeslot_series_id
        else None
    ),
    "description": lambda row: row.sold[0].title or row.sold[0].description,
    "note": _of_booking("note"),
    "customer_note": _of_booking("customer_note"),
    "custom_fields": lambda row: answers(row.sold[0].custom_entries.values()),
    "is_blocker": lambda row: "yes" if row.sold[0].is_blocker else None,
    "check_availability": lambda row: "no" if row.sold[0].override else None,
    "created_at": lambda row: moment(row.sold[0].created_at, row.about.zone),
}


def _order(row: Row) -> Any:
    return row.order


def _amount(name: str) -> Callable[[Row], Cell]:
    return lambda row: money(getattr(_order(row).amounts, name), _order(row).currency)


def _of_line(name: str) -> Callable[[Row], Cell]:
    return lambda row: money(getattr(row.line, name), row.sold[1].currency)


def _unit_price(row: Row) -> Cell:
    line = row.line
    assert line is not None
    return money(line.unit_price, row.sold[1].currency)


_ITEMS = {"service": "service", "starting_fee": "starting fee", "add_on": "add-on"}

COLUMNS: Mapping[ExportKind, Mapping[str, Column]] = {
    "bookings": {name: Column(HEADINGS[name], cell) for name, cell in _BOOKINGS.items()},
    "orders": {
        "number": Column(Heading("Order number", "Auftragsnummer"), lambda row: _order(row).number),
        "date": Column(Heading("Date", "Datum"), lambda row: day(_order(row).created_at, row.about.zone)),
        "status": Column(Heading("Status", "Status"), lambda row: shown_status(_order(row), row.about.now)),
        "customer": Column(Heading("Customer number", "Kundennummer"), _number_of_customer),
        "customer_name": Column(Heading("Customer", "Kunde"), _of_customer("full_name")),
        "customer_company": Column(Heading("Company", "Firma"), _of_customer("company")),
        "customer_email": Column(Heading("Email", "E-Mail"), _of_customer("email")),
        "bookings": Column(Heading("Bookings", "Buchungen"), lambda row: len(_order(row).booking_ids)),
        "start": Column(Heading("First day", "Erster Tag"), lambda row: day(_order(row).start, row.about.zone)),
        "end": Column(Heading("Last day", "Letzter Tag"), lambda row: day(_order(row).end - 1, row.about.zone)),
        "net": Column(Heading("Net", "Netto"), _amount("net_amount")),
        "tax": Column(Heading("Tax", "Steuer"), _amount("tax_amount")),
        "gross": Column(Heading("Gross", "Brutto"), _amount("total")),
        "discount": Column(Heading("Discount", "Rabatt"), _amount("discount_amount")),
        "currency": Column(Heading("Currency", "Währung"), lambda row: _order(row).currency),
        "voucher_code": Column(
            Heading("Voucher code", "Gutscheincode"),
            lambda row: _order(row).voucher.code if _order(row).voucher else None,
        ),
        "note": Column(Heading("Note", "Notiz"), lambda row: _order(row).note),
        "custom_fields": Column(
            Heading("Custom fields", "Eigene Felder"), lambda row: answers(_order(row).custom_entries.values())
        ),
        "import": Column(Heading("Import", "Import"), lambda row: _order(row).import_id),
    },
    "customers": {
        "external_id": Column(Heading("Customer number", "Kundennummer"), _number_of_customer),
        "given_name": Column(Heading("First name", "Vorname"), _of_customer("given_name")),
        "family_name": Column(Heading("Last name", "Nachname"), _of_customer("family_name")),
        "email": Column(Heading("Email", "E-Mail"), _of_customer("email")),
        "phone": Column(Heading("Phone", "Telefon"), _of_customer("phone")),
        "mobile": Column(Heading("Mobile", "Handy"), _of_customer("mobile")),
        "company": Column(Heading("Company", "Firma"), _of_customer("company")),
        "locale": Column(Heading("Language", "Sprache"), _of_customer("locale")),
        "notes": Column(Heading("Notes", "Notizen"), _of_customer("notes")),
        "email_status": Column(Heading("Email status", "E-Mail-Status"), _of_customer("email_status")),
        "created_at": Column(
            Heading("Created", "Angelegt"),
            lambda row: day(row.customer.created_at, row.about.zone) if row.customer else None,
        ),
    },
    "lines": {
        "date": Column(Heading("Date", "Datum"), lambda row: day(row.sold[1].created_at, row.about.zone)),
        "number": Column(Heading("Order number", "Auftragsnummer"), lambda row: row.sold[1].number),
        "booking": Column(Heading("Booking number", "Buchungsnummer"), _of_booking("number")),
        "service_date": Column(
            Heading("Date of service", "Leistungsdatum"),
            lambda row: day(row.sold[0].start, zone_of(*row.sold)),
        ),
        "customer": Column(Heading("Customer number", "Kundennummer"), _number_of_customer),
        "customer_name": Column(Heading("Customer", "Kunde"), _of_customer("called")),
        "item": Column(Heading("Item", "Art"), lambda row: _ITEMS[row.line.kind] if row.line else None),
        "text": Column(Heading("Text", "Text"), lambda row: row.line.title if row.line else None),
        "quantity": Column(Heading("Quantity", "Anzahl"), lambda row: row.line.quantity if row.line else None),
        "unit_price": Column(Heading("Unit price", "Einzelpreis"), _unit_price),
        "discount": Column(Heading("Discount", "Rabatt"), _of_line("discount_amount")),
        "net": Column(Heading("Net", "Netto"), _of_line("net_amount")),
        "tax_rate": Column(Heading("Tax rate", "Steuersatz"), lambda row: row.line.tax_rate if row.line else None),
        "tax": Column(Heading("Tax", "Steuer"), _of_line("tax_amount")),
        "gross": Column(Heading("Gross", "Brutto"), _of_line("total")),
        "currency": Column(Heading("Currency", "Währung"), lambda row: row.sold[1].currency),
        "status": Column(
            Heading("Status", "Status"),
            _state,
        ),
    },
}  # fmt: skip


# The values that the filter `status` allows, and the filters that are allowed, for each kind. All have their names in the API.
STATUSES: Mapping[ExportKind, Sequence[str]] = {
    "bookings": ("confirmed", "completed", "canceled", "no_show"),
    "orders": ("draft", "completed", "canceled", "expired"),
    "lines": ("confirmed", "completed", "canceled", "no_show"),
    "customers": (),
}
FILTERS: Mapping[ExportKind, frozenset[str]] = {
    "bookings": frozenset({"status", "customer", "resource", "service", "import"}),
    "orders": frozenset({"status", "customer", "import"}),
    "lines": frozenset({"status", "customer", "resource", "service", "import"}),
    "customers": frozenset({"archived"}),
}
