"""Exports for all tests: requested, made, downloaded and read, and imported into an organization."""

import csv
import io
import json
from typing import Any

import boto3
from python_calamine import CalamineWorkbook

from frontdesk.domain.imports.runs import incoming_key
from tests.integration.client import Client
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import load_event
from tests.support.permissions import BUCKET

EXPORTS = "/api/v1/exports"


def document(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "exports", "attributes": attributes}}


def exported(client: Client, **attributes: Any) -> dict[str, Any]:
    """Returns the attributes of a completed export."""
    answer = client.call("POST", EXPORTS, document(**attributes))
    assert answer.status == 201, answer.document
    client.on.make_exports()
    found: dict[str, Any] = client.get(f"{EXPORTS}/{answer.data['id']}").data
    assert found["attributes"]["status"] == "completed", found
    return found["attributes"] | {"id": found["id"]}


def file_of(made: dict[str, Any], organization_id: str) -> bytes:
    key = f"exports/{organization_id}/{made['id']}/{made['file']}"
    return bytes(boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())


def table_of(made: dict[str, Any], organization_id: str) -> list[list[Any]]:
    """Returns the rows of a file, the header first."""
    content = file_of(made, organization_id)
    if made["format"] == "xlsx":
        return list(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python())
    delimiter = ";" if made["language"] == "de" else ","
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def rows_of(made: dict[str, Any], organization_id: str) -> list[dict[str, Any]]:
    """Returns the rows of a file as dictionaries by column."""
    _, *rows = table_of(made, organization_id)
    return [dict(zip(made["columns"], row, strict=True)) for row in rows]


def imported(on: MotoWorld, organization_id: str, name: str, content: bytes) -> list[dict[str, Any]]:
    """Imports a file through the functions. Returns the result of each row."""
    s3 = boto3.client("s3")
    s3.put_object(Bucket=BUCKET, Key=incoming_key(organization_id, name), Body=content)
    event = load_event("plan_import")
    wanted = {"organization_id": organization_id, "name": name}
    [run] = on.invoke("plan_import", event | {"input": wanted, "execution": f"{event['execution']}-{name}"})[
        "runs"
    ]
    chunks = on.invoke("plan_import", {"step": "plan", **run})["chunks"]
    for chunk in range(1, chunks + 1):
        on.invoke("bulk_import", {**run, "chunk": chunk})
    summary = on.invoke("plan_import", {"step": "join", **run})
    assert summary["status"] == "completed", summary
    key = f"results/{organization_id}/{run['run_id']}/results.jsonl"
    lines = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().splitlines()
    return [json.loads(line) for line in lines]
