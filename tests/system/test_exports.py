"""An export on the deployed system: requested, made by the queue's function, downloaded by its link, and imported."""

from datetime import datetime

import httpx
import pytest

from frontdesk.domain.exports.export import ENDED
from local.cloud import Details
from tests.support.demo import BERLIN, meeting, order
from tests.system.client import FROM_CONFIG, Answer, Api, wait_until
from tests.system.test_imports import Cloud

EXPORTS = "/api/v1/exports"
NINE = datetime(2031, 9, 15, 9, tzinfo=BERLIN)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_exported_is_fetched_and_imported_again(api: Api, demo: Details, form: str) -> None:
    placed = api.request("POST", FROM_CONFIG, order(meeting(NINE, note="=1+1"), notify_customer=False))
    assert placed.status == 201
    asked = {"kind": "bookings", "format": form, "period": {"start": "2031-09-15", "end": "2031-09-15"}}
    asked["filters"] = {"status": "confirmed"}
    body = {"data": {"type": "exports", "attributes": asked}}
    made = api.request("POST", EXPORTS, body, headers={"Idempotency-Key": f"of-{placed.id}"})
    assert made.status == 201

    def found() -> Answer:
        return api.request("GET", f"{EXPORTS}/{made.id}")

    wait_until(lambda: found().attributes["status"] in ENDED)
    export = found().attributes
    assert (export["status"], export["rows"]) == ("completed", 1)
    file = httpx.get(export["download_url"], timeout=10, trust_env=False)
    assert (file.status_code, len(file.content)) == (200, export["bytes"])
    assert export["file"] in file.headers["Content-Disposition"]

    assert api.request("POST", f"/api/v1/orders/{placed.id}/cancel").status == 200
    imports = Cloud(demo)
    imports.put(export["file"], file.content)
    imports.ended(imports.start(name=export["file"], organization_id=imports.organization_id))
    [(_, [result])] = imports.runs_of(export["file"])
    assert (result["result"], result["errors"]) == ("created", [])
    [booking] = api.request(
        "GET", f"/api/v1/orders/{result['order_id']}", params={"include": "bookings"}
    ).document["included"]
    assert booking["attributes"]["note"] == "=1+1"
    assert api.request("POST", f"/api/v1/orders/{result['order_id']}/cancel").status == 200
