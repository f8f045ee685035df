"""Sends the API what its document allows and what it does not, by schemathesis: `make fuzz`.

    python -m tests.support.fuzz [SECONDS]

Runs for 300 seconds by default. Calls the functions in this process or, if FRONTDESK_DEMO is the path of a demo.json, the running cloud
of this file. Fails for a status of 5xx, and for an answer that the document does not describe. Another FRONTDESK_SEED sends other requests.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from local.servers import ROOT

_API = "/api/v1"
# What a new organization has none of.
_MADE = (
    "bookings",
    "message-rules",
    "timeslot-series",
    "custom-fields",
    "webhook-subscriptions",
    "api-tokens",
)
_PROGRAM = ROOT / ".fuzz/bin/schemathesis"
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def fuzz(base_url: str, token: str, document: dict[str, Any], seconds: int, seed: str) -> int:
    """Runs schemathesis. Returns its exit code: 0 if every answer was as documented."""
    command: list[Any] = [_PROGRAM, "run", "openapi.json", "--url", base_url]
    command += ["--header", f"Authorization:Bearer {token}", "--checks", ",".join(_CHECKS)]
    # Left out: revoking the token in use would end the run, and the documentation page is not JSON.
    command += ["--exclude-operation-id", "delete_api_token", "--exclude-tag", "Documentation"]
    command += ["--max-time", str(seconds), "--seed", seed, "--phases", "examples,coverage,fuzzing"]
    command += ["--continue-on-failure", "--request-timeout", "30", "--no-color"]
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        ) as client,
    ):
        ready = with_ids(without_fields(document), client)
        (Path(folder) / "openapi.json").write_text(json.dumps(ready))
        return subprocess.run(command, cwd=folder, check=False).returncode


def without_fields(document: dict[str, Any]) -> dict[str, Any]:
    """Returns the document without `fields[...]`, which removes attributes that schemas require."""
    named = document["components"]["parameters"]
    sparse = {
        f"#/components/parameters/{name}"
        for name, each in named.items()
        if each["name"].startswith("fields[")
    }

    def whole(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: whole(each) for name, each in part.items()}
        if isinstance(part, list):
            return [whole(each) for each in part if not (isinstance(each, dict) and is_sparse(each))]
        return part

    def is_sparse(parameter: dict[str, Any]) -> bool:
        return parameter.get("$ref") in sparse or str(parameter.get("name", "")).startswith("fields[")

    return {**document, "paths": whole(document["paths"])}


def with_ids(document: dict[str, Any], client: httpx.Client) -> dict[str, Any]:
    """Creates items from the document's examples, and returns the document with the ids of existing items for its path parameters.

    With random ids, every answer would be 404.
    """
    for path in (f"{_API}/orders/from-config", *(f"{_API}/{name}" for name in _MADE)):
        [media_type] = content = document["paths"][path]["post"]["requestBody"]["content"]
        for _ in range(2):
            client.post(path, json=content[media_type]["example"], headers={"Content-Type": media_type})
    parameters = {**document["components"]["parameters"]}
    for name, parameter in parameters.items():
        for path in document["paths"]:
            collection, _, last = path.rpartition("/")
            is_item = (
                last == f"{{{parameter['name']}}}" and collection.startswith(_API) and "{" not in collection
            )
            if parameter["in"] == "path" and is_item:
                found = client.get(collection).json().get("data", [])
                if ids := [each["id"] for each in found]:
                    schema = {**parameter["schema"], "enum": [*ids, "nothing"]}
                    parameters[name] = {**parameter, "schema": schema, "example": ids[0]}
    return {**document, "components": {**document["components"], "parameters": parameters}}


@contextmanager
def served() -> Iterator[tuple[str, str]]:
    """Serves the functions on this host, with the demo organization. Yields the base URL and a token of this organization."""
    from tests.conftest import prepare

    prepare()
    from tests.integration.client import EVENT, function_of
    from tests.integration.conftest import new_moto_world

    with new_moto_world() as world:

        class Gateway(BaseHTTPRequestHandler):
            """Translates requests like API Gateway. One at a time, because moto supports no threads."""

            def answer(self) -> None:
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                several = parse_qs(url.query, keep_blank_values=True)
                path = unquote(url.path)
                event = EVENT | {
                    "httpMethod": self.command,
                    "path": path,
                    "headers": dict(self.headers),
                    "multiValueHeaders": None,
                    "queryStringParameters": {name: values[-1] for name, values in several.items()},
                    "multiValueQueryStringParameters": several,
                    "body": body.decode("utf-8", "replace") if body else None,
                    "requestContext": EVENT["requestContext"] | {"path": "/live" + path},
                }
                try:
                    answer = world.invoke(function_of(self.command, path), event)
                except Exception as error:
                    # An answer that differs from the catalogue or the document is reported as a server error.
                    answer = {
                        "statusCode": 500,
                        "multiValueHeaders": {},
                        "body": f"{type(error).__name__}: {error}",
                    }
                self.send_response(answer["statusCode"])
                content = (answer["body"] or "").encode()
                for name, values in answer["multiValueHeaders"].items():
                    self.send_header(name, values[0])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Logs nothing."""

        for method in ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "TRACE", "QUERY"):
            setattr(Gateway, f"do_{method}", Gateway.answer)
        server = HTTPServer(("127.0.0.1", 0), Gateway)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", world.demo["token"]
        finally:
            server.shutdown()
            server.server_close()


def main() -> None:
    seconds, seed = int(next(iter(sys.argv[1:]), 300)), os.environ.get("FRONTDESK_SEED", "1")
    if "FRONTDESK_DEMO" in os.environ:
        demo = json.loads(Path(os.environ["FRONTDESK_DEMO"]).read_text())
        document = httpx.get(f"{demo['docs_url']}/openapi.json", timeout=120, trust_env=False).json()
        sys.exit(fuzz(demo["base_url"], demo["token"], document, seconds, seed))
    document = json.loads((ROOT / "docs/openapi.json").read_text())
    # The logs of the functions are not shown.
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), served() as (base_url, token):
        code = fuzz(base_url, token, document, seconds, seed)
    sys.exit(code)


if __name__ == "__main__":
    main()
