"""Runs a function's handler in this process, warm, and repeats its DynamoDB requests with bare botocore."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import botocore.session
from aws_lambda_powertools.metrics.provider.cloudwatch_emf import cloudwatch
from botocore import xform_name
from botocore.config import Config

from frontdesk.api.app import logger
from frontdesk.bootstrap import Settings, SystemClock, World
from frontdesk.domain.catalog.access import Token, new_token, read_token
from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.usecases.context import Context
from local.servers import ROOT
from tests.integration.conftest import LambdaContext, load_function
from tests.support.demo import ORGANIZATION
from tests.support.engine import REGION, Table, table

_EVENTS = ROOT / "events"
# As long as the demo organization's token, so that items have the same size.
_TOKEN = new_token(ORGANIZATION.id, "demo-full-access")

# (operation, parameters)
Request = tuple[str, dict[str, Any]]


class Deployment:
    """Runs the handlers on one table. Keeps the `World` between calls, like a warm Lambda environment."""

    def __init__(self, on: Table) -> None:
        self.on = on
        self.world = World(Settings(table_name=on.name))
        # Replaces the endpoint of the environment, so that two tables can be compared.
        self.world.__dict__["store"] = on.store
        self.bare = bare_client(on.endpoint)
        presented = read_token(_TOKEN)
        assert presented
        token = Token(
            id=presented.digest, organization_id=ORGANIZATION.id, name="bench", scopes=frozenset({"*"})
        )
        on.store.put_catalog(Context(ORGANIZATION.id, SystemClock(30)), [token])

    def invoke(self, function: str, body: dict[str, Any]) -> float:
        """Returns how many seconds the handler takes for an order."""
        handler, event, context = (
            _handlers[function],
            {**_events[function], "body": json.dumps(body)},
            LambdaContext(function),
        )
        # All deployments share the module, and with it the Api.
        handler.find_world = lambda: self.world
        started = perf_counter()
        answer = handler(event, context)
        took = perf_counter() - started
        assert answer["statusCode"] < 300, answer
        return took

    def send(self, requests: list[Request]) -> float:
        """Returns how many seconds bare botocore takes for the requests."""
        calls = [(getattr(self.bare, xform_name(name)), parameters) for name, parameters in requests]
        started = perf_counter()
        for call, parameters in calls:
            call(**parameters)
        return perf_counter() - started


@contextmanager
def deployment(endpoint: str, catalog: list[CatalogItem] | None = None) -> Iterator[Deployment]:
    """Creates a table that contains `catalog`, and yields a `Deployment` that uses the table."""
    with table(endpoint, catalog or ()) as on:
        yield Deployment(on)


class Twin:
    """Rewrites the recorded DynamoDB requests of one order into requests of another order of the same size.

    The other order books the twin of `resource_id`: a resource that nobody else books. DynamoDB accepts a
    request only if the day to book is in the expected state. The twin's days go through the same changes as
    the days of `resource_id`, so DynamoDB also accepts the rewritten requests.
    """

    def __init__(self, resource_id: str) -> None:
        self._resource = resource_id, str(uuid4())

    def of(self, requests: list[Request]) -> list[Request]:
        """Returns the requests rewritten for another resource, the twin, with fresh order ids and tokens."""
        order_ids, tokens = set(), set()
        for name, parameters in requests:
            if name == "TransactWriteItems":
                tokens.add(parameters["ClientRequestToken"])
                order_ids |= {
                    action["Put"]["Item"]["pk"]["S"].split("#")[2]
                    for action in parameters["TransactItems"]
                    if action.get("Put", {}).get("Item", {}).get("sk", {}).get("S") == "order"
                }
        swaps = [(id, str(uuid4())) for id in order_ids | tokens]
        return [(name, self._swapped(name, parameters, swaps)) for name, parameters in requests]

    def text(self, text: str) -> str:
        """Replaces the resource's id in a text with the twin's id."""
        return text.replace(*self._resource)

    def row(self, row: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Returns a copy of the item with the twin's id in place of the resource's."""
        return dict(json.loads(self.text(json.dumps(row))))

    def _swapped(self, name: str, parameters: dict[str, Any], swaps: list[tuple[str, str]]) -> dict[str, Any]:
        text = json.dumps(parameters)
        own, twin = self._resource
        if name == "BatchGetItem":
            # Catalog items are read unchanged. Only the days are the twin's.
            own, twin = (f'#resource#{id}"}}, "sk": {{"S": "ledger#' for id in self._resource)
        for old, new in [(own, twin), *swaps]:
            text = text.replace(old, new)
        return dict(json.loads(text))


def bare_client(endpoint: str | None) -> Any:
    """Returns a botocore client without retries."""
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=64)
    return botocore.session.get_session().create_client(
        "dynamodb", region_name=REGION, endpoint_url=endpoint, config=config
    )


def quiet_logs() -> None:
    """Redirects logs and metrics to os.devnull.

    The handlers still spend time on writing them, as on Lambda.
    """
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115  for as long as the process lives
    for handler in logger.handlers:
        handler.setStream(nowhere)  # type: ignore[attr-defined]
    cloudwatch.print = partial(print, file=nowhere)  # type: ignore[attr-defined]


def _event(function: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((_EVENTS / f"{function}.json").read_text())
    event["headers"]["Authorization"] = f"Bearer {_TOKEN}"
    return event


_events = {function: _event(function) for function in ("from_config", "calculate")}
_handlers: dict[str, Callable[..., dict[str, Any]]] = {
    function: load_function(function).handler for function in _events
}
