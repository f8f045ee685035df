"""The auditor: no findings on a sound table, the right finding for each fault, and no false alarm on a table in use."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any, get_args
from uuid import UUID
from zlib import crc32

import pytest

from frontdesk.domain.audit import DRAFT_GRACE, GRACE, IDLE, MAIL_SECONDS, Audit
from frontdesk.domain.catalog.items import TimeslotSeries, Voucher
from frontdesk.domain.findings import Code
from frontdesk.domain.ledger import Claim, Ledger, LedgerKey, Segment, change
from frontdesk.domain.orders.order import Booking, Cause, Order
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.domain.time.intervals import DAY
from frontdesk.domain.trail import SYSTEM, Entry
from frontdesk.usecases.audit import Report, audit, sweep
from frontdesk.usecases.context import Context, retries
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Placed, place_order
from tests.support.demo import (
    ADA,
    BERND,
    CATALOG,
    DESKS,
    NINE,
    ONCE10,
    ORGANIZATION,
    ROOM,
    SECOND_ROOM,
    desks,
    meeting,
    order,
)
from tests.support.examples import scaled
from tests.support.fakes import FakeClock, FakeStore
from tests.support.shrink import shrink

COURSE = TimeslotSeries(id="course", name="Course", quantity=3, slots={"tue": [("09:00", "10:00")]})
EACH10 = Voucher(id="each", code="Each10", percent=10, max_redemptions_per_customer=2)
TEN = Voucher(id="ten", code="TEN", percent=10, max_redemptions=10)
TUESDAY = NINE + timedelta(days=1)
MONDAY = LedgerKey(ROOM.id, "2030-04-15")


@pytest.fixture(autouse=True)
def small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)


class Desk:
    """The front desk of the demo organization, on a store in memory."""

    def __init__(self, store: FakeStore | None = None) -> None:
        self.store = store or new_store()
        self.clock = FakeClock(pauses=10_000)

    def place(self, *bookings: dict[str, Any], **more: Any) -> Placed:
        return place_order(
            Context(ORGANIZATION.id, self.clock), read_config(order(*bookings, **more)), self.store
        )

    def draft(self, *bookings: dict[str, Any], **more: Any) -> Placed:
        return self.place(*bookings, complete_order=False, **more)

    def complete(self, placed: Placed) -> Any:
        return complete_order(
            Context(ORGANIZATION.id, self.clock), placed.order.id, read_as(CompletionConfig, {}), self.store
        )

    def cancel(self, placed: Placed) -> Any:
        return cancel_order(Context(ORGANIZATION.id, self.clock), placed.order.id, self.store)

    def cancel_booking(self, placed: Placed, at: int = 0) -> Any:
        return cancel_booking(Context(ORGANIZATION.id, self.clock), placed.bookings[at].id, self.store)

    def move(self, placed: Placed, at: int = 0, **attributes: Any) -> Any:
        reading = read_document(BookingDocument, "bookings", {"data": {"attributes": attributes}})
        return move_booking(Context(ORGANIZATION.id, self.clock), placed.bookings[at].id, reading, self.store)

    def audit(self, resource_id: str | None = None) -> Report:
        return audit(self.store, self.clock, ORGANIZATION.id if resource_id else None, resource_id)

    def found(self, resource_id: str | None = None) -> list[tuple[str, Key]]:
        return [(finding.code, finding.key) for _, finding in self.audit(resource_id)]

    def sweep(self) -> int:
        return sweep(self.store, self.clock)

    def order(self, placed: Placed) -> Order:
        found = self.store.items[order_key(placed)]
        assert isinstance(found, Order)
        return found

    def ledger(self, key: LedgerKey = MONDAY) -> Ledger:
        found = self.store.items[ledger_item(key)]
        assert isinstance(found, Ledger)
        return found

    def stop_after(self, writes: int, operation: Callable[[], Any]) -> None:
        """Ends an operation before this many writes and one more."""

        def write() -> None:
            nonlocal writes
            if writes == 0:
                raise Stopped
            writes -= 1

        self.store.before_write = write
        try:
            with pytest.raises(Stopped):
                operation()
        finally:
            self.store.before_write = lambda: None


class Stopped(BaseException):
    """The process ends here."""


def new_store(kind: type[FakeStore] = FakeStore) -> FakeStore:
    return kind(ORGANIZATION.id, [*CATALOG, COURSE, EACH10, TEN])


def order_key(placed: Placed) -> Key:
    return Key("order", placed.order.id)


def days(n: int, **more: Any) -> dict[str, Any]:
    """Returns a meeting on each of this many consecutive days."""
    return meeting(recurring={"frequency": "daily", "count": n}, **more)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def busy_desk() -> tuple[Desk, dict[str, Placed]]:
    """Returns a desk with orders of every kind, by kind."""
    items, now, placed = _busy_desk()
    desk = Desk()
    desk.store.items, desk.clock.at = dict(items), now
    return desk, placed


@cache
def _busy_desk() -> tuple[dict[Key, Any], int, dict[str, Placed]]:
    desk = Desk()
    at = {name: NINE + timedelta(days=30 + number) for number, name in enumerate("abcdefghijklmnop")}
    both_rooms = {"resource_id": [ROOM.id, SECOND_ROOM.id]}
    placed = {
        "plain": desk.place(),
        "draft": desk.draft(desks(2, at["a"]), meeting(at["a"])),
        "completed draft": desk.draft(desks(3, at["a"]), voucher_code="TEN"),
        "expired draft": desk.draft(meeting(at["b"])),
        "canceled": desk.place(meeting(at["c"]), voucher_code="TEN"),
        "partly canceled": desk.place(meeting(at["d"]), desks(4, at["d"]), voucher_code="TEN"),
        "recurring": desk.place(days(2) | {"resource_id": SECOND_ROOM.id}),
        "in steps": desk.place(*(meeting(at[name]) | both_rooms for name in "efghi"), voucher_code="each10"),
        "draft in steps": desk.draft(days(5) | {"resource_id": SECOND_ROOM.id, "start_date": "2030-06-03T09:00:00+02:00",
                                                "end_date": "2030-06-03T10:00:00+02:00"}),
        "canceled in steps": desk.place(*(desks(1, at[name]) for name in "efghijkl"), voucher_code="TEN"),
        "partly canceled in steps": desk.place(meeting(at["j"], 60) | {"resource_id": [SECOND_ROOM.id]}, desks(2, at["j"])),
        "voucher": desk.place(desks(1), voucher_code=" once10"),
        "voucher of a customer": desk.place(desks(1), voucher_code="EACH10", order_customer_id=BERND.id),
        "series": desk.place(meeting(TUESDAY, timeslot_series_id=COURSE.id)),
        "override": desk.place(check_availability=False),
        "moved": desk.place(meeting(at["k"])),
        "over midnight": desk.place(desks(1, at["l"], 24 * 60)),
        "part": desk.place(meeting(at["m"], sub_bookings=[{"service_id": desks(1)["service_id"], "resource_id": DESKS.id, "quantity": 2}])),
    }  # fmt: skip
    desk.complete(placed["completed draft"])
    for name in ("canceled", "canceled in steps"):
        desk.cancel(placed[name])
    desk.cancel_booking(placed["partly canceled"])
    desk.move(
        placed["moved"], resource_id=SECOND_ROOM.id, start_date=at["n"].isoformat(), recalculate_price=True
    )
    desk.clock.at += 3600
    desk.place(meeting(at["b"], 30))
    placed["new draft"] = desk.draft(meeting(at["o"]))
    desk.move(placed["new draft"], start_date=at["p"].isoformat())
    assert desk.order(placed["expired draft"]).status == "expired"
    return desk.store.items, desk.clock.at, placed


# A sound table


def test_orders_of_every_kind_leave_nothing_to_find() -> None:
    desk, placed = busy_desk()
    report = desk.audit()
    assert report.findings == {}
    assert report.looked_at[ORGANIZATION.id]["order"] == len(placed) + 1
    assert report.summary["looked_at"]["ledger"] == sum(key.kind == "ledger" for key in desk.store.items)


@pytest.mark.parametrize("resource_id", [ROOM.id, SECOND_ROOM.id, DESKS.id])
def test_orders_of_every_kind_leave_nothing_to_find_on_one_resource(resource_id: str) -> None:
    desk, _ = busy_desk()
    report = desk.audit(resource_id)
    assert report.findings == {}
    looked_at = report.looked_at[ORGANIZATION.id]
    assert looked_at["resource"] == 1
    assert looked_at["booking"] > 3
    assert looked_at["ledger"] == sum(
        key.kind == "ledger" and key.id == resource_id for key in desk.store.items
    )


def test_nothing_is_left_of_drafts_once_they_are_swept() -> None:
    desk, placed = busy_desk()
    desk.clock.at += DAY
    assert desk.sweep() == 3
    assert {desk.order(placed[name]).status for name in ("draft", "draft in steps", "new draft")} == {
        "expired"
    }
    assert not any(item.holds for item in desk.store.items.values() if isinstance(item, Ledger))
    desk.clock.at += 10 * DAY
    assert {code for code, _ in desk.found()} == {"notification_stuck"}
    assert desk.sweep() == 0


def test_another_organization_is_looked_at_on_its_own() -> None:
    desk, placed = busy_desk()
    desk.store.items[order_key(placed["plain"])] = desk.order(placed["plain"]).model_copy(
        update={"booking_count": 2}
    )
    assert audit(desk.store, desk.clock, "another").findings == {}
    assert audit(desk.store, desk.clock, ORGANIZATION.id).findings.keys() == {ORGANIZATION.id}


# Faults. Each is planted into a table with orders of every kind, and must be the only finding.

Fault = Callable[[Desk, dict[str, Placed]], list[tuple[str, Key]]]
FAULTS: list[Fault] = []


def fault(plant: Fault) -> Fault:
    FAULTS.append(plant)
    return plant


def edited(desk: Desk, key: Key, **values: Any) -> Key:
    item = desk.store.items[key]
    if isinstance(item, Ledger):
        fields = {name: getattr(item, name) for name in ("key", "segments", "holds", "version")}
        desk.store.items[key] = Ledger(**(fields | values))
    else:
        desk.store.items[key] = item.model_copy(update=values)
    return key


def counted_by(desk: Desk, **limits: int) -> None:
    """Sets the limits under which uses were counted."""
    for key, item in list(desk.store.items.items()):
        if isinstance(item, Order) and item.voucher:
            known = {name: value for name, value in limits.items() if getattr(item.voucher, name) is not None}
            edited(desk, key, voucher=item.voucher.model_copy(update=known))


def used(desk: Desk, key: LedgerKey, by: int) -> Key:
    """Adds units to a stretch in use, or to any stretch if none is."""
    segments = dict(desk.ledger(key).segments)
    at = max(segments, key=lambda segment: segments[segment])
    return edited(desk, ledger_item(key), segments=segments | {at: segments[at] + by})


@fault
def an_item_that_makes_no_sense(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    key = Key("customer", ADA.id)
    desk.store.items[key] = None
    return [("item_unreadable", key)]


@fault
def a_ledger_that_makes_no_sense(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    desk.store.items[ledger_item(MONDAY)] = None
    return [("item_unreadable", ledger_item(MONDAY))]


@fault
def an_order_that_makes_no_sense(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    desk.store.items[order_key(placed["draft"])] = None
    desk.clock.at += 15 * 60 + GRACE
    return [("item_unreadable", order_key(placed["draft"]))]


@fault
def a_placing_that_was_never_finished(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    late = NINE + timedelta(days=300)
    desk.stop_after(4, lambda: desk.place(*(meeting(late + timedelta(days=day)) for day in range(9))))
    desk.clock.at += 60 + GRACE
    [key] = (
        key for key, item in desk.store.items.items() if isinstance(item, Order) and item.status == "placing"
    )
    return [("order_interrupted", key)]


@fault
def a_cancellation_that_was_never_finished(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    desk.stop_after(2, lambda: desk.cancel(placed["in steps"]))
    desk.clock.at += IDLE + GRACE
    return [("order_interrupted", order_key(placed["in steps"]))]


@fault
def a_draft_that_never_expired(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    # Orders that wait for their mail since then are not the subject here.
    for key, item in list(desk.store.items.items()):
        if isinstance(item, Order):
            edited(desk, key, causes=())
    desk.clock.at += 2 * DRAFT_GRACE
    return [
        ("order_interrupted", order_key(placed[name])) for name in ("draft", "draft in steps", "new draft")
    ]


@fault
def a_completed_order_with_a_booking_that_is_reserved(
    desk: Desk, placed: dict[str, Placed]
) -> list[tuple[str, Key]]:
    edited(desk, Key("booking", placed["plain"].bookings[0].id), status="reserved")
    desk.clock.at += IDLE + GRACE
    return [("order_interrupted", order_key(placed["plain"]))]


@fault
def bookings_without_their_order(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    del desk.store.items[order_key(placed["expired draft"])]
    return [("booking_without_order", order_key(placed["expired draft"]))]


@fault
def a_booking_that_is_gone(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    del desk.store.items[Key("booking", placed["canceled in steps"].bookings[3].id)]
    return [("booking_missing", order_key(placed["canceled in steps"]))]


@fault
def a_live_booking_that_is_gone(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    booking = placed["over midnight"].bookings[0]
    del desk.store.items[Key("booking", booking.id)]
    ledgers = [Key("ledger", DESKS.id, "2030-05-26"), Key("ledger", DESKS.id, "2030-05-27")]
    return [
        ("booking_missing", order_key(placed["over midnight"])),
        *(("occupancy_without_booking", key) for key in ledgers),
    ]


@fault
def a_booking_too_many(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    booking = desk.store.items[Key("booking", placed["canceled"].bookings[0].id)]
    extra = booking.model_copy(update={"id": f"{placed['canceled'].order.id}-2"})
    desk.store.items[Key("booking", extra.id)] = extra
    return [("booking_missing", order_key(placed["canceled"]))]


@fault
def active_bookings_that_differ(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    return [("active_bookings_differ", edited(desk, order_key(placed["partly canceled"]), active_bookings=2))]


@fault
def an_order_that_is_canceled_with_active_bookings(
    desk: Desk, placed: dict[str, Placed]
) -> list[tuple[str, Key]]:
    placed_anew = desk.place(meeting(NINE + timedelta(days=300), 60))
    key = edited(desk, order_key(placed_anew), status="canceled")
    return [("state_differs", key), ("occupancy_without_booking", Key("ledger", ROOM.id, "2031-02-09"))]


@fault
def an_order_without_active_bookings_that_is_not_canceled(
    desk: Desk, placed: dict[str, Placed]
) -> list[tuple[str, Key]]:
    key = edited(desk, order_key(placed["canceled"]), status="completed")
    return [("state_differs", key), ("voucher_count_differs", Key("voucher", "ten"))]


@fault
def a_total_that_is_not_that_of_the_bookings(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    amounts = placed["plain"].order.amounts
    key = edited(
        desk, order_key(placed["plain"]), amounts=amounts.model_copy(update={"total": amounts.total + 1})
    )
    return [("total_differs", key)]


@fault
def a_total_of_a_booking_that_is_not_that_of_its_lines(
    desk: Desk, placed: dict[str, Placed]
) -> list[tuple[str, Key]]:
    booking = desk.store.items[Key("booking", placed["plain"].bookings[0].id)]
    line = booking.lines[0]
    edited(
        desk,
        Key("booking", booking.id),
        lines=(line.model_copy(update={"tax_amount": line.tax_amount - 1}), *booking.lines[1:]),
    )
    return [("total_differs", order_key(placed["plain"]))]


@fault
def a_mail_that_is_never_sent(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    for key, item in list(desk.store.items.items()):
        if isinstance(item, Order):
            edited(desk, key, causes=())
    key = edited(desk, order_key(placed["plain"]), causes=(Cause(version=1, kind="confirmation"),))
    edited(desk, order_key(placed["moved"]), unsent=frozenset({"m"}))
    desk.clock.at = desk.order(placed["plain"]).updated_at + MAIL_SECONDS + 1
    return [("notification_stuck", key)]


@fault
def a_voucher_that_counts_too_many(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    return [("voucher_count_differs", edited(desk, Key("voucher", "ten"), redemptions=3))]


@fault
def a_voucher_that_counts_too_few(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    return [("voucher_count_differs", edited(desk, Key("voucher", "ten"), redemptions=0))]


@fault
def a_voucher_that_is_used_too_often(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    counted_by(desk, limit=1)
    return [("voucher_overused", Key("voucher", "ten"))]


@fault
def a_customer_whose_uses_are_miscounted(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    key = Key("voucher_use", "each10", BERND.id)
    desk.store.items[key] += 1
    return [("voucher_count_differs", key)]


@fault
def a_customer_whose_uses_are_not_counted(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    key = Key("voucher_use", "each10", ADA.id)
    del desk.store.items[key]
    return [("voucher_count_differs", key)]


@fault
def a_customer_who_uses_a_voucher_too_often(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    counted_by(desk, limit_per_customer=0)
    return [("voucher_overused", Key("voucher_use", "each10", customer.id)) for customer in (ADA, BERND)]


@fault
def a_day_with_a_gap(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    segments = dict(desk.ledger().segments)
    del segments[sorted(segments)[3]]
    return [("segments_broken", edited(desk, ledger_item(MONDAY), segments=segments))]


@fault
def a_day_whose_segments_overlap(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    segments = {**desk.ledger().segments, Segment(0, 60): 0}
    return [("segments_broken", edited(desk, ledger_item(MONDAY), segments=segments))]


@fault
def a_day_with_less_than_nothing_in_use(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    segments = dict(desk.ledger().segments)
    free = next(segment for segment, in_use in segments.items() if not in_use)
    return [("negative_occupancy", edited(desk, ledger_item(MONDAY), segments=segments | {free: -1}))]


@fault
def more_in_use_than_is_booked(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    return [("occupancy_without_booking", used(desk, MONDAY, +1))]


@fault
def less_in_use_than_is_booked(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    return [("booking_without_occupancy", used(desk, MONDAY, -1))]


@fault
def a_day_of_bookings_that_is_gone(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    del desk.store.items[ledger_item(MONDAY)]
    return [("booking_without_occupancy", ledger_item(MONDAY))]


@fault
def a_day_of_a_series_that_is_gone(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    key = Key("series_ledger", COURSE.id, "2030-04-16")
    del desk.store.items[key]
    return [("booking_without_occupancy", key)]


@fault
def a_canceled_booking_that_still_takes_its_slot(
    desk: Desk, placed: dict[str, Placed]
) -> list[tuple[str, Key]]:
    [booking] = placed["canceled"].bookings
    key = LedgerKey(ROOM.id, "2030-05-17")
    claim = Claim(7 * 3600, 8 * 3600, booking.weight)
    desk.store.items[ledger_item(key)] = change(desk.ledger(key), [claim], capacity=None).result()
    return [("occupancy_without_booking", ledger_item(key))]


@fault
def two_bookings_of_one_slot(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    edited(desk, Key("booking", placed["override"].bookings[0].id), override=False)
    return [("capacity_exceeded", ledger_item(MONDAY))]


@fault
def two_holds_of_one_slot(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    draft = desk.draft(
        meeting(TUESDAY + timedelta(days=7), timeslot_series_id=COURSE.id, resource_id=SECOND_ROOM.id)
    )
    edited(desk, Key("timeslot_series", COURSE.id), quantity=0)
    days = {Key("series_ledger", COURSE.id, day) for day in ("2030-04-16", "2030-04-23")}
    assert desk.order(draft).status == "draft"
    return [("capacity_exceeded", key) for key in days]


@fault
def a_hold_of_an_order_that_is_not_there(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    draft = desk.draft(meeting(NINE + timedelta(days=300), resource_id=SECOND_ROOM.id))
    del desk.store.items[order_key(draft)], desk.store.items[Key("booking", draft.bookings[0].id)]
    desk.clock.at += 15 * 60 + GRACE
    return [("hold_outlived", Key("ledger", SECOND_ROOM.id, "2031-02-09"))]


@fault
def a_hold_of_an_order_that_counts_without_it(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    draft = desk.draft(meeting(NINE + timedelta(days=300), resource_id=SECOND_ROOM.id))
    edited(desk, order_key(draft), status="completed")
    edited(desk, Key("booking", draft.bookings[0].id), status="accepted")
    desk.clock.at += 15 * 60 + GRACE
    return [("hold_outlived", Key("ledger", SECOND_ROOM.id, "2031-02-09"))]


@fault
def a_hold_of_an_attempt_before(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    draft = desk.draft(desks(1, NINE + timedelta(days=300)))
    edited(desk, order_key(draft), attempt="another", status="completed")
    edited(desk, Key("booking", draft.bookings[0].id), status="accepted")
    desk.clock.at += 15 * 60 + GRACE
    key = Key("ledger", DESKS.id, "2031-02-09")
    return [("hold_outlived", key), ("booking_without_occupancy", key)]


@fault
def a_draft_that_holds_nothing(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    key = LedgerKey(DESKS.id, "2030-05-15")
    return [("holds_differ", edited(desk, ledger_item(key), holds={}))]


@fault
def a_draft_that_holds_what_it_gave_up(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    key = LedgerKey(DESKS.id, "2030-05-15")
    holds = desk.ledger(key).holds
    assert len(holds) == 1
    return [
        ("holds_differ", edited(desk, ledger_item(key), holds=holds | {"more": next(iter(holds.values()))}))
    ]


@fault
def a_draft_whose_holds_are_of_another_attempt(
    desk: Desk, placed: dict[str, Placed]
) -> list[tuple[str, Key]]:
    draft = desk.draft(desks(1, NINE + timedelta(days=300)))
    edited(desk, order_key(draft), attempt="another")
    key = Key("ledger", DESKS.id, "2031-02-09")
    return [("holds_differ", key), ("booking_without_occupancy", key)]


@fault
def a_trail_that_is_ahead_of_its_order(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    order = desk.order(placed["plain"])
    key = Key("trail", order.id, f"{order.version + 1:08}")
    desk.store.items[key] = Entry(at=desk.clock.at, action="changed", actor=SYSTEM)
    return [("trail_differs", order_key(placed["plain"]))]


@fault
def a_trail_of_no_order(desk: Desk, placed: dict[str, Placed]) -> list[tuple[str, Key]]:
    desk.store.items[Key("trail", "gone", "00000001")] = Entry(at=1, action="placed", actor=SYSTEM)
    return [("trail_differs", Key("order", "gone"))]


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_fault_is_found_as_what_it_is(plant: Fault) -> None:
    desk, placed = busy_desk()
    expected = plant(desk, placed)
    assert sorted(desk.found()) == sorted(expected)


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_fault_on_a_resource_is_found_by_looking_at_that_resource(plant: Fault) -> None:
    desk, placed = busy_desk()
    everywhere = plant(desk, placed)
    bookings = [item for item in desk.store.items.values() if isinstance(item, Booking)]
    there = {Key("order", booking.order_id) for booking in bookings if ROOM.id in booking.resource_ids}
    orders = {
        (code, key)
        for code, key in everywhere
        if code in ("order_interrupted", "item_unreadable") and key in there
    }
    days = {(code, key) for code, key in everywhere if key.kind == "ledger" and key.id == ROOM.id}
    assert sorted(desk.found(ROOM.id)) == sorted(orders | days)


def test_every_code_has_a_fault() -> None:
    codes = set()
    for plant in FAULTS:
        codes |= {code for code, _ in plant(*busy_desk())}
    assert codes == set(get_args(Code))


def test_findings_name_no_customer() -> None:
    for plant in FAULTS:
        desk, placed = busy_desk()
        plant(desk, placed)
        text = " ".join(finding.detail for _, finding in desk.audit())
        for secret in (ADA.given_name, ADA.email, BERND.email, ADA.id, BERND.id):
            assert secret
            assert secret not in text


def parts(n: int) -> list[dict[str, Any]]:
    return [{"service_id": desks(1)["service_id"], "resource_id": DESKS.id, "quantity": 1} for _ in range(n)]


@pytest.mark.parametrize("draft", [False, True])
@pytest.mark.parametrize("writes", range(1, 5))
def test_nothing_is_wrong_in_the_middle_of_a_cancellation(desk: Desk, writes: int, draft: bool) -> None:
    placed = desk.place(meeting(sub_bookings=parts(9)), meeting(TUESDAY), complete_order=not draft)
    desk.stop_after(writes, lambda: desk.cancel_booking(placed))
    assert desk.found() == []
    if draft:
        # Its deadline has passed, and somebody else removes its hold.
        desk.clock.at += 15 * 60
        desk.place(meeting(TUESDAY))
        assert desk.found() == []


@pytest.mark.parametrize("wait", [0, GRACE - 1])
def test_what_was_just_interrupted_is_no_finding(desk: Desk, wait: int) -> None:
    desk.stop_after(2, lambda: desk.place(days(9)))
    desk.clock.at += 60 + wait
    assert desk.found() == []


def test_a_draft_may_wait_for_the_daily_sweep(desk: Desk) -> None:
    draft = desk.draft()
    ends = draft.order.expires_at
    assert ends
    desk.clock.at = ends + DRAFT_GRACE - 1
    assert desk.found() == []
    desk.clock.at += 1
    assert [code for code, _ in desk.found()] == ["order_interrupted"]


# A table in use


class LiveStore(FakeStore):
    """A table that changes while it is read, in a different order in each pass. `meanwhile` runs after each item."""

    passes = 0

    def rank(self, key: Key) -> Any:
        return key

    def meanwhile(self, key: Key) -> None:
        """Does nothing."""

    def everything(self, clock: Any) -> Iterator[tuple[str, Key, Any]]:
        self.passes += 1
        last: Any = None
        while left := [key for key in self.items if last is None or self.rank(key) > last]:
            key = min(left, key=self.rank)
            last = self.rank(key)
            yield self.organization_id, key, self.items[key]
            self.meanwhile(key)


def live_desk() -> tuple[Desk, LiveStore]:
    store = new_store(LiveStore)
    assert isinstance(store, LiveStore)
    return Desk(store), store


def changes_between_passes(desk: Desk, store: LiveStore, do: Callable[[], Any]) -> None:
    """Does something at the end of the first pass."""
    last = max(store.items)
    store.meanwhile = lambda key: do() if (store.passes, key) == (1, last) else None  # type: ignore[method-assign]


def test_a_finding_stands_if_nothing_changes() -> None:
    desk, store = live_desk()
    desk.place()
    used(desk, MONDAY, +1)
    assert desk.found() == [("occupancy_without_booking", ledger_item(MONDAY))]
    assert store.passes == 3


def test_a_sound_table_is_read_once() -> None:
    desk, store = live_desk()
    desk.place()
    assert desk.found() == []
    assert store.passes == 1


def test_what_is_mended_between_the_passes_is_not_reported() -> None:
    desk, store = live_desk()
    desk.place()
    used(desk, MONDAY, +1)
    changes_between_passes(desk, store, lambda: used(desk, MONDAY, -1))
    assert desk.found() == []
    assert store.passes == 2


def test_what_was_seen_at_another_version_is_not_reported() -> None:
    desk, store = live_desk()
    desk.place()
    used(desk, MONDAY, +1)
    changes_between_passes(desk, store, lambda: desk.place(meeting(NINE.replace(hour=18))))
    assert desk.found() == []
    # On a quiet day, it is reported.
    assert desk.found() == [("occupancy_without_booking", ledger_item(MONDAY))]


def test_a_voucher_that_is_used_between_the_passes_is_not_reported() -> None:
    desk, store = live_desk()
    desk.place(voucher_code="TEN")
    edited(desk, Key("voucher", "ten"), redemptions=2)

    def another() -> None:
        desk.cancel(desk.place(desks(1), voucher_code="TEN"))

    changes_between_passes(desk, store, another)
    assert desk.found() == []
    assert desk.found() == [("voucher_count_differs", Key("voucher", "ten"))]


def test_a_counter_that_changes_between_the_passes_is_not_reported() -> None:
    desk, store = live_desk()
    desk.place(voucher_code="TEN")
    edited(desk, Key("voucher", "ten"), redemptions=2)
    changes_between_passes(desk, store, lambda: edited(desk, Key("voucher", "ten"), redemptions=3))
    assert desk.found() == []
    assert desk.found() == [("voucher_count_differs", Key("voucher", "ten"))]


def test_what_changes_after_the_second_pass_has_seen_it_is_not_reported() -> None:
    """An order is placed behind the first pass and moved behind the second one. Both see its day in the state between."""
    desk, store = live_desk()
    desk.place(meeting(NINE.replace(hour=18)))
    done: list[Placed] = []

    def rank(key: Key) -> Any:
        # The first pass reads days last, the second one first.
        return (key.kind == "ledger") == (store.passes == 1), key

    def meanwhile(key: Key) -> None:
        if store.passes == 1 and key.kind == "voucher" and not done:
            done.append(desk.place())
        if store.passes == 2 and key.kind == "ledger" and len(done) == 1:
            done.append(desk.move(done[0], resource_id=SECOND_ROOM.id))

    store.rank, store.meanwhile = rank, meanwhile  # type: ignore[method-assign]
    assert desk.found() == []
    assert len(done) == 2


def test_a_counter_that_is_the_same_again_is_not_reported() -> None:
    """A use is given back behind the first pass, and another counted behind the second: the counter seems unchanged."""
    desk, store = live_desk()
    first, second = desk.place(voucher_code="TEN"), []

    def rank(key: Key) -> Any:
        return (key.kind == "order") == (store.passes == 1), key

    def meanwhile(key: Key) -> None:
        if (store.passes, key) == (1, Key("voucher", "ten")):
            desk.cancel(first)
        if store.passes == 2 and key.kind == "order" and not second:
            second.append(desk.place(voucher_code="TEN"))

    store.rank, store.meanwhile = rank, meanwhile  # type: ignore[method-assign]
    assert desk.found() == []
    assert second


def traffic(desk: Desk, random: Random) -> Callable[[Key], None]:
    """Makes random changes at the front desk. Slots are scarce, so many orders are refused, held and given back."""
    placed: list[Placed] = []

    def do() -> None:
        at = NINE + timedelta(days=random.randrange(3), hours=random.randrange(3))
        match random.choice(
            ["place", "draft", "in steps", "complete", "cancel", "cancel one", "move", "sweep", "wait"]
        ):
            case "place":
                placed.append(desk.place(meeting(at), voucher_code=random.choice(["TEN", "each10", None])))
            case "draft":
                placed.append(
                    desk.draft(desks(5, at, 120), meeting(at), voucher_code=random.choice(["TEN", None]))
                )
            case "in steps":
                placed.append(
                    desk.place(
                        *(desks(2, at + timedelta(days=day), 60) for day in range(9)), voucher_code="TEN"
                    )
                )
            case "complete" if placed:
                desk.complete(random.choice(placed))
            case "cancel" if placed:
                desk.cancel(random.choice(placed))
            case "cancel one" if placed:
                desk.cancel_booking(random.choice(placed))
            case "move" if placed:
                desk.move(
                    random.choice(placed), start_date=at.isoformat(), check_availability=random.random() < 0.8
                )
            case "wait":
                desk.clock.at += random.choice([10, 1000])
            case _:
                pass

    def meanwhile(_: Key) -> None:
        while random.random() < 0.15:
            try:
                do()
            except FrontdeskError:
                continue

    return meanwhile


def test_a_table_in_use_gives_no_false_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also checks that single passes have false findings. Otherwise, the test would prove nothing."""
    alarms, seeds = 0, range(scaled(75))
    for seed in seeds:
        desk, store = live_desk()
        random = Random(seed)
        monkeypatch.setattr(
            "frontdesk.usecases.orders.place.uuid4",
            lambda random=random: UUID(int=random.getrandbits(128), version=4),
        )
        store.meanwhile = traffic(desk, random)  # type: ignore[method-assign]
        store.rank = lambda key, seed=seed, store=store: crc32(f"{seed} {store.passes} {key}".encode())  # type: ignore[method-assign, misc]
        for _ in range(4):
            before = store.passes
            assert list(desk.audit()) == [], f"seed {seed}"
            alarms += store.passes - before - 1
    assert alarms > 0.8 * len(seeds)


# Orders that the sweep finishes.


@pytest.mark.parametrize("writes", range(1, 9))
def test_a_sweep_removes_what_is_left_of_a_placing(desk: Desk, writes: int) -> None:
    before = dict(desk.store.items)
    desk.stop_after(writes, lambda: desk.place(days(9), voucher_code=ONCE10.code))
    assert desk.store.items != before
    desk.clock.at += 59
    assert desk.sweep() == 0
    desk.clock.at += 1
    assert desk.sweep() == 1
    left = {key: item for key, item in desk.store.items.items() if before.get(key) != item}
    assert all(
        isinstance(item, Ledger) and not item.holds and not any(item.segments.values())
        for item in left.values()
    )


@pytest.mark.parametrize("writes", range(1, 5))
def test_a_sweep_finishes_what_a_sweep_left_unfinished(desk: Desk, writes: int) -> None:
    before = dict(desk.store.items)
    desk.stop_after(4, lambda: desk.place(days(9)))
    desk.clock.at += 60
    desk.stop_after(writes, desk.sweep)
    assert [item.status for item in desk.store.items.values() if isinstance(item, Order)] == ["abandoned"]
    desk.clock.at += IDLE
    assert desk.sweep() == 1
    left = {key: item for key, item in desk.store.items.items() if before.get(key) != item}
    assert all(
        isinstance(item, Ledger) and not item.holds and not any(item.segments.values())
        for item in left.values()
    )


def test_a_sweep_finishes_a_placing_that_counts_already(desk: Desk) -> None:
    total = writes_of(lambda desk: desk.place(days(9)))
    desk.stop_after(total - 1, lambda: desk.place(days(9)))
    assert sum(len(item.holds) for item in desk.store.items.values() if isinstance(item, Ledger)) > 0
    desk.clock.at += IDLE
    assert desk.sweep() == 1
    assert sum(len(item.holds) for item in desk.store.items.values() if isinstance(item, Ledger)) == 0
    assert [item.status for item in desk.store.items.values() if isinstance(item, Order)] == ["completed"]
    assert (desk.sweep(), desk.found()) == (0, [])


def writes_of(operation: Callable[[Desk], Any]) -> int:
    """Returns the number of transactions of an operation."""
    desk, count = Desk(), 0

    def write() -> None:
        nonlocal count
        count += 1

    desk.store.before_write = write
    operation(desk)
    return count


@pytest.mark.parametrize("writes", range(1, 9))
def test_a_sweep_finishes_a_cancellation(desk: Desk, writes: int) -> None:
    placed = desk.place(days(12), voucher_code=ONCE10.code)
    desk.stop_after(writes, lambda: desk.cancel(placed))
    desk.clock.at += IDLE - 1
    assert desk.sweep() == 0
    desk.clock.at += 1
    assert desk.sweep() == 1
    assert (desk.order(placed).status, desk.order(placed).active_bookings) == ("canceled", 0)
    assert desk.store.items[Key("voucher", "once10")].redemptions == 0
    assert (desk.sweep(), desk.found()) == (0, [])


@pytest.mark.parametrize("writes", range(1, 5))
def test_a_sweep_finishes_the_cancellation_of_a_part_of_a_draft(desk: Desk, writes: int) -> None:
    placed = desk.draft(meeting(sub_bookings=parts(9)), meeting(TUESDAY))
    desk.stop_after(writes, lambda: desk.cancel_booking(placed))
    desk.clock.at += IDLE
    assert desk.sweep() == 1
    assert (desk.order(placed).status, desk.order(placed).active_bookings) == ("draft", 1)
    assert (desk.sweep(), desk.found()) == (0, [])


@pytest.mark.parametrize("writes", range(1, 5))
def test_a_sweep_finishes_the_completion_of_a_draft(desk: Desk, writes: int) -> None:
    placed = desk.draft(days(12))
    desk.stop_after(writes, lambda: desk.complete(placed))
    desk.clock.at += IDLE
    assert desk.sweep() == 1
    assert desk.order(placed).status == "completed"
    assert {item.status for item in desk.store.items.values() if isinstance(item, Booking)} == {"accepted"}
    assert (desk.sweep(), desk.found()) == (0, [])


@pytest.mark.parametrize("count", [1, 12])
def test_a_sweep_ends_a_draft_whose_time_is_over(desk: Desk, count: int) -> None:
    placed = desk.draft(days(count))
    ends = placed.order.expires_at
    assert ends
    desk.clock.at = ends - 1
    assert desk.sweep() == 0
    desk.clock.at += 1
    assert desk.sweep() == 1
    assert desk.order(placed).status == "expired"
    ledgers = [item for item in desk.store.items.values() if isinstance(item, Ledger)]
    assert len(ledgers) == count
    assert not any(ledger.holds or any(ledger.segments.values()) for ledger in ledgers)


def test_a_sweep_gives_back_the_rest_of_a_draft_that_somebody_else_ended(desk: Desk) -> None:
    placed = desk.draft(days(3))
    desk.clock.at += 15 * 60
    desk.place()
    assert desk.order(placed).status == "expired"
    assert sum(len(item.holds) for item in desk.store.items.values() if isinstance(item, Ledger)) == 2
    assert desk.sweep() == 1
    assert sum(len(item.holds) for item in desk.store.items.values() if isinstance(item, Ledger)) == 0
    assert desk.found() == []


def test_a_sweep_of_one_resource_finishes_what_is_on_it(desk: Desk) -> None:
    desk.draft(meeting())
    desk.draft(desks(1))
    desk.clock.at += 15 * 60
    assert sweep(desk.store, desk.clock, ORGANIZATION.id, ROOM.id) == 1
    assert desk.sweep() == 1


def test_a_sweep_leaves_another_attempt_alone() -> None:
    desk, store = live_desk()
    desk.stop_after(2, lambda: desk.place(days(9)))
    [key] = (key for key, item in store.items.items() if isinstance(item, Order))
    desk.clock.at += 60

    def anew(_: Key) -> None:
        edited(desk, key, expires_at=desk.clock.at + 60, attempt="new")

    # It is placed again during the sweep.
    store.rank, store.meanwhile = lambda key: (key.kind != "order", key), anew  # type: ignore[method-assign]
    assert desk.sweep() == 1
    assert store.items[key].status == "placing"


def test_a_sweep_goes_on_behind_an_order_that_can_not_be_finished(desk: Desk) -> None:
    stuck, other = desk.place(days(9)), desk.draft(desks(1))
    desk.stop_after(1, lambda: desk.cancel(stuck))
    # The units to give back do not exist.
    used(desk, MONDAY, -1)
    desk.clock.at += 3600
    assert desk.sweep() == 2
    assert (desk.order(stuck).status, desk.order(other).status) == ("canceling", "expired")
    assert desk.clock.pauses_left > 9_000


@pytest.mark.parametrize("seen", [True, False])
def test_a_sweep_leaves_an_order_that_can_not_be_read_in_time_to_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    busy, other = desk.draft(desks(1)), desk.draft(desks(1))
    desk.clock.at += 3600
    read, everything = desk.store.order, desk.store.everything

    def order(context: Context, order_id: str) -> Any:
        for _ in retries(context.clock) if order_id == busy.order.id else ():
            pass
        return read(context, order_id)

    monkeypatch.setattr(desk.store, "order", order)
    monkeypatch.setattr(
        desk.store,
        "everything",
        lambda clock: (each for each in everything(clock) if seen or each[1] != order_key(busy)),
    )
    desk.sweep()
    assert (desk.order(busy).status, desk.order(other).status) == ("draft", "expired")
    assert desk.clock.pauses_left > 9_000


def test_a_sweep_keeps_only_what_may_be_unfinished(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that is too large for the audit's memory can still be swept."""
    done = [desk.place(desks(1, NINE + timedelta(days=day))) for day in range(5)]
    desk.stop_after(2, lambda: desk.complete(desk.draft(days(12))))
    left = desk.draft(desks(1))
    desk.clock.at += 15 * 60
    kept, add = set[Key](), Audit.add
    monkeypatch.setattr(Audit, "add", lambda self, key, item: (kept.add(key), add(self, key, item)))

    assert desk.sweep() == 2

    assert order_key(left) in kept
    assert not kept & {order_key(placed) for placed in done}
    assert not kept & {Key("booking", booking.id) for placed in done for booking in placed.bookings}
    assert {key.kind for key in kept} == {"order", "booking", "ledger"}


def test_an_order_that_can_not_be_finished_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [desk.draft(meeting(NINE + timedelta(days=day))) for day in range(3)]
    desk.clock.at += 15 * 60
    read = desk.store.order
    broken = sorted(placed.order.id for placed in drafts)[0]

    def order(context: Context, order_id: str) -> Any:
        if order_id == broken:
            raise ValueError("It makes no sense.")
        return read(context, order_id)

    monkeypatch.setattr(desk.store, "order", order)
    with pytest.raises(ExceptionGroup, match="1 of 3 orders"):
        desk.sweep()

    statuses = {placed.order.id: desk.order(placed).status for placed in drafts}
    assert statuses.pop(broken) == "draft"
    assert set(statuses.values()) == {"expired"}


def test_a_sweep_goes_on_behind_an_order_that_can_not_be_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = desk.draft(desks(1)), desk.draft(desks(1))
    # Only its holds are seen, not the order itself.
    hidden, read, everything = order_key(broken), desk.store.order, desk.store.everything

    def order(context: Any, order_id: str) -> Any:
        if order_id == broken.order.id:
            raise ValueError("an item that somebody has edited")
        return read(context, order_id)

    monkeypatch.setattr(desk.store, "order", order)
    monkeypatch.setattr(
        desk.store, "everything", lambda clock: (each for each in everything(clock) if each[1] != hidden)
    )
    desk.clock.at += 3600
    with pytest.raises(ExceptionGroup):
        desk.sweep()
    assert desk.order(other).status == "expired"


def test_an_order_takes_little_memory_until_all_have_been_seen() -> None:
    # docs/scale.md says how many orders fit into the function's memory.
    desk = Desk()
    placed = desk.place()
    order, booking = desk.order(placed), desk.store.items[Key("booking", f"{placed.order.id}-1")]
    assert isinstance(booking, Booking)
    documents = order.model_dump_json(), booking.model_dump_json()
    many = 500
    tracemalloc.start()
    try:
        before, run = tracemalloc.get_traced_memory()[0], Audit(desk.clock.at)
        for number in range(many):
            id = f"{number:036}"
            head, sold = (
                type_.model_validate_json(text.replace(placed.order.id, id))
                for type_, text in zip((Order, Booking), documents, strict=True)
            )
            run.add(Key("order", id), head)
            run.add(Key("booking", f"{id}-1"), sold)
        gc.collect()
        kept = (tracemalloc.get_traced_memory()[0] - before) / many
    finally:
        tracemalloc.stop()
    assert len(run.findings()) == 1, "a day that is not there"
    assert kept < 2_500
