"""What is undone stays undone, and an upload address is good for one import."""

from typing import Any

import pytest

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.time.intervals import iso
from tests.demo import ORGANIZATION
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import load_event
from tests.integration.test_import_uploads import CSV, PATH, Desk
from tests.permissions import BUCKET, IMPORTS


@pytest.fixture
def desk(moto_world: MotoWorld) -> Desk:
    return Desk(moto_world)


def found(desk: Desk, execution: str, asked: dict[str, Any]) -> list[dict[str, str]]:
    """Returns the runs that an execution begins."""
    name = f"{IMPORTS.replace('stateMachine', 'execution')}:{execution}"
    step = {"execution": name, "started": iso(SystemClock(1).now()), "input": asked}
    runs: list[dict[str, str]] = desk.on.invoke("plan_import", load_event("plan_import") | step)["runs"]
    return runs


def failed(desk: Desk, asked: dict[str, Any]) -> str:
    """Executes an import whose rows are imported, and that fails then. Returns its id."""
    desk.executions += 1
    [run] = found(desk, f"{desk.executions}", asked)
    desk.on.invoke("plan_import", {"step": "plan", **run})
    desk.on.invoke("bulk_import", {**run, "chunk": 1})
    desk.on.invoke("plan_import", {"step": "fail", "reason": "Sandbox.Timedout", **run})
    return str(run["run_id"])


def keys(desk: Desk) -> list[str]:
    listed = desk.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [each["Key"] for each in listed if not each["Key"].startswith(("chunks/", "results/"))]


@pytest.mark.parametrize("place", ["uploads", "incoming"])
def test_the_next_run_does_not_import_again_what_was_undone(desk: Desk, place: str) -> None:
    if place == "uploads":
        key = desk.put(desk.begin(name="week.csv", size=len(CSV.encode())), CSV.encode())
    else:
        key = f"incoming/{ORGANIZATION.id}/week.csv"
        desk.s3.put_object(Bucket=BUCKET, Key=key, Body=CSV.encode())
    id = failed(desk, {"detail": {"object": {"key": key}}})
    assert (desk.undo(id)["undone"], desk.orders(id, filter_status="completed")) == (2, [])

    assert desk.execute({}) == []
    assert keys(desk) == [f"archive/{ORGANIZATION.id}/{id}/week.csv"]
    desk.audited()


def test_who_puts_an_undone_file_there_again_means_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"incoming/{ORGANIZATION.id}/week.csv"
    desk.s3.put_object(Bucket=BUCKET, Key=key, Body=CSV.encode())
    now = SystemClock.now
    with monkeypatch.context() as earlier:
        earlier.setattr(SystemClock, "now", lambda clock: now(clock) - 60)
        desk.undo(failed(desk, {"detail": {"object": {"key": key}}}))
    desk.s3.put_object(Bucket=BUCKET, Key=key, Body=CSV.encode())
    [again] = desk.execute({})
    assert desk.read(again["run_id"])["created"] == 2


def test_a_file_that_is_imported_once_more_is_not_undone_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = desk.put(desk.begin(name="week.csv", size=len(CSV.encode())), CSV.encode())
    id = failed(desk, {"detail": {"object": {"key": key}}})
    [run] = found(desk, "next", {})
    monkeypatch.setattr(type(world().executions), "is_running", lambda *_: True)
    answer = desk.client.call("POST", f"{PATH}/{id}/undo")
    assert (answer.status, answer.refusals[0][0]) == (409, "import_not_ended")
    assert desk.read(run["run_id"])["status"] == "planning"


@pytest.mark.parametrize("content", [CSV, CSV.replace("9:00", "8:00")])
@pytest.mark.parametrize("undone", [True, False])
def test_an_upload_address_is_good_for_one_import(desk: Desk, content: str, undone: bool) -> None:
    begun = desk.begin(name="week.csv", size=len(CSV.encode()))
    key = desk.put(begun, CSV.encode())
    desk.execute({"detail": {"object": {"key": key}}})
    if undone:
        desk.undo(begun.data["id"])

    assert desk.put(begun, content.encode()) == key
    assert desk.execute({"detail": {"object": {"key": key}}}) == []
    assert key not in keys(desk), "put away"
    assert len(desk.client.get(PATH).data) == 1


def test_an_upload_that_failed_is_tried_again_and_no_other_file(desk: Desk) -> None:
    begun = desk.begin(name="week.csv", size=len(CSV.encode()))
    key = desk.put(begun, CSV.encode())
    failed(desk, {"detail": {"object": {"key": key}}})
    desk.put(begun, CSV.replace("9:00", "8:00").encode())
    assert desk.execute({}) == []
    desk.put(begun, CSV.encode())
    [again] = desk.execute({})
    assert desk.read(again["run_id"])["unchanged"] == 2
    desk.put(begun, CSV.encode())
    assert desk.execute({}) == []


def test_an_order_is_found_however_often_its_row_was_undone_before(desk: Desk) -> None:
    for _ in range(3):
        key = desk.put(desk.begin(name="week.csv", size=len(CSV.encode())), CSV.encode())
        id = failed(desk, {"detail": {"object": {"key": key}}})
        # Its chunk was interrupted before it wrote its results.
        desk.s3.delete_object(Bucket=BUCKET, Key=f"chunks/{ORGANIZATION.id}/{id}/000001.results.jsonl")
        undo = desk.undo(id)
        assert (undo["undone"], undo["left"], undo["done"]) == (2, {}, undo["total"])
        assert desk.orders(id, filter_status="completed") == []
    desk.audited()
