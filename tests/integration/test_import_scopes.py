"""An import may do no more than the token that announced it: prices and the catalog have their own scopes."""

import json
from typing import Any

import pytest

from frontdesk.domain.catalog.access import read_token
from frontdesk.usecases.imports import plan as plan_module
from tests.integration.client import Client, token_of
from tests.integration.conftest import MotoWorld
from tests.integration.test_import_uploads import PATH, Desk
from tests.support.demo import ADA, MEETING, ORGANIZATION, ROOM, meeting
from tests.support.dynamodb import engine_of
from tests.support.permissions import BUCKET

PEOPLE = "Name,Email\nGrace Hopper,grace@example.com\n"
PRICED = (
    "Room,Service,Start,Duration,Email,Price\n"
    f"{ROOM.name},{MEETING.name},2031-04-15 09:00,60,{ADA.email},1.00\n"
    f"{ROOM.name},{MEETING.name},2031-04-15 10:00,60,{ADA.email},\n"
)
LINES = json.dumps({"bookings": [meeting()], "order_customer_id": ADA.id, "price": 100}) + "\n"


def desk_with(on: MotoWorld, *scopes: str) -> Desk:
    desk = Desk(on)
    desk.client = Client(on, token_of(ORGANIZATION.id, "imports:write", *scopes))
    return desk


@pytest.mark.parametrize("dry", [True, False])
@pytest.mark.parametrize(
    ("name", "content", "rows"), [("week.csv", PRICED, (1, 1)), ("week.jsonl", LINES, (0, 1))]
)
def test_a_price_needs_its_scope(
    moto_world: MotoWorld, name: str, content: str, rows: tuple[int, int], dry: bool
) -> None:
    alone = desk_with(moto_world)
    refused = alone.read(alone.upload(content, name=name, dry_run=dry))
    assert (refused["created"], refused["refused"], refused["errors"]) == (*rows, {"unauthorized": 1})
    if name == "week.csv":
        assert [(each["column"], each["lines"]) for each in refused["problems"]] == [("Price", [2])]
    priced = desk_with(moto_world, "orders:price")
    run = priced.read(priced.upload(content, name=name, dry_run=dry))
    assert (run["refused"], run["errors"]) == (0, {})


@pytest.mark.parametrize("kind", ["customers", "resources", "services"])
def test_who_may_not_change_the_catalog_cannot_announce_a_file_that_does(
    moto_world: MotoWorld, kind: str
) -> None:
    desk = desk_with(moto_world, "orders:price")
    for asked in ({"kind": kind}, {"mapping": {"kind": kind}}):
        answer = desk.begin(name="people.csv", size=9, **asked)
        assert (answer.status, answer.refusals) == (
            403,
            [("unauthorized", f"/data/attributes/{next(iter(asked))}")],
        )
    assert desk.client.get(PATH).data == []
    assert desk.begin(name="week.csv", size=9, kind="bookings").status == 201
    assert desk_with(moto_world, "catalog:write").begin(name="people.csv", size=9, kind=kind).status == 201


def test_a_file_that_turns_out_to_be_of_the_catalog_is_refused(moto_world: MotoWorld) -> None:
    desk = desk_with(moto_world)
    run = desk.read(desk.upload(PEOPLE, name="people.csv"))
    assert (run["status"], run["problem"]["code"]) == ("refused", "unauthorized")
    allowed = desk_with(moto_world, "catalog:write")
    assert allowed.read(allowed.upload(PEOPLE, name="people.csv"))["created"] == 1


def test_who_may_write_to_the_bucket_may_do_all(moto_world: MotoWorld) -> None:
    desk = Desk(moto_world)
    for name, content in (("week.csv", PRICED), ("people.csv", PEOPLE)):
        desk.s3.put_object(Bucket=BUCKET, Key=f"incoming/{ORGANIZATION.id}/{name}", Body=content.encode())
    for run in desk.execute({}):
        assert desk.read(run["run_id"])["status"] == "completed"


def test_who_may_not_change_the_catalog_cannot_undo_what_an_import_has_made_of_it(
    moto_world: MotoWorld,
) -> None:
    """It used to archive customers that a token with more scopes had imported."""
    allowed, refused = desk_with(moto_world, "catalog:write"), desk_with(moto_world, "orders:price")
    people, week = allowed.upload(PEOPLE, name="people.csv"), allowed.upload(LINES, name="week.jsonl")
    answer = refused.client.call("POST", f"{PATH}/{people}/undo")
    assert (answer.status, answer.refusals) == (403, [("unauthorized", None)])
    assert allowed.read(people).get("undo") is None
    assert refused.client.call("POST", f"{PATH}/{week}/undo").status == 202
    assert allowed.client.call("POST", f"{PATH}/{people}/undo").status == 202


def is_revoked(desk: Desk) -> None:
    token = read_token(desk.client.token)
    assert token
    key = {"pk": {"S": f"{ORGANIZATION.id}#token#{token.digest}"}, "sk": {"S": "token"}}
    # Whatever function runs at the time may not.
    engine_of(desk.on.table_name).change("Delete", {"Key": key})


@pytest.mark.parametrize(
    ("content", "name", "makers", "scope"),
    [(PRICED, "week.csv", (), "orders:read"), (PEOPLE, "people.csv", ("catalog:write",), "catalog:read")],
)
def test_what_a_file_contains_is_shown_to_its_maker_and_to_who_may_read_it(
    moto_world: MotoWorld, content: str, name: str, makers: tuple[str, ...], scope: str
) -> None:
    """With a token for imports alone, anybody read the names and addresses in all files of all others."""
    maker, other, reader = (
        desk_with(moto_world, *scopes) for scopes in (makers, ("orders:notify",), (scope,))
    )
    id = maker.upload(content.replace(ADA.email or "", "nobody@example.com"), name=name)
    path = f"{PATH}/{id}/results"
    assert [each.client.get(path).status for each in (maker, reader)] == [200, 200]
    refused = other.client.get(path)
    assert (refused.status, refused.refusals) == (403, [("unauthorized", None)])
    assert scope in refused.document["errors"][0]["detail"]
    csv = other.client.call("GET", path, headers={"Accept": "text/csv"})
    assert csv.status == 403
    listed = {
        who: next(each["attributes"] for each in desk.client.get(PATH).data if each["id"] == id)
        for who, desk in {"maker": maker, "other": other, "reader": reader}.items()
    }
    assert listed["maker"] == listed["reader"] == reader.read(id)
    assert listed["other"] == other.read(id) == listed["maker"] | {"problems": [], "unmatched": {}}


def test_nobody_uploads_to_an_import_that_may_do_more_than_they(moto_world: MotoWorld) -> None:
    """A token for imports alone took the address of another's import, and set prices with its own file."""
    maker, other = desk_with(moto_world, "orders:price"), desk_with(moto_world)
    peer = desk_with(moto_world, "orders:price", "orders:read")
    id = maker.begin(name="week.csv", size=9).data["id"]
    assert "url" in maker.read(id)["upload"]
    assert "url" in peer.read(id)["upload"]
    assert other.read(id).get("upload") is None


def test_an_import_of_a_token_that_was_revoked_does_nothing(moto_world: MotoWorld) -> None:
    maker, owner = desk_with(moto_world), Desk(moto_world)
    id = maker.begin(name="week.csv", size=len(PRICED)).data["id"]
    is_revoked(maker)
    owner.s3.put_object(Bucket=BUCKET, Key=f"uploads/{ORGANIZATION.id}/{id}/week.csv", Body=PRICED.encode())
    owner.execute({})
    run = owner.read(id)
    assert (run["status"], run["created"], run["problem"]["code"]) == ("refused", 0, "unauthorized")
    assert "revoked" in run["problem"]["detail"]


def test_rows_that_are_left_when_the_token_is_revoked_are_refused(
    moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker, owner = desk_with(moto_world, "orders:price"), Desk(moto_world)
    plan = plan_module.plan_file

    def planned(*about: Any) -> int:
        chunks = plan(*about)
        is_revoked(maker)
        return chunks

    monkeypatch.setattr(plan_module, "plan_file", planned)
    run = owner.read(maker.upload(PRICED, name="week.csv"))
    assert (run["status"], run["created"], run["refused"]) == ("completed", 0, 2)
    assert run["errors"] == {"unauthorized": 2}
