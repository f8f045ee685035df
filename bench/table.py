"""`python -m bench.table`: prints the figures of .local/bench.json as README's table."""

import json

from local.servers import ROOT

_NAMES = {
    "from_config_ratio": "placing an order, over the same two calls by bare botocore",
    "calculate_ratio": "a preview, over its one call by bare botocore",
    "round_trips": "DynamoDB calls of an order, one after the other",
    "write_units": "write units of an order on the table",
    "read_units": "read units of an order",
    "mail_calls": "DynamoDB calls of an order with a mail, delivery included",
    "mail_write_units": "write units of an order with a mail, delivery included",
    "busy_day_write_units": "write units of an order on a day with 300 bookings",
    "table_growth_ratio": "an order with 100,000 bookings in the table, over an empty table",
    "ledger_growth_ratio": "an order on a day with 300 bookings, over an empty day",
    "race_orders_per_second": "orders a second of 64 threads",
    "race_violations": "places sold twice when 64 want one",
    "import_ratio": "importing a file, over the same transactions by bare botocore",
    "cold_import_ratio": "Python's import of `from_config`, over that of boto3 with a client",
    "bundle_mb": "layers and functions, zipped, in MB",
}


def main() -> None:
    """Prints the table."""
    figures = json.loads((ROOT / ".local/bench.json").read_text())
    print("| figure | measured | at most | aim |\n| --- | ---: | ---: | ---: |")
    for key, name in _NAMES.items():
        row = figures[key]
        engine = (row["floor"] or {}).get("ratio")
        beside = f" (the same requests by bare botocore: {_number(engine)})" if engine else ""
        print(
            f"| {name}{beside} | {_number(row['value'])} | {_number(row['at_most'])} | {_number(row['aim'])} |"
        )
    machine = figures["machine"]
    print(f"\n{machine['cores']} cores of {machine['cpu']}, Python {machine['python']}, {figures['engine']}.")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}".removesuffix(".00")


if __name__ == "__main__":
    main()
