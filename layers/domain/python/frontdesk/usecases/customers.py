"""Finds customers by their email addresses."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from frontdesk.domain.catalog.addresses import email_key, email_keys
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.snapshot import Key

Read = Callable[[Collection[Key]], Mapping[Key, Any]]


class Owner(NamedTuple):
    """The customer with an email address. `id` is None if no customer has the address.

    With `is_taken`, no customer can get the address, because a customer with a similar address has reserved it.
    Earlier versions of Frontdesk treated the two addresses as equal.
    """

    id: str | None
    is_taken: bool = False


def customer_of(email: str, read: Read) -> str | None:
    """Returns the id of the customer with this address, or None."""
    return customers_of([email], read)[email].id


def customers_of(emails: Collection[str], read: Read) -> dict[str, Owner]:
    """Returns the owner of each address. Calls `read` twice, however many addresses there are."""
    claims = {email: [Key("customer_email", key) for key in email_keys(email)] for email in emails}
    owners = read({key for keys in claims.values() for key in keys})
    found = read({Key("customer", owner) for owner in owners.values() if owner})

    def owner(wanted: Key, *others: Key) -> Owner:
        ids = [owners[key] for key in (wanted, *others) if owners[key]]
        id = next((id for id in ids if _key(found[Key("customer", id)]) == wanted.id), None)
        return Owner(id, id is None and owners[wanted] is not None)

    return {email: owner(*keys) for email, keys in claims.items()}


def _key(customer: Customer | None) -> str | None:
    return email_key(customer.email) if customer and customer.email else None
