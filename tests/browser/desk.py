"""A person at the desk in a real browser, and a client of the API for the same test."""

import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60_000
# The names of the browser on Debian, Ubuntu and in Google's package.
NAMES = ("chromium", "chromium-browser", "google-chrome")


def browser_program() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def local_cloud() -> Iterator[dict[str, Any]]:
    command = [ROOT / ".venv/bin/python", "-m", "tests.browser.serve"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr, text=True
    )
    try:
        assert process.stdout
        # What is on its way is told before.
        line = next(line for line in process.stdout if line.startswith("{"))
        yield json.loads(line)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(180)


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    program = browser_program()
    assert program
    # As root in a container, Chromium has no sandbox. It would also ask its user which local addresses a page may reach.
    arguments = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
    browser = playwright.chromium.launch(executable_path=program, args=arguments)
    try:
        yield browser
    finally:
        browser.close()


def warm(api: "Api") -> None:
    """Calls each function that the desk uses once, because a cold start takes seconds, and many on a busy machine."""
    day = day_after(3)
    order = api.book(day, "20:00", "21:00", complete_order=False)
    booking = f"{order}-1"
    change = {"data": {"type": "bookings", "id": booking, "attributes": {"note": "warm"}}}
    calls: list[tuple[str, str, Any]] = [
        ("POST", "orders/calculate", {"bookings": []}), ("PATCH", f"bookings/{booking}", change), ("GET", f"plan?start_date={day}", None),
        ("POST", f"orders/{order}/cancel", None),
    ]  # fmt: skip
    for call in calls:
        with suppress(AssertionError):
            api.call(*call)


class Api:
    def __init__(self, details: dict[str, Any]) -> None:
        self.details = details
        self.base = details["base_url"] + "/api/v1/"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        headers = {
            "Authorization": f"Bearer {self.details['token']}",
            "Content-Type": "application/vnd.api+json",
        }
        request = urllib.request.Request(self.base + path, method=method, data=sent, headers=headers)  # noqa: S310
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                request, timeout=60
            ) as answer:
                return json.loads(answer.read() or "{}")
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def book(
        self,
        day: str,
        start: str,
        end: str,
        resource: str = "resource_id",
        service: str = "service_id",
        **more: Any,
    ) -> str:
        booking = {
            "resource_id": self.details[resource],
            "service_id": {self.details[service]: more.pop("quantity", 1)},
            "start_date": f"{day}T{start}",
            "end_date": f"{day}T{end}",
        }
        body = {
            "order_customer_id": self.details["customer_id"], "bookings": [booking], "notify_customer": False,
            "timezone": "Europe/Berlin", **more,
        }  # fmt: skip
        return str(self.call("POST", "orders/from-config", body)["data"]["id"])

    def token(self, *scopes: str, **more: Any) -> str:
        made = self.call(
            "POST",
            "api-tokens",
            {"data": {"type": "api-tokens", "attributes": {"name": "test", "scopes": scopes, **more}}},
        )
        return str(made["meta"]["token"])

    def bookings(self, day: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"plan?start_date={day}")["data"]["attributes"][
            "bookings"
        ]
        return found


class Desk:
    """One tab, signed in by a link. `complaints` collects every problem that the page reports in its console."""

    def __init__(
        self,
        context: BrowserContext,
        details: dict[str, Any],
        token: str | None = None,
        *,
        sign_in: bool = True,
    ) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda message: message.type in ("error", "warning") and self.complaints.append(message.text),
        )
        self.address, self.token = details["console_url"], token or details["token"]
        if sign_in:
            self.sign_in()

    def sign_in(self) -> "Desk":
        self.page.goto(f"{self.address}#token={self.token}")
        self.page.get_by_role("navigation").first.wait_for()
        return self

    def go(self, path: str) -> "Desk":
        self.page.evaluate("path => { location.hash = path }", path)
        return self

    def plan(self, day: str, view: str = "day") -> "Desk":
        self.go(f"/plan/{day}/{view}")
        self.page.locator(".grid .row, .agenda, .empty").first.wait_for()
        return self

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog")

    def bar(self, name: str) -> Locator:
        return self.page.locator(".bar", has_text=name)

    def place(self, room: str, hour: float) -> tuple[float, float]:
        """Returns the position of an hour of a room on the screen, computed from the marks of the axis, which runs down in columns."""
        along, across, size = ("x", "y", "height")
        if self.page.locator(".grid.upright").count():
            along, across, size = ("y", "x", "width")
        track = self.page.get_by_role("region", name=room).locator(".track").bounding_box()
        marks = [
            (float(mark.inner_text()[:2]), (mark.bounding_box() or {})[along])
            for mark in self.page.locator(".mark").all()[:2]
        ]
        (first, start), (second, further) = marks
        assert track
        found = {
            along: start + (hour - first) * (further - start) / (second - first),
            across: track[across] + min(20, track[size] / 2),
        }
        return found["x"], found["y"]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
        mouse.move(*end, steps=3)
        mouse.up()

    def said(self, text: str) -> None:
        self.page.locator(".notice", has_text=text).wait_for()


def day_after(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()  # noqa: DTZ011  the demo's zone is near enough
