"""Customers a file may name: found by name, in little memory and time however many there are."""

import tracemalloc
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.imports.columns import names
from frontdesk.domain.imports.columns.names import Directory, Names, NotFound
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.catalog import Office
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.names import Named, with_customers


class Many:
    """A store and catalog of so many customers, each made when it is read."""

    def __init__(self, count: int) -> None:
        self.count = count

    def read(self, context: Context, keys: Sequence[Key], *, consistent: bool) -> dict[Key, Any]:
        return {key: self._made(key.id) for key in keys if key.kind == "customer" and key.id.isdigit()}

    def listed(self, context: Context, kind: str, **_: Any) -> Iterator[Key]:
        return (Key("customer", str(number)) for number in range(self.count))

    def _made(self, id: str) -> Customer:
        return Customer(
            id=id, given_name="Guest", family_name=f"Nr{id}", notes=id.rjust(4_900, "n"), created_at=1
        )


def found_in(many: Many, *references: str) -> Names:
    office = Office(Context("o", None), many, many)  # type: ignore[arg-type]
    return with_customers(Named(Directory(), ()), references, office).directory.customers


def test_of_a_customer_only_the_names_are_kept() -> None:
    """4,000 customers with notes of 5 KB: 20 MB, of which a page is in memory at once."""
    tracemalloc.start()
    try:
        customers = found_in(Many(4_000), "Ada Lovelace")
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(customers) == 4_000
    assert customers.find("guest NR3999") == "3999"
    assert isinstance(customers.find("Ada Lovelace"), NotFound)
    assert kept < 8_000_000, kept
    assert peak < 24_000_000, peak


def test_names_are_suggested_only_among_as_many_as_can_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, suggested in ((10, ["Guest Nr7"]), (9, [])):
        monkeypatch.setattr(names, "_MAX_COMPARED", most)
        found = found_in(Many(10), "Guestt Nr", "7x", "Guest").find("Guestt Nr7")
        assert isinstance(found, NotFound)
        assert list(found.nearest)[:1] == suggested
