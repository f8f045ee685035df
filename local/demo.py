"""Shows the main task of Frontdesk over HTTP: price an order, place it, get a refusal, override it, and read the mail and a reminder.

    python -m local.demo           uses the local cloud that `make serve` runs, or starts one temporarily

With VERBOSE=1 in the environment, shows every request and answer in full.
"""

import json
import os
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
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from local.cloud import Details, running_details, stop_once, this_checkouts_cloud
from local.deploy import client_of
from local.servers import ServerError

ZONE = ZoneInfo("Europe/Berlin")
MAIL_SECONDS = 30
VERBOSE = os.environ.get("VERBOSE", "") not in ("", "0")
Json = dict[str, Any]
console = Console(soft_wrap=True, highlight=False)


class DemoError(Exception):
    """An answer differs from the expected one. The error's text is for the terminal."""


class Walk:
    """The steps of the demo on one cloud. Sends requests, and shows and checks the answers."""

    def __init__(self, details: Details) -> None:
        self.details = details
        self.http = httpx.Client(timeout=30, trust_env=False)
        self.chapter = 0

    def say(self, title: str, text: str) -> None:
        """Prints the next step."""
        self.chapter += 1
        console.print(f"\n[bold]{self.chapter}. {title}[/] {text}")

    def call(self, method: str, path: str, body: Json | None, status: int, *, quiet: bool = False) -> Json:
        """Sends a request and returns the answer's JSON. Unless `quiet`, prints both. Raises DemoError if the status differs."""
        url = f"{self.details['base_url']}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.details['token']}"}
        if body is not None:
            headers["Content-Type"] = "application/vnd.api+json"
        content = None if body is None else json.dumps(body)
        answer = self.http.request(
            method, url, params={"o": self.details["organization_id"]}, headers=headers, content=content
        )
        if not quiet:
            self.show(answer, body)
        if answer.status_code != status:
            raise DemoError(
                f"{method} {path} should answer {status}, but it answered {answer.status_code}:\n{answer.text}"
            )
        return dict(answer.json()) if answer.content else {}

    def show(self, answer: httpx.Response, body: Json | None) -> None:
        """Prints a request and its answer. Shortens them unless VERBOSE is set."""
        request, colour = answer.request, "green" if answer.is_success else "yellow"
        status = f"[bold {colour}]{answer.status_code} {answer.reason_phrase}[/]"
        if not VERBOSE:
            path = request.url.path.partition("/live")[2]
            told = escape(in_short(answer.json())) if answer.content else "done"
            console.print(f"   [cyan]{request.method} {path}[/] {status}: {told}")
            return
        console.print(f"\n[bold cyan]{request.method}[/] {request.url}")
        if body is not None:
            console.print(JSON.from_data(body))
        console.print(status)
        if answer.content:
            console.print(JSON(answer.text))

    def mails(self) -> list[Json]:
        """Returns all mails sent so far, the oldest first."""
        answer = self.http.get(self.details["mails_url"])
        return [mail for account in answer.json()["messages"].values() for mail in account]

    def wait_for_mail(self, wanted: Callable[[Json], bool]) -> Json:
        """Waits for a mail that `wanted` accepts, and returns it. Raises DemoError after MAIL_SECONDS."""
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            for mail in self.mails():
                if wanted(mail):
                    return mail
            time.sleep(0.2)
        raise DemoError(f"The mail was not sent within {MAIL_SECONDS} seconds.")

    def booking(self, start: datetime) -> Json:
        """Returns the body of a booking: the room for an hour from `start`, with two coffees."""
        return {
            "resource_id": self.details["resource_id"],
            "service_id": {self.details["service_id"]: 1},
            "start_date": start.isoformat(),
            "end_date": (start + timedelta(hours=1)).isoformat(),
            "booking_add_ons": [{"add_on_id": self.details["add_on_id"], "quantity": 2}],
        }

    def order(self, start: datetime) -> Json:
        """Returns the body of an order with one booking and the voucher."""
        return {
            "order_customer_id": self.details["customer_id"],
            "bookings": [self.booking(start)],
            "voucher_code": self.details["voucher_code"],
            "timezone": str(ZONE),
        }

    def free_hour(self) -> datetime:
        """Returns the first free hour from tomorrow on. Earlier runs may have booked some."""
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
            "Meeting Room 1 is booked out for the next 60 days. Stop the local cloud and delete the folder .local to start again."
        )

    def remind(self) -> None:
        """Creates a rule for reminders, places a booking that starts in an hour, and waits for its reminder. Then deletes the rule."""
        rule = {"name": "An hour before", "event": "before_start", "offset": 60}
        made = self.call(
            "POST", "message-rules", {"data": {"type": "message-rules", "attributes": rule}}, 201
        )
        start = datetime.now(ZONE).replace(microsecond=0) + timedelta(minutes=60, seconds=2)
        desk = self.booking(start) | {
            "resource_id": self.details["desk_area_id"],
            "service_id": {self.details["desk_service_id"]: 1},
            "booking_add_ons": [],
        }
        order = {"order_customer_id": self.details["german_customer_id"], "bookings": [desk]}
        placed = self.call("POST", "orders/from-config", order | {"notify_customer": False}, 201)["data"]
        number = placed["attributes"]["number"]
        for _ in range(MAIL_SECONDS):
            time.sleep(1)
            self.sweep()
            mail = next((mail for mail in self.mails() if number in mail["BodyText"]), None)
            if mail:
                break
        else:
            raise DemoError(f"No reminder was sent within {MAIL_SECONDS} seconds.")
        console.print(f"   [cyan]To[/] {', '.join(mail['To'])}: {escape(mail['Subject'])}")
        if not mail["Subject"].startswith("Erinnerung:"):
            raise DemoError(
                "The subject of the reminder should begin with `Erinnerung:`, in Bernd's language."
            )
        self.call("DELETE", f"message-rules/{made['data']['id']}", None, 204)

    def sweep(self) -> None:
        """Invokes SendDueMessages, the function that otherwise runs every minute."""
        functions = client_of(self.details["dynamodb_endpoint"], "lambda")
        names = [
            each["FunctionName"]
            for page in functions.get_paginator("list_functions").paginate()
            for each in page["Functions"]
        ]
        (name,) = [name for name in names if "SendDueMessages" in name]
        answer = functions.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
        if "FunctionError" in answer:
            raise DemoError(f"The sweep failed: {answer['Payload'].read().decode()}")

    def run(self) -> None:
        """Runs all steps. Raises DemoError at the first unexpected answer."""
        start = self.free_hour()
        order = self.order(start)
        expected = {"total": 4400, "net_amount": 3735, "tax_amount": 665, "discount_amount": 1100}

        self.say(
            "What would it cost?",
            f"Ada Lovelace wants Meeting Room 1 for an hour, {start:%A, %-d %B, %-I %p},\n"
            "   with two coffees and the voucher SUMMER20: 50.00 EUR and 5.00 EUR, less 20 %. A preview writes nothing.",
        )
        attributes = self.call("POST", "orders/calculate", order, 200)["data"]["attributes"]
        check_amounts(attributes, expected)
        if not attributes["bookings"][0]["available"]:
            raise DemoError("The slot should be available.")

        self.say(
            "Place the order.",
            "The same body takes the slot, counts the voucher and fixes the price, all together or not at all.",
        )
        sent_before = {mail["MessageId"] for mail in self.mails()}
        placed = self.call("POST", "orders/from-config", order | {"notify_customer": True}, 201)["data"]
        check_amounts(placed["attributes"], expected)

        self.say("The same slot again.", "Bernd wants the same hour. There is only one such room.")
        other = order | {"order_customer_id": self.details["german_customer_id"]}
        errors = self.call("POST", "orders/from-config", other, 422)["errors"]
        if [error["title"] for error in errors] != ["slot unavailable"]:
            raise DemoError("The only error should be: slot unavailable.")

        self.say("Overbook the slot.", "Staff can do this with `check_availability: false`.")
        override = self.call("POST", "orders/from-config", other | {"check_availability": False}, 201)["data"]
        check_amounts(override["attributes"], expected)

        self.say(
            "Send the confirmation again.",
            "The first confirmation was sent in the background, when the order was placed.",
        )
        self.wait_for_mail(
            lambda mail: mail["MessageId"] not in sent_before and mail["To"] == ["ada@example.com"]
        )
        notification = self.call("GET", f"orders/{placed['id']}/send-notification", None, 200)["meta"][
            "notification"
        ]

        self.say(
            "Ada's mail.",
            "A calendar file is attached.",
        )
        message_id = notification["message_id"].split("@")[0]
        mail = self.wait_for_mail(lambda mail: mail["MessageId"].split("@")[0] == message_id)
        shown = f"From: {mail['Source']}\nTo: {', '.join(mail['To'])}\nSubject: {mail['Subject']}\n\n{mail['BodyText'].strip()}"
        console.print(Panel(Text(shown), expand=False, padding=(1, 2)))
        if notification["recipient"] not in mail["To"] or "44.00" not in mail["BodyText"]:
            raise DemoError("The mail should go to the customer and name the total, 44.00.")
        self.say(
            "A reminder, an hour before the start.",
            "A message rule defines it. Bernd's booking of a desk starts in an hour.\n"
            "   The demo calls the function that otherwise runs every minute.",
        )
        self.remind()
        console.print(
            "\n[bold green]Every step succeeded.[/] `make serve` keeps the local cloud running for your own requests."
            "\n`make demo VERBOSE=1` shows all requests and answers in full."
        )


def in_short(document: Json) -> str:
    """Summarizes an answer in a line: the price, the availability, or the conflict."""
    if "errors" in document:
        return "; ".join(error["detail"] for error in document["errors"])
    if "meta" in document and "notification" in document["meta"]:
        return f"a mail to {document['meta']['notification']['recipient']}"
    attributes = document["data"]["attributes"]
    if "event" in attributes:
        return f"{attributes['name']}, {attributes['offset']} minutes {attributes['event'].replace('_', ' the ')}"
    amounts = f"{attributes['total'] / 100:.2f} {attributes['currency']}, {attributes['tax_amount'] / 100:.2f} of it tax"
    if "number" in attributes:
        return f"order {attributes['number']}, {attributes['status']}, {amounts}"
    free = all(booking["available"] for booking in attributes["bookings"])
    return f"{amounts}; the slot is {'free' if free else 'taken'}"


def check_amounts(attributes: Json, expected: dict[str, int]) -> None:
    """Raises DemoError unless `attributes` has the amounts in `expected`."""
    found = {name: attributes[name] for name in expected}
    if found != expected:
        raise DemoError(f"The amounts should be {expected}, but they are {found}.")


@contextmanager
def any_cloud() -> Iterator[Details]:
    """Yields the details of the running local cloud. If none is running, starts one for the `with` block."""
    details = running_details()
    if details is not None:
        console.print("Using the local cloud that is already running.")
        yield details
        return
    console.print("Setting up the local cloud:")
    with this_checkouts_cloud() as (_, details):
        yield details


def main() -> None:
    """Runs the demo. If it fails, prints a message instead of a traceback."""
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
