"""What an invocation has done, in numbers: one line in CloudWatch's embedded metric format, if there is anything to tell."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

NAMESPACE = "Frontdesk"
# With one value more, Powertools would begin a second line.
_MAX_ROUNDS = 99

# Lambda gives a process one invocation at a time.
_counts: Counter[str] = Counter()
_rounds: list[int] = []
_about: dict[str, str] = {}


def count(name: str, number: int = 1) -> None:
    """Adds to a count of this invocation; one of 0 is told too."""
    _counts[name] += number


def count_mails(states: Iterable[str]) -> None:
    """What became of messages, one metric for each state that is worth one."""
    for state in states:
        if state in ("sent", "failed", "throttled"):
            count(f"Mails{state.capitalize()}")


def retry(round: int) -> None:
    """Notes a retry: the 1st, 2nd, ... of the same thing. Their number is the metric's SampleCount, the hardest case its Maximum."""
    if len(_rounds) < _MAX_ROUNDS:
        _rounds.append(round)


def about(**names: str) -> None:
    """What the line can be found by in the log. No dimensions, of which CloudWatch would make a metric for each value."""
    _about.update(names)


@contextmanager
def measured(context: Any) -> Iterator[None]:
    """Writes what is counted inside, also where that ends with an error. `context` is Lambda's."""
    # What is left of an invocation that was cut off belongs to nobody.
    for of_before in (_counts, _rounds, _about):
        of_before.clear()
    try:
        yield
    finally:
        if _counts or _rounds:
            _write(context)


def _write(context: Any) -> None:
    # An empty service, so that the dimensions are these two.
    metrics = AmazonCloudWatchEMFProvider(namespace=NAMESPACE, service="")
    metrics.add_dimension("Environment", os.environ.get("ENVIRONMENT", "production"))
    metrics.add_dimension("Function", context.function_name)
    for name, value in {**_about, "request_id": context.aws_request_id}.items():
        metrics.add_metadata(name, value)
    for name, number in _counts.items():
        metrics.add_metric(name, MetricUnit.Count, number)
    for round in _rounds:
        metrics.add_metric("Retries", MetricUnit.Count, round)
    metrics.flush_metrics()
