"""`python -m bench [ministack|roto]`: measures Frontdesk, and compares it with bare botocore.

Prints a table and writes .local/bench.json. Functions run in this process, with the DynamoDB of a local engine.
In the table, `floor` is the time that bare botocore needs for the same requests. The floor is measured in the same
run, alternating with the functions. The program does not fail if a figure misses its limit.
"""

import importlib.metadata
import json
import os
import platform
import re
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table as Grid

from bench import handlers, import_rows, orders, packages, races
from bench.handlers import Deployment, deployment
from bench.orders import Medians
from bench.units import together
from local.progress import step
from local.servers import ROOT, client_environment

RESULT = ROOT / ".local/bench.json"
# Measuring all of `import_rows` takes four minutes, twice as long as everything else. On two cores, one worker has the worst ratio, and
# 16 perform like 4.
IMPORT_WORKERS, IMPORT_ROWS, IMPORT_RUNS = (1, 4), 4000, 3


class Mark(NamedTuple):
    """The limit and the goal for a measured value.

    `at_most` is the limit: no release may have a higher value. If `at_most` is None, there is no limit.
    The goal is `aim` or less. With `at_least`, the goal is `aim` or more.
    """

    at_most: float | None
    aim: float
    at_least: bool = False

    def aim_met(self, value: float) -> bool:
        """Whether the value reaches the aim."""
        return value >= self.aim if self.at_least else value <= self.aim


MARKS = {
    "from_config_ratio": Mark(1.5, 1.2),
    "calculate_ratio": Mark(1.5, 1.2),
    "round_trips": Mark(2, 2),
    "write_units": Mark(8, 6),
    "read_units": Mark(5, 5),
    "mail_calls": Mark(12, 11),
    "mail_write_units": Mark(12, 10),
    "cold_import_ratio": Mark(1.25, 1.1),
    "busy_day_write_units": Mark(16, 10),
    "bundle_mb": Mark(5, 4),
    "ledger_growth_ratio": Mark(1.3, 1.1),
    "table_growth_ratio": Mark(1.1, 1.0),
    # Ten times pretix's rate.
    "race_orders_per_second": Mark(None, 190, at_least=True),
    "race_violations": Mark(0, 0),
    "import_ratio": Mark(1.5, 1.0),
}


class Bench:
    """Collects the figures."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.rows: dict[str, dict[str, Any]] = {}

    def add(
        self,
        key: str,
        value: float,
        ours: Mapping[str, Any],
        floor: Mapping[str, Any] | None = None,
        *,
        on_engine: bool = True,
    ) -> None:
        """Adds a figure with its limit and aim. With `on_engine`, the figure depends on the engine."""
        mark = MARKS[key]
        self.rows[key] = {
            "value": round(value, 3),
            "at_most": mark.at_most,
            "aim": mark.aim,
            "met": None if mark.at_most is None else value <= mark.at_most,
            "aim_met": mark.aim_met(value),
            "ours": dict(ours),
            "floor": None if floor is None else dict(floor),
            "engine": self.engine if on_engine else None,
        }

    def add_ratio(self, key: str, medians: Medians) -> None:
        """Adds the ratio of two medians."""
        ours, floor = map(_ms, medians.seconds)
        self.add(key, medians.ratio, {"p50_ms": ours}, {"p50_ms": floor})

    def add_growth(self, key: str, medians: Medians, names: tuple[str, str]) -> None:
        """Adds two ratios: one for Frontdesk, and one for bare botocore.

        A ratio is the time of the first case divided by the time of the second case. `names` has the names of
        the two cases.
        """
        ours, floor = (
            dict(zip(names, map(_ms, each), strict=True))
            for each in (medians.seconds[:2], medians.seconds[2:])
        )
        self.add(
            key, medians.ratio, ours, floor | {"ratio": round(medians.seconds[2] / medians.seconds[3], 3)}
        )


def measure(bench: Bench, endpoint: str) -> None:
    """Measures every figure that requires the engine."""
    with step("A plain order: calls and units"), deployment(endpoint) as on:
        _plain_order(bench, on)
    with step("An order with a mail, delivery included"), deployment(endpoint) as on:
        spent = orders.order_with_mail(on)
        cost, calls = together(spent), [name for name, _ in spent]
        ours = {"table": cost.write, "index": cost.index_write, "read": cost.read, "calls": calls}
        bench.add("mail_calls", len(calls), ours, on_engine=False)
        bench.add("mail_write_units", cost.write, ours, on_engine=False)
    with step("from_config beside bare botocore"), deployment(endpoint) as on:
        bench.add_ratio("from_config_ratio", orders.from_config(on))
    with step("calculate beside bare botocore"), deployment(endpoint) as on:
        bench.add_ratio("calculate_ratio", orders.calculate(on))
    with step(f"A day with {orders.BUSY_BOOKINGS} bookings"), deployment(endpoint, orders.WIDE) as on:
        orders.fill_day(on)
        names = (f"p50_ms_{orders.BUSY_BOOKINGS}_bookings", "p50_ms_none")
        bench.add_growth("ledger_growth_ratio", orders.ledger_growth(on), names)
        cost, segments, size = orders.busy_day(on)
        ours = {**cost._asdict(), "segments": segments, "ledger_bytes": size}
        bench.add("busy_day_write_units", cost.write, ours, on_engine=False)
    with deployment(endpoint) as empty, deployment(endpoint) as full:
        with step(f"Writing {orders.MANY_BOOKINGS:,} bookings"):
            orders.fill_table(full)
        with step("Orders on that table and on an empty one"):
            names = (f"p50_ms_{orders.MANY_BOOKINGS}_bookings", "p50_ms_none")
            bench.add_growth("table_growth_ratio", orders.table_growth(full, empty), names)
    with deployment(endpoint) as on:
        with step(f"{races.THREADS} threads, distinct slots"):
            rates = races.distinct_slots(on)
            bench.add(
                "race_orders_per_second",
                rates.ours,
                {"orders_per_second": round(rates.ours, 1)},
                {"orders_per_second": round(rates.floor, 1)},
            )
        with step(f"{races.THREADS} threads, one slot"):
            wrong, findings = races.one_slot(on)
            bench.add(
                "race_violations",
                wrong + findings,
                {"rounds": races.ROUNDS, "wrong_rounds": wrong, "auditor_findings": findings},
            )


def _plain_order(bench: Bench, on: Deployment) -> None:
    calls, cost = orders.plain_order(on)
    bench.add("round_trips", len(calls), {"calls": calls})
    bench.add("write_units", cost.write, {"table": cost.write, "index": cost.index_write}, on_engine=False)
    bench.add("read_units", cost.read, {"table": cost.read, "index": 0}, on_engine=False)


def _packages(bench: Bench) -> None:
    with step("Building and zipping for arm64"):
        sizes = packages.bundle_bytes()
        bench.add("bundle_mb", sum(sizes.values()) / 1e6, {"bytes": sizes}, on_engine=False)
    with step("Imports in fresh interpreters"):
        ours, floor, ratio = packages.cold_imports()
        bench.add("cold_import_ratio", ratio, {"p50_ms": _ms(ours)}, {"p50_ms": _ms(floor)}, on_engine=False)


def _import(bench: Bench, engine: str) -> None:
    with step("Importing rows"):
        import_rows.WORKERS, import_rows.ROWS, import_rows.RUNS = IMPORT_WORKERS, IMPORT_ROWS, IMPORT_RUNS  # type: ignore[assignment]
        figures = import_rows.measure(engine)
        by_workers = [
            {str(workers): round(both[side]) for workers, both in figures.items()} for side in (0, 1)
        ]
        ours, floor = ({"rows_per_second_by_workers": each} for each in by_workers)
        bench.add("import_ratio", max(floor / ours for ours, floor in figures.values()), ours, floor)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def engine_name(engine: str) -> str:
    """Returns the engine's name with its version."""
    if engine == "roto":
        return f"roto-aws {importlib.metadata.version('roto-aws')}"
    found = re.search(r"^ministack==(\S+)", (ROOT / "requirements/tools.txt").read_text(), re.MULTILINE)
    return f"MiniStack {found[1] if found else ''}".strip()


def machine() -> dict[str, Any]:
    """Describes the machine: cores, processor, Python and load."""
    model = re.search(r"^model name\s*:\s*(.+)$", _text(Path("/proc/cpuinfo")), re.MULTILINE)
    return {
        "cores": os.cpu_count(),
        "cpu": model[1] if model else platform.processor() or platform.machine(),
        "python": platform.python_version(),
        # The bench itself causes a load of about two. The higher the load, the less the figures mean.
        "load": os.getloadavg(),
    }


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def printed(bench: Bench, where: Mapping[str, Any], console: Console) -> None:
    """Prints the figures as a table."""
    grid = Grid(title=f"{bench.engine}, {where['cores']} cores of {where['cpu']}, Python {where['python']}")
    for name in ("figure", "value", "at most", "aim", "met", "ours", "floor"):
        grid.add_column(name, justify="right" if name in ("value", "at most", "aim") else "left")
    for key in MARKS:
        row = bench.rows[key]
        met = (
            "[green]aim[/]"
            if row["aim_met"]
            else "[red]no[/]"
            if row["met"] is False
            else "[yellow]mark[/]"
            if row["met"]
            else "below aim"
        )
        aim = f"{'at least ' if MARKS[key].at_least else ''}{row['aim']:g}"
        mark = "-" if row["at_most"] is None else f"{row['at_most']:g}"
        grid.add_row(key, f"{row['value']:g}", mark, aim, met, _short(row["ours"]), _short(row["floor"]))
    console.print(grid)


def _short(figures: Mapping[str, Any] | None) -> str:
    """Formats numbers with their names. Leaves out calls and bytes, which only the file `RESULT` lists."""
    return ", ".join(
        f"{name} {_short(value) if isinstance(value, dict) else value}"
        for name, value in (figures or {}).items()
        if name not in ("calls", "bytes")
    )


def main() -> None:
    """Reads the argument, measures, and writes the table and the file."""
    engine = sys.argv[1] if len(sys.argv) > 1 else "ministack"
    if engine not in ("ministack", "roto"):
        sys.exit(__doc__)
    # Without the user's credentials, profile and proxy, in this process and in those that it starts.
    environment = client_environment("http://127.0.0.1:1")
    os.environ.clear()
    os.environ.update(environment, POWERTOOLS_SERVICE_NAME="frontdesk")
    del os.environ["AWS_ENDPOINT_URL"]
    handlers.quiet_logs()
    bench, where, started = Bench(engine_name(engine)), machine(), time.monotonic()
    with redirect_stdout(sys.stderr):
        print(f"On {bench.engine}:")
        _packages(bench)
        with import_rows.serving(engine) as server:
            measure(bench, server.endpoint)
        _import(bench, engine)
    where["seconds"] = round(time.monotonic() - started)
    where["load_after"] = os.getloadavg()
    RESULT.parent.mkdir(exist_ok=True)
    rows = {key: bench.rows[key] for key in MARKS}
    RESULT.write_text(json.dumps({**rows, "engine": bench.engine, "machine": where}, indent=2) + "\n")
    # Wide enough for the table if the output is no terminal.
    printed(bench, where, Console(width=None if sys.stdout.isatty() else 200))


if __name__ == "__main__":
    main()
