"""DynamoDB limits expressions to 4 KB and 300 operators and functions: https://docs.aws.amazon.com/amazondynamodb, "Constraints".

Every possible operator is counted, because the local engines refuse none.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.adapters.dynamodb import items, updates
from frontdesk.adapters.dynamodb.store import DynamoStore, _add  # type: ignore[attr-defined]
from frontdesk.adapters.dynamodb.transaction import Transaction
from frontdesk.domain.booking.writes import VoucherCount, Write
from frontdesk.domain.ledger import MAX_CHANGES, Claim, Hold, Ledger, LedgerChange, LedgerKey, Segment, change
from frontdesk.domain.orders.order import Cause, Order
from frontdesk.domain.orders.states import order_after
from frontdesk.domain.time.intervals import DAY
from tests.support.demo import CATALOG, ORGANIZATION, meeting, order
from tests.support.fakes import FakeClock, FakeStore
from tests.unit.test_ledger import claims, ledgers, some_holds
from tests.unit.test_place_order import place

KEY = LedgerKey("room", "2026-04-15")
STORE = DynamoStore("table", region="eu-central-1", endpoint="http://127.0.0.1:1")
OPERATORS = re.compile(r"[=<>+-]+|\b(?:AND|OR|NOT|BETWEEN|IN)\b|\b[a-z_]+ ?\(")


def expressions(write: Write) -> dict[str, str]:
    transaction = Transaction(STORE.connection, STORE.table_name)
    taken: list[dict[str, Any]] = []
    transaction._take = lambda _, __, action: taken.append(action)  # type: ignore[method-assign]  # noqa: SLF001
    _add(transaction, "o", items.ItemKey("o#k#i", "k"), write, ())
    return {name: text for action in taken for name, text in action.items() if name.endswith("Expression")}


def refuse_too_large(write: Write) -> None:
    for name, text in expressions(write).items():
        assert len(text.encode()) <= 4096, (name, len(text.encode()))
        assert len(OPERATORS.findall(text)) <= 300, (name, len(OPERATORS.findall(text)))
        depth, deepest = 0, 0
        for sign in text:
            depth += (sign == "(") - (sign == ")")
            deepest = max(deepest, depth)
        assert deepest <= 10, (name, deepest)


def hold(number: int, claim: Claim) -> dict[str, Hold]:
    order_id = f"{number:08}-6f0a-4b5e-8a5e-1f2d3c4b5a69"
    return {f"{order_id}:{number:012}:{number}": Hold(order_id, f"{number:012}", claim, False, 1_900_000_000)}


def holds(count: int, claim: Claim) -> dict[str, Hold]:
    return {name: each for number in range(count) for name, each in hold(number, claim).items()}


def seconds(count: int, used: int = 5) -> dict[Segment, int]:
    """Returns a day whose segments have the longest names, and no two equal neighbors."""
    cuts = [0, *(3601 + 7 * at for at in range(count - 1)), DAY]
    return {Segment(a, b): used + at % 2 for at, (a, b) in enumerate(pairwise(cuts))}


def largest() -> Iterator[LedgerChange]:
    """Yields the largest changes that still use an expression, of each kind, with both bounds for every segment."""
    whole = Claim(0, DAY, 2)
    for segments in (1, 2, MAX_CHANGES // 2, MAX_CHANGES - 1, MAX_CHANGES):
        left = MAX_CHANGES - segments
        for new, ended, dropped in [(left, 0, 0), (0, left, 0), (0, 0, left), (left // 3,) * 3]:
            new_holds, old = holds(new, Claim(0, DAY, 1)), holds(ended + dropped + new, Claim(0, DAY, 5))
            over = dict(list(old.items())[new : new + ended])
            rest = list(old)[new + ended :]
            seen = Ledger(KEY, seconds(segments, 500), {**over, **{name: old[name] for name in rest}}, 5)
            yield change(seen, [whole], capacity=900, holds=new_holds, ended=over, dropped=rest)
            yield change(
                seen, [whole], capacity=900, released=[Claim(0, DAY, 1)], holds=new_holds, ended=over
            )
    for cuts in range(1, 60):
        many = [Claim(3601 + at * 100, 3601 + at * 100 + 50, 1) for at in range(cuts)]
        yield change(Ledger(KEY, version=5), many, capacity=5)
        yield change(Ledger(KEY, {Segment(0, DAY): 9}, version=5), released=many, capacity=None)


def test_the_largest_changes_of_a_day_fit_into_their_expressions() -> None:
    found = list(largest())

    for each in found:
        refuse_too_large(each)
    # These are the largest: some have exactly as many changes as one expression allows.
    assert max(len(each.bounds) for each in found) == MAX_CHANGES
    assert any(each.replacement for each in found)
    both = [
        bound for each in found for bound in each.bounds.values() if bound.least and bound.most is not None
    ]
    assert len(both) > MAX_CHANGES


@given(ledgers(), st.lists(claims(), max_size=3), st.lists(claims(), max_size=2), st.data())
def test_every_change_of_a_day_fits(
    ledger: Ledger, added: list[Claim], freed: list[Claim], data: st.DataObject
) -> None:
    ended = data.draw(some_holds(ledger))
    refuse_too_large(change(ledger, added, capacity=9, released=freed, ended=ended))


def test_every_other_write_fits() -> None:
    made: Order = place(FakeStore(ORGANIZATION.id, CATALOG), order(meeting())).order
    seen = made.model_copy(update={"status": "placing", "expires_at": 5})
    mail = Cause(version=2, kind="confirmation")
    after = order_after(seen, "completed", FakeClock().now(), causes=(mail,), note="n")
    from frontdesk.domain.booking.writes import (
        ChangedOrder,
        CheckedOrder,
        CheckedVoucher,
        NewOrder,
        RemovedOrder,
    )

    for write in (
        ChangedOrder(seen, after), NewOrder(made, seen), CheckedOrder(seen), RemovedOrder(seen),
        VoucherCount("few", 1, 3, version=4), VoucherCount("few", 1, 3, "ada"), CheckedVoucher("few", 4),
    ):  # fmt: skip
        assert expressions(write)
        refuse_too_large(write)


@pytest.mark.parametrize("mend", ["flat", "bound"])
def test_control_without_it_an_expression_is_too_large(mend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    segments = MAX_CHANGES - 1
    if mend == "flat":

        def chained(conditions: Any) -> Any:
            first, *rest = conditions
            for each in rest:
                first &= each
            return first

        monkeypatch.setattr(updates, "_all_of", chained)
    else:
        segments = 99
        monkeypatch.setattr("frontdesk.domain.ledger.MAX_CHANGES", 100)
    over = holds(1, Claim(0, DAY, 5))
    seen = Ledger(KEY, seconds(segments, 500), over, version=5)

    with pytest.raises(AssertionError):
        refuse_too_large(change(seen, [Claim(0, DAY, 2)], capacity=900, ended=over))
