"""The deployed page of the API's documentation, complete, and served by the function for all other paths."""

import json

import httpx
import pytest

from local.openapi import FILE


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/page.js", "text/javascript; charset=utf-8"),
        ("/docs/swagger-ui.js", "text/javascript; charset=utf-8"),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
        ("/docs/openapi.json", "application/json"),
    ],
)
def test_the_page_and_its_files_are_there_for_everybody(base_url: str, path: str, content_type: str) -> None:
    answer = httpx.get(base_url + path, timeout=60, trust_env=False)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    if path == "/docs/openapi.json":
        assert answer.json() == json.loads(FILE.read_text(encoding="utf-8"))
    if path == "/docs/swagger-ui.js":
        assert len(answer.text) > 10**6
