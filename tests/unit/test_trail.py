"""The trail: what an order stores about its placing, and what each change records."""

from typing import Any

import pytest

from frontdesk.adapters.dynamodb import items
from frontdesk.adapters.dynamodb.updates import trail_row
from frontdesk.domain.booking.writes import Recorded, actions
from frontdesk.domain.catalog.access import new_token, read_token
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import absent, arrived, departed, staying
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig, OrderDocument
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.domain.sizes import item_bytes
from frontdesk.domain.trail import MAX_STAMP, SYSTEM, Actor, Entry, bounded, read_stamp, stamp
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.attend import note_attendance
from frontdesk.usecases.orders.change import (
    annotate_order,
    cancel_booking,
    cancel_order,
    complete_order,
)
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Placed, place_order
from tests.support.demo import CATALOG, ORGANIZATION, desks, meeting, order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.shrink import shrink

_TOKEN = read_token(new_token(ORGANIZATION.id))
assert _TOKEN is not None
ANNE = Actor("token", _TOKEN.digest, "Anne's till")
REQUEST = "cf73dce3-e6a1-4593-a4a0-bacb78522114"


class Desk:
    def __init__(self) -> None:
        self.store, self.clock = FakeStore(ORGANIZATION.id, CATALOG), FakeClock()

    def context(self, **more: Any) -> Context:
        return Context(ORGANIZATION.id, self.clock, ANNE, REQUEST, **more)

    def place(self, *bookings: Any, **more: Any) -> Placed:
        return place_order(self.context(), read_config(order(*bookings, **more)), self.store)

    @property
    def trail(self) -> dict[str, Entry]:
        return {key.part: item for key, item in sorted(self.store.items.items()) if key.kind == "trail"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


# Placing


@pytest.mark.parametrize(
    "actor",
    [
        ANNE,
        Actor("token", ANNE.id),
        ANNE._replace(name="Ä" * 200),
        ANNE._replace(name="two words"),
        Actor("import", "20261129T120000-0123456789ab"),
        SYSTEM,
    ],
)
@pytest.mark.parametrize("request_id", [REQUEST, "no-uuid", None])
def test_a_stamp_is_read_as_it_was_made(actor: Actor, request_id: str | None) -> None:
    text = stamp(actor, request_id)
    if text is None:
        assert (actor, request_id) == (SYSTEM, None)
        return
    assert len(text.encode()) <= MAX_STAMP
    read, request = read_stamp(text)
    assert (read.kind, read.id, request) == (actor.kind, actor.id, request_id)
    assert (actor.name or "").startswith(read.name or "")
    assert read.name if actor.name else read.name is None


def test_an_order_keeps_who_placed_it_in_110_bytes_and_nothing_beside_it(desk: Desk) -> None:
    placed = desk.place().order

    assert read_stamp(placed.placed_by or "") == (ANNE, REQUEST)
    assert desk.trail == {}
    with_it = item_bytes(items.order_row(placed))
    assert 0 < with_it - item_bytes(items.order_row(placed.model_copy(update={"placed_by": None}))) <= 110
    assert "placed_by" not in items.booking_body(desk.store.items[Key("booking", placed.booking_ids[0])])


def test_a_reason_of_placing_is_kept_beside_the_order(desk: Desk) -> None:
    body = read_config(order(check_availability=False))
    placed = place_order(desk.context(reason="a regular"), body, desk.store).order

    entry = desk.store.items[Key("trail", placed.id, "00000001")]
    assert (entry.action, entry.reason, entry.actor, entry.changes) == ("placed", "a regular", ANNE, {})


def test_a_reason_of_placing_is_kept_where_the_order_is_placed_in_steps(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch)
    body = read_config(order(meeting(), *[desks(1)] * 8))
    placed = place_order(desk.context(reason="a regular"), body, desk.store).order
    assert [*desk.trail] == ["00000001"]
    assert placed.version == 1
    assert len({key.part for key in desk.store.items if key.kind == "ledger"}) == 1


# Changes


def test_each_change_leaves_one_entry(desk: Desk) -> None:
    placed = desk.place(complete_order=False).order
    of, id = desk.context(), placed.id
    booking = placed.booking_ids[0]
    complete_order(of, id, read_as(CompletionConfig, {}), desk.store)
    desk.clock.at += 60
    note = read_document(
        OrderDocument, "orders", {"data": {"type": "orders", "id": id, "attributes": {"note": "secret"}}}, id
    )
    annotate_order(of, id, note, desk.store)
    for after in (arrived, departed, staying, absent):
        note_attendance(of, booking, after, desk.store)
    cancel_order(desk.context(reason="rain"), id, desk.store)

    assert [(entry.action, entry.reason) for entry in desk.trail.values()] == [
        ("completed", None),
        ("changed", None),
        ("checked_in", None),
        ("checked_out", None),
        ("check_out_undone", None),
        ("check_in_undone", None),
        ("canceled", "rain"),
    ]
    assert all((entry.actor, entry.request_id) == (ANNE, REQUEST) for entry in desk.trail.values())
    completed, noted, came, *_, canceled = desk.trail.values()
    assert completed.changes == {"status": ("draft", "completed")}
    assert noted.changes == {"note": None}, "of texts only that they changed"
    assert (came.bookings, came.changes) == ((1,), {"checked_in_at": (None, desk.clock.at)})
    assert (canceled.bookings, canceled.changes) == ((), {"status": ("completed", "canceled")})


def test_what_changes_nothing_leaves_nothing(desk: Desk) -> None:
    placed = desk.place().order
    complete_order(desk.context(), placed.id, read_as(CompletionConfig, {}), desk.store)
    note = read_document(
        OrderDocument, "orders", {"data": {"type": "orders", "id": placed.id, "attributes": {}}}, placed.id
    )
    annotate_order(desk.context(), placed.id, note, desk.store)
    note_attendance(desk.context(), placed.booking_ids[0], absent, desk.store)
    assert desk.trail == {}


def test_a_move_tells_from_when_to_when(desk: Desk) -> None:
    placed = desk.place(meeting())
    (booking,) = placed.bookings
    later = "2030-04-16T09:00:00+02:00"
    document = {
        "data": {"type": "bookings", "id": booking.id, "attributes": {"start_date": later, "note": "x"}}
    }
    after, *_ = move_booking(
        desk.context(),
        booking.id,
        read_document(BookingDocument, "bookings", document, booking.id),
        desk.store,
    )

    (entry,) = desk.trail.values()
    assert (entry.action, entry.bookings, entry.booking_count) == ("changed", (1,), 1)
    assert entry.changes["start"] == (booking.start, after.start)
    assert entry.changes["note"] is None
    assert {"version", "updated_at", "lines"}.isdisjoint(entry.changes)


def test_a_booking_of_several_that_is_canceled_is_named(desk: Desk) -> None:
    placed = desk.place(meeting(), desks(2))
    cancel_booking(desk.context(), placed.bookings[1].id, desk.store)

    (entry,) = desk.trail.values()
    assert (entry.action, entry.bookings) == ("canceled", (2,))
    assert entry.changes["status"] == ("accepted", "canceled")


def test_a_cancellation_in_steps_is_one_entry(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = desk.place(meeting(), *[desks(1)] * 8)
    shrink(monkeypatch)
    order_after, _ = cancel_order(desk.context(), placed.order.id, desk.store)

    assert order_after.status == "canceled"
    assert order_after.version > placed.order.version + 2, "in steps"
    assert [entry.changes for entry in desk.trail.values()] == [{"status": ("completed", "canceled")}]


# Cost


def test_a_change_costs_one_action_and_one_kilobyte_more(desk: Desk) -> None:
    placed = desk.place().order
    before = []
    write = desk.store.write
    desk.store.write = lambda context, writes: before.append(list(writes)) or write(context, writes)  # type: ignore[method-assign, func-returns-value]
    cancel_order(desk.context(reason="r" * 200), placed.id, desk.store)

    (writes,) = before
    entries = [each for each in writes if isinstance(each, Recorded)]
    assert sum(map(actions, entries)) == 1
    key = items.item_key(ORGANIZATION.id, entries[0].key)
    assert item_bytes(trail_row(key, entries[0].entry)) <= 1024


def test_an_entry_stays_small_whatever_changes() -> None:
    changes = {f"field_{n}": ("x" * 50, "y" * 50) for n in range(10)}
    kept = bounded(changes)
    assert kept.keys() == changes.keys()
    assert 0 < sum(each is None for each in kept.values()) < 10
    assert bounded({"status": ("a", "b")}) == {"status": ("a", "b")}


def test_an_entry_is_stored_and_read_as_it_is() -> None:
    entry = Entry(at=1, action="changed", actor=ANNE, changes={"start": (1, 2), "note": None}, bookings=(1,))
    key = Key("trail", "3f1c2a77-8a4b-4c5d-9e6f-000000000001", "00000002#0001#00000003")
    raw = trail_row(items.item_key("o", key), entry)
    assert items.to_item("o", key, raw) == entry
    assert items.key_of(raw["pk"]["S"], raw["sk"]["S"]) == ("o", key)
    assert raw["sk"]["S"] > "order", "behind the order, which is read without it"
