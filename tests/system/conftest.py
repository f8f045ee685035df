"""The deployed system on a separate local cloud for the whole test session."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import boto3
import httpx
import pytest

from frontdesk.adapters.dynamodb.items import catalog_row
from frontdesk.domain.catalog.access import Token, new_token, read_token
from frontdesk.domain.catalog.items import (
    AddOn,
    CatalogItem,
    Customer,
    Organization,
    Resource,
    Service,
    Voucher,
)
from local.cloud import Details, cloud
from local.servers import Server, client_environment, free_port
from tests.support.privacy import secrets_in
from tests.system.client import CALCULATE, FROM_CONFIG, SEND_NOTIFICATION, Api, Desk, Table


def pytest_itemcollected(item: pytest.Item) -> None:
    """Every test here needs a deployment, which takes as long as thousands of other tests."""
    item.add_marker(pytest.mark.thorough)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Details]:
    """Yields the content of the cloud's `demo.json`: `base_url`, tokens and ids of the demo organization, `table_name`, ..."""
    with cloud(tmp_path_factory.mktemp("cloud"), free_port(), persist=False) as (server, details):
        yield details
        logged = list(logs_of(server))
        assert logged
        told = secrets_in(logged)
        assert not told, "logged, but nobody's business:\n" + "\n".join(told)


def logs_of(server: Server) -> Iterator[str]:
    """Yields what all functions have logged on the local cloud."""
    environment = client_environment(server.endpoint)
    client = boto3.client(
        "logs",
        endpoint_url=server.endpoint,
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    for group in client.describe_log_groups()["logGroups"]:
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
            yield from (event["message"] for event in page["events"])


@pytest.fixture(scope="session")
def base_url(demo: Details) -> str:
    return str(demo["base_url"])


@pytest.fixture(scope="session")
def api(demo: Details) -> Iterator[Api]:
    with closing(Api(demo)) as api, ThreadPoolExecutor() as pool:
        # Cold starts of all functions at the same time, instead of one after the other.
        calls = [("POST", CALCULATE), ("POST", FROM_CONFIG), ("GET", SEND_NOTIFICATION), ("GET", "/")]
        assert [answer.status for answer in pool.map(lambda call: api.request(*call, token=None), calls)] == [
            401,
            401,
            401,
            404,
        ]
        yield api


@pytest.fixture(scope="session")
def table(demo: Details) -> Iterator[Table]:
    with closing(Table(demo)) as table:
        yield table


@pytest.fixture(scope="session")
def desk(demo: Details) -> Desk:
    return Desk(demo)


@pytest.fixture
def new_voucher(demo: Details, table: Table) -> Callable[[str], str]:
    """Creates an unused voucher like ONCE10 with another code."""

    def make(code: str) -> str:
        voucher = Voucher(id=f"voucher-{code}", code=code, amount=1000, max_redemptions=1)
        table.put(catalog_row(demo["organization_id"], voucher))
        return code

    return make


@pytest.fixture
def token_with(demo: Details, table: Table) -> Callable[..., str]:
    """Creates a token of the demo organization."""

    def make(**fields: Any) -> str:
        text = new_token(demo["organization_id"])
        presented = read_token(text)
        assert presented
        token = Token(id=presented.digest, organization_id=demo["organization_id"], name="a test's", **fields)
        table.put(catalog_row(demo["organization_id"], token))
        return text

    return make


@pytest.fixture(scope="session")
def neighbour(table: Table) -> dict[str, str]:
    """Creates another organization in the same table. Returns its id, its token, and the ids of its catalog."""
    organization = Organization(
        id="neighbour", name="The Neighbour", timezone="Europe/Berlin", currency="EUR"
    )
    text = new_token(organization.id)
    presented = read_token(text)
    assert presented
    catalog: list[CatalogItem] = [
        organization,
        Customer(id="neighbour-customer", email="grace@example.com"),
        Resource(id="neighbour-resource", name="Theirs", quantity=1),
        Service(
            id="neighbour-service",
            name="Theirs",
            price=100,
            tax_rate=19,
            resource_ids=("neighbour-resource",),
        ),
        AddOn(id="neighbour-add-on", name="Theirs", price=100, tax_rate=19),
        Voucher(id="neighbour-voucher", code="THEIRS", percent=10),
        Token(id=presented.digest, organization_id=organization.id, name="theirs", scopes={"*"}),
    ]
    for item in catalog:
        table.put(catalog_row(organization.id, item))
    return {"organization_id": organization.id, "token": text}


class Mailbox:
    """The mails that the deployed system has sent. MiniStack drops attachments."""

    def __init__(self, url: str) -> None:
        self._url = url

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Returns the mails sent so far, the oldest first: MessageId, Source, To, Subject, BodyText, BodyHtml, ..."""
        answer = httpx.get(self._url, timeout=10, trust_env=False).json()["messages"]
        return [mail for account in answer.values() for mail in account if to is None or to in mail["To"]]

    def about(self, order_number: str) -> list[dict[str, Any]]:
        return [mail for mail in self.mails() if order_number in mail["BodyText"]]

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 30) -> dict[str, Any]:
        """Waits for a mail, and returns the first that is wanted."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for mail in self.mails():
                if wanted(mail):
                    return mail
            time.sleep(0.2)
        raise AssertionError(f"No such mail within {seconds} seconds.")


@pytest.fixture(scope="session")
def mailbox(demo: Details) -> Mailbox:
    return Mailbox(demo["mails_url"])
