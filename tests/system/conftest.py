"""The deployed system, on a local cloud of its own that lives as long as the test session."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from local.cloud import Details, cloud
from local.servers import free_port


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Details]:
    """The content of the cloud's `demo.json`: `base_url`, tokens and ids of the demo organization, `table_name`, ..."""
    with cloud(tmp_path_factory.mktemp("cloud"), free_port(), persist=False) as (_, details):
        yield details


@pytest.fixture(scope="session")
def base_url(demo: Details) -> str:
    return str(demo["base_url"])


class Mailbox:
    """The mails that the deployed system has sent. MiniStack leaves attachments out."""

    def __init__(self, url: str) -> None:
        self._url = url

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Mails sent so far, oldest first: MessageId, Source, To, Subject, BodyText, BodyHtml, ..."""
        answer = httpx.get(self._url, timeout=10, trust_env=False).json()["messages"]
        return [mail for account in answer.values() for mail in account if to is None or to in mail["To"]]

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 30) -> dict[str, Any]:
        """The first mail that is wanted, as soon as it is there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for mail in self.mails():
                if wanted(mail):
                    return mail
            time.sleep(0.2)
        raise AssertionError(f"No such mail within {seconds} seconds.")


@pytest.fixture(scope="session")
def mailbox(demo: Details) -> Mailbox:
    return Mailbox(demo["mailbox_url"])
