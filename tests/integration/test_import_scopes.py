"""An import may do no more than the token that announced it: prices and the catalog have their own scopes."""

import json

import pytest

from tests.integration.client import Client, token_of
from tests.integration.conftest import MotoWorld
from tests.integration.test_import_uploads import PATH, Desk
from tests.support.demo import ADA, MEETING, ORGANIZATION, ROOM, meeting
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
    refused = desk_with(moto_world).read(desk_with(moto_world).upload(content, name=name, dry_run=dry))
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
