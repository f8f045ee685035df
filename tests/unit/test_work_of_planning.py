"""Rows of one order in a file: each is added without a look at all before it, and there are only so many."""

from collections.abc import Iterator
from io import BytesIO

import pytest

from frontdesk.domain.imports import chunks
from frontdesk.domain.imports.chunks import Spool
from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.pieces import Piece


def rows(count: int, **fields: str) -> Iterator[Piece]:
    return (Piece(line=n, order_ref="one", order={"note": "n" * 50}, **fields) for n in range(1, count + 1))


def spooled(count: int) -> Spool:
    spool = Spool(BytesIO())
    for piece in rows(count):
        spool.add(piece)
    return spool


def test_an_order_of_many_rows_has_all_of_them() -> None:
    spool = spooled(300)
    [order] = spool.orders
    assert [piece.line for piece in spool.pieces(order)] == [*range(1, 301)]
    assert (order.weight, len(order.digest)) == (300, 300 * 16)
    assert order.size == len(spool.content.getvalue())  # type: ignore[attr-defined]


def test_a_row_is_added_to_what_is_there_and_not_to_a_copy_of_it() -> None:
    """A million rows of one order took hours: each copied the numbers of all before it."""
    spool = spooled(2)
    [before] = spool.orders
    spool.add(next(rows(1)))
    [after] = spool.orders
    assert after.rows is before.rows
    assert after.digest is before.digest


@pytest.mark.parametrize(("limit", "most"), [("MAX_ROWS_OF_ORDER", 5), ("MAX_BYTES_OF_ORDER", 700)])
def test_an_order_has_so_many_rows_at_most(monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    """All rows of an order are read into memory at once, and each may name all that are wrong."""
    monkeypatch.setattr(chunks, limit, most)
    assert spooled(5).orders
    with pytest.raises(BadFile) as refused:
        spooled(10)
    problem = refused.value.problem
    assert problem.code == "order_of_too_many_rows"
    assert 5 < problem.meta["line"] <= 10


def test_orders_of_their_own_may_be_as_many_as_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MAX_ROWS_OF_ORDER", 5)
    spool = Spool(BytesIO())
    for n in range(20):
        spool.add(Piece(line=n, order_ref=f"{n // 5}"))
        spool.add(Piece(line=n))
    assert len(spool.orders) == 24
