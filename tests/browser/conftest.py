"""A browser and a local cloud for the test session. Without a browser, all tests are skipped with a message."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.desk import (
    NAMES,
    PATIENCE,
    Api,
    Desk,
    browser_program,
    day_after,
    launched,
    local_cloud,
    warm,
)

_days = count(7)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if browser_program() is None:
        pytest.skip(f"There is no browser: none of {', '.join(NAMES)} is installed.")
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def details(browser: Browser) -> Iterator[dict[str, Any]]:
    expect.set_options(timeout=PATIENCE)
    with local_cloud() as details:
        warm(Api(details))
        yield details


@pytest.fixture(scope="session")
def api(details: dict[str, Any]) -> Api:
    return Api(details)


@pytest.fixture
def day() -> str:
    """Returns a day that no other test uses."""
    return day_after(next(_days))


@pytest.fixture
def open_desk(browser: Browser, details: dict[str, Any]) -> Iterator[Callable[..., Desk]]:
    """Opens a desk in a new browser. At the end, fails if any page reported an unexpected problem."""
    opened: list[Desk] = []

    def open(token: str | None = None, *, sign_in: bool = True, **options: Any) -> Desk:
        usual = {
            "viewport": {"width": 1280, "height": 800},
            "locale": "en-GB",
            "timezone_id": "Europe/Berlin",
        }
        desk = Desk(browser.new_context(**(usual | options)), details, token, sign_in=sign_in)
        opened.append(desk)
        return desk

    yield open
    for desk in opened:
        desk.context.close()
    # The browser itself logs a refusal (4xx) or a lost connection.
    told = [
        text for desk in opened for text in desk.complaints if not text.startswith("Failed to load resource")
    ]
    assert not told
