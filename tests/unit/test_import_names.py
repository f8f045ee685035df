"""Customers that a file may name: found by name, in little memory and time, however many there are."""

import tracemalloc
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pytest

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.imports.columns import names
from frontdesk.domain.imports.columns.names import Directory, Names, NotFound
from frontdesk.domain.imports.columns.people import person_id
from frontdesk.domain.imports.entries import CustomerRow, Entry
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.catalog import Office
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.guests import Guests
from frontdesk.usecases.imports.names import Named, with_customers


class Many:
    """A store and catalog of this many customers, each created when it is read."""

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
    """4,000 customers with notes of 5 KB: 20 MB, of which only a page is in memory at a time."""
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


def test_names_are_compared_only_for_a_problem_that_is_told_once_each_and_for_so_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """100,000 new customers among 10,000 known ones took 80 minutes, because each was compared with all of them."""
    compared: list[int] = []

    def close(word: str, among: Sequence[str], **_: Any) -> list[str]:
        compared.append(len(among))
        return [among[7]]

    monkeypatch.setattr(names, "get_close_matches", close)
    monkeypatch.setattr(names, "_MAX_COMPARED", 25)
    customers = found_in(Many(10), "Guestt Nr")

    def suggested(text: str) -> Sequence[str]:
        found = customers.find(text)
        assert isinstance(found, NotFound)
        return found.nearest

    for _ in range(3):
        assert isinstance(customers.find("Guestt Nr7"), NotFound)
    assert compared == []
    assert [list(suggested(text)) for text in ("Guest Nr7x", "Guest Nr7x", "Guest Nr7y", "Guest Nr7z")] == [
        ["Guest Nr7"], ["Guest Nr7"], ["Guest Nr7"], [],
    ]  # fmt: skip
    assert compared == [10, 10]


@pytest.mark.parametrize(("references", "by_id"), [(4, 4), (6, 0)])
def test_of_many_names_none_is_looked_up_as_an_id(
    references: int, by_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All customers are read anyway, with their ids. Numbers may be ids, and are looked up."""
    monkeypatch.setattr("frontdesk.usecases.imports.names._PAGE", 5)
    asked: list[Key] = []

    class Watched(Many):
        def read(self, context: Context, keys: Sequence[Key], *, consistent: bool) -> dict[Key, Any]:
            keys = list(keys)
            assert len(keys) <= 5
            asked.extend(keys)
            return super().read(context, keys, consistent=consistent)

    texts = [f"Guest {'x' * number}" for number in range(1, references + 1)]
    customers = found_in(Watched(10), "7", *texts)
    assert customers.find("7") == customers.find("Guest Nr7") == "7"
    assert sum(key.id in texts for key in asked if key.kind == "customer") == by_id
    assert len(asked) == len({*asked}) + 1, "one of them was found by its id first"


def test_a_customer_found_by_name_is_not_read_again_for_each_chunk() -> None:
    asked: list[Key] = []

    def read(keys: Collection[Key]) -> dict[Key, Any]:
        asked.extend(keys)
        return dict.fromkeys(keys)

    known, new = (
        Entry(lines=(1,), external_ids=(None,), person=f"file f {id}", customer_id=id) for id in ("ada", None)
    )
    row = CustomerRow(reference="Ada", given_name="Ada", create=True)
    guests = Guests([row, row], [known, new], "o", read, 0)
    assert guests.of(0) == ("ada", None, [])
    assert guests.of(1).newcomer is not None
    assert asked == [Key("customer", person_id("o", "file f None"))]
