"""Bounds of stored numbers: what JSON represents exactly, and what fits into an item and an answer."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import to_json

from frontdesk.adapters.dynamodb import items
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.custom_fields import CustomField, entry
from frontdesk.domain.catalog.items import Service, Voucher
from frontdesk.domain.orders.snapshot import Key
from frontdesk.errors import Invalid
from frontdesk.errors.formats import phrase
from tests.unit.builders import MEETING, Shop, booking, codes, order

# The largest whole number that every JSON reader keeps exact (RFC 8259, section 6).
MOST = 2**53 - 1


def voucher(**limits: Any) -> Voucher:
    return Voucher(id="v", code="V", percent=Decimal(10), **limits)


@pytest.mark.parametrize("name", ["minimum", "maximum"])
@pytest.mark.parametrize("bound", ["1e-8000000", "-1e-8000000", "0." + 1000 * "1", "1E+3000000", "NaN"])
def test_the_bound_of_a_custom_field_is_a_number_that_can_be_told(name: str, bound: str) -> None:
    with pytest.raises(ValidationError):
        CustomField.model_validate({"id": "f", "label": "Age", "field_type": "number", name: bound})


def test_a_refusal_by_a_bound_is_one_short_sentence() -> None:
    field = CustomField(id="f", label="Age", field_type="number", minimum=Decimal("0.000000000000001"))

    with pytest.raises(Invalid) as refused:
        entry(field, -1, "en")
    said = phrase(refused.value.reason, "en")
    assert said.startswith("Must be at least")
    assert len(said) < 60


@pytest.mark.parametrize("name", ["max_redemptions", "max_redemptions_per_customer"])
def test_a_voucher_is_not_for_more_uses_than_a_number_can_tell(name: str) -> None:
    assert getattr(voucher(**{name: MOST}), name) == MOST
    for most in (MOST + 1, 10**130):
        with pytest.raises(ValidationError):
            voucher(**{name: most})


@pytest.mark.parametrize("name", ["valid_from", "valid_until"])
def test_instants_are_within_the_years_that_are_known(name: str) -> None:
    for instant in (10**18, -(10**18)):
        with pytest.raises(ValidationError):
            voucher(**{name: instant})
        with pytest.raises(ValidationError):
            Token(id="t", name="T", organization_id="o", scopes=frozenset({"*"}), expires_at=instant)


def test_the_other_numbers_of_the_catalog_have_bounds() -> None:
    with pytest.raises(ValidationError):
        MEETING.model_validate({**MEETING.model_dump(), "charge_interval": 10**130})
    with pytest.raises(ValidationError):
        CustomField(id="f", label="F", field_type="choices", choices=("a",), most_choices=10**130)


def test_an_order_whose_total_no_reader_can_keep_is_refused() -> None:
    dear = Service.model_validate({**MEETING.model_dump(), "price": 10**12, "charge_interval": None})

    for quantity, found in ((9_007, []), (9_008, [("total_too_large", "/bookings")])):
        body = order(booking(service_id={"meeting": quantity}), check_availability=False)
        assert codes(Shop(dear).assess(body).problems) == found, quantity


@pytest.mark.parametrize(
    ("key", "stored", "read"),
    [
        (
            Key("voucher", "V"),
            {"id": "v", "code": "V", "percent": "10", "max_redemptions": 10**130, "valid_from": -5, "valid_until": 10**18},
            {"max_redemptions": MOST, "valid_from": 0, "valid_until": 10**11 - 1},
        ),
        (
            Key("custom_field", "f"),
            {"id": "f", "label": "Age", "field_type": "number", "minimum": "1e-8000000", "maximum": "999999999999999.1234567890123456"},
            {"minimum": Decimal(0), "maximum": Decimal("999999999999999.123456789012346")},
        ),
        (
            Key("custom_field", "f"),
            {"id": "f", "label": "F", "field_type": "choices", "choices": ["a"], "most_choices": 10**130},
            {"most_choices": 200},
        ),
        (
            Key("service", "s"),
            {"id": "s", "name": "S", "price": 1, "tax_rate": "19", "charge_interval": 10**130},
            {"charge_interval": MOST},
        ),
        (
            Key("token", "t"),
            {"id": "t", "name": "T", "organization_id": "o", "scopes": ["*"], "expires_at": 10**18},
            {"expires_at": 10**11 - 1},
        ),
    ],
)  # fmt: skip
def test_an_item_that_was_stored_before_there_were_bounds_is_read_as_if_it_kept_to_them(
    key: Key, stored: dict[str, Any], read: dict[str, Any]
) -> None:
    item = items.to_item("o", key, {"body": {"S": to_json(stored).decode()}})
    assert {name: getattr(item, name) for name in read} == read
    assert len(item.model_dump_json()) < 1000
