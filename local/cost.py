"""Computes the price of an idle environment per month, at list prices.

    python -m local.cost staging

Prices are for us-east-1 in USD, without free tiers, from AWS's pricing pages in November 2026. Other regions differ by some percent.
Resources that are paid by use, such as Lambda and S3, cost nothing while idle.
"""

import sys
from collections.abc import Iterator
from typing import NamedTuple

from local.deploy import parameters_of
from local.expanded import Expanded, expanded
from local.servers import ROOT

_HOURS, _SECONDS = 730, 730 * 3600
# aws.amazon.com/cloudwatch/pricing: an alarm is priced by the number of metrics that it watches.
ALARM_METRIC, DASHBOARD, CUSTOM_METRIC = 0.10, 3.00, 0.30
# aws.amazon.com/kms/pricing
KEY = 1.00
# aws.amazon.com/lambda/pricing: SnapStart's cache, per GB of memory and second, for each published version.
SNAPSHOT_GB_SECOND = 0.0000015046
# aws.amazon.com/sqs/pricing: a million requests.
SQS_MILLION = 0.40
# docs.aws.amazon.com/lambda: a mapping polls its queue with five readers, each of which waits for 20 seconds.
_POLLS_A_SECOND = 5 / 20
# The audit reports these metrics once a day. A metric is charged for the hours in which it is reported.
_TOLD_AT_REST = ("Findings",)


class Cost(NamedTuple):
    """A kind of resource, the number of these resources, and their monthly price in USD."""

    what: str
    number: float
    usd: float


def at_rest(stack: Expanded) -> Iterator[Cost]:
    """Yields the monthly price of each kind of resource in the stack."""
    alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
    watched = sum(
        len([m for m in alarm.get("Metrics", [1]) if m == 1 or "MetricStat" in m]) for alarm in alarms
    )
    yield Cost("metrics watched by alarms", watched, watched * ALARM_METRIC)
    dashboards = len(stack.of_type("AWS::CloudWatch::Dashboard"))
    yield Cost("dashboards", dashboards, dashboards * DASHBOARD)
    told = len(_TOLD_AT_REST) * 30.4 / _HOURS
    yield Cost("custom metrics, months", round(told, 2), told * CUSTOM_METRIC)
    keys = len(stack.of_type("AWS::KMS::Key"))
    yield Cost("encryption keys", keys, keys * KEY)
    snapped = [
        function["MemorySize"] / 1024
        for function in stack.of_type("AWS::Lambda::Function").values()
        if function.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions"
    ]
    yield Cost("SnapStart snapshots, GB", sum(snapped), sum(snapped) * _SECONDS * SNAPSHOT_GB_SECOND)
    queues = [
        mapping
        for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values()
        if "ScalingConfig" in mapping
    ]
    millions = len(queues) * _POLLS_A_SECOND * _SECONDS / 1e6
    yield Cost("SQS requests of idle functions, millions", round(millions, 2), millions * SQS_MILLION)


def table(costs: list[Cost]) -> str:
    """Formats the prices as a table with their sum."""
    lines = [f"{cost.what:<46}{cost.number:>8g}{cost.usd:>9.2f} USD" for cost in costs]
    return "\n".join(
        [*lines, f"{'total per month, without traffic':<54}{sum(cost.usd for cost in costs):>9.2f} USD"]
    )


def of_environment(environment: str) -> list[Cost]:
    """Returns the monthly prices of an environment in samconfig.toml, for example "staging"."""
    config = (ROOT / "samconfig.toml").read_text(encoding="utf-8")
    return list(at_rest(expanded({**parameters_of(config, environment), "Release": "0" * 64})))


if __name__ == "__main__":
    print(table(of_environment(sys.argv[1] if len(sys.argv) > 1 else "staging")))
