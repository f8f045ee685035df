"""The main job of Frontdesk, step by step, over HTTP: price an order, place it, be refused, override, and read the customer's mail.

python -m local.demo           uses the local cloud that `make serve` runs, or starts one for as long as it takes
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from rich.console import Console
from rich.json import JSON
from rich.panel import Panel
from rich.text import Text

from local.cloud import Details, running_details, stop_once, this_checkouts_cloud
from local.servers import ServerError

ZONE = ZoneInfo("Europe/Berlin")
MAIL_SECONDS = 30
Json = dict[str, Any]
console = Console(soft_wrap=True, highlight=False)


class DemoError(Exception):
    """Something came out differently from what the walk-through promises."""


class Walk:
    """The walk-through against one cloud: sends requests, shows them with their answers, and checks both."""

    def __init__(self, details: Details) -> None:
        self.details = details
        self.http = httpx.Client(timeout=30, trust_env=False)
        self.chapter = 0

    def say(self, title: str, text: str) -> None:
        self.chapter += 1
        console.print()
        console.rule(f"[bold]{self.chapter}. {title}", align="left")
        console.print(text)

    def call(self, method: str, path: str, body: Json | None, status: int, *, quiet: bool = False) -> Json:
        url = f"{self.details['base_url']}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.details['token']}"}
        if body is not None:
            headers["Content-Type"] = "application/vnd.api+json"
        content = None if body is None else json.dumps(body)
        answer = self.http.request(
            method, url, params={"o": self.details["organization_id"]}, headers=headers, content=content
        )
        if not quiet:
            console.print(f"\n[bold cyan]{method}[/] {answer.request.url}", soft_wrap=True)
            if body is not None:
                console.print(JSON.from_data(body))
            console.print(
                f"[bold {'green' if answer.is_success else 'yellow'}]{answer.status_code} {answer.reason_phrase}[/]"
            )
            console.print(JSON(answer.text))
        if answer.status_code != status:
            raise DemoError(
                f"{method} {path} should answer {status}, but it answered {answer.status_code}:\n{answer.text}"
            )
        return dict(answer.json())

    def mails(self) -> list[Json]:
        """What was sent so far, oldest first."""
        answer = self.http.get(self.details["mails_url"])
        return [mail for account in answer.json()["messages"].values() for mail in account]

    def wait_for_mail(self, wanted: Callable[[Json], bool]) -> Json:
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            for mail in self.mails():
                if wanted(mail):
                    return mail
            time.sleep(0.2)
        raise DemoError(f"The mail was not sent within {MAIL_SECONDS} seconds.")

    def booking(self, start: datetime) -> Json:
        return {
            "resource_id": self.details["resource_id"],
            "service_id": {self.details["service_id"]: 1},
            "start_date": start.isoformat(),
            "end_date": (start + timedelta(hours=1)).isoformat(),
            "booking_add_ons": [{"add_on_id": self.details["add_on_id"], "quantity": 2}],
        }

    def order(self, start: datetime) -> Json:
        return {
            "order_customer_id": self.details["customer_id"],
            "bookings": [self.booking(start)],
            "voucher_code": self.details["voucher_code"],
            "timezone": str(ZONE),
        }

    def free_hour(self) -> datetime:
        """The first free hour from tomorrow on; earlier walks have taken some."""
        tomorrow = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        for day in range(60):
            hours = [(tomorrow + timedelta(days=day)).replace(hour=hour) for hour in range(9, 18)]
            answer = self.call(
                "POST",
                "orders/calculate",
                self.order(hours[0]) | {"bookings": list(map(self.booking, hours))},
                200,
                quiet=True,
            )
            for hour, booking in zip(hours, answer["data"]["attributes"]["bookings"], strict=True):
                if booking["available"]:
                    return hour
        raise DemoError(
            "Meeting Room 1 is booked out for the next 60 days. Stop everything and remove the folder .local to begin anew."
        )

    def run(self) -> None:
        start = self.free_hour()
        order = self.order(start)
        expected = {"total": 4400, "net_amount": 3735, "tax_amount": 665, "discount_amount": 1100}

        self.say(
            "What would it cost?",
            "Ada Lovelace wants Meeting Room 1 for an hour, with two coffees and the voucher SUMMER20 (20 % off).\n"
            "calculate prices an order and checks the slot; it writes nothing. Amounts are in cents:\n"
            "50.00 EUR for the room and 5.00 EUR for the coffees, less 11.00 EUR.",
        )
        attributes = self.call("POST", "orders/calculate", order, 200)["data"]["attributes"]
        check_amounts(attributes, expected)
        if not attributes["bookings"][0]["available"]:
            raise DemoError("The slot should be available.")

        self.say(
            "Place the order",
            "The same body to from-config places the order: the slot is taken, the voucher counted, the price fixed, all or nothing.\n"
            "notify_customer asks for a confirmation, which is sent in the background.",
        )
        sent_before = {mail["MessageId"] for mail in self.mails()}
        placed = self.call("POST", "orders/from-config", order | {"notify_customer": True}, 201)["data"]
        check_amounts(placed["attributes"], expected)

        self.say("The same slot again", "Somebody else is refused: the room exists once.")
        other = order | {"order_customer_id": self.details["german_customer_id"]}
        errors = self.call("POST", "orders/from-config", other, 422)["errors"]
        if [error["title"] for error in errors] != ["slot unavailable"]:
            raise DemoError("The only error should be: slot unavailable.")

        self.say("Override", "Staff may book on top of it: check_availability is false.")
        override = self.call("POST", "orders/from-config", other | {"check_availability": False}, 201)["data"]
        check_amounts(override["attributes"], expected)

        self.say(
            "Send the confirmation once more",
            "The first went out with the order. send-notification sends another, at once.",
        )
        self.wait_for_mail(
            lambda mail: mail["MessageId"] not in sent_before and mail["To"] == ["ada@example.com"]
        )
        notification = self.call("GET", f"orders/{placed['id']}/send-notification", None, 200)["meta"][
            "notification"
        ]

        self.say(
            "The mail, as Ada gets it",
            f"From {self.details['mailbox_url']}, which leaves out the attached calendar entry:\n",
        )
        message_id = notification["message_id"].split("@")[0]
        mail = self.wait_for_mail(lambda mail: mail["MessageId"].split("@")[0] == message_id)
        shown = f"From: {mail['Source']}\nTo: {', '.join(mail['To'])}\nSubject: {mail['Subject']}\n\n{mail['BodyText'].strip()}"
        console.print(Panel(Text(shown), expand=False, padding=(1, 2)))
        if notification["recipient"] not in mail["To"] or "44.00" not in mail["BodyText"]:
            raise DemoError("The mail should go to the customer and name the total, 44.00.")
        console.print(
            "\n[bold green]All of it came out as it should.[/] `make serve` keeps the local cloud running for your own requests."
        )


def check_amounts(attributes: Json, expected: dict[str, int]) -> None:
    found = {name: attributes[name] for name in expected}
    if found != expected:
        raise DemoError(f"The amounts should be {expected}, but they are {found}.")


@contextmanager
def any_cloud() -> Iterator[Details]:
    """The cloud that runs already, or one of our own."""
    details = running_details()
    if details is not None:
        console.print("Using the local cloud that is running.")
        yield details
        return
    console.print("Setting up the local cloud:")
    with this_checkouts_cloud() as (_, details):
        yield details


def main() -> None:
    stop_once()
    try:
        with any_cloud() as details:
            Walk(details).run()
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    except (DemoError, ServerError, httpx.HTTPError) as error:
        sys.exit(f"\nThe demo failed. {error}")


if __name__ == "__main__":
    main()
