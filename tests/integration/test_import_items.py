"""Rows of customers, rooms and services: which item a row finds, and that a dry run reports what the import does."""

from typing import Any

import pytest

from frontdesk.domain.catalog.items import Customer, Resource, Service
from frontdesk.usecases.imports import plan
from tests.integration.test_imports import Importer, at, files, importer, on

__all__ = ["files", "importer", "on"]

HEADER = "Nr,Name,Email"
ADA_1, BOB_2 = "K-1,Ada,one@example.com", "K-2,Bob,one@example.com"
REFUSED = ("refused", ["email_taken"])


def told(imported: Any) -> list[Any]:
    """The result of each row. If a row has errors, a pair of the result and their codes."""
    return [
        (each["result"], [error["code"] for error in each["errors"]]) if each["errors"] else each["result"]
        for each in imported.results
    ]


def both(importer: Importer, name: str, *rows: str, header: str = HEADER) -> list[Any]:
    """Tries a file, imports it, and returns the results. The dry run reports the same results and writes nothing."""
    text, before = "\n".join([header, *rows, ""]), importer.stored()
    dry = told(importer(name, text, dry_run=True))
    assert importer.stored() == before
    imported = told(importer(name, text))
    assert dry == imported
    return imported


def items(importer: Importer, of: type[Any]) -> set[tuple[str | None, ...]]:
    """The items of a type that have a number or were imported: number and name, and the email address of a customer."""
    return {
        (item.external_id, item.given_name, item.email) if of is Customer else (item.external_id, item.name)
        for item in importer.stored().values()
        if isinstance(item, of) and (item.import_id or item.external_id)
    }


def test_an_address_does_not_replace_a_customer_with_another_number(importer: Importer) -> None:
    """A family shares an address. The later row took the number and the name of the earlier customer."""
    assert both(importer, "customers.csv", ADA_1, BOB_2) == ["created", REFUSED]
    assert items(importer, Customer) == {("K-1", "Ada", "one@example.com")}
    refused = importer("customers.csv", f"{HEADER}\n{ADA_1}\n{BOB_2}\n")
    assert told(refused) == ["unchanged", REFUSED]
    [error] = refused.results[1]["errors"]
    assert error["column"] == "Email"
    assert "Leave the address out of this row" in error["detail"]
    assert both(importer, "customers.csv", ADA_1, "K-2,Bob,") == ["unchanged", "created"]
    # Both have their number now, so the address belongs to another customer.
    assert both(importer, "customers.csv", ADA_1, BOB_2) == ["unchanged", REFUSED]
    assert items(importer, Customer) == {("K-1", "Ada", "one@example.com"), ("K-2", "Bob", None)}


def test_a_customer_without_a_number_gets_the_number_of_the_first_row(importer: Importer) -> None:
    assert both(importer, "old.csv", "Ada,one@example.com", header="Name,Email") == ["created"]
    assert both(importer, "customers.csv", ADA_1, BOB_2) == ["updated", REFUSED]
    assert items(importer, Customer) == {("K-1", "Ada", "one@example.com")}
    # A row without a number names the customer by the address.
    assert both(importer, "old.csv", "Ada,one@example.com", header="Name,Email") == ["unchanged"]


def test_a_dry_run_sees_the_rows_before(importer: Importer) -> None:
    assert both(importer, "a.csv", "Ada,a@example.com", "Bob,A@example.com", header="Name,Email") == [
        "created",
        "updated",
    ]
    # An address that an earlier row gives up is free.
    assert both(importer, "b.csv", "K-1,Cleo,c@example.com", "K-2,Dan,d@example.com") == ["created"] * 2
    freed = "K-1,Cleo,e@example.com", "K-2,Dan,c@example.com", "K-3,Eve,d@example.com"
    assert both(importer, "b.csv", *freed) == ["updated", "updated", "created"]
    slugs = ("R,same", "S,same")
    assert both(importer, "rooms.csv", *slugs, header="Room,slug") == ["created", "updated"]


def test_rows_with_one_address_are_in_one_chunk(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk is imported beside the others: neither its dry run nor the sequence of rows could be relied on."""
    monkeypatch.setattr(plan, "CHUNK_ROWS", 3)
    others = [f"X-{n},Other,other{n}@example.com" for n in range(20)]
    assert both(importer, "customers.csv", ADA_1, *others, BOB_2) == [*["created"] * 21, REFUSED]


@pytest.mark.parametrize(("of", "header"), [(Resource, "Nr,Room"), (Service, "Nr,Service,Price,VAT")])
def test_a_name_does_not_replace_an_item_with_another_number(
    importer: Importer, of: type[Any], header: str
) -> None:
    """Several rooms of a hotel are called the same. A new one replaced the number of the only one so far."""
    rows = [f"{n},Double,10.00,19" if of is Service else f"{n},Double" for n in ("", "101", "102", "103")]
    name = "rooms.csv" if of is Resource else "services.csv"
    assert both(importer, name, rows[0], header=header) == ["created"]
    assert both(importer, name, rows[1], rows[2], header=header) == ["updated", "created"]
    # Several items have the name now, but only the number counts.
    assert both(importer, name, *rows[1:], header=header) == ["unchanged", "unchanged", "created"]
    assert items(importer, of) == {("101", "Double"), ("102", "Double"), ("103", "Double")}


def test_a_slug_of_an_item_with_another_number_is_refused(importer: Importer) -> None:
    assert both(importer, "rooms.csv", "1,South,south", header="Nr,Room,slug") == ["created"]
    assert both(importer, "rooms.csv", "2,North,south", header="Nr,Room,slug") == [
        ("refused", ["slug_taken"])
    ]
    assert items(importer, Resource) == {("1", "South")}


def test_a_number_that_was_replaced_can_be_imported_again(importer: Importer) -> None:
    """The id of a new customer derives from the number, and the customer may have another number by now."""
    assert both(importer, "customers.csv", ADA_1) == ["created"]
    [ada] = [i for i in importer.stored().values() if isinstance(i, Customer) and i.external_id == "K-1"]
    bob = ada.model_copy(update={"external_id": "K-2", "given_name": "Bob", "version": ada.version + 1})
    assert not importer.change(ada, bob)
    assert both(importer, "customers.csv", "K-1,Ada,", BOB_2) == ["created", "unchanged"]
    assert items(importer, Customer) == {("K-1", "Ada", None), ("K-2", "Bob", "one@example.com")}


def test_a_number_and_an_address_of_two_customers_are_refused_in_a_booking(importer: Importer) -> None:
    """A family shares an address, or the number is another organization's. Whose booking it is would be a guess."""
    importer("customers.csv", f"{HEADER}\n{ADA_1}\nK-2,Bob,\n")
    ids = {i.external_id: i.id for i in importer.stored().values() if isinstance(i, Customer)}
    rows = [
        f"1,{at(9)},K-2,one@example.com", f"2,{at(10)},K-1,one@example.com", f"3,{at(11)},K-2,new@example.com",
        f"4,{at(12)},K-9,one@example.com",
    ]  # fmt: skip
    header = "external_id,resource_id,service_id,start_date,end_date,Customer,Email"
    imported = importer("week.csv", "\n".join([header, *rows, ""]))
    assert [result for result, _ in imported.by_line.values()] == ["refused", *["created"] * 3]
    assert imported.by_line[2][1] == ["customer_not_found"]
    by_id = {order.id: order.customer_id for order in importer.orders()}
    # Nobody has the third address, so the number decides. Nobody has the last number, so the address decides.
    assert [by_id[each["order_id"]] for each in imported.results[1:]] == [ids["K-1"], ids["K-2"], ids["K-1"]]
