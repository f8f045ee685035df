"""Reports the number of crash points at the end."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = {
        report.nodeid.partition("[")[2].rstrip("]"): value
        for report in terminalreporter.getreports("passed")
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == "crash points"
    }
    if counts:
        terminalreporter.section(f"{sum(map(int, map(str, counts.values())))} crash points")
        for operation, count in counts.items():
            terminalreporter.line(f"{count!s:>5}  {operation}")
