"""An undone import stays undone, and an upload address is valid for one import."""

from typing import Any

import pytest

from frontdesk.adapters.dynamodb.imports import ImportRuns
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.time.intervals import iso
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import load_event
from tests.integration.test_import_uploads import CSV, PATH, Desk
from tests.support.demo import ORGANIZATION
from tests.support.permissions import BUCKET, IMPORTS


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
    """Executes an import that fails after its rows were imported. Returns its id."""
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


def test_an_undone_file_is_decided_in_the_order_of_its_rows_again(desk: Desk) -> None:
    """The last row overlaps the first one. Only the first two have orders that were undone."""
    for _ in range(3):
        for dry_run in (True, False):
            id = desk.upload(CSV, options={"dry_run": dry_run})
            results = desk.results(id, "text/csv").decode("utf-8-sig").splitlines()[1:]
            assert ["refused" in row for row in results] == [False, False, True], dry_run
        assert (desk.undo(id)["undone"], desk.read(id)["created"]) == (2, 2)
    desk.audited()


def test_a_failed_import_lists_no_results_that_were_never_written(desk: Desk) -> None:
    key = desk.put(desk.begin(name="week.csv", size=len(CSV.encode())), CSV.encode())
    id = failed(desk, {"detail": {"object": {"key": key}}})
    assert desk.client.get(f"{PATH}/{id}/results").data["attributes"]["files"] == []
    assert desk.read(id)["results_key"] is None


def test_a_failed_import_is_undone_while_its_rows_are_known(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = desk.put(desk.begin(name="week.csv", size=len(CSV.encode())), CSV.encode())
    id, now = failed(desk, {"detail": {"object": {"key": key}}}), SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda clock: now(clock) + 7 * 86_400)
    answer = desk.client.call("POST", f"{PATH}/{id}/undo")
    assert (answer.status, answer.refusals[0][0]) == (409, "import_forgotten")
    monkeypatch.setattr(SystemClock, "now", lambda clock: now(clock) + 5 * 86_400)
    assert desk.undo(id)["undone"] == 2


def test_an_undo_says_what_it_could_not_find_once_the_results_have_expired(desk: Desk) -> None:
    id = desk.upload(CSV)
    for place in ("results", "chunks"):
        prefix = f"{place}/{ORGANIZATION.id}/{id}/"
        for each in desk.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]:
            desk.s3.delete_object(Bucket=BUCKET, Key=each["Key"])
    undo = desk.undo(id)
    assert (undo["status"], undo["undone"], undo["left"]) == ("completed", 0, {"gone": 2})


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("customers", "Name,Email\nGrace Hopper,grace@example.com\nAlan Turing,alan@example.com\n"),
        ("resources", "Name\nBlue room\nGreen room\n"),
    ],
)
def test_what_a_repeated_chunk_finds_of_its_own_was_created_by_it(
    desk: Desk, kind: str, content: str
) -> None:
    """The chunk was interrupted after it had created its items."""
    key = desk.put(desk.begin(name="people.csv", size=len(content), kind=kind), content.encode())
    [run] = found(desk, "first", {"detail": {"object": {"key": key}}})
    desk.on.invoke("plan_import", {"step": "plan", **run})
    chunk_done = ImportRuns.chunk_done
    with pytest.MonkeyPatch.context() as interrupted:
        interrupted.setattr(ImportRuns, "chunk_done", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            desk.on.invoke("bulk_import", {**run, "chunk": 1})
    assert ImportRuns.chunk_done is chunk_done
    desk.on.invoke("bulk_import", {**run, "chunk": 1})
    desk.on.invoke("plan_import", {"step": "join", **run})
    id = run["run_id"]
    told = desk.read(id)
    assert (told["created"], told["unchanged"]) == (2, 0)
    shown = desk.client.get(f"/api/v1/{kind}", filter_search="e").data
    assert all("import_id" not in each["attributes"] for each in shown)
    assert desk.read(desk.upload(content, name="people.csv", kind=kind))["unchanged"] == 2, (
        "of another import"
    )
    assert desk.undo(id)["undone"] == 2


def test_two_rows_of_one_item_create_it_once(desk: Desk) -> None:
    rows = "Name,Email\nGrace Hopper,grace@example.com\nGrace Hopper,grace@example.com\n"
    told = desk.read(desk.upload(rows, name="people.csv", kind="customers"))
    assert (told["created"], told["unchanged"]) == (1, 1)


ROOMS = "Name\nBlue room\nGreen room\n"
PRICES = "Name,Price,VAT,Resources\nMassage,50.00,19,Blue room\nFacial,40.00,19,Blue room\n"
PEOPLE = "Name,Email\nGrace Hopper,grace@example.com\nAlan Turing,alan@example.com\n"
BOOKED = (
    "Room,Service,Start,End,Email\nBlue room,Massage,2031-04-15 09:00,2031-04-15 10:00,grace@example.com\n"
)


def test_what_is_booked_since_is_left_and_told(desk: Desk) -> None:
    """Otherwise, its bookings would be on an archived room, of an archived service, for an archived customer."""
    kinds = {"rooms.csv": ROOMS, "services.csv": PRICES, "customers.csv": PEOPLE}
    imports = {name: desk.upload(rows, name=name) for name, rows in kinds.items()}
    booked = desk.upload(BOOKED, name="bookings.csv")
    assert desk.read(booked)["created"] == 1
    for id in imports.values():
        undo = desk.undo(id)
        assert (undo["undone"], undo["left"]) == (1, {"in_use": 1})
        assert [each["reason"] for each in undo["left_items"]] == ["in_use"]
    for kind, used in (("resources", "Blue room"), ("services", "Massage"), ("customers", "Grace Hopper")):
        there = desk.client.get(f"/api/v1/{kind}").data
        names = [each["attributes"].get("name") or each["attributes"]["full_name"] for each in there]
        assert used in names
        assert not {"Green room", "Facial", "Alan Turing"} & {*names}
    desk.audited()


@pytest.mark.parametrize("rows", [ROOMS, PRICES.replace("Blue room", "Meeting Room 1"), PEOPLE])
def test_what_only_canceled_bookings_had_is_archived(desk: Desk, rows: str) -> None:
    """Created catalog items are archived; items that the file only changed stay unchanged."""
    kinds = {ROOMS: "rooms.csv", PEOPLE: "customers.csv"}
    name = kinds.get(rows, "services.csv")
    id = desk.upload(rows, name=name)
    others = [text for text in (ROOMS, PRICES, PEOPLE) if text.splitlines()[0] != rows.splitlines()[0]]
    for text in others:
        desk.upload(text, name=kinds.get(text, "services.csv"))
    booked = desk.upload(BOOKED.replace("Blue room", "Meeting Room 1") if name == "services.csv" else BOOKED)
    assert desk.read(booked)["created"] == 1
    desk.undo(booked)
    undo = desk.undo(id)
    assert (undo["undone"], undo["left"]) == (2, {})


def test_what_a_file_only_changed_stays_and_is_told(desk: Desk) -> None:
    desk.upload(ROOMS, name="rooms.csv")
    id = desk.upload("Name,Description\nBlue room,With a view\nRed room,\n", name="rooms.csv")
    assert desk.read(id)["updated"] == 1
    undo = desk.undo(id)
    assert (undo["undone"], undo["left"]) == (1, {"updated": 1})
    shown = {
        each["attributes"]["name"]: each["attributes"] for each in desk.client.get("/api/v1/resources").data
    }
    assert shown["Blue room"]["description"] == "With a view"
    assert "Red room" not in shown
