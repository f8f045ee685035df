"""The headings of Frontdesk's own exports of bookings, which an import can read back. Data only."""

from collections.abc import Mapping
from typing import NamedTuple

from frontdesk.errors import Language

OURS = "Frontdesk"


class Heading(NamedTuple):
    """A heading in each language. `column` is the column that an import reads, or None if the import ignores this heading."""

    en: str
    de: str
    column: str | None = None

    def of(self, language: Language) -> str:
        """Returns the heading in a language."""
        return str(getattr(self, language))


HEADINGS: Mapping[str, Heading] = {
    "external_id": Heading("Booking reference", "Buchungsnummer", "external_id"),
    "order_ref": Heading("Order reference", "Auftrag", "order_ref"),
    "status": Heading("Status", "Status", "status"),
    "resource": Heading("Resource", "Ressource", "resource"),
    "service": Heading("Service", "Leistung", "service"),
    "start_date": Heading("Start", "Beginn", "start_date"),
    "end_date": Heading("End", "Ende", "end_date"),
    "timezone": Heading("Time zone", "Zeitzone", "timezone"),
    "customer": Heading("Customer number", "Kundennummer", "customer"),
    "customer_given_name": Heading("First name", "Vorname", "customer_given_name"),
    "customer_family_name": Heading("Last name", "Nachname", "customer_family_name"),
    "customer_email": Heading("Email", "E-Mail", "customer_email"),
    "customer_phone": Heading("Phone", "Telefon", "customer_phone"),
    "customer_company": Heading("Company", "Firma", "customer_company"),
    "quantity": Heading("Quantity", "Anzahl", "quantity"),
    "price": Heading("Price", "Preis", "price"),
    "currency": Heading("Currency", "Währung", "currency"),
    "booking_add_ons": Heading("Add-ons", "Zusatzleistungen", "booking_add_ons"),
    "sub_bookings": Heading("Sub-bookings", "Teilbuchungen", "sub_bookings"),
    "timeslot_series": Heading("Timeslot series", "Terminserie", "timeslot_series"),
    "description": Heading("Description", "Beschreibung", "description"),
    "note": Heading("Note", "Notiz", "note"),
    "customer_note": Heading("Customer note", "Kundennotiz", "customer_note"),
    "custom_fields": Heading("Custom fields", "Eigene Felder"),
    "is_blocker": Heading("Blocker", "Blocker", "is_blocker"),
    "check_availability": Heading("Check availability", "Verfügbarkeit prüfen", "check_availability"),
    "number": Heading("Number", "Nummer"),
    "created_at": Heading("Created", "Angelegt"),
}
# Only Frontdesk's exports have all of these columns.
SIGNS = ("external_id", "order_ref", "check_availability")
DECIMAL: Mapping[Language, str] = {"en": ".", "de": ","}
