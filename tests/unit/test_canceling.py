"""Completing, canceling, deleting and annotating: what goes along, what stays, and what is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.domain.booking.writes import ChangedBooking, NewBooking, bytes_of, order_bytes
from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.orders.order import Booking, Cause, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import arrived, order_after
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import CompletionConfig, OrderDocument
from frontdesk.domain.requests.envelope import Shown, read_document
from frontdesk.domain.requests.order import read_as
from frontdesk.domain.trail import Entry
from frontdesk.errors import Phrase
from frontdesk.usecases.orders.attend import note_attendance
from frontdesk.usecases.orders.change import (
    annotate_order,
    cancel_booking,
    cancel_order,
    complete_order,
    remove_booking,
    undo_order,
)
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.orders.place import Placed
from tests.support.aftermath import findings
from tests.support.demo import DESK, DESKS, NINE, ORGANIZATION, desks, in_use, order
from tests.support.fakes import FakeClock
from tests.support.shrink import shrink
from tests.unit.test_placing import NOW, Noting, alone, at_write, codes, context

PART = {"resource_id": DESKS.id, "service_id": {DESK.id: 1}}
STEPS = pytest.mark.parametrize("steps", [False, True])


@pytest.fixture
def store() -> Noting:
    return Noting()


def place(store: Noting, *bookings: dict[str, Any], **fields: Any) -> Placed:
    return alone(store, order(*bookings, **{"notify_customer": False, **fields}))


def statuses(store: Noting) -> dict[str, str]:
    """By the numbers of the bookings, with those that are hidden in brackets."""
    there = sorted(
        (item for item in store.items.values() if isinstance(item, Booking)), key=lambda each: each.id
    )
    return {each.id[-1]: f"({each.status})" if each.deleted else each.status for each in there}


def actions(store: Noting) -> list[str]:
    return [item.action for item in store.items.values() if isinstance(item, Entry)]


def used(store: Noting) -> int:
    days = [item for key, item in store.items.items() if key.kind == "ledger"]
    return max((max(in_use(day.segments).values(), default=0) for day in days), default=0)


def holds(store: Noting) -> int:
    return sum(len(item.holds) for key, item in store.items.items() if key.kind == "ledger")


def in_steps(steps: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if steps:
        shrink(monkeypatch, MAX_ACTIONS=4, _LEDGERS_AT_ONCE=1)


# --- completing ---------------------------------------------------------------------------------------------------


def complete(store: Noting, id: str, clock: FakeClock | None = None, **body: Any) -> tuple[Order, Any]:
    return complete_order(context(clock), id, read_as(CompletionConfig, body), store)


@STEPS
def test_a_completed_draft_holds_nothing_any_more_and_is_told_once(
    store: Noting, steps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = place(store, desks(2), desks(3, NINE + timedelta(days=1)), complete_order=False).order
    store.stale = dict.fromkeys(key for key in store.items if key.kind == "ledger")
    in_steps(steps, monkeypatch)
    before = len(store.written)

    after, bookings = complete(store, draft.id)

    written = [
        each for writes in store.written[before:] for each in writes if isinstance(each, ChangedBooking)
    ]
    assert len(written) == 2

    assert (after.status, after.expires_at, holds(store), used(store)) == ("completed", None, 0, 3)
    assert {each.status for each in bookings} == {"accepted"}
    assert actions(store) == ["completed"]
    assert (len(store.written) - before == 1) is not steps
    assert complete(store, draft.id)[0] == store.items[Key("order", draft.id)]
    assert findings(store.items.items(), NOW) == []


@pytest.mark.parametrize("bookings", [[desks(2, NINE, 6 * 1440)], [desks(1)] * 5])
def test_a_draft_of_more_than_a_transaction_takes_keeps_no_hold(
    store: Noting, bookings: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many days or bookings are no reason to read the days: they are written step by step."""
    draft = place(store, *bookings, complete_order=False).order
    shrink(monkeypatch, MAX_ACTIONS=5, _LEDGERS_AT_ONCE=2)
    store.keys = []

    complete(store, draft.id)

    assert holds(store) == 0
    assert not any(key.kind == "ledger" for key in store.keys[0])


def with_questions(store: Noting, **fields: Any) -> Placed:
    for id in ("o", "s", "n"):
        store.items[Key("custom_field", id)] = CustomField(id=id, label=id, field_type="number")
    key = Key("organization", ORGANIZATION.id)
    store.items[key] = ORGANIZATION.model_copy(update={"order_custom_fields": {"o": True}})
    store.items[Key("service", DESK.id)] = DESK.model_copy(update={"custom_fields": {"s": True}})
    return place(store, desks(1), desks(1, NINE + timedelta(days=1)), complete_order=False)


@STEPS
@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, ["custom_field_required", "custom_field_required"]),
        ({"order_custom_fields": {"o": 1}}, ["custom_field_required"]),
        ({"service_custom_fields": {"s": 1}}, ["custom_field_required"]),
        ({"order_custom_fields": {"o": 1}, "service_custom_fields": {"s": "x"}}, ["invalid_custom_field"]),
        (
            {"order_custom_fields": {"o": 1, "n": 2}, "service_custom_fields": {"s": 1}},
            ["custom_field_not_found"],
        ),
        ({"order_custom_fields": {"o": 1}, "service_custom_fields": {"s": 2}}, []),
    ],
)
def test_a_draft_is_completed_once_all_is_answered(
    store: Noting, steps: bool, body: dict[str, Any], found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = with_questions(store)
    in_steps(steps, monkeypatch)

    assert sorted(codes(lambda: complete(store, draft.order.id, **body))) == sorted(found)

    after = store.items[Key("order", draft.order.id)]
    entries = [store.items[Key("booking", each.id)].custom_entries for each in draft.bookings]
    assert after.status == ("draft" if found else "completed")
    assert (list(after.custom_entries), [list(each) for each in entries]) == (
        ([], [[], []]) if found else (["o"], [["s"], ["s"]])
    )


def test_what_is_answered_wrong_is_told_by_the_name_of_its_question(store: Noting) -> None:
    draft = with_questions(store)

    with pytest.raises(FrontdeskError) as refused:
        complete(store, draft.order.id, order_custom_fields={"o": "x"})

    wrong, missing = refused.value.problems

    assert (wrong.pointer, wrong.values["label"]) == ("/order_custom_fields/o", "o")
    assert isinstance(wrong.values["reason"], Phrase)
    assert (missing.pointer, missing.values) == ("/service_custom_fields/s", {"label": "s"})


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        # What is no answer at all is told once, not as missing too.
        ({"order_custom_fields": 7}, ["/order_custom_fields", "/service_custom_fields/s"]),
        (
            {"order_custom_fields": {"o": 1, "x": 2}, "service_custom_fields": {"s": 3}},
            ["/order_custom_fields/x"],
        ),
    ],
)
def test_each_mistake_in_answers_is_told_once(store: Noting, body: Any, pointers: list[str]) -> None:
    draft = with_questions(store)

    with pytest.raises(FrontdeskError) as refused:
        complete(store, draft.order.id, **body)

    assert sorted(problem.pointer or "" for problem in refused.value.problems) == pointers
    for problem in refused.value.problems:
        if problem.code == "custom_field_not_found":
            assert problem.values == {"reason": Phrase("no_answer_lacking", {"id": "x"})}


def test_a_draft_whose_answers_are_not_written_is_not_completed(
    store: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In steps, each answer is written before. Somebody has changed a booking meanwhile."""
    draft = with_questions(store)
    in_steps(True, monkeypatch)
    key = Key("booking", draft.bookings[0].id)
    noted = draft.bookings[0].model_copy(update={"version": 2, "note": "Ring twice"})
    at_write(store, lambda: store.items.update({key: noted}))
    body = {"order_custom_fields": {"o": 3}, "service_custom_fields": {"s": 4}}

    assert complete(store, draft.order.id, **body)[0].status == "completed"

    booking = store.items[key]
    assert (booking.note, booking.status, list(booking.custom_entries)) == ("Ring twice", "accepted", ["s"])


@STEPS
def test_what_was_answered_before_is_kept(
    store: Noting, steps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for id in ("o", "s", "p", "t"):
        store.items[Key("custom_field", id)] = CustomField(id=id, label=id, field_type="number")
    key = Key("organization", ORGANIZATION.id)
    store.items[key] = ORGANIZATION.model_copy(update={"order_custom_fields": {"o": True, "p": True}})
    asks = {"custom_fields": {"s": True, "t": True}}
    store.items[Key("service", DESK.id)] = DESK.model_copy(update=asks)
    asked = desks(1, service_custom_fields={"t": 1}, order_custom_fields={"p": 2})
    draft = place(store, asked, complete_order=False).order
    in_steps(steps, monkeypatch)

    body = {"order_custom_fields": {"o": 3}, "service_custom_fields": {"s": 4}}
    after, [booking] = complete(store, draft.id, **body)

    answers = [{id: each.value for id, each in of.custom_entries.items()} for of in (after, booking)]
    assert answers == [{"p": 2, "o": 3}, {"t": 1, "s": 4}]


def test_nobody_is_asked_what_was_abolished(store: Noting) -> None:
    draft = with_questions(store)
    del store.items[Key("custom_field", "o")], store.items[Key("custom_field", "s")]

    assert complete(store, draft.order.id)[0].status == "completed"


@pytest.mark.parametrize(
    ("status", "code"),
    [("canceled", "order_canceled"), ("canceling", "order_canceled"), ("expired", "order_expired")],
)
def test_what_has_ended_is_not_completed(store: Noting, status: str, code: str) -> None:
    draft = place(store, desks(2), complete_order=False).order
    store.items[Key("order", draft.id)] = draft.model_copy(update={"status": status, "active_bookings": 1})

    assert codes(lambda: complete(store, draft.id)) == [code]


@pytest.mark.parametrize(
    ("changes", "values"),
    [
        ({"expires_at": NOW}, {"reason": Phrase("draft_expired")}),
        (
            {"status": "canceled"},
            {"reason": Phrase("only_drafts_complete", {"status": Phrase("status_canceled")})},
        ),
    ],
)
def test_whoever_cannot_complete_is_told_why(store: Noting, changes: Any, values: Any) -> None:
    draft = place(store, desks(2), complete_order=False).order
    store.items[Key("order", draft.id)] = draft.model_copy(update=changes)

    with pytest.raises(FrontdeskError) as refused:
        complete(store, draft.id)

    assert [problem.values for problem in refused.value.problems] == [values]


@pytest.mark.parametrize(("more", "found"), [(0, []), (1, ["total_differs"])])
def test_a_draft_is_completed_at_the_total_that_was_shown(store: Noting, more: int, found: list[str]) -> None:
    draft = place(store, desks(2), desks(1), complete_order=False).order

    assert codes(lambda: complete(store, draft.id, expected_total=draft.amounts.total + more)) == found


@pytest.mark.parametrize("gone", [True, False])
def test_a_draft_is_completed_with_the_voucher_as_it_is_by_then(store: Noting, gone: bool) -> None:
    """Deleted meanwhile it counts nothing; used up it refuses, and says so."""
    draft = place(store, desks(1), complete_order=False, voucher_code="TWO").order
    key = Key("voucher", "two")
    used_up = store.items[key].model_copy(update={"redemptions": 2})
    at_write(store, lambda: store.items.pop(key) if gone else store.items.update({key: used_up}))

    if gone:
        assert complete(store, draft.id)[0].status == "completed"
        return
    with pytest.raises(FrontdeskError) as refused:
        complete(store, draft.id)
    [problem] = refused.value.problems
    assert (problem.code, problem.values) == (
        "voucher_exhausted",
        {"reason": Phrase("voucher_used_up_since")},
    )


# --- canceling ----------------------------------------------------------------------------------------------------


@STEPS
def test_a_canceled_order_takes_its_parts_along(
    store: Noting, steps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = place(store, desks(1, sub_bookings=[PART, PART]), desks(1, NINE + timedelta(days=1)))
    in_steps(steps, monkeypatch)

    after, _ = cancel_order(context(), placed.order.id, store)

    assert (after.status, after.active_bookings, used(store)) == ("canceled", 0, 0)
    assert set(statuses(store).values()) == {"canceled"}
    assert actions(store) == ["canceled"]
    # In steps, days are read as they are written.
    assert max(len(keys) for keys in store.keys[1:]) <= 2 - steps


@STEPS
def test_a_cancellation_frees_what_there_is(
    store: Noting, steps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading that lags would free a day as it was, or none."""
    placed = place(store, desks(1), desks(1, NINE + timedelta(days=1)))
    days = [key for key in store.items if key.kind == "ledger"]
    store.stale = dict.fromkeys(days)
    in_steps(steps, monkeypatch)

    cancel_order(context(FakeClock(pauses=0)), placed.order.id, store)

    assert used(store) == 0


def test_nobody_who_arrives_is_lost_to_a_cancellation_in_steps(
    store: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of few bookings on many days, too, which leave the order as it is when somebody arrives."""
    placed = place(store, *(desks(1, NINE + timedelta(days=n)) for n in range(4)))
    shrink(monkeypatch, MAX_ACTIONS=6, _LEDGERS_AT_ONCE=1)
    at_write(store, lambda: note_attendance(context(), placed.bookings[3].id, arrived, store) and None)

    after, _ = cancel_order(context(), placed.order.id, store)

    assert (after.status, list(statuses(store).values())) == ("completed", ["canceled"] * 3 + ["accepted"])


@pytest.mark.parametrize("more", range(-1_000, 5_000, 500))
def test_a_cancellation_takes_no_more_bytes_than_a_transaction(
    store: Noting, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its days may be what does not fit."""
    placed = place(store, *(desks(1, NINE + timedelta(days=n)) for n in range(2)))
    item = order_bytes(placed.order) + 1_500
    most = item + sum(bytes_of(NewBooking(each)) for each in placed.bookings) + more
    shrink(
        monkeypatch, MAX_ACTIONS=100, _LEDGERS_AT_ONCE=1, MAX_ITEM=item, MAX_TRANSACTION=max(most, 2 * item)
    )

    assert cancel_order(context(), placed.order.id, store)[0].status == "canceled"
    assert used(store) == 0


@STEPS
@pytest.mark.parametrize("notify", [True, False])
def test_whoever_is_to_be_told_of_a_cancellation_is_told_of_what_left(
    store: Noting, steps: bool, notify: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = place(store, desks(1), desks(1, NINE + timedelta(days=1)), desks(1, NINE + timedelta(days=2)))
    in_steps(steps, monkeypatch)

    _, after, _ = cancel_booking(context(), placed.bookings[1].id, store, notify=notify)

    told = Cause(version=placed.order.version + 1, kind="cancellation", ordinals=(2,))
    assert store.items[Key("order", after.id)].causes == ((told,) if notify else ())


def test_nobody_is_told_of_a_draft_that_is_canceled(store: Noting) -> None:
    draft = place(store, desks(1), complete_order=False).order

    after, _ = cancel_order(context(), draft.id, store, notify=True)

    assert (after.status, after.causes, holds(store), used(store)) == ("canceled", (), 0, 0)


def test_a_draft_that_has_expired_is_not_canceled(store: Noting) -> None:
    draft = place(store, desks(1), complete_order=False).order
    late = context(FakeClock(draft.expires_at or 0))

    assert codes(lambda: cancel_order(late, draft.id, store)) == ["order_expired"]


@STEPS
def test_an_import_that_is_undone_says_so(
    store: Noting, steps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file can be imported again, and what was undone is looked for once."""
    placed = place(store, *(desks(1, NINE + timedelta(days=n)) for n in range(3)))
    in_steps(steps, monkeypatch)
    looks = [1]

    def find() -> Any:
        assert looks.pop(), "an order that is undone is not found any more"
        return find_order(context(), placed.order.id, store)

    undo_order(context(FakeClock(int(NINE.timestamp()) + 40 * 86_400)), find, store)

    after = store.items[Key("order", placed.order.id)]
    assert (after.status, after.undone, used(store)) == ("canceled", True, 0)
    # Whoever was imported by mistake was told nothing, and is told nothing now.
    assert after.causes == ()
    assert actions(store) == ["undone"]
    assert find_order(context(), placed.order.id, store)[0].undone


@STEPS
def test_whoever_cancels_undoes_no_import(
    store: Noting, steps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = place(store, *(desks(1, NINE + timedelta(days=n)) for n in range(3)))
    in_steps(steps, monkeypatch)

    assert cancel_order(context(), placed.order.id, store)[0].undone is False


# --- deleting -----------------------------------------------------------------------------------------------------


@STEPS
@pytest.mark.parametrize(
    ("canceled", "delete", "expected"),
    [
        ([], False, ["canceled"] * 3 + ["accepted"]),
        ([2], False, ["canceled"] * 3 + ["accepted"]),
        ([], True, ["(canceled)"] * 3 + ["accepted"]),
        ([2], True, ["(canceled)"] * 3 + ["accepted"]),
        ([2, 3], True, ["(canceled)"] * 3 + ["accepted"]),
        ([1], True, ["(canceled)"] * 3 + ["accepted"]),
        ([4], True, ["(canceled)"] * 3 + ["canceled"]),
    ],
)
def test_a_deleted_booking_takes_its_parts_along_and_no_other(
    store: Noting,
    steps: bool,
    canceled: list[int],
    delete: bool,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placed = place(store, desks(1, sub_bookings=[PART, PART]), desks(1, NINE + timedelta(days=1)))
    for number in canceled:
        cancel_booking(context(), placed.bookings[number - 1].id, store)
    in_steps(steps, monkeypatch)

    (remove_booking if delete else cancel_booking)(context(), placed.bookings[0].id, store)

    assert list(statuses(store).values()) == expected
    hidden = tuple(int(number) for number, status in statuses(store).items() if status == "(canceled)")
    assert store.items[Key("order", placed.order.id)].deleted == hidden
    assert actions(store)[-1] == ("deleted" if delete else "canceled")
    assert findings(store.items.items(), NOW) == []


def test_a_part_that_took_place_is_not_deleted_with_its_booking(store: Noting) -> None:
    placed = place(store, desks(1, sub_bookings=[PART]))
    main = placed.bookings[0]
    store.items[Key("booking", main.id)] = main.model_copy(update={"status": "canceled"})
    store.items[Key("order", placed.order.id)] = placed.order.model_copy(update={"active_bookings": 1})

    remove_booking(context(), main.id, store)

    assert statuses(store) == {"1": "(canceled)", "2": "accepted"}


def test_a_draft_lives_on_without_a_booking_that_is_deleted(store: Noting) -> None:
    draft = place(store, desks(1), desks(1, NINE + timedelta(days=1)), complete_order=False)
    cancel_booking(context(), draft.bookings[0].id, store)

    remove_booking(context(), draft.bookings[0].id, store)

    after = store.items[Key("order", draft.order.id)]
    assert (after.status, statuses(store), holds(store)) == ("draft", {"1": "(canceled)", "2": "reserved"}, 1)


# --- annotating ---------------------------------------------------------------------------------------------------


def annotate(store: Noting, id: str, clock: FakeClock | None = None, **attributes: Any) -> Order:
    body = {"data": {"type": "orders", "id": id, "attributes": attributes}}
    reading = read_document(OrderDocument, "orders", body, id, Shown(["status"]))
    present: Callable[..., Any] = lambda *_: {"attributes": {"status": "accepted"}}  # noqa: E731
    return annotate_order(context(clock), id, reading, store, present)[0]


@pytest.mark.parametrize(
    ("attributes", "note", "written"),
    [
        ({"note": "new"}, "new", True),
        ({"note": "old"}, "old", False),
        ({"note": None}, None, True),
        ({}, "old", False),
        ({"status": "accepted"}, "old", False),
        ({"status": "accepted", "note": "new"}, "new", True),
    ],
)
def test_a_note_is_written_where_it_is_another(
    store: Noting, attributes: dict[str, Any], note: str | None, written: bool
) -> None:
    placed = place(store, desks(1)).order
    annotate(store, placed.id, note="old")
    before = len(store.written)

    after = annotate(store, placed.id, **attributes)

    assert after.note == store.items[Key("order", placed.id)].note == note
    assert (len(store.written) > before) == written
    assert actions(store) == ["changed"] * (1 + written)


@pytest.mark.parametrize(
    ("attributes", "found"),
    [({"note": 7}, True), ({"status": "canceled", "note": "x"}, True), ({"nothing": 1}, True)],
)
def test_a_note_that_is_sent_with_what_is_wrong_is_refused(
    store: Noting, attributes: dict[str, Any], found: bool
) -> None:
    placed = place(store, desks(1)).order

    assert bool(codes(lambda: annotate(store, placed.id, **attributes))) == found
    assert store.items[Key("order", placed.id)] == placed


def test_an_order_that_is_canceled_while_it_gets_a_note_is_canceled_and_has_the_note(store: Noting) -> None:
    placed, clock = place(store, desks(1)).order, FakeClock()
    at_write(store, lambda: cancel_order(context(), placed.id, store) and None)

    assert annotate(store, placed.id, clock, note="refunded").status == "canceled"
    assert clock.pauses_left == FakeClock().pauses_left - 1
    after = store.items[Key("order", placed.id)]
    assert (after.status, after.note, actions(store)) == ("canceled", "refunded", ["canceled", "changed"])
    assert findings(store.items.items(), NOW) == []


def test_a_note_on_an_order_that_is_being_canceled_waits_until_it_is(store: Noting) -> None:
    """Otherwise the note would interrupt the cancellation, and its slots would stay taken until the next audit."""
    placed = place(store, desks(2)).order
    store.items[Key("order", placed.id)] = order_after(placed, "canceling", NOW, canceling=(1,))

    assert annotate(store, placed.id, note="refunded").status == "canceled"
    assert (store.items[Key("order", placed.id)].canceling, statuses(store)) == ((), {"1": "canceled"})
    assert findings(store.items.items(), NOW) == []


def test_a_draft_that_gets_a_note_after_its_end_has_expired(store: Noting) -> None:
    draft = place(store, desks(2), complete_order=False).order
    assert draft.expires_at is not None

    after = annotate(store, draft.id, FakeClock(draft.expires_at), note="Did not answer")

    assert (after.status, after.note, holds(store)) == ("expired", "Did not answer", 0)


def test_nothing_is_presented_where_nothing_is_sent_back(store: Noting) -> None:
    """An order of a thousand bookings takes a while; and who presents nothing compares nothing."""
    placed = place(store, desks(1)).order

    def never(*_: Any) -> Any:
        raise AssertionError

    for attributes, present in [({"note": "a"}, never), ({"note": "b", "status": "any"}, None)]:
        body = {"data": {"type": "orders", "id": placed.id, "attributes": attributes}}
        reading = read_document(OrderDocument, "orders", body, placed.id, Shown(["status"]))
        assert annotate_order(context(), placed.id, reading, store, present)[0].note == attributes["note"]


@pytest.mark.parametrize("how", ["cancel", "complete"])
def test_between_two_tries_is_a_pause(store: Noting, how: str) -> None:
    draft, clock = place(store, desks(1), complete_order=False).order, FakeClock(pauses=1)
    at_write(store, lambda: None, {Key("order", draft.id): draft})

    cancel_order(context(clock), draft.id, store) if how == "cancel" else complete(store, draft.id, clock)

    assert clock.pauses_left == 0


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": {"attributes": {}}}])
def test_a_change_without_a_note_changes_none(store: Noting, body: dict[str, Any]) -> None:
    placed = annotate(store, place(store, desks(1)).order.id, note="old")

    assert annotate_order(context(), placed.id, read_as(OrderDocument, body), store)[0] == placed


def test_whoever_comes_too_late_is_told_why(store: Noting) -> None:
    draft = place(store, desks(1), complete_order=False).order

    with pytest.raises(FrontdeskError) as refused:
        cancel_order(context(FakeClock(draft.expires_at or 0)), draft.id, store)

    told = [(problem.code, problem.values["reason"]) for problem in refused.value.problems]
    assert told == [("order_expired", Phrase("draft_expired_already"))]
