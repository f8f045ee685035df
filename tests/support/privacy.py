"""Fails every test in which a function logs customer data or a token, because more people read logs than orders.

Checks what the functions of this process write: each line of Powertools' logger and metrics, and the lines of other loggers from WARNING
on, which the runtime would write.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

_DATA = json.loads((Path(__file__).parent.parent.parent / "local/demo_organization.json").read_text())
# The address of a sender or customer, any API token, a telephone number.
_LOOKS = (r"[\w.+-]+@[\w-]+\.\w[\w.-]*", r"\bfd\.[\w-]+\.[\w-]+", r"\+\d[\d ()/-]{7,}\d")
# What a line must contain so that any of them can be in it.
_SIGNS = re.compile(r"@|fd\.|\+\d[\d ()/-]{8}", re.IGNORECASE)


def _secrets() -> Iterator[str]:
    for customer in _DATA["customers"]:
        yield from (
            customer[name] for name in ("email", "phone", "given_name", "family_name") if name in customer
        )
    yield from (token["secret"] for token in _DATA["tokens"])
    # Customers of other tests, and their texts.
    yield from ("Grace", "Hopper", "Eda", "Team meeting", "Grüße", "pays late", "Bring the map")


_WORDS = tuple({secret.lower() for secret in _secrets()})
_SECRET = re.compile(
    "|".join([*_LOOKS, *(rf"\b{re.escape(secret)}\b" for secret in _secrets())]), re.IGNORECASE
)


def secrets_in(lines: Iterable[str]) -> list[str]:
    """Returns the lines with a secret, and the secret."""
    # In JSON, an umlaut may be escaped.
    return [f"{found[0]!r} in {line}" for line in lines if (found := _found(_unescaped(line)))]


def _found(line: str) -> re.Match[str] | None:
    """Searches a line, if it can contain a secret at all: the search takes a fifth of a millisecond, and tests log thousands of lines."""
    lowered = line.lower()
    suspicious = _SIGNS.search(line) or any(word in lowered for word in _WORDS)
    return _SECRET.search(line) if suspicious else None


def _unescaped(line: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), line)


class LogWatch(logging.Handler):
    """A pytest plugin. `lines` is what the functions have written since the test began."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        write, tell = LambdaPowertoolsFormatter.format, AmazonCloudWatchEMFProvider.serialize_metric_set

        def written(formatter: LambdaPowertoolsFormatter, record: logging.LogRecord) -> str:
            return self._note(write(formatter, record))

        def told(provider: AmazonCloudWatchEMFProvider, *arguments: object) -> object:
            output = tell(provider, *arguments)  # type: ignore[arg-type]
            self._note(json.dumps(output))
            return output

        LambdaPowertoolsFormatter.format = written  # type: ignore[method-assign]
        AmazonCloudWatchEMFProvider.serialize_metric_set = told  # type: ignore[method-assign, assignment]
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._note(self.format(record))

    def _note(self, line: str) -> str:
        self.lines.append(line)
        return line

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        self.lines.clear()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        result = yield
        told = secrets_in(self.lines)
        assert not told, "logged, but nobody's business:\n" + "\n".join(told)
        return result


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin("log_watch"):
        config.pluginmanager.register(LogWatch(), "log_watch")
