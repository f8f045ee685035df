"""How the desk's page is served: below any path, cached by its content, and cut off from other hosts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from frontdesk import bootstrap
from frontdesk.api.app import Api
from frontdesk.api.handlers import console
from tests.integration.conftest import LambdaContext, MotoWorld
from tests.integration.test_events import as_admin

BUCKET = "https://imports.s3.eu-central-1.amazonaws.com"
PAGE = (
    '<link rel="stylesheet" href="./app-0A1B2C3D.css"><script type="module" src="./app-ABCDEFGH.js"></script>'
)


@pytest.fixture
def api(tmp_path: Path, moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> Api:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "app-ABCDEFGH.js").write_text("console.log('ä')", encoding="utf-8")
    (tmp_path / "app-0A1B2C3D.css").write_text("p {}")
    (tmp_path / "mail.html").write_text('<script src="./mail-ABCDEFGH.js" defer></script>')
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setenv("UPLOAD_ORIGIN", BUCKET)
    bootstrap.world.cache_clear()
    api = Api(bootstrap.world)
    console.include(api, tmp_path)
    return api


def get(api: Api, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str, dict[str, str]]:
    event: dict[str, Any] = as_admin("GET", path) | {
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "headers": {"Host": "api.example.com", **(headers or {})},
        "multiValueHeaders": None,
    }
    answer = api(event, LambdaContext("admin"))
    assert not answer.get("isBase64Encoded")
    named = {name: ",".join(values) for name, values in answer["multiValueHeaders"].items()}
    return answer["statusCode"], answer["body"], named


@pytest.mark.parametrize(("path", "below"), [("/console", "console/"), ("/console/", "")])
def test_the_page_names_its_files_from_where_it_is(api: Api, path: str, below: str) -> None:
    status, page, headers = get(api, path)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'href="{below}app-0A1B2C3D.css"' in page
    assert f'src="{below}app-ABCDEFGH.js"' in page
    assert "//" not in page


def test_files_that_are_named_by_their_content_are_kept_for_a_year(api: Api) -> None:
    status, body, headers = get(api, "/console/app-ABCDEFGH.js")
    assert (status, body) == (200, "console.log('ä')")
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert get(api, "/console/app-0A1B2C3D.css")[2]["Content-Type"] == "text/css; charset=utf-8"


def test_the_page_itself_is_asked_for_each_time_and_sent_once(api: Api) -> None:
    _, _, headers = get(api, "/console")
    assert headers["Cache-Control"] == "no-cache"
    status, body, again = get(api, "/console", {"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, "")
    assert again["ETag"] == headers["ETag"]
    # Another build names its files differently, so it is another page.
    assert get(api, "/console/", {"If-None-Match": headers["ETag"]})[0] == 200
    assert get(api, "/console", {"If-None-Match": '"other"'})[0] == 200


def test_nothing_is_loaded_from_elsewhere_and_nobody_frames_it(api: Api) -> None:
    for path in ("/console", "/console/app-ABCDEFGH.js"):
        _, _, headers = get(api, path)
        assert headers["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self' {BUCKET}; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert "connect-src 'self';" in console.policy("")


def test_the_frame_of_a_mail_has_a_policy_of_its_own_and_reaches_nothing(api: Api) -> None:
    """Its styles are inline, which the page's policy would forbid, and its texts were written by others."""
    status, page, headers = get(api, "/console/mail.html")
    assert (status, headers["Cache-Control"]) == (200, "no-cache")
    assert 'src="mail-ABCDEFGH.js"' in page
    directives = dict(each.strip().split(" ", 1) for each in headers["Content-Security-Policy"].split(";"))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-scripts",
    }


@pytest.mark.parametrize(
    "path", ["/console/secret.txt", "/console/..%2fapp.py", "/console/app.js", "/console/a/b"]
)
def test_there_are_no_other_files(api: Api, path: str) -> None:
    status, body, _ = get(api, path)
    assert (status, json.loads(body)["errors"][0]["code"]) == (404, "not_found")


def test_a_function_without_the_files_has_no_page(moto_world: MotoWorld, tmp_path: Path) -> None:
    api = Api(bootstrap.world)
    console.include(api, tmp_path / "nothing")
    assert get(api, "/console")[0] == 404
