"""Exports through the functions: requested, made and downloaded. What is in the file, and who may see it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.access import read_token
from frontdesk.domain.exports.export import LOST_WAITING, MAX_OPEN
from frontdesk.usecases.context import Context
from tests.integration.client import Client, token_of
from tests.integration.conftest import MotoWorld, new_moto_world
from tests.integration.test_metrics import told
from tests.support.demo import (
    ADA,
    COFFEE,
    DESKS,
    MEETING,
    NINE,
    ORGANIZATION,
    ROOM,
    SUMMER20,
    desks,
    meeting,
    order,
)
from tests.support.exports import EXPORTS, document, exported, file_of, rows_of, table_of

CLOCK = SystemClock(600)
ORDERS = "/api/v1/orders"


@pytest.fixture(scope="module")
def world_of_all() -> Iterator[MotoWorld]:
    with new_moto_world() as made:
        yield made


@pytest.fixture(scope="module")
def client(world_of_all: MotoWorld) -> Client:
    return Client(world_of_all, world_of_all.demo["token"])


@pytest.fixture(scope="module")
def own(world_of_all: MotoWorld) -> str:
    return world_of_all.demo["organization_id"]


@pytest.fixture(scope="module")
def sold(client: Client) -> list[Any]:
    """Two orders, one with a voucher, add-ons, and a note that a spreadsheet would take for a formula."""
    first = meeting(note="=1+1", booking_add_ons=[{"add_on_id": COFFEE.id, "quantity": 3}])
    bodies = [order(first, desks(2), voucher_code=SUMMER20.code), order(meeting(NINE.replace(hour=12)))]
    answers = [client.call("POST", f"{ORDERS}/from-config", body) for body in bodies]
    assert [answer.status for answer in answers] == [201, 201]
    return [answer.data for answer in answers]


def test_an_export_is_asked_for_and_fetched_by_a_link(client: Client, sold: list[Any], own: str) -> None:
    asked = client.call("POST", EXPORTS, document(kind="bookings"))
    assert (asked.status, asked.data["attributes"]["status"]) == (201, "pending")
    assert asked.headers["Location"].endswith(f"{EXPORTS}/{asked.data['id']}")
    assert asked.data["attributes"]["download_url"] is None
    assert client.on.make_exports() == 1
    found = client.get(f"{EXPORTS}/{asked.data['id']}").data["attributes"]
    assert (found["status"], found["rows"], found["requested_by"]) == ("completed", 3, "demo")
    assert f"/exports/{own}/{asked.data['id']}/" in found["download_url"]
    assert "X-Amz-Expires=900" in found["download_url"]
    assert found["bytes"] == len(file_of(found | {"id": asked.data["id"]}, own))
    [listed, *_] = client.get(EXPORTS).data
    assert (listed["id"], listed["attributes"]["download_url"]) == (asked.data["id"], None)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_lines_come_to_what_their_orders_cost(client: Client, sold: list[Any], own: str, form: str) -> None:
    made = exported(client, kind="lines", format=form)
    rows = rows_of(made, own)
    assert len(rows) == 4
    for placed in sold:
        amounts = placed["attributes"]
        of = [row for row in rows if row["number"] == amounts["number"]]
        for column, name in (
            ("gross", "total"),
            ("net", "net_amount"),
            ("tax", "tax_amount"),
            ("discount", "discount_amount"),
        ):
            assert sum(Decimal(str(row[column])) for row in of) * 100 == amounts[name], column


def test_numbers_stay_numbers_and_texts_are_no_formulas(client: Client, sold: list[Any], own: str) -> None:
    for form in ("csv", "xlsx"):
        rows = rows_of(exported(client, kind="bookings", columns=["note", "price"], format=form), own)
        assert [row["note"] for row in rows if row["note"]] == ["'=1+1"]
        assert isinstance(rows[0]["price"], str if form == "csv" else float)


def test_a_german_file_is_as_german_spreadsheets_open_it(client: Client, sold: list[Any], own: str) -> None:
    made = exported(client, kind="lines", language="de", columns=["number", "gross", "tax_rate"])
    header, *rows = file_of(made, own).decode("utf-8-sig").split("\r\n")
    assert header == "Auftragsnummer;Brutto;Steuersatz"
    assert ["40,00", "19"] in [row.split(";")[1:] for row in rows]


def test_columns_come_in_the_order_that_is_asked_for(client: Client, sold: list[Any], own: str) -> None:
    made = exported(client, kind="orders", columns=["gross", "number"])
    assert table_of(made, own)[0] == ["Gross", "Order number"]
    assert {row["number"] for row in rows_of(made, own)} == {each["attributes"]["number"] for each in sold}


@pytest.mark.parametrize(
    ("kind", "filters", "rows"),
    [
        ("bookings", {"resource": ROOM.id}, 2),
        ("bookings", {"resource": DESKS.id, "status": ["confirmed"]}, 1),
        ("bookings", {"status": "canceled"}, 0),
        ("lines", {"service": MEETING.id}, 3),
        ("orders", {"customer": ADA.id, "status": "completed"}, 2),
        ("orders", {"import": "20260101T000000-0123456789ab"}, 0),
        ("customers", {}, 2),
        ("customers", {"archived": True}, 0),
    ],
)
def test_filters(client: Client, sold: list[Any], own: str, kind: str, filters: Any, rows: int) -> None:
    made = exported(client, kind=kind, filters=filters)
    assert (made["rows"], len(rows_of(made, own))) == (rows, rows)


@pytest.mark.parametrize(
    ("period", "rows"),
    [
        ({"start": "2030-04-15", "end": "2030-04-15"}, 3),
        ({"start": "2030-04-16", "end": "2030-05-31"}, 0),
        ({"start": "2030-03-01", "end": "2030-04-14"}, 0),
        ({"start": "2199-06-01"}, 0),
        ({"end": "1971-03-01"}, 0),
    ],
)
def test_bookings_of_a_period_are_those_that_begin_in_it(
    client: Client, sold: list[Any], own: str, period: Any, rows: int
) -> None:
    assert exported(client, kind="bookings", period=period)["rows"] == rows


def test_the_days_of_a_period_are_those_of_its_zone(client: Client, sold: list[Any]) -> None:
    """At nine in Berlin, it is still the previous day in Honolulu."""
    for zone, rows in (("Europe/Berlin", 0), ("Pacific/Honolulu", 2)):
        period = {"start": "2030-04-14", "end": "2030-04-14"}
        assert exported(client, kind="bookings", period=period, timezone=zone)["rows"] == rows


def test_the_same_request_makes_one_export(client: Client, sold: list[Any]) -> None:
    key = {"Idempotency-Key": "one-export"}
    first, again = (client.call("POST", EXPORTS, document(kind="orders"), headers=key) for _ in range(2))
    assert (first.status, again.status, again.headers.get("Idempotency-Replayed")) == (201, 201, "true")
    assert first.data["id"] == again.data["id"]
    other = client.call("POST", EXPORTS, document(kind="lines"), headers=key)
    assert other.refusals == [("idempotency_key_reused", "Idempotency-Key")]
    client.on.make_exports()
    assert (
        client.call("POST", EXPORTS, document(kind="orders"), headers=key).data["attributes"]["status"]
        == "completed"
    )
    assert client.on.make_exports() == 0


@pytest.mark.parametrize(
    ("attributes", "refusals"),
    [
        ({}, [("invalid_value", "/data/attributes/kind")]),
        ({"kind": "ledgers"}, [("invalid_value", "/data/attributes/kind")]),
        ({"kind": "lines", "columns": ["gross", "margin"]}, [("invalid_value", "/data/attributes/columns/1")]),
        ({"kind": "lines", "columns": ["gross", "gross"]}, [("invalid_value", "/data/attributes/columns/1")]),
        ({"kind": "customers", "filters": {"resource": "x"}}, [("unknown_field", "/data/attributes/filters/resource")]),
        ({"kind": "orders", "filters": {"status": ["paid"]}}, [("invalid_value", "/data/attributes/filters/status")]),
        ({"kind": "orders", "filters": {"paid": True}}, [("unknown_field", "/data/attributes/filters/paid")]),
        ({"kind": "orders", "timezone": "Berlin"}, [("invalid_value", "/data/attributes/timezone")]),
        ({"kind": "orders", "format": "pdf"}, [("invalid_value", "/data/attributes/format")]),
        ({"kind": "orders", "period": {"start": "2030-04-15T09:00"}}, [("invalid_value", "/data/attributes/period/start")]),
        ({"kind": "orders", "period": {"start": "2030-02-30"}}, [("invalid_value", "/data/attributes/period/start")]),
        (
            {"kind": "orders", "period": {"start": "2030-04-15", "end": "2030-04-14"}},
            [("end_before_start", "/data/attributes/period/end")],
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(client: Client, attributes: Any, refusals: Any) -> None:
    answer = client.call("POST", EXPORTS, document(**attributes))
    assert (answer.status, answer.refusals) == (422, refusals)


def test_an_export_shows_no_more_than_the_token_may_read(client: Client, sold: list[Any], own: str) -> None:
    """A token that reads orders sees contact data. Customers with the notes of staff require `catalog:read`."""
    clerk = Client(client.on, token_of(own, "exports:write", "exports:read", "orders:read"))
    for kind in ("bookings", "orders", "lines"):
        assert "notes" not in exported(clerk, kind=kind)["columns"]
    keeper = Client(client.on, token_of(own, "exports:write", "exports:read", "catalog:read"))
    assert "notes" in exported(keeper, kind="customers")["columns"]
    for who, kind in ((clerk, "customers"), (keeper, "bookings"), (keeper, "orders"), (keeper, "lines")):
        refused = who.call("POST", EXPORTS, document(kind=kind))
        assert (refused.status, refused.refusals) == (403, [("unauthorized", "/data/attributes/kind")])


def test_a_link_is_for_who_may_read_what_is_in_the_file(client: Client, sold: list[Any], own: str) -> None:
    of_all = exported(client, kind="orders")["id"]
    for scopes, has_link in (
        (["exports:read", "orders:read"], True),
        (["exports:read", "catalog:read"], False),
        (["exports:read"], False),
    ):
        found = Client(client.on, token_of(own, *scopes)).get(f"{EXPORTS}/{of_all}").data["attributes"]
        assert (found["download_url"] is not None) is has_link


def test_who_took_data_out_is_in_the_audit_log(client: Client) -> None:
    asked = client.call("POST", EXPORTS + "?reason=tax+advisor", document(kind="customers"))
    [entry] = client.get("/api/v1/audit-log", filter_subject=asked.data["id"]).data
    told = entry["attributes"]
    assert (told["action"], told["actor"]["name"], told["reason"]) == ("created", "demo", "tax advisor")
    assert entry["relationships"]["subject"]["data"] == {"type": "exports", "id": asked.data["id"]}
    client.on.make_exports()


def test_one_that_is_not_there(client: Client) -> None:
    for id in ("20260101T000000-0123456789ab", "nonsense"):
        assert client.get(f"{EXPORTS}/{id}").refusals == [("export_not_found", None)]


def test_a_message_that_was_lost_is_sent_by_the_same_request(client: Client) -> None:
    """The function may have died between storing the export and sending its message."""
    key = {"Idempotency-Key": "lost-message"}
    client.call("POST", EXPORTS, document(kind="orders"), headers=key)
    boto3.client("sqs").purge_queue(QueueUrl=client.on.exports_queue_url)
    assert client.on.make_exports() == 0
    client.call("POST", EXPORTS, document(kind="orders"), headers=key)
    assert client.on.make_exports() == 1


def test_an_organization_has_ten_open_exports_at_most(client: Client, own: str) -> None:
    client.on.make_exports()

    def open_ones() -> list[str]:
        return list(world().exports.unfinished(Context(own, CLOCK)))

    assert open_ones() == []
    key = {"Idempotency-Key": "the-first-of-ten"}
    first = client.call("POST", EXPORTS, document(kind="orders"), headers=key)
    for _ in range(MAX_OPEN - 1):
        assert client.call("POST", EXPORTS, document(kind="orders")).status == 201
    assert len(open_ones()) == MAX_OPEN
    refused = client.call("POST", EXPORTS, document(kind="orders"))
    assert (refused.status, refused.refusals) == (429, [("too_many_exports", None)])
    assert refused.headers["Retry-After"] == "60"
    # Exports requested before are made. Another organization has its own limit.
    again = client.call("POST", EXPORTS, document(kind="orders"), headers=key)
    assert (again.status, again.data["id"]) == (201, first.data["id"])
    assert list(world().exports.unfinished(Context("another", CLOCK))) == []
    client.on.make_exports()
    assert open_ones() == []
    assert client.call("POST", EXPORTS, document(kind="orders")).status == 201
    client.on.make_exports()


def test_exports_of_one_organization_do_not_hold_up_those_of_others(client: Client, own: str) -> None:
    """Two functions serve all organizations. A standard queue is fair to its message groups."""
    client.on.make_exports()
    assert client.call("POST", EXPORTS, document(kind="orders")).status == 201
    asked = {"QueueUrl": client.on.exports_queue_url, "VisibilityTimeout": 0}
    found = boto3.client("sqs").receive_message(**asked, MessageSystemAttributeNames=["MessageGroupId"])
    assert found["Messages"][0]["Attributes"]["MessageGroupId"] == own
    client.on.make_exports()


def test_the_hourly_sweep_marks_what_was_lost_and_tells_it(
    client: Client, own: str, capfd: pytest.CaptureFixture[str]
) -> None:
    context = Context(own, CLOCK)
    asked = client.call("POST", EXPORTS, document(kind="orders"))
    seen = world().exports.export(context, asked.data["id"])
    assert seen is not None
    old = seen.model_copy(update={"updated_at": seen.updated_at - LOST_WAITING, "version": 2})
    assert world().exports.change(context, seen, old)
    capfd.readouterr()
    for counted in (1.0, 0.0):
        client.on.invoke("make_export", {})
        assert [line["ExportsFailed"] for line in told(capfd)] == [[counted]]
    found = client.get(f"{EXPORTS}/{asked.data['id']}").data["attributes"]
    assert (found["status"], found["problem"]["code"]) == ("failed", "export_failed")
    assert world().exports.export(context, asked.data["id"]).status == "failed"  # type: ignore[union-attr]
    assert list(world().exports.unfinished_everywhere(CLOCK)) == []
    client.on.make_exports()


def test_an_export_of_a_token_that_was_revoked_is_not_made(client: Client, sold: list[Any]) -> None:
    """It waited in the queue, and collected everything with the scopes that the token had had."""
    token = token_of(ORGANIZATION.id, "exports:write", "orders:read")
    id = Client(client.on, token).call("POST", EXPORTS, document(kind="bookings")).data["id"]
    presented = read_token(token)
    assert presented
    key = {"pk": {"S": f"{ORGANIZATION.id}#token#{presented.digest}"}, "sk": {"S": "token"}}
    boto3.client("dynamodb").delete_item(TableName=client.on.table_name, Key=key)
    client.on.make_exports()
    export = client.get(f"{EXPORTS}/{id}").data["attributes"]
    assert (export["status"], export["problem"]["code"]) == ("failed", "unauthorized")
    assert "revoked" in export["problem"]["detail"]
