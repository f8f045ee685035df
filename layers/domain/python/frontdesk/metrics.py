"""Metrics of an invocation. Writes them as one line in CloudWatch's embedded metric format, if there are any."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

NAMESPACE = "Frontdesk"
# With more values, Powertools would begin a second line.
_MAX_ROUNDS = 99

# Module state is safe, because Lambda gives a process one invocation at a time.
_counts: Counter[str] = Counter()
_rounds: list[int] = []
_about: dict[str, str] = {}


def count(name: str, number: int = 1) -> None:
    """Adds `number` to a counter of this invocation. Adding 0 reports the counter too, with the value 0."""
    _counts[name] += number


def count_mails(states: Iterable[str]) -> None:
    """Counts messages by state. Only `sent`, `failed` and `throttled` have a metric."""
    for state in states:
        if state in ("sent", "failed", "throttled"):
            count(f"Mails{state.capitalize()}")


def retry(round: int) -> None:
    """Records a retry of a call. `round` is 1 for the call's first retry, 2 for its second.

    In CloudWatch, SampleCount is the number of all retries, and Maximum the most retries of one call.
    """
    if len(_rounds) < _MAX_ROUNDS:
        _rounds.append(round)


def about(**names: str) -> None:
    """Adds searchable properties, such as `organization_id`, to the log entry that contains the metrics.

    They are not dimensions of the metrics, because each value of a dimension creates another metric.
    """
    _about.update(names)


@contextmanager
def measured(context: Any) -> Iterator[None]:
    """Reports the metrics counted within the `with` block, even if the block raises. `context` is what Lambda passes to a handler."""
    # An earlier invocation that was interrupted may have left counts.
    for of_before in (_counts, _rounds, _about):
        of_before.clear()
    try:
        yield
    finally:
        if _counts or _rounds:
            _write(context)


def _write(context: Any) -> None:
    # An empty service name results in exactly these two dimensions.
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
