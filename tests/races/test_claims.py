"""Many simultaneous requests for the same email address or voucher code: one succeeds, on two different engines.

Simultaneous requests with the same key get the same answer. The control tests remove the condition, and show that the same harness then
gives it to all.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from pynamodb.expressions.operand import Path

from frontdesk.adapters.dynamodb import catalog
from frontdesk.adapters.dynamodb import store as dynamodb
from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.items import CatalogItem, Customer, Voucher
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.catalog import TYPES, CatalogDocument
from frontdesk.domain.requests.once import Once
from frontdesk.domain.requests.order import read_as
from frontdesk.usecases.catalog import Office, change_item, create_item, find_item
from frontdesk.usecases.context import Context
from frontdesk.usecases.once import once
from tests.support.demo import ORGANIZATION
from tests.support.engine import Table, table

WRITERS = 16
ADDRESS, CODE = "one@example.com", "spring"
Ask = Callable[[int, Office], CatalogItem]


@pytest.fixture(params=[pytest.param("ministack_dynamodb", marks=pytest.mark.thorough), "roto_dynamodb"])
def on(request: pytest.FixtureRequest) -> Iterator[Table]:
    with table(request.getfixturevalue(request.param)) as made:
        yield made


def race(on: Table, ask: Ask) -> Counter[str]:
    """Runs all requests, which write once all are ready. Counts the outcomes: `done`, or the codes of the refusal."""
    barrier = Barrier(WRITERS)

    class Parked(CatalogTable):
        """Waits with its write until all others are ready to write."""

        def add(self, context: Context, items: Sequence[CatalogItem], **more: Any) -> Any:
            barrier.wait(10)
            return super().add(context, items, **more)

        def change(self, context: Context, seen: CatalogItem, item: CatalogItem) -> Any:
            barrier.wait(10)
            return super().change(context, seen, item)

    def outcome(number: int) -> str:
        try:
            ask(number, Office(Context(ORGANIZATION.id, SystemClock(60)), on.store, Parked(on.store)))
        except FrontdeskError as error:
            return ",".join(problem.code for problem in error.problems)
        return "done"

    with ThreadPoolExecutor(WRITERS) as pool:
        return Counter(pool.map(outcome, range(WRITERS)))


def document(attributes: dict[str, Any]) -> Any:
    return read_as(CatalogDocument, {"data": {"attributes": attributes}})


def new_customer(number: int, office: Office) -> CatalogItem:
    return create_item(
        TYPES["customers"], document({"email": ADDRESS if number % 2 else ADDRESS.upper()}), office
    )


def new_voucher(number: int, office: Office) -> CatalogItem:
    return create_item(
        TYPES["vouchers"], document({"code": CODE if number % 2 else CODE.upper(), "percent": 10}), office
    )


def changed_customer(number: int, office: Office) -> CatalogItem:
    id = str(uuid4())
    customer = Customer(id=id, email=f"{number}@example.com")
    office.store.put_catalog(office.context, [customer])  # type: ignore[attr-defined]
    return change_item(TYPES["customers"], id, document({"email": ADDRESS}), office)


WANTED = {
    "an address": (new_customer, "email_taken"),
    "another address": (changed_customer, "email_taken"),
    "a code": (new_voucher, "code_taken"),
}


def have_it(on: Table) -> list[str]:
    """Returns the customers with the address, and the voucher with the code."""
    found = [item for _, item in on.objects()]
    customers = [
        each.id for each in found if isinstance(each, Customer) and (each.email or "").casefold() == ADDRESS
    ]
    return customers + [
        each.id for each in found if isinstance(each, Voucher) and each.code.casefold() == CODE
    ]


def claimed(on: Table) -> list[str]:
    """Returns the owner of the address, and the ids for the code."""
    claims = [(key, item) for key, item in on.objects() if key.kind in ("customer_email", "voucher_id")]
    return [item for key, item in claims if key.id == ADDRESS] + [
        key.id for key, item in claims if item == CODE
    ]


@pytest.mark.parametrize("wanted", WANTED)
def test_one_gets_it(on: Table, wanted: str) -> None:
    ask, code = WANTED[wanted]
    assert race(on, ask) == {"done": 1, code: WRITERS - 1}
    assert len(have_it(on)) == 1
    assert claimed(on) == have_it(on)


@pytest.mark.parametrize("wanted", WANTED)
def test_control_without_the_condition_all_get_it(
    on: Table, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (dynamodb, catalog):
        monkeypatch.setattr(module, "ABSENT", Path("pk").exists() | Path("pk").does_not_exist())
    assert race(on, WANTED[wanted][0]) == {"done": WRITERS}
    assert len({*have_it(on), *claimed(on)}) > 1


def asked_at_once(on: Table) -> set[str]:
    """Returns the ids in the answers to simultaneous requests with one key."""
    asked, answered = Once(ORGANIZATION.id, "request", "body"), set()
    of, reading = TYPES["customers"], document({"given_name": "Grace"})

    def ask(number: int, office: Office) -> CatalogItem:
        made, _ = once(
            asked,
            office.context,
            office.catalog,
            lambda: create_item(of, reading, office, asked),
            lambda id: find_item(of, id, office),
        )
        answered.add(made.id)
        return made

    assert race(on, ask) == {"done": WRITERS}
    return answered


def graces(on: Table) -> set[str]:
    return {item.id for _, item in on.objects() if isinstance(item, Customer) and item.given_name == "Grace"}


def test_one_request_makes_one_thing(on: Table) -> None:
    assert asked_at_once(on) == graces(on)
    assert len(graces(on)) == 1


def test_control_without_its_request_each_makes_one(on: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "note_request", lambda *_: None)
    assert asked_at_once(on) == graces(on)
    assert len(graces(on)) == WRITERS
