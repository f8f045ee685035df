"""Every entry point checks texts the same way: the catalog, an order, a booking, a subscription, a file."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from frontdesk.domain.imports.entries import CustomerRow
from frontdesk.domain.requests.catalog import TYPES, ItemData, changed
from frontdesk.domain.requests.change import BookingChange, OrderChange
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.webhooks.subscriptions import SubscriptionChange
from tests.support.demo import ORGANIZATION, meeting, order

# Unicode's categories Cc, Cs, Zl and Zp, which no terminal, log or spreadsheet shows unchanged.
ODD = ["\0", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u2029"]
LINES = ["\n", "\r\n", "\t"]


def by_catalog(text: str) -> bool:
    made = changed(TYPES["customers"], None, ItemData(attributes={"family_name": text}), ORGANIZATION, id="x")
    return not isinstance(made, list)


def by_file(text: str) -> bool:
    return is_valid(CustomerRow, {"email": "ada@example.com", "family_name": text})


def is_valid(model: Any, value: Any) -> bool:
    try:
        TypeAdapter(model).validate_python(value)
    except ValidationError:
        return False
    return True


def by_order(text: str) -> bool:
    return not read_config(order(meeting(customer_note=text))).problems


def by_booking(text: str) -> bool:
    return not read_config(order(meeting(note=text))).problems


ONE_LINE = {
    "catalog": by_catalog,
    "file": by_file,
    "webhook": lambda text: is_valid(SubscriptionChange, {"name": text}),
}
SEVERAL = {
    "order": by_order,
    "booking": by_booking,
    "changed order": lambda text: is_valid(OrderChange, {"note": text}),
    "changed booking": lambda text: is_valid(BookingChange, {"note": text}),
}


@pytest.mark.parametrize("door", [*ONE_LINE.values(), *SEVERAL.values()], ids=[*ONE_LINE, *SEVERAL])
def test_no_door_takes_what_nobody_can_see(door: Any) -> None:
    assert [odd for odd in ODD if door(f"Ada{odd}Lovelace")] == []
    assert door("Ädá Lovelace 李 👩‍🔬 اختبار")


@pytest.mark.parametrize("door", ONE_LINE.values(), ids=ONE_LINE)
def test_a_name_has_one_line_by_every_door(door: Any) -> None:
    assert [odd for odd in LINES if door(f"Ada{odd}Lovelace")] == []


@pytest.mark.parametrize("door", SEVERAL.values(), ids=SEVERAL)
def test_a_note_has_lines_by_every_door(door: Any) -> None:
    assert all(door(f"Ada{line}Lovelace") for line in LINES)
