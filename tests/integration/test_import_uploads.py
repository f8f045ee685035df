"""An import through the API alone: announced, uploaded, followed, its results downloaded, and undone."""

import io
import json
from datetime import date, time, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from python_calamine import CalamineWorkbook

from frontdesk.adapters.dynamodb import imports
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.imports import pieces
from frontdesk.domain.imports.runs import run_id
from frontdesk.domain.time.intervals import iso
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports import ending, marked, plan, upload
from tests.integration.client import Answer, Client, token_of
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import load_event
from tests.support.aftermath import findings
from tests.support.demo import ADA, DESK, DESKS, MEETING, NINE, ORGANIZATION, ROOM, meeting, order
from tests.support.permissions import BUCKET, IMPORTS
from tests.unit.test_import_tables import workbook

PATH = "/api/v1/imports"
CSV = f"""Room;Service;Date;Start;End;Customer;Email
{ROOM.name};{MEETING.name};15.04.2031;9:00;10:00;Grace Hopper;grace@example.com
{ROOM.name};{MEETING.name};15.04.2031;11:00;12:00;{ADA.full_name};{ADA.email}
{ROOM.name};{MEETING.name};15.04.2031;9:30;10:30;{ADA.full_name};{ADA.email}
"""
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Desk:
    """A client, and the state machine, step by step."""

    def __init__(self, on: MotoWorld) -> None:
        self.on, self.client, self.s3 = on, Client(on, on.demo["token"]), boto3.client("s3")
        self.executions = 0

    def begin(self, headers: dict[str, str] | None = None, **attributes: Any) -> Answer:
        return self.client.call("POST", PATH, announced(**attributes), headers=headers)

    def put(self, begun: Answer, content: bytes) -> str:
        """Uploads a file to the address in the answer. Returns its key."""
        url = urlsplit(begun.data["attributes"]["upload"]["url"])
        key = unquote(url.path.removeprefix("/"))
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return key

    def upload(self, content: str | bytes, **attributes: Any) -> str:
        """Announces and uploads a file, and runs its execution. Returns the import's id."""
        body = content.encode() if isinstance(content, str) else content
        begun = self.begin(**{"name": "week.csv", "size": len(body), **attributes})
        assert begun.status == 201, begun.document
        key = self.put(begun, body)
        self.execute({"detail": {"object": {"key": key}}})
        return str(begun.data["id"])

    def execute(self, asked: dict[str, Any]) -> list[dict[str, str]]:
        self.executions += 1
        execution = f"{IMPORTS.replace('stateMachine', 'execution')}:{self.executions}"
        found = load_event("plan_import") | {
            "execution": execution,
            "started": iso(SystemClock(1).now()),
            "input": asked,
        }
        runs: list[dict[str, str]] = self.on.invoke("plan_import", found)["runs"]
        for run in runs:
            for chunk in range(1, self.on.invoke("plan_import", {"step": "plan", **run})["chunks"] + 1):
                self.on.invoke("bulk_import", {**run, "chunk": chunk})
            self.on.invoke("plan_import", {"step": "join", **run})
        return runs

    def undo(self, id: str, **query: str) -> dict[str, Any]:
        """Requests an undo, and runs it like the state machine."""
        answer = self.client.call("POST", f"{PATH}/{id}/undo", **query)
        assert answer.status == 202, answer.document
        step = {"step": "undo", "organization_id": ORGANIZATION.id, "run_id": id}
        assert self.on.invoke("bulk_import", step)["left"] == 0
        undo: dict[str, Any] = self.read(id)["undo"]
        return undo

    def read(self, id: str) -> Any:
        return self.client.get(f"{PATH}/{id}").data["attributes"]

    def orders(self, id: str, **query: str) -> list[str]:
        return self.client.listed("/api/v1/orders", filter_import=id, **query)

    def results(self, id: str, media_type: str) -> bytes:
        answer = self.client.call("GET", f"{PATH}/{id}/results", headers={"Accept": media_type})
        assert (answer.status, answer.document) == (303, None)
        key = unquote(urlsplit(answer.headers["Location"]).path.removeprefix("/"))
        return bytes(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def audited(self) -> None:
        everything = [(key, item) for _, key, item in world().store.everything(SystemClock(30))]
        assert findings(everything, SystemClock(1).now()) == []


def announced(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "imports", "attributes": attributes}}


@pytest.fixture
def desk(moto_world: MotoWorld) -> Desk:
    return Desk(moto_world)


@pytest.mark.parametrize(
    ("attributes", "told", "heading"),
    [
        ({"language": "de"}, "noch 0 von 1 Einheiten frei", "Ergebnis"),
        ({}, "has 0 of 1 units free", "Result"),
    ],
)
def test_an_import_is_told_in_the_language_that_was_announced_or_the_organizations(
    desk: Desk, attributes: dict[str, str], told: str, heading: str
) -> None:
    id = desk.upload(CSV, dry_run=True, **attributes)
    assert told in desk.read(id)["problems"][0]["detail"]
    assert heading in desk.results(id, "text/csv").decode().splitlines()[0]


def test_a_file_is_announced_uploaded_imported_and_taken_back(desk: Desk) -> None:
    begun = desk.begin(name="week.csv", size=len(CSV.encode()))
    id, upload = begun.data["id"], begun.data["attributes"]["upload"]
    assert (begun.status, begun.data["attributes"]["status"]) == (201, "waiting")
    assert begun.headers["Location"].endswith(f"{PATH}/{id}")
    signed = parse_qs(urlsplit(upload["url"]).query)
    assert "content-length" in signed["X-Amz-SignedHeaders"][0]
    assert (upload["method"], upload["headers"]) == ("PUT", {"Content-Length": str(len(CSV.encode()))})
    key = desk.put(begun, CSV.encode())
    assert key == f"uploads/{ORGANIZATION.id}/{id}/week.csv"

    desk.execute({"detail": {"object": {"key": key}}})
    run = desk.read(id)
    assert (run["status"], run["created"], run["refused"], run["upload"]) == ("completed", 2, 1, None)
    assert run["errors"] == {"slot_unavailable": 1}
    assert len(desk.orders(id)) == 2

    csv = desk.results(id, "text/csv").decode().splitlines()
    assert [line.split(";")[7] for line in csv] == ["Result", "created", "created", "refused"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(desk.results(id, SHEET))).get_sheet_by_index(0)
    assert [row[7] for row in sheet.to_python()] == ["Result", "created", "created", "refused"]
    told = desk.client.get(f"{PATH}/{id}/results").data["attributes"]
    assert [each["media_type"] for each in told["files"]] == ["application/x-ndjson", "text/csv", SHEET]

    undo = desk.undo(id, reason="wrong week")
    assert (undo["status"], undo["undone"], undo["left"]) == ("completed", 2, {})
    assert desk.orders(id, filter_status="completed") == []
    history = desk.client.get(f"/api/v1/orders/{desk.orders(id)[0]}/history").data[-1]["attributes"]
    assert (history["action"], history["reason"]) == ("undone", "wrong week")
    assert history["actor"]["type"] == "api-tokens"
    log = desk.client.get("/api/v1/audit-log", filter_subject=id).data
    assert [each["attributes"]["action"] for each in log] == ["undone", "created"]
    desk.audited()

    # Corrected and sent again, its rows become other orders.
    again = desk.upload(CSV)
    assert desk.read(again)["created"] == 2
    assert not {*desk.orders(again)} & {*desk.orders(id)}
    assert desk.read(desk.upload(CSV))["unchanged"] == 2
    desk.audited()


def test_what_somebody_has_changed_since_is_left_and_said(desk: Desk) -> None:
    id = desk.upload(CSV)
    first, second = desk.orders(id)
    note = {"data": {"type": "orders", "id": first, "attributes": {"note": "paid in cash"}}}
    assert desk.client.call("PATCH", f"/api/v1/orders/{first}", note).status == 200
    assert desk.client.call("POST", f"/api/v1/orders/{second}/cancel").status == 200
    undo = desk.undo(id)
    assert (undo["undone"], undo["left"]) == (0, {"changed": 1, "ended_before": 1})
    assert undo["left_items"] == [{"id": first, "reason": "changed"}]
    assert desk.orders(id, filter_status="completed") == [first]
    assert desk.undo(id) == undo, "asked twice, it says the same"
    desk.audited()


def test_somebody_who_has_come_is_a_change_too(desk: Desk) -> None:
    id = desk.upload(CSV)
    first, _ = desk.orders(id)
    assert desk.client.call("POST", f"/api/v1/bookings/{first}-1/check-in").status == 200
    assert desk.undo(id)["left_items"] == [{"id": first, "reason": "changed"}]


def test_history_is_taken_back_and_may_be_imported_as_something_else(desk: Desk) -> None:
    head, row = (
        f"ID,Room,Service,Start,Duration,Email,Status\n1,{ROOM.name},{MEETING.name},2031-04-15 09:00,60,{ADA.email},",
        "\n",
    )
    wrong = desk.upload(f"{head}canceled{row}")
    assert desk.read(wrong)["created"] == 1
    assert desk.read(desk.upload(f"{head}confirmed{row}"))["errors"] == {"external_id_reused": 1}
    assert desk.undo(wrong)["undone"] == 1
    assert desk.read(desk.upload(f"{head}confirmed{row}"))["created"] == 1
    desk.audited()


def test_what_an_import_has_made_of_the_catalog_is_archived(desk: Desk) -> None:
    id = desk.upload(
        "Name,Email\nGrace Hopper,grace@example.com\nAlan Turing,alan@example.com\n", kind="customers"
    )
    made = {
        each["attributes"]["email"]: each
        for each in desk.client.get("/api/v1/customers", filter_search="a").data
    }
    alan = made["alan@example.com"]["id"]
    body = {"data": {"type": "customers", "id": alan, "attributes": {"company": "NPL"}}}
    assert desk.client.call("PATCH", f"/api/v1/customers/{alan}", body).status == 200
    undo = desk.undo(id)
    assert (undo["undone"], undo["left"]) == (1, {"changed": 1})
    assert undo["left_items"] == [{"id": alan, "reason": "changed"}]


@pytest.mark.parametrize(
    ("attributes", "refused"),
    [
        ({}, [("invalid_value", "name"), ("invalid_value", "size")]),
        ({"name": "week.docx", "size": 1}, [("unknown_file_type", "name")]),
        ({"name": "a/week.csv", "size": 1}, [("invalid_value", "name")]),
        ({"name": "week.csv", "size": 0}, [("invalid_value", "size")]),
        ({"name": "week.csv", "size": 1_000_000_001}, [("invalid_value", "size")]),
        ({"name": "week.csv", "size": "12"}, [("invalid_value", "size")]),
        ({"name": "week.csv", "size": 1, "kind": "cats"}, [("invalid_value", "kind")]),
        ({"name": "week.csv", "size": 1, "options": {"dry": True}}, [("invalid_value", "options/dry")]),
        ({"name": "week.csv", "size": 1, "mapping": {"past": "maybe"}}, [("invalid_value", "mapping")]),
        # More than an item of DynamoDB may have, which was 500.
        (
            {"name": "week.csv", "size": 1, "mapping": {"values": {"status": {"a" * 900_000: "b"}}}},
            [("invalid_value", "mapping")],
        ),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_uploaded(
    desk: Desk, attributes: dict[str, Any], refused: list[tuple[str, str]]
) -> None:
    answer = desk.begin(**attributes)
    assert answer.status == 422
    assert answer.refusals == [(code, f"/data/attributes/{at}") for code, at in refused]
    assert desk.client.get(PATH).data == []


def test_the_same_key_begins_one_import(desk: Desk) -> None:
    key = {"Idempotency-Key": "week-16"}
    first, again = (desk.begin(key, name="week.csv", size=7) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.data["id"] == again.data["id"]
    assert "Idempotency-Replayed" in again.headers
    assert again.data["attributes"]["upload"]
    other = desk.begin(key, name="week.csv", size=8)
    assert (other.status, other.refusals[0][0]) == (422, "idempotency_key_reused")


def test_options_and_mapping_hold_for_the_rows(desk: Desk) -> None:
    content = CSV.replace("Room;", "Where;")
    mapping = {"columns": {"Where": "resource"}}
    id = desk.upload(content, mapping=mapping, options={"report_to": "desk@example.com"}, dry_run=True)
    run = desk.read(id)
    assert (run["dry_run"], run["created"], run["read"]["columns"]["Where"]) == (True, 2, "resource")
    assert "To: desk@example.com" in desk.on.mails()[-1]
    assert desk.orders(id) == []
    answer = desk.client.call("POST", f"{PATH}/{id}/undo")
    assert (answer.status, answer.refusals[0][0]) == (409, "import_was_dry")


def test_a_file_that_is_refused_whole_is_told_to_whom_it_may_concern(desk: Desk) -> None:
    id = desk.upload("Nothing\nat all\n", options={"report_to": "desk@example.com"})
    assert desk.read(id)["status"] == "refused"
    assert "To: desk@example.com" in desk.on.mails()[-1]
    assert desk.undo(id)["undone"] == 0


def test_an_import_that_waits_for_its_file_has_no_results_and_nothing_to_be_taken_back(desk: Desk) -> None:
    id = desk.begin(name="week.csv", size=7).data["id"]
    for method, path in (("GET", "results"), ("POST", "undo")):
        answer = desk.client.call(method, f"{PATH}/{id}/{path}")
        assert (answer.status, answer.refusals[0][0]) == (409, "import_not_ended")


def test_one_whose_file_never_came_is_over(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id = desk.begin(name="week.csv", size=7).data["id"]
    now = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda clock: now(clock) + 86_400)
    assert (desk.read(id)["status"], desk.read(id)["upload"]) == ("expired", None)


def test_an_upload_whose_event_was_lost_is_taken_up_by_the_schedule(desk: Desk) -> None:
    begun = desk.begin(name="week.csv", size=len(CSV))
    desk.put(begun, CSV.encode())
    assert [run["run_id"] for run in desk.execute({})] == [begun.data["id"]]
    assert desk.read(begun.data["id"])["status"] == "completed"
    assert desk.execute({}) == []


def test_what_nobody_has_announced_is_not_imported(desk: Desk) -> None:
    stranger = run_id(1, "e", ORGANIZATION.id, "week.csv", "")
    desk.s3.put_object(Bucket=BUCKET, Key=f"uploads/{ORGANIZATION.id}/{stranger}/week.csv", Body=CSV.encode())
    desk.s3.put_object(Bucket=BUCKET, Key=f"uploads/{ORGANIZATION.id}/week.csv", Body=CSV.encode())
    assert desk.execute({}) == []


def test_an_upload_that_was_interrupted_is_tried_again_as_another_run(desk: Desk) -> None:
    begun = desk.begin(name="week.csv", size=len(CSV), options={"check_availability": False})
    key = desk.put(begun, CSV.encode())
    found = load_event("plan_import") | {
        "execution": f"{IMPORTS.replace('stateMachine', 'execution')}:gone",
        "input": {"detail": {"object": {"key": key}}},
    }
    [run] = desk.on.invoke("plan_import", found)["runs"]
    assert run["run_id"] == begun.data["id"]
    [other] = desk.execute({})
    assert desk.read(run["run_id"])["status"] == "failed"
    assert desk.read(other["run_id"])["created"] == 3, "with the options that it was announced with"


def test_results_are_there_for_a_file_that_is_no_table(desk: Desk) -> None:
    rows = [{"external_id": str(n), "bookings": [meeting()], "order_customer_id": ADA.id} for n in (1, 2)]
    id = desk.upload("".join(json.dumps(row) + "\n" for row in rows), name="week.jsonl")
    lines = desk.results(id, "text/csv").decode("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines] == [["Line", "External id"], ["1", "1"], ["2", "2"]]
    assert [line.split(",")[3] for line in lines] == ["Result", "created", "refused"]


def test_other_orders_of_the_same_time_are_not_the_imports(desk: Desk) -> None:
    body = order(meeting(NINE + timedelta(days=9)), notify_customer=False)
    before = desk.client.call("POST", "/api/v1/orders/from-config", body).data["id"]
    id = desk.upload(CSV)
    after = order(meeting(NINE + timedelta(days=10)), notify_customer=False)
    desk.client.call("POST", "/api/v1/orders/from-config", after)
    answer = desk.client.get("/api/v1/orders", filter_import=id)
    assert before not in answer.ids
    assert (len(answer.ids), answer.document["meta"]["page"]["total"]) == (2, 2)
    assert desk.orders(id, filter_customer=ADA.id) == desk.orders(id, filter_email=ADA.email) != []
    assert desk.orders("20260101T000000-0123456789ab") == []
    assert desk.orders("nonsense") == []


def test_who_may_not_import_may_do_nothing_of_it(desk: Desk) -> None:
    id = desk.upload(CSV)
    reader = Client(desk.on, token_of(ORGANIZATION.id, "orders:write", "orders:read", "catalog:write"))
    for method, path, body in (
        ("POST", PATH, announced(name="week.csv", size=1)),
        ("GET", f"{PATH}/{id}/results", None),
        ("POST", f"{PATH}/{id}/undo", None),
    ):
        assert reader.call(method, path, body).status == 403


def test_a_copy_under_another_name_is_held_back_only_where_it_would_book_twice(desk: Desk) -> None:
    # It has created nothing yet.
    unknown = CSV.replace(ROOM.name, "Nowhere")
    assert desk.read(desk.upload(unknown, name="a.csv"))["refused"] == 3
    assert desk.read(desk.upload(unknown, name="b.csv"))["status"] == "completed"
    first = desk.upload(CSV, name="a.csv")
    held = desk.read(desk.upload(CSV, name="b.csv"))
    assert (held["status"], held["problem"]["code"]) == ("refused", "imported_before")
    assert desk.read(desk.upload(CSV, name="b.csv", dry_run=True))["status"] == "refused"
    assert desk.read(desk.upload(CSV, name="b.csv", again=True))["refused"] == 3, "the slots are taken"
    desk.undo(first)
    assert desk.read(desk.upload(CSV, name="c.csv"))["created"] == 2
    # Rows of the catalog find their items by name or address.
    people = "Name,Email\nGrace Hopper,grace@example.com\n"
    assert desk.read(desk.upload(people, name="a.csv", kind="customers"))["unchanged"] == 1
    assert desk.read(desk.upload(people, name="b.csv", kind="customers"))["unchanged"] == 1


def test_a_copy_is_held_back_if_some_of_its_rows_have_no_id(desk: Desk) -> None:
    """Walk-ins have no number in the other system. The numbered rows would be found again, the others booked twice."""
    rows = "Booking number;Room;Service;Start;End;Name\n" + "".join(
        f"{number};Meeting Room 1;Meeting;2031-04-15 {hour}:00;2031-04-15 {hour + 1}:00;Nora Beispiel\n"
        for number, hour in (("B-7", 9), ("", 11))
    )
    assert desk.read(desk.upload(rows, name="monday.csv"))["created"] == 2
    held = desk.read(desk.upload(rows, name="tuesday.csv"))
    assert (held["status"], held["problem"]["code"]) == ("refused", "imported_before")
    more = rows + "B-8;Meeting Room 1;Meeting;2031-04-15 13:00;2031-04-15 14:00;Nora Beispiel\n"
    assert desk.read(desk.upload(more, name="tuesday.csv"))["problem"]["code"] == "imported_before"
    assert desk.read(desk.upload(more, name="monday.csv"))["created"] == 1
    numbered = "\n".join(more.splitlines()[i] for i in (0, 1, 3))
    assert desk.read(desk.upload(numbered, name="tuesday.csv"))["unchanged"] == 2


def walk_ins(*hours: int, room: str = DESKS.name) -> str:
    """Rows for a resource with room for a repetition."""
    rows = (f"{room};{DESK.name};15.04.2031;{hour}:00;{hour + 1}:00" for hour in hours)
    return "\n".join(["Room;Service;Date;Start;End", *rows]) + "\n"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_corrected_file_with_results_is_not_booked_twice_under_the_name_of_the_download(
    desk: Desk, form: str
) -> None:
    """Browsers save a second download as "week (1).csv", and the results of a workbook are also a CSV file."""
    content: str | bytes = walk_ins(9, 10, 11) + walk_ins(12, room="Nowhere").splitlines()[1]
    if form == "xlsx":
        day, rooms = date(2031, 4, 15), [DESKS.name] * 3 + ["Nowhere"]
        rows = [[room, DESK.name, day, time(9 + n), time(10 + n)] for n, room in enumerate(rooms)]
        content = workbook([["Room", "Service", "Date", "Start", "End"], *rows])
    first = desk.upload(content, name=f"week.{form}")
    assert (desk.read(first)["created"], desk.read(first)["refused"]) == (3, 1)
    corrected = desk.results(first, "text/csv").decode("utf-8-sig").replace("Nowhere", DESKS.name, 1)
    held = desk.read(desk.upload(corrected, name="week (1).csv"))
    assert (held["status"], held["problem"]["code"]) == ("refused", "imported_before")
    assert f"week.{form}" in held["problem"]["detail"]
    if form == "csv":
        found = desk.read(desk.upload(corrected, name="week.csv"))
        assert (found["created"], found["unchanged"]) == (1, 3)
    assert desk.read(desk.upload(corrected, name="week (1).csv", again=True))["created"] == 4
    desk.audited()


def test_a_file_that_was_imported_anyway_is_continued_under_its_own_name(desk: Desk) -> None:
    """Its rows find their own bookings, so it is no copy any more of the file that it once was a copy of."""
    assert desk.read(desk.upload(walk_ins(9, 10, 11), name="monday.csv"))["created"] == 3
    assert desk.read(desk.upload(walk_ins(9, 10, 11), name="tuesday.csv", again=True))["created"] == 3
    assert desk.read(desk.upload(walk_ins(9, 10, 11), name="tuesday.csv"))["unchanged"] == 3
    found = desk.read(desk.upload(walk_ins(9, 10, 11, 12), name="tuesday.csv"))
    assert (found["created"], found["unchanged"]) == (1, 3)
    # Its own bookings are one of four rows. The others would be booked twice.
    assert desk.read(desk.upload(walk_ins(13, 14, 15), name="monday.csv"))["created"] == 3
    assert desk.read(desk.upload(walk_ins(12, 13, 14, 15), name="tuesday.csv"))["status"] == "refused"


def test_a_copy_is_found_however_often_the_first_file_was_undone(desk: Desk) -> None:
    for _ in range(2):
        desk.undo(desk.upload(walk_ins(9, 10), name="monday.csv"))
    assert desk.read(desk.upload(walk_ins(9, 10), name="monday.csv"))["created"] == 2
    assert desk.read(desk.upload(walk_ins(9, 10, 11), name="tuesday.csv"))["status"] == "refused"


def test_what_a_later_run_only_found_is_not_booked_any_more_after_an_undo(desk: Desk) -> None:
    first = desk.upload(walk_ins(9, 10), name="monday.csv")
    assert desk.read(desk.upload(walk_ins(9, 10), name="monday.csv"))["unchanged"] == 2
    desk.undo(first)
    assert desk.read(desk.upload(walk_ins(9, 10), name="tuesday.csv"))["created"] == 2


def test_a_small_part_of_a_large_file_is_a_copy(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample of a large file may have no row of a small part. It says nothing then."""
    monkeypatch.setattr(pieces, "SAMPLE", 2)
    desk.upload(walk_ins(*range(9, 17)), name="april.csv")
    parts = [desk.upload(walk_ins(hour), name=f"{hour}.csv", dry_run=True) for hour in range(9, 20)]
    assert [desk.read(each)["status"] for each in parts] == ["refused"] * 8 + ["completed"] * 3


def test_of_many_similar_files_the_surest_are_compared(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each comparison reads the orders of up to 64 rows."""
    monkeypatch.setattr(pieces, "SAMPLE", 2)
    monkeypatch.setattr(plan, "MAX_COMPARED", 1)
    read, asked = DynamoStore.read, list[int]()

    def counting(self: DynamoStore, context: Context, keys: Any, **how: Any) -> Any:
        keys = list(keys)
        asked.append(len([key for key in keys if key.kind == "order"]))
        return read(self, context, keys, **how)

    desk.upload(walk_ins(9), name="first.csv")
    # Samples of large files say nothing about a single row, except of the rows with the smallest digests.
    for number in range(3):
        large = walk_ins(*range(10, 20)).replace("15.04.2031", f"{16 + number}.04.2031")
        assert desk.read(desk.upload(large, name=f"{number}.csv"))["created"] == 10
    monkeypatch.setattr(DynamoStore, "read", counting)
    assert desk.read(desk.upload(walk_ins(9), name="second.csv", dry_run=True))["status"] == "refused"
    # Its own name. A file that has just created the same row needs no look-up.
    assert sum(asked) == 1
    asked.clear()
    assert desk.read(desk.upload(walk_ins(20), name="third.csv", dry_run=True))["created"] == 1
    # Its own name, the one file that is compared, and the dry run itself.
    assert sum(asked) == 3


def test_rows_that_are_not_booked_yet_are_no_copies(desk: Desk) -> None:
    refused = walk_ins(9, 10, 11, room="Nowhere").splitlines()[1:]
    first = desk.upload(walk_ins(9, 10, 11) + "\n".join(refused), name="week.csv")
    assert (desk.read(first)["created"], desk.read(first)["refused"]) == (3, 3)
    # The refused rows alone, after a room of this name was added.
    rest = walk_ins(9, 10, 11, room="Nowhere")
    assert desk.read(desk.upload(rest, name="rest.csv"))["refused"] == 3
    # Fewer than half of these were booked from the other file.
    assert desk.read(desk.upload(walk_ins(9, 13, 14), name="new.csv"))["created"] == 3
    assert desk.read(desk.upload(walk_ins(10, 11, 15), name="old.csv"))["status"] == "refused"
    desk.undo(first)
    assert desk.read(desk.upload(walk_ins(10, 11, 15), name="old.csv"))["created"] == 3
    assert desk.read(desk.upload(walk_ins(9, 10, 11) + "\n".join(refused), name="week.csv"))["created"] == 3
    assert desk.read(desk.upload(walk_ins(10, 11, 16), name="old2.csv"))["status"] == "refused"


def test_a_booking_has_the_id_of_its_row_and_is_found_by_it(desk: Desk) -> None:
    """No list has it, because the order's id derives from it. An id that the desk sets later is in a list."""
    rows = "Booking number;Room;Service;Start;End;Name\nB-7;Meeting Room 1;Meeting;2031-04-15 09:00;2031-04-15 10:00;Nora Beispiel\n"
    first = desk.upload(rows)

    def found(external_id: str) -> list[Any]:
        return list(desk.client.get("/api/v1/bookings", filter_external_id=external_id).data)

    [booking] = found("B-7")
    assert booking["attributes"]["external_id"] == "B-7"
    assert found("B-8") == []
    desk.undo(first)
    assert [each["id"] for each in found("B-7")] == [booking["id"]]
    desk.upload(rows, again=True)
    again, before = found("B-7")
    assert (before["id"], again["attributes"]["status"]) == (booking["id"], "accepted")
    for name in ("B-8", "B-7"):
        body = {"data": {"type": "bookings", "id": again["id"], "attributes": {"external_id": name}}}
        assert desk.client.call("PATCH", f"/api/v1/bookings/{again['id']}", body).status == 200
        others = [booking["id"]] if name == "B-7" else []
        assert [each["id"] for each in found(name)] == [again["id"], *others]
    desk.audited()


def test_imports_with_the_largest_mappings_are_listed_as_far_as_they_are_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of them have 80 MB. The list said nothing of them, and read all."""
    mapping = {"values": {"status": {"a" * 70_000: "b"}}}
    for _ in range(3):
        assert desk.begin(name="week.csv", size=7, mapping=mapping).status == 201
    whole = desk.client.get(PATH)
    assert (len(whole.data), whole.document["meta"].get("capped")) == (3, None)
    monkeypatch.setattr(imports, "MAX_RECENT_BYTES", 150_000)
    cut = desk.client.get(PATH)
    assert (len(cut.data), cut.document["meta"]["capped"]) == (2, True)
    monkeypatch.setattr(ending, "MAX_RECENT", 1)
    assert len(desk.client.get(PATH).data) == 1


def test_an_organization_has_so_many_open_imports_at_most(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MAX_OPEN", 4)
    own, clock = ORGANIZATION.id, SystemClock(10**12)

    def open_ones(since: int = 0) -> list[str]:
        return list(world().runs.unfinished(Context(own, clock), since))

    key = {"Idempotency-Key": "the-first-of-four"}
    first = desk.begin(key, name="first.csv", size=len(CSV))
    begun = [desk.begin(name=f"{n}.csv", size=len(CSV)) for n in range(3)]
    assert sorted(open_ones()) == sorted(each.data["id"] for each in (first, *begun))
    refused = desk.begin(name="more.csv", size=1)
    assert (refused.status, refused.refusals) == (429, [("too_many_imports", None)])
    assert refused.headers["Retry-After"] == "60"
    # Imports announced before go on. Another organization has its own limit.
    again = desk.begin(key, name="first.csv", size=len(CSV))
    assert (again.status, again.data["id"]) == (201, first.data["id"])
    assert list(world().runs.unfinished(Context("another", clock), 0)) == []

    desk.execute({"detail": {"object": {"key": desk.put(begun[0], CSV.encode())}}})
    assert desk.client.get(f"{PATH}/{begun[0].data['id']}").data["attributes"]["status"] == "completed"
    assert len(open_ones()) == 3
    assert desk.begin(name="more.csv", size=1).status == 201
    # An announcement whose upload can no longer begin does not count.
    assert open_ones(clock.now() + 1) == []


def test_announcements_count_as_long_as_their_upload_may_begin(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MAX_OPEN", 1)
    assert desk.begin(name="old.csv", size=1).status == 201
    monkeypatch.setattr(upload, "UPLOAD_WITHIN", -1)
    assert desk.begin(name="new.csv", size=1).status == 201


@pytest.mark.parametrize(("most", "forms"), [(len(CSV), {"csv", "xlsx"}), (len(CSV) - 1, {"csv"})])
def test_a_large_file_comes_back_as_text_only(
    desk: Desk, most: int, forms: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gigabyte of cells with a digit each is half a billion cells: as a workbook, more than an hour of work."""
    monkeypatch.setattr(marked, "MAX_SHEET_BYTES", most)
    id = desk.upload(CSV, dry_run=True)
    run = world().runs.run(Context(ORGANIZATION.id, SystemClock(10**12)), id)
    assert run is not None
    assert {*run.forms} == forms
