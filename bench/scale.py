"""Estimates what Frontdesk needs and costs on AWS: `python -m bench.scale`.

The estimates are for one order a second, for 1,000 orders a second, and for 10,000 orders a second. Another
estimate is the monthly cost of five desks. A desk is a browser that always shows a day's current plan.

`make bench` measures the capacity units of an order. Times on AWS are assumptions, and marked as such. Prices
are on-demand list prices of us-east-1.
"""

import json
from typing import NamedTuple

from local.servers import ROOT

RATES = (1, 1_000, 10_000)
MILLION = 1_000_000

# Assumed: seconds of a consistent BatchGetItem, and of a transaction of about six actions, on AWS.
READ_SECONDS, WRITE_SECONDS = 0.006, 0.015
# Assumed: functions of 1 GB, and stream functions that each handle ten orders in one invocation.
STREAM_SECONDS, ORDERS_A_BATCH = 0.3, 10
STREAM_FUNCTIONS = 2
LOG_BYTES = 2_000

# USD
WRITE_MILLION, READ_MILLION = 0.625, 0.125
LAMBDA_GB_SECOND, LAMBDA_MILLION = 0.0000133334, 0.20
GATEWAY_MILLION = 3.50
MAIL_THOUSAND = 0.10
LOG_GB = 0.50
TRANSFER_GB = 0.09

# Desks that show a day, on 22 days of ten hours. Each refreshes as often as the console does.
DESKS, SECONDS_LOOKED_AT, EVERY = 5, 22 * 10 * 3600, 60
ROOMS, BOOKINGS, SERVICES = 20, 60, 4
# Read units: of an item of up to 4 KB, eventually consistent; of the lists that name the items; and of the token.
ITEM_UNITS, LIST_UNITS = 0.5, 7.5
# Assumed: the time of a call, its log lines, and its answer of about 35 kB, compressed by API Gateway.
PLAN_SECONDS, PLAN_LOG_BYTES, PLAN_BYTES = 0.2, 800, 5_000

# The initial quotas of an AWS account, per second.
TABLE_UNITS, CONCURRENCY, REQUESTS, MAILS = 40_000, 1_000, 10_000, 14
# The limits of one item and of one index partition, per second.
TRANSACTIONS_AN_ITEM, UNITS_A_PARTITION = 100, 1_000


class Order(NamedTuple):
    """The cost of one order with a mail, including delivery: capacity units, and the seconds of the function that places it."""

    write_units: float
    index_units: float
    read_units: float
    cpu_seconds: float

    @property
    def seconds(self) -> float:
        """Seconds that the function runs on AWS: the measured time, plus an assumed read and write."""
        return self.cpu_seconds + READ_SECONDS + WRITE_SECONDS

    @property
    def lambda_seconds(self) -> float:
        """Seconds that all Lambda functions together run for this order.

        A stream function handles several orders in one call, so only the order's share of the call is included.
        """
        return self.seconds + STREAM_FUNCTIONS * STREAM_SECONDS / ORDERS_A_BATCH


def measured() -> Order:
    """Reads .local/bench.json. `cpu_seconds` is too high, because it includes the local database's time."""
    rows = json.loads((ROOT / ".local/bench.json").read_text())
    units, order = rows["mail_write_units"]["ours"], rows["from_config_ratio"]
    return Order(units["table"], units["index"], units["read"], order["ours"]["p50_ms"] / 1000)


def money(order: Order) -> dict[str, float]:
    """Returns the costs of a million orders in USD, by service. Each order includes one mail."""
    return {
        "DynamoDB": (order.write_units + order.index_units) * WRITE_MILLION + order.read_units * READ_MILLION,
        "Lambda": order.lambda_seconds * MILLION * LAMBDA_GB_SECOND
        + (1 + STREAM_FUNCTIONS / ORDERS_A_BATCH) * LAMBDA_MILLION,
        "API Gateway": GATEWAY_MILLION,
        "Logs": LOG_BYTES * MILLION / 1e9 * LOG_GB,
        "SES": 1000 * MAIL_THOUSAND,
    }


def desks() -> dict[str, float]:
    """Returns the cost in USD of showing a day: reading the organization, rooms, services, and bookings with order and customer."""
    calls = DESKS * SECONDS_LOOKED_AT / EVERY
    units = calls * ((1 + ROOMS + SERVICES + 3 * BOOKINGS) * ITEM_UNITS + LIST_UNITS)
    return {
        f"API Gateway, {calls:,.0f} calls": calls / MILLION * GATEWAY_MILLION,
        f"Lambda, {PLAN_SECONDS} s each, arm64, 1 GB": calls * PLAN_SECONDS * LAMBDA_GB_SECOND
        + calls / MILLION * LAMBDA_MILLION,
        f"read units, {units / MILLION:.1f} million": units / MILLION * READ_MILLION,
        f"logs, {calls * PLAN_LOG_BYTES / 1e6:.0f} MB": calls * PLAN_LOG_BYTES / 1e9 * LOG_GB,
        f"answers, {calls * PLAN_BYTES / 1e9:.2f} GB compressed": calls * PLAN_BYTES / 1e9 * TRANSFER_GB,
    }


def needs(order: Order, rate: int) -> dict[str, str]:
    """Returns what is necessary to place `rate` orders in a second.

    For example, {"mails a second": "1,000 (given: 14)"} means that 1,000 mails a second are necessary, and that
    the initial AWS quota is 14. If the quota is high enough, the text is only "1,000".
    """
    units = (order.write_units + order.index_units) * rate
    concurrency = order.lambda_seconds * rate
    return {
        "write units a second": _of(units, TABLE_UNITS),
        "read units a second": _of(order.read_units * rate, TABLE_UNITS),
        "functions at once": _of(concurrency, CONCURRENCY),
        "requests a second": _of(rate, REQUESTS),
        "mails a second": _of(rate, MAILS),
        "minimum number of resources, if all bookings are on one day": f"{-(-rate // TRANSACTIONS_AN_ITEM):,}",
        "minimum number of organizations": f"{-(-rate // UNITS_A_PARTITION):,}",
    }


def _of(value: float, given: int) -> str:
    return f"{value:,.1f}".removesuffix(".0") + (f" (given: {given:,})" if value > given else "")


def main() -> None:
    """Prints both tables."""
    order = measured()
    by_rate = [needs(order, rate) for rate in RATES]
    print("| | " + " | ".join(f"{rate:,} a second" for rate in RATES) + " |")
    print("| --- |" + " ---: |" * len(RATES))
    for name in by_rate[0]:
        print(f"| {name} | " + " | ".join(each[name] for each in by_rate) + " |")
    costs = money(order)
    print("\n| a million orders | USD |\n| --- | ---: |")
    for name, usd in [*costs.items(), ("all but mail", sum(costs.values()) - costs["SES"])]:
        print(f"| {name} | {usd:.2f} |")
    print("\n" + desk_table())


def desk_table() -> str:
    """Returns the monthly cost of five desks as a table."""
    rows = [*desks().items(), ("all", sum(desks().values()))]
    lines = [
        "| a month, in USD | five desks |",
        "| --- | ---: |",
        *(f"| {name} | {usd:.2f} |" for name, usd in rows),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
