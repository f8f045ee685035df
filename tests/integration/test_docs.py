"""The page of the API's documentation: public, complete, and without anything from other hosts."""

import json
import re
from typing import Any

import pytest

from local.openapi import FILE
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import as_admin

# Lambda's limit for an answer. API Gateway allows more.
MAX_BYTES = 6 * 1024 * 1024


def get(on: MotoWorld, path: str) -> tuple[int, str, dict[str, str]]:
    event = as_admin("GET", path) | {"queryStringParameters": None, "multiValueQueryStringParameters": None}
    event["headers"].pop("Authorization")
    event["multiValueHeaders"].pop("Authorization")
    answer: dict[str, Any] = on.invoke("admin", event)
    assert not answer["isBase64Encoded"]
    assert len(json.dumps(answer)) < MAX_BYTES
    return (
        answer["statusCode"],
        answer["body"],
        {name: ",".join(values) for name, values in answer["multiValueHeaders"].items()},
    )


def test_the_document_is_served_as_it_is_committed(moto_world: MotoWorld) -> None:
    status, body, headers = get(moto_world, "/docs/openapi.json")

    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body) == json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("path", "below"), [("/docs", "/"), ("/docs/", "/docs/")])
def test_the_page_is_made_of_what_the_api_serves(moto_world: MotoWorld, path: str, below: str) -> None:
    status, page, headers = get(moto_world, path)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")

    # URLs are relative, because the page is below a stage, or at its own domain.
    parts = [part for part in re.findall(r'(?:src|href)="([^"]*)"', page) if part != "data:,"]
    assert sorted(part.rpartition("/")[2] for part in parts) == [
        "openapi.json",
        "page.js",
        "swagger-ui.css",
        "swagger-ui.js",
    ]
    for part in parts:
        status, body, headers = get(moto_world, below + part)
        assert status == 200
        assert body
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert int(headers["Cache-Control"].removeprefix("public, max-age=")) >= 3600
    assert "//" not in page.replace("<!DOCTYPE html>", "")


def test_the_browser_is_kept_from_other_hosts(moto_world: MotoWorld) -> None:
    policy = get(moto_world, "/docs")[2]["Content-Security-Policy"]

    sources = {name: values for name, *values in (part.split() for part in policy.split("; "))}
    assert sources["default-src"] == ["'none'"]
    assert sources["script-src"] == sources["connect-src"] == ["'self'"]
    assert {value for values in sources.values() for value in values} == {
        "'none'",
        "'self'",
        "'unsafe-inline'",
        "data:",
    }
    assert "validatorUrl: null" in get(moto_world, "/docs/page.js")[1]


def test_no_script_of_a_document_could_run(moto_world: MotoWorld) -> None:
    """Swagger UI may write anything from a document into the page. The document is this API's own, and no inline script runs."""
    policy = get(moto_world, "/docs")[2]["Content-Security-Policy"]
    (scripts,) = [part.split()[1:] for part in policy.split("; ") if part.startswith("script-src ")]
    assert scripts == ["'self'"], "nothing inline, nothing evaluated"
    page = get(moto_world, "/docs")[1]
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page) == ["", ""]
    assert not re.search(r"\son\w+=", page)
    # The page's URL cannot name another document, because the query is ignored by default.
    script = get(moto_world, "/docs/page.js")[1]
    assert "queryConfigEnabled" not in script
    assert 'url: new URL("openapi.json", document.currentScript.src).href' in script


@pytest.mark.parametrize("path", ["/docs/nothing", "/docs/..%2fapp.py", "/docs/swagger-ui-bundle.min.js"])
def test_there_are_no_other_files(moto_world: MotoWorld, path: str) -> None:
    status, body, _ = get(moto_world, path)

    assert (status, json.loads(body)["errors"][0]["code"]) == (404, "not_found")
