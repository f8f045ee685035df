"""What a transaction takes, and what each of its writes says: of orders in steps, completed, canceled, hidden and recorded."""

from typing import Any

import pytest

from frontdesk.domain.booking import changes
from frontdesk.domain.booking import placement as module
from frontdesk.domain.booking.changes import (
    as_read,
    as_written,
    begun,
    can_all_be_checked,
    completed,
    families_of,
    family_of,
    hidden_of,
    in_transactions,
    recorded,
    recorded_of,
    with_deleted,
)
from frontdesk.domain.booking.placement import (
    PLACING_SECONDS,
    Claims,
    Placement,
    as_placing,
    booking_claims,
    counted,
    fits_one_transaction,
    together,
)
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    CheckedBooking,
    CheckedVoucher,
    NewBooking,
    NewOrder,
    VoucherCount,
    bytes_of,
)
from frontdesk.domain.catalog.items import Voucher
from frontdesk.domain.ledger import Claim, Ledger, LedgerChange, change
from frontdesk.domain.orders.order import Booking, Cause, Unanswered, VoucherUse
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.orders.states import order_after
from frontdesk.domain.trail import SYSTEM, Entry
from tests.unit.test_holds import DAY, NINE, NOTHING, NOW, TEN, booking, day, hold, order, taken_at

ONES = [NewBooking(booking(id=f"o-{n}")) for n in range(1, 6)]
SIZE = bytes_of(ONES[0])


def groups(most: int, room: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(changes, "MAX_ITEM", 10)
    monkeypatch.setattr(changes, "MAX_TRANSACTION", room + 10)
    return [len(group) for group in in_transactions(ONES, most)]


@pytest.mark.parametrize(
    ("most", "room", "expected"),
    [
        (5, 9 * SIZE, [5]),
        (4, 9 * SIZE, [4, 1]),
        (2, 9 * SIZE, [2, 2, 1]),
        # As many bytes as there is room for, and what has none goes alone.
        (9, 5 * SIZE, [5]),
        (9, 5 * SIZE - 1, [4, 1]),
        (9, 2 * SIZE, [2, 2, 1]),
        (9, SIZE - 1, [1] * 5),
    ],
)
def test_a_group_takes_as_much_as_a_transaction_beside_its_order(
    most: int, room: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert groups(most, room, monkeypatch) == expected


@pytest.mark.parametrize(
    ("actions", "size", "more", "fits"),
    [
        (5, 5 * SIZE, 0, True),
        (4, 5 * SIZE, 0, False),
        (5, 5 * SIZE, 1, False),
        (6, 5 * SIZE, 1, True),
        (5, 5 * SIZE - 1, 0, False),
    ],
)
def test_what_fits_is_counted_in_actions_and_in_bytes(
    actions: int, size: int, more: int, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ACTIONS", actions)
    monkeypatch.setattr(module, "MAX_TRANSACTION", size)

    assert fits_one_transaction(iter(ONES), more) is fits


CHECK = bytes_of(CheckedBooking(booking()))


@pytest.mark.parametrize(
    ("actions", "size", "fits"),
    [(7, 99 * CHECK, True), (6, 99 * CHECK, False), (7, 10 * CHECK, True), (7, 10 * CHECK - 1, False)],
)
def test_bookings_that_one_write_checks_leave_room_for_the_order_the_trail_and_their_growth(
    actions: int, size: int, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MAX_ACTIONS", actions)
    monkeypatch.setattr(changes, "MAX_ITEM", 10)
    monkeypatch.setattr(changes, "MAX_TRANSACTION", size + 10)
    gone = booking(id="o-9", status="canceled")

    assert can_all_be_checked([each.booking for each in ONES] + [gone]) is fits


# --- placing ------------------------------------------------------------------------------------------------------


def placement(*claims: Claim, override: bool = False, **more: Any) -> Placement:
    return Placement(
        order("completed", **more), (booking(override=override),), Claims({DAY: claims}, {DAY: 2})
    )


def test_an_order_under_way_is_the_one_before_it_counts() -> None:
    """Its version is the one below, so that the last step gives it the first one that anybody sees, and its mails are none yet."""
    made = placement(NINE, causes=(Cause(version=1, kind="confirmation"),))

    head = as_placing(made, NOW).order

    assert head == made.order.model_copy(
        update={"status": "placing", "version": 0, "expires_at": NOW + PLACING_SECONDS, "causes": ()}
    )


@pytest.mark.parametrize(("override", "takes"), [(False, False), (True, True)])
def test_orders_that_go_together_bring_all_that_is_theirs(override: bool, takes: bool) -> None:
    one, two = placement(NINE, override=override), placement(TEN, NINE, override=override)
    full = change(Ledger(DAY), [TEN, TEN], capacity=None).result()

    *own, of_day = together([one, two], Snapshot({ledger_item(DAY): full}))

    assert own == [one.new_order, NewBooking(one.bookings[0]), two.new_order, NewBooking(two.bookings[0])]
    assert isinstance(own[0], NewOrder)
    assert isinstance(of_day, LedgerChange)
    after = of_day.applied_to(full)
    assert (after is not None) is takes
    assert after is None or (taken_at(after, 9), taken_at(after, 10)) == (2, 3)


@pytest.mark.parametrize(
    ("order_id", "attempt", "is_claimed"),
    [("o", "mine", True), ("o", "another", False), ("p", "mine", False)],
)
def test_a_day_is_claimed_by_a_hold_of_this_attempt_alone(
    order_id: str, attempt: str, is_claimed: bool
) -> None:
    """Another's hold, or that of an attempt that came to nothing, takes no room for this one."""
    known = Snapshot({ledger_item(DAY): day(hold(order_id=order_id, attempt=attempt))})

    assert placement(NINE).unclaimed([DAY], known) == ([] if is_claimed else [DAY])


USE = VoucherUse(id="v", code="TEN", counts_customer="ada")


@pytest.mark.parametrize(("total", "version"), [(False, 3), (True, 3), (False, None)])
def test_a_use_is_counted_under_limits_that_still_hold(total: bool, version: int | None) -> None:
    """A customer's own limit is kept in the voucher, so that the voucher must be as it was read."""
    voucher = Voucher(
        id="v", code="TEN", percent=10, max_redemptions=5, max_redemptions_per_customer=2, version=3
    )
    known = Snapshot({Key("voucher", "ten"): voucher if version else None})
    use = USE.model_copy(update={"counts_total": total})

    own = VoucherCount("ten", 1, 2 if version else None, "ada")
    guard: list[Any] = (
        [VoucherCount("ten", 1, 5, version=3)] if total else [CheckedVoucher("ten", 3)] if version else []
    )

    assert counted(use, known, 1) == [*guard, own]


def test_a_voucher_without_a_limit_is_no_matter_of_a_write() -> None:
    """Orders that use it at the same time would be in each other's way."""
    known = Snapshot({Key("voucher", "ten"): Voucher(id="v", code="TEN", percent=10, version=3)})

    assert counted(VoucherUse(id="v", code="TEN"), known, 1) == []


# --- holds that are over ------------------------------------------------------------------------------------------


def removed(full: Ledger, *claims: Claim, held: bool = False) -> set[str]:
    """The names of the holds that go, for claims on a day with room for two."""
    over = {name: each for name, each in full.holds.items() if each.order_id != "live"}
    return set(module._in_the_way(full, over, claims, 2, held))  # noqa: SLF001


def test_of_the_holds_that_are_over_only_those_go_whose_room_is_needed() -> None:
    full = day(hold(), hold(), hold(TEN))

    assert removed(full, NINE) == {"o:mine:0"}
    assert removed(full, NINE, NINE) == {"o:mine:0", "o:mine:1"}
    assert removed(full, TEN) == set()
    assert removed(full, Claim(0, 3600, 2)) == set()


@pytest.mark.parametrize(
    ("most", "held", "gone"), [(0, False, 3), (1, False, 2), (1, True, 3), (2, True, 2), (2, False, 2)]
)
def test_of_a_day_that_grows_too_large_all_go_that_the_claims_overlap(
    most: int, held: bool, gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Holds take most of a day's item: with those to come it must not pass half of what it may take."""
    full = day(hold(), hold(), hold(Claim(9 * 3600, 11 * 3600, 1)), hold(Claim(0, 60, 1)))
    size = module.day_bytes(len(full.segments), len(full.holds)) if most else 0
    with_own = module.day_bytes(len(full.segments), len(full.holds) + 1)
    monkeypatch.setattr(module, "MAX_HELD_DAY", 2 * (with_own if most == 2 else size))

    assert len(removed(full, NINE, held=held)) == gone


# --- completing, canceling, hiding ---------------------------------------------------------------------------------


@pytest.mark.parametrize("notifies", [True, False])
def test_a_completed_draft_has_no_end_no_question_and_the_mail_that_it_wants(notifies: bool) -> None:
    draft = order(
        expires_at=NOW + 9,
        notifies=notifies,
        unanswered=(Unanswered(field_ids=("f",), ordinals=(1,)),),
        version=4,
    )

    after = completed(draft, Snapshot({}), NOW)

    assert (after.status, after.version, after.expires_at, after.unanswered) == ("completed", 5, None, ())
    assert after.causes == ((Cause(version=5, kind="confirmation"),) if notifies else ())


@pytest.mark.parametrize(
    ("voucher", "counts"),
    [
        (Voucher(id="v", code="TEN", percent=10, max_redemptions=5), (True, None)),
        (Voucher(id="v", code="TEN", percent=10, max_redemptions_per_customer=5), (False, "ada")),
        (None, (False, None)),
    ],
)
def test_a_completed_draft_counts_under_the_limits_of_now(
    voucher: Voucher | None, counts: tuple[bool, str | None]
) -> None:
    draft = order(
        voucher=VoucherUse(id="v", code="TEN", counts_total=True, counts_customer="ada"), customer_id="ada"
    )

    use = completed(draft, Snapshot({Key("voucher", "ten"): voucher}), NOW).voucher

    assert use is not None
    assert (use.id, use.code, use.counts_total, use.counts_customer) == ("v", "TEN", *counts)


FIRST, SECOND = booking(), booking(id="o-2")


@pytest.mark.parametrize(
    ("status", "ends", "expected"),
    [
        ("completed", True, "canceling"),
        ("completed", False, "completed"),
        ("draft", True, "draft"),
        ("draft", False, "draft"),
    ],
)
@pytest.mark.parametrize("cause", [None, Cause(version=2, kind="cancellation")])
def test_a_cancellation_that_has_begun_says_what_is_to_leave(
    status: Any, ends: bool, expected: str, cause: Cause | None
) -> None:
    """A step before it may have come further, and another cancellation to its end."""
    seen = order(status, progress=7, causes=(Cause(version=1, kind="confirmation"),))
    after = seen.model_copy(
        update={"status": "canceled" if ends else status, "undone": True, "deleted": (2,)}
    )

    head = begun(seen, after, [FIRST, SECOND], NOW, cause)

    assert (head.status, head.canceling, head.progress, head.deleted) == (expected, (1, 2), 0, (2,))
    assert (head.undone, head.version) == (True, seen.version + 1)
    assert head.causes == (*seen.causes, *([cause] if cause else []))


@pytest.mark.parametrize(
    ("deleted", "is_hidden", "written"), [((1,), False, True), ((2,), False, False), ((1,), True, False)]
)
def test_only_a_visible_booking_that_is_to_be_hidden_is(
    deleted: tuple[int, ...], is_hidden: bool, written: bool
) -> None:
    seen = booking(status="canceled", deleted=is_hidden)

    assert [each.seen for each in hidden_of(order(deleted=deleted), [seen], NOW)] == (
        [seen] if written else []
    )


def test_what_was_deleted_before_stays_deleted() -> None:
    assert with_deleted(order(deleted=(3, 7)), [FIRST, SECOND, booking(id="o-7")]).deleted == (1, 2, 3, 7)


# --- the trail ----------------------------------------------------------------------------------------------------

ENTRY = Entry(at=NOW, action="changed", actor=SYSTEM)


@pytest.mark.parametrize(("bumps", "part"), [(True, "00000002"), (False, "00000001#0001#00000002")])
def test_an_entry_is_named_by_the_order_or_by_the_booking_that_alone_has_changed(
    bumps: bool, part: str
) -> None:
    """Two arrivals at one order have an entry each."""
    seen = order("completed")
    after = order_after(seen, "completed", NOW) if bumps else seen
    noted = ChangedBooking(FIRST, FIRST.model_copy(update={"checked_in_at": NOW, "version": 2}))

    entry = recorded(ENTRY, seen, after, [noted])

    assert (entry.part, entry.entry.changes) == (part, {"checked_in_at": (None, NOW)})


def test_a_price_that_changes_is_recorded() -> None:
    dear = FIRST.model_copy(update={"amounts": NOTHING.model_copy(update={"total": 500})})

    entry = recorded(
        ENTRY,
        order("completed"),
        order_after(order("completed"), "completed", NOW),
        [ChangedBooking(FIRST, dear)],
    )

    assert entry.entry.changes == {"total": (0, 500)}


def test_what_is_written_of_other_orders_is_not_this_ones() -> None:
    """A move ends drafts that are over, whose room it takes."""
    seen, other = order("completed"), order().model_copy(update={"id": "p"})
    after = order_after(seen, "completed", NOW, note="new")
    moved = SECOND.model_copy(update={"note": "later", "version": 2})
    writes = [
        ChangedOrder(other, order_after(other, "expired", NOW)), ChangedBooking(SECOND, moved), ChangedOrder(seen, after),
    ]  # fmt: skip

    assert recorded_of(ENTRY, seen, writes).part == f"{after.version:08}"
    assert recorded_of(ENTRY, seen, writes).order_id == "o"
    assert as_written(seen, [FIRST, SECOND], writes) == (after, [FIRST, moved])
    assert as_written(seen, [FIRST, SECOND], writes[:2]) == (seen, [FIRST, moved])


# --- what bookings take, and whose they are -----------------------------------------------------------------------


@pytest.mark.parametrize(("override", "fits"), [(False, False), (True, True)])
def test_a_claim_is_written_where_there_is_room_or_on_purpose(override: bool, fits: bool) -> None:
    full = change(Ledger(DAY), [NINE, NINE], capacity=None).result()
    known = Snapshot({ledger_item(DAY): full})

    for held_until in (None, NOW + 9):
        [of_day] = placement(NINE, override=override).ledger_changes([DAY], known, NOW, held_until=held_until)
        assert (of_day.applied_to(full) is not None) is fits
        assert bool(of_day.new_holds) is (held_until is not None)


def test_a_booking_takes_its_resources_with_their_blocker_and_its_series_without() -> None:
    seen = booking(resource_ids=("a", "b"), timeslot_series_id="s", blocker_end=7200, weight=2)

    assert {(key.owner, key.kind): claim for key, claim in booking_claims(seen)} == {
        ("a", "resource"): Claim(0, 7200, 2),
        ("b", "resource"): Claim(0, 7200, 2),
        ("s", "timeslot_series"): Claim(0, 3600, 2),
    }
    assert {key.owner for key, _ in booking_claims(FIRST)} == {"room"}


PARTS = [booking(id=f"o-{n}", super_booking="o-1") for n in (3, 4)]


@pytest.mark.parametrize(
    ("of", "family"), [(FIRST, [FIRST, *PARTS]), (PARTS[0], [FIRST, *PARTS]), (SECOND, [SECOND])]
)
def test_a_family_is_a_booking_with_its_parts_whoever_asks(of: Booking, family: list[Booking]) -> None:
    gone = booking(id="o-5", super_booking="o-1", status="canceled")
    every = [FIRST, SECOND, *PARTS, gone]

    assert family_of(of, every) == family
    assert families_of(every)[of.super_booking or of.id] == family


def test_the_bookings_that_are_checked_are_the_nearest_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MAX_ACTIONS", 4)
    far, before, after = (booking(id=f"o-{n}", start=NOW + by) for n, by in enumerate([-9_000, -60, 120]))

    assert as_read([far, after, before], NOW) == [CheckedBooking(before), CheckedBooking(after)]
