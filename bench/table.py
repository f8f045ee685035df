"""`python -m bench.table`: prints the figures of .local/bench.json as README's table."""

import json

from local.servers import ROOT

_NAMES = {
    "from_config_ratio": "time to place an order, divided by botocore's time for the same two DynamoDB calls",
    "calculate_ratio": "time of a preview, divided by botocore's time for the same DynamoDB call",
    "round_trips": "DynamoDB calls of an order, in sequence",
    "write_units": "write units of an order without a mail",
    "read_units": "read units of an order",
    "mail_calls": "DynamoDB calls of an order with a mail, including its delivery",
    "mail_write_units": "write units of an order with a mail, including its delivery",
    "busy_day_write_units": "write units of an order on a day with 300 bookings",
    "table_growth_ratio": "time to place an order when the table holds 100,000 bookings, compared with an empty table",
    "ledger_growth_ratio": "time to place an order on a day with 300 bookings, compared with an empty day",
    "race_orders_per_second": "orders per second from 64 threads",
    "race_violations": "slots sold twice when 64 threads want the same one",
    "import_ratio": "time to import a file, divided by botocore's time for the same transactions",
    "cold_import_ratio": "time to load the Python module `from_config`, compared with loading boto3 and creating a client",
    "bundle_mb": "size of layers and functions, zipped, in MB",
}


def main() -> None:
    """Prints the table."""
    figures = json.loads((ROOT / ".local/bench.json").read_text())
    print("| figure | measured | at most | aim |\n| --- | ---: | ---: | ---: |")
    for key, name in _NAMES.items():
        row = figures[key]
        engine = (row["floor"] or {}).get("ratio")
        beside = f" (botocore: {_number(engine)})" if engine else ""
        print(
            f"| {name}{beside} | {_number(row['value'])} | {_number(row['at_most'])} | {_number(row['aim'])} |"
        )
    machine = figures["machine"]
    print(f"\n{machine['cores']} cores of {machine['cpu']}, Python {machine['python']}, {figures['engine']}.")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}".removesuffix(".00")


if __name__ == "__main__":
    main()
