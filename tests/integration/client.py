"""A client of the API, as users write them, on handlers in this process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from frontdesk.api.app import MEDIA_TYPE
from frontdesk.api.routes import ROUTES
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.access import Token, new_token, read_token
from frontdesk.usecases.context import Context
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import load_event
from tests.support.jsonapi import assert_jsonapi

EVENT = load_event("from_config")


@dataclass
class Answer:
    status: int
    document: Any
    headers: dict[str, str]

    @property
    def data(self) -> Any:
        return self.document["data"]

    @property
    def ids(self) -> list[str]:
        return [resource["id"] for resource in self.data]

    @property
    def refusals(self) -> list[tuple[str, str | None]]:
        """Returns (code, source) of each error. All errors have the answer's status."""
        errors = self.document["errors"]
        assert {error["status"] for error in errors} == {str(self.status)}
        assert all(error["title"] and error["detail"] for error in errors)
        return [(error["code"], next(iter(error.get("source", {}).values()), None)) for error in errors]


@dataclass(frozen=True)
class Client:
    on: MotoWorld
    token: str

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: str | None = None,
        headers: Mapping[str, str] | None = None,
        several: Mapping[str, Sequence[str]] | None = None,
        **query: str,
    ) -> Answer:
        """Calls the function that serves the path. Parameters have underscores instead of brackets."""
        url = urlsplit(path)
        parameters = dict(parse_qsl(url.query)) | {_parameter(name): value for name, value in query.items()}
        multiple = {name: [value] for name, value in parameters.items()} | {
            name: list(values) for name, values in (several or {}).items()
        }
        parameters |= {name: values[-1] for name, values in multiple.items()}
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Host": "api.example.com",
            "X-Forwarded-Proto": "https",
        }
        event = EVENT | {
            "httpMethod": method,
            "path": url.path.removeprefix("/live"),
            "headers": sent
            | ({"Content-Type": MEDIA_TYPE} if body is not None else {})
            | dict(headers or {}),
            "multiValueHeaders": None,
            "queryStringParameters": parameters,
            "multiValueQueryStringParameters": multiple,
            "body": raw if body is None else json.dumps(body),
        }
        event["requestContext"] = EVENT["requestContext"] | {"path": "/live" + event["path"]}
        answer = self.on.invoke(function_of(method, event["path"]), event)
        document = json.loads(answer["body"]) if answer["body"] else None
        received = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        if received.get("Content-Type") == MEDIA_TYPE:
            assert_jsonapi(document)
        return Answer(answer["statusCode"], document, received)

    def repeat(self, path: str, query: Mapping[str, Sequence[str]]) -> Answer:
        """Sends parameters that occur several times."""
        return self.call("GET", path, several=query)

    def get(self, path: str, **query: str) -> Answer:
        return self.call("GET", path, **query)

    def listed(self, path: str, **query: str) -> list[str]:
        answer = self.get(path, **query)
        assert answer.status == 200, answer.document
        return answer.ids


def _parameter(name: str) -> str:
    kind, _, of = name.partition("_")
    return f"{kind}[{of}]" if kind in ("filter", "fields", "page") else name


@lru_cache(10_000)
def function_of(method: str, path: str) -> str:
    for _, of_method, of_path, function, *_ in ROUTES:
        parts = [
            (a, b) for a, b in zip(of_path.split("/"), path.split("/"), strict=False) if not a.startswith("<")
        ]
        if of_method == method and of_path.count("/") == path.count("/") and all(a == b for a, b in parts):
            return function
    return "admin"


def token_of(organization_id: str, *scopes: str) -> str:
    text = new_token(organization_id, f"secret-of-{organization_id}-{'-'.join(scopes)}")
    presented = read_token(text)
    assert presented
    token = Token.model_validate(
        {"id": presented.digest, "organization_id": organization_id, "name": "test", "scopes": scopes}
    )
    world().store.put_catalog(Context(organization_id, SystemClock(5)), [token])
    return text
