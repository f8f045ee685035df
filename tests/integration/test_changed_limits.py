"""Staff change limits while orders are being placed, on a real table."""

from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.booking.writes import CheckedVoucher, VoucherCount
from frontdesk.domain.catalog.items import Resource, Voucher
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.catalog import TYPES, CatalogDocument
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.catalog import Office, change_item
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import Placed, place_order
from tests.support.aftermath import findings
from tests.support.demo import DESKS, NINE, ORGANIZATION, desks, meeting, order
from tests.support.engine import Table, table

FEW = Voucher(id="few", code="FEW", percent=10, max_redemptions=3, created_at=1)
OWN = Voucher(id="own", code="OWN", percent=10, max_redemptions_per_customer=3, created_at=1)
LIMITS = {"FEW": "max_redemptions", "OWN": "max_redemptions_per_customer"}


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb, [FEW, OWN]) as made:
        yield made


def patch(on: Table, type: str, id: str, **attributes: Any) -> Any:
    office = Office(Context(ORGANIZATION.id, SystemClock(20)), on.store, CatalogTable(on.store))
    body = {"data": {"attributes": attributes}}
    return change_item(TYPES[type], id, read_as(CatalogDocument, body), office)[1]


def place(on: Table, *bookings: Any, **fields: Any) -> Placed:
    body = order(*bookings, notify_customer=False, **fields)
    return place_order(Context(ORGANIZATION.id, SystemClock(20)), read_config(body), on.store)


@pytest.mark.parametrize("code", list(LIMITS))
def test_a_limit_that_is_lowered_after_it_was_read_is_not_passed(
    on: Table, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(on, voucher_code=code)
    write, lowered = on.store.write, []

    def after_a_patch(*about: Any) -> Any:
        if not lowered:
            lowered.append(patch(on, "vouchers", code.casefold(), **{LIMITS[code]: 1}))
        return write(*about)

    monkeypatch.setattr(on.store, "write", after_a_patch)

    with pytest.raises(FrontdeskError) as refused:
        place(on, meeting(NINE.replace(hour=12)), voucher_code=code)

    (problem,) = refused.value.problems
    assert problem.code in ("voucher_exhausted", "voucher_used_by_customer")
    patch(on, "vouchers", code.casefold(), **{LIMITS[code]: 0})
    assert findings(on.objects(), SystemClock(5).now()) == []


def test_a_voucher_counts_at_the_version_that_was_read_alone(on: Table) -> None:
    key, clock = Key("voucher", "few"), SystemClock(5)

    def lost(*writes: Any) -> Any:
        return on.store.write(Context(ORGANIZATION.id, clock), writes)

    assert lost(VoucherCount("few", +1, 3, version=0)) is None
    assert lost(CheckedVoucher("few", 0)) is None
    present = FEW.model_copy(update={"redemptions": 1})
    assert lost(VoucherCount("few", +1, 3, version=1)) == {key: present}
    assert lost(CheckedVoucher("few", 1)) == {key: present}
    assert lost(CheckedVoucher("none", 0)) == {Key("voucher", "none"): None}


def test_a_quantity_that_was_higher_is_remembered(on: Table) -> None:
    place(on, desks(10))

    changed = patch(on, "resources", DESKS.id, quantity=4)

    key = Key("resource", DESKS.id)
    kept = on.store.read(Context(ORGANIZATION.id, SystemClock(5)), [key], consistent=True)[key]
    assert isinstance(kept, Resource)
    assert (kept, [each.quantity for each in kept.lowered]) == (changed, [12])
    assert findings(on.objects(), SystemClock(5).now()) == []
