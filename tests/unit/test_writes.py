"""A transaction allows one action for each item."""

from unittest.mock import Mock

import pytest

from frontdesk.adapters.dynamodb.items import ItemKey
from frontdesk.adapters.dynamodb.transaction import ABSENT, Transaction
from frontdesk.domain.booking.writes import ChangedOrder, CheckedOrder, guarded
from frontdesk.domain.orders.states import order_after
from tests.support.demo import CATALOG, ORGANIZATION, order
from tests.support.fakes import FakeClock, FakeStore
from tests.unit.test_place_order import place


def test_two_actions_on_one_item_are_refused_before_they_are_sent() -> None:
    transaction = Transaction(Mock(), "table")
    row = {"pk": {"S": "o#order#1"}, "sk": {"S": "order"}}
    transaction.put(row, ABSENT)

    for again in (
        lambda: transaction.put(row),
        lambda: transaction.delete(ItemKey("o#order#1", "order")),
        lambda: transaction.check(ItemKey("o#order#1", "order"), ABSENT),
        lambda: transaction.update(ItemKey("o#order#1", "order"), [], ABSENT),
    ):
        with pytest.raises(ValueError, match="two actions"):
            again()


def test_an_order_that_changes_is_guarded_by_its_own_change() -> None:
    made = place(FakeStore(ORGANIZATION.id, CATALOG), order()).order
    change = ChangedOrder(made, order_after(made, "canceled", FakeClock().now()))

    assert guarded(made, [change]) == [change]
    assert guarded(made, []) == [CheckedOrder(made)]
