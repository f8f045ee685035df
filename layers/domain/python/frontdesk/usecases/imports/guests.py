"""Finds the customers of a chunk's rows, and prepares new customers, who are created with their orders."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from frontdesk.domain.catalog.addresses import email_key
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.imports.columns.people import person_id
from frontdesk.domain.imports.entries import CustomerRow, Entry
from frontdesk.domain.orders.snapshot import Key, external_key
from frontdesk.domain.problems import Problem
from frontdesk.errors import Phrase
from frontdesk.usecases.customers import Owner, Read, customers_of

_EXTERNAL = "external_id "


class Guest(NamedTuple):
    """The customer of a row.

    For a new customer, `newcomer` is the customer to create. If there are `problems`, `customer_id` and `newcomer` are None.
    """

    customer_id: str | None
    newcomer: Customer | None
    problems: list[Problem]


class Guests:
    """Finds the customers of several rows. `read` returns stored items by key.

    Calls `read` at most three times, however many rows there are.
    """

    def __init__(
        self,
        rows: Sequence[CustomerRow | list[Problem] | None],
        entries: Sequence[Entry],
        organization_id: str,
        read: Read,
        now: int,
    ) -> None:
        self._rows, self._entries, self._now = rows, entries, now
        emails = {email_key(row.email) for row in rows if isinstance(row, CustomerRow) and row.email}
        self._owners: Mapping[str, Owner] = customers_of(emails, read)
        # A customer who was found by name when the file was read is not looked up again.
        unknown = {entry.person for entry in entries if entry.person and not entry.customer_id}
        self._ids = {person: person_id(organization_id, person) for person in unknown}
        self._claims = {
            person: external_key("customer", external_id)
            for person in self._ids
            if (external_id := _external_id(person)) is not None
        }
        keys: Collection[Key] = {
            *(Key("customer", id) for id in self._ids.values()), *self._claims.values()
        }  # fmt: skip
        self._known: Mapping[Key, Any] = read(keys) if keys else {}
        self._newcomers: dict[str, Customer] = {}

    def of(self, number: int) -> Guest:
        """Returns the customer of entry `number`. If the row names no customer, the result has neither an id nor problems."""
        row, entry = self._rows[number], self._entries[number]
        if row is None:
            return Guest(None, None, [])
        if isinstance(row, list):
            return Guest(None, None, list(row))
        if entry.customer_id:
            owner = self._owners[email_key(row.email)].id if row.email else None
            if owner in (None, entry.customer_id):
                return Guest(entry.customer_id, None, [])
            return _not_found("two_customers")
        if row.email:
            return self._by_email(row, entry, row.email)
        if entry.person:
            return self._by_key(row, entry, entry.person)
        return Guest(None, None, [])

    def _by_email(self, row: CustomerRow, entry: Entry, address: str) -> Guest:
        email = email_key(address)
        known = self._owners[email].id
        if known:
            return Guest(known, None, [])
        if self._owners[email].is_taken or not (row.create or entry.creates):
            return _not_found("no_customer_with_email")
        newcomer = self._newcomers.setdefault(email, self._new(row, str(uuid4())))
        return Guest(newcomer.id, newcomer, [])

    def _by_key(self, row: CustomerRow, entry: Entry, person: str) -> Guest:
        id = self._ids[person]
        if person in self._claims and (owner := self._known[self._claims[person]]):
            # Somebody has created the customer under another id since the file was planned.
            return Guest(owner, None, [])
        if self._known[Key("customer", id)] is not None:
            return Guest(id, None, [])
        if not (row.create or entry.creates):
            name = f"{row.given_name} {row.family_name}".strip() or row.reference or ""
            values = {"reason": Phrase("no_customer_of_name", {"name": name})}
            # No customer has this name or id. The problem lists similar names, as it does for resources and services.
            return Guest(None, None, [Problem("customer_not_found", values, pointer="/customer/email")])
        newcomer = self._newcomers.setdefault(person, self._new(row, id, person))
        return Guest(id, newcomer, [])

    def _new(self, row: CustomerRow, id: str, person: str = "") -> Customer:
        fields = row.model_dump(exclude={"create", "reference"})
        own = {
            "id": id,
            "created_at": self._now,
            "updated_at": self._now,
            "external_id": _external_id(person),
        }
        return Customer.model_validate({**own, **fields})


def _not_found(reason: str) -> Guest:
    return Guest(
        None, None, [Problem("customer_not_found", {"reason": Phrase(reason)}, pointer="/customer/email")]
    )


def _external_id(person: str) -> str | None:
    return person.removeprefix(_EXTERNAL) if person.startswith(_EXTERNAL) else None
