"""The calculations behind docs/scale.md, on given figures."""

import re

import pytest

from bench.scale import Order, desk_table, desks, money, needs
from local.servers import ROOT

ORDER = Order(write_units=6, index_units=4, read_units=2.5, cpu_seconds=0.009)


def test_units_are_paid_for_by_the_million() -> None:
    assert money(ORDER)["DynamoDB"] == pytest.approx(10 * 0.625 + 2.5 * 0.125)


def test_what_is_more_than_is_given_says_so() -> None:
    assert needs(ORDER, 1_000)["write units a second"] == "10,000"
    assert needs(ORDER, 10_000)["write units a second"] == "100,000 (given: 40,000)"
    # 30 ms itself, and twice 0.3 s for ten orders behind the streams.
    assert needs(ORDER, 1_000)["functions at once"] == "90"
    assert needs(ORDER, 1_500)["minimum number of resources, if all bookings are on one day"] == "15"


def test_what_five_desks_cost_a_month_stands_in_the_documents() -> None:
    assert sum(desks().values()) < 2
    assert desk_table() in (ROOT / "docs/scale.md").read_text()


def _table_after(heading: str) -> dict[str, float]:
    """Returns the last column of the tables in a section of docs/scale.md, by the first column."""
    lines = (ROOT / "docs/scale.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in lines.splitlines() if line.startswith("| ")]
    return {row[0]: float(row[-1]) for row in rows if re.fullmatch(r"[\d.]+", row[-1])}


def test_a_month_of_a_small_business_adds_up_from_the_other_tables() -> None:
    month = _table_after("A month of a small business")
    *parts, whole = month.values()

    assert whole == pytest.approx(sum(parts))
    assert month["while nobody uses it"] == _table_after("What it costs while nobody uses it")["all"]
    assert month["five desks"] == _table_after("Five desks")["all"]
    five_times = sum(parts[:2]) + 1.58
    assert f"the whole month {five_times:.2f}" in (ROOT / "docs/scale.md").read_text()
