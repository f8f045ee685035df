"""What placing an order reads, what it takes for its own, and what it makes of an order that is there, alone and in a batch."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.domain import sizes
from frontdesk.domain.assessment import limits
from frontdesk.domain.booking.history import History
from frontdesk.domain.booking.writes import LedgerChange, NewBooking, NewOrder, Write, bytes_of
from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import Customer, Voucher
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerKey, change
from frontdesk.domain.orders.order import Order, OrderStatus
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.orders.states import order_after, tombstone_of
from frontdesk.domain.problems import Busy, FrontdeskError, OutcomeUnknown, Problem
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.sizes import CUSTOMER_BYTES, MAX_READ_BYTES, ReadingRoom, day_bytes
from frontdesk.domain.trail import Actor, read_stamp
from frontdesk.errors import Money, Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import place_batch
from frontdesk.usecases.orders.calculate import calculate_order
from frontdesk.usecases.orders.place import CustomerAppeared, Idempotency, Placed, place_order
from frontdesk.usecases.orders.place_batch import Asked, assess_together, place_together, problems_together
from tests.support.demo import ADA, CATALOG, DESK, DESKS, NINE, ORGANIZATION, desks, in_use, meeting, order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.refusals import codes
from tests.support.shrink import shrink

NOW = FakeClock().now()
TWO = Voucher(id="two", code="TWO", percent=10, max_redemptions=2)
EACH = Voucher(id="each", code="EACH", percent=10, max_redemptions_per_customer=2)
DAY = ledger_item(LedgerKey(DESKS.id, "2030-04-15"))
BODY = order(desks(5), notify_customer=False)
KEY = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body", "run")
WHO = Actor(kind="token", id="t1", name="Front desk")


class Noting(FakeStore):
    """Notes which keys are read, and what is written."""

    def __init__(self) -> None:
        super().__init__(ORGANIZATION.id, [*CATALOG, TWO, EACH])
        self.keys: list[set[Key]] = []
        self.written: list[Sequence[Write]] = []

    def read(
        self, context: Context, keys: Any, *, consistent: bool, room: ReadingRoom | None = None
    ) -> dict[Key, Any]:
        self.keys.append(set(keys))
        return super().read(context, self.keys[-1], consistent=consistent, room=room)

    def write(self, context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        self.written.append(writes)
        return super().write(context, writes)

    def orders(self) -> list[Order]:
        return [item for item in self.items.values() if isinstance(item, Order)]


@pytest.fixture
def store() -> Noting:
    return Noting()


def context(clock: FakeClock | None = None) -> Context:
    return Context(ORGANIZATION.id, clock or FakeClock(), WHO, "request")


def alone(store: FakeStore, body: dict[str, Any], key: Idempotency | None = None, **more: Any) -> Placed:
    return place_order(context(), read_config(body), store, key, **more)


def batched(
    store: FakeStore, body: dict[str, Any], key: Idempotency = KEY, newcomer: Customer | None = None
) -> Placed:
    [outcome] = place_together(context(), [Asked(read_config(body), key, newcomer)], store)
    if isinstance(outcome, FrontdeskError):
        raise outcome
    return outcome


EITHER = pytest.mark.parametrize("place", [alone, batched])


def of(outcome: Placed | FrontdeskError) -> list[str]:
    return [problem.code for problem in outcome.problems] if isinstance(outcome, FrontdeskError) else []


def key_of(number: int) -> Idempotency:
    return Idempotency.of(ORGANIZATION.id, "import", str(number), b"", "run")


def rows(*bodies: dict[str, Any], newcomer: Customer | None = None) -> list[Asked]:
    return [Asked(read_config(body), key_of(number), newcomer) for number, body in enumerate(bodies)]


# --- the order that is there --------------------------------------------------------------------------------------


@EITHER
def test_an_order_is_placed_where_an_earlier_attempt_has_left_its_mark(store: Noting, place: Any) -> None:
    """Else a request that failed once would be refused for ever."""
    placed = alone(Noting(), BODY, KEY).order
    store.items[Key("order", KEY.order_id)] = tombstone_of(placed, NOW)

    again = place(store, BODY, KEY)

    assert (again.replayed, again.order.status) == (False, "completed")
    assert store.orders() == [again.order]
    # Whatever was sent before for this order and is still under way meets the mark, or the order itself.
    assert len(store.written) == 1


def test_who_is_refused_where_an_earlier_attempt_has_left_its_mark_is_refused_at_once(store: Noting) -> None:
    taken = alone(store, order(desks(9), notify_customer=False))
    store.items[Key("order", KEY.order_id)] = tombstone_of(taken.order, NOW)

    assert codes(lambda: alone(store, BODY, KEY)) == ["slot_unavailable"]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"status": "draft", "expires_at": NOW - 1}, "replayed"),
        ({"status": "placing", "expires_at": NOW}, "placed"),
        ({"status": "placing", "expires_at": NOW + 1}, "in_progress"),
        ({"status": "abandoned"}, "placed"),
        ({"status": "abandoned", "expires_at": NOW + 1}, "placed"),
        ({"status": "canceled"}, "replayed"),
        ({"fingerprint": "another"}, "idempotency_key_reused"),
    ],
)
def test_a_key_answers_with_what_has_become_of_its_order(
    store: Noting, changes: dict[str, Any], outcome: str
) -> None:
    """An attempt that came to nothing is cleared away, which takes the pause of one retry."""
    clock = FakeClock()
    placed = place_order(context(clock), read_config(BODY), store, KEY).order
    store.items[Key("order", placed.id)] = placed.model_copy(update=changes)
    store.items.pop(DAY)
    before = clock.pauses_left

    again: list[Placed] = []
    found = codes(lambda: again.append(place_order(context(clock), read_config(BODY), store, KEY)))

    assert (found or ["replayed" if again[0].replayed else "placed"]) == [outcome]
    assert before - clock.pauses_left == (outcome == "placed")


@EITHER
def test_an_order_knows_its_import_its_request_and_who_placed_it(store: Noting, place: Any) -> None:
    """An import could not be undone, and nobody would know whom to ask."""
    placed = place(store, BODY, KEY).order

    assert (placed.import_id, placed.fingerprint) == ("run", KEY.fingerprint)
    assert placed.placed_by is not None
    assert read_stamp(placed.placed_by)[0].name == "Front desk"


def test_a_write_that_takes_effect_although_it_seemed_lost_is_the_order(store: Noting) -> None:
    """A request without a key, too, would be refused by its own desks, or placed twice."""
    write, late = store.write, list[Any]()

    def arrives_late(context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        lost = write(context, writes)
        if late:
            return lost
        late.append(writes)
        return {DAY: store.items[DAY]}

    store.write = arrives_late  # type: ignore[method-assign]
    placed = alone(store, order(desks(9), notify_customer=False))

    assert store.orders() == [placed.order]
    assert set(in_use(store.items[DAY].segments).values()) == {9}


def test_an_order_that_appears_while_its_days_are_read_is_no_conflict_with_itself(store: Noting) -> None:
    """Its first send arrives between the reading of the order and that of its day."""
    placed = alone(store, order(desks(9), notify_customer=False), KEY)
    read, order_key = store.read, Key("order", KEY.order_id)

    def before_it_was_there(*arguments: Any, **more: Any) -> dict[Key, Any]:
        store.read = read  # type: ignore[method-assign]
        return read(*arguments, **more) | {order_key: None}

    store.read = before_it_was_there  # type: ignore[method-assign]

    body = read_config(order(desks(9), notify_customer=False))
    again = place_order(context(FakeClock(pauses=0)), body, store, KEY)

    assert (again.replayed, again.order) == (True, placed.order)


def test_an_order_under_way_whose_hold_is_seen_first_is_not_sent_again(store: Noting) -> None:
    """It began between the reading of the order and that of its day."""
    hold_of(store, KEY.order_id, "placing", NOW + 9, 9)
    read, order_key = store.read, Key("order", KEY.order_id)
    under_way = store.items[order_key].model_copy(update={"fingerprint": KEY.fingerprint})
    store.items[order_key] = under_way

    def before_it_was_there(*arguments: Any, **more: Any) -> dict[Key, Any]:
        store.read = read  # type: ignore[method-assign]
        return read(*arguments, **more) | {order_key: None}

    store.read = before_it_was_there  # type: ignore[method-assign]

    assert codes(lambda: alone(store, BODY, KEY)) == ["in_progress"]
    assert store.written == []


def hold_of(
    store: Noting, id: str, status: OrderStatus, expires_at: int | None, quantity: int, day: int = 0
) -> Key:
    """Another order with a hold on all of a day. Returns the order's key."""
    head = alone(Noting(), BODY).order.model_copy(
        update={"id": id, "status": status, "expires_at": expires_at}
    )
    key, of_day = Key("order", id), LedgerKey(DESKS.id, (NINE + timedelta(days=day)).date().isoformat())
    hold = Hold(id, head.attempt, Claim(0, 86_400, quantity), False, expires_at or NOW, status == "placing")
    ledger = store.items.get(ledger_item(of_day)) or Ledger(of_day)
    store.items[key] = head
    store.items[ledger_item(of_day)] = change(ledger, capacity=None, holds={f"{id}:0": hold}).result()
    return key


def at_write(store: Noting, act: Callable[[], None], lost: Mapping[Key, Any] | None = None) -> None:
    """Something happens just before the next write, which is lost by itself if it says what to."""
    write = store.write

    def first(context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        store.write = write  # type: ignore[method-assign]
        act()
        return dict(lost) if lost is not None else write(context, writes)

    store.write = first  # type: ignore[method-assign]


def test_a_hold_that_seemed_over_counts_once_its_order_is_completed(store: Noting) -> None:
    """Its desks would be sold twice: what a first decision knew of other orders is read again by the second."""
    other = hold_of(store, "other", "draft", NOW, 9)

    def completed_by_a_clock_that_is_late() -> None:
        store.items[other] = order_after(store.items[other], "completed", NOW, expires_at=None)

    at_write(store, completed_by_a_clock_that_is_late)

    assert codes(lambda: alone(store, BODY)) == ["slot_unavailable"]
    assert store.items[DAY].holds != {}


def test_where_another_order_has_ended_meanwhile_one_more_try_is_enough(store: Noting) -> None:
    """Its hold went with it."""
    other = hold_of(store, "other", "draft", NOW, 9)

    def ended() -> None:
        store.items[other] = order_after(store.items[other], "expired", NOW)
        store.items.pop(DAY)

    at_write(store, ended)
    alone(store, BODY)

    assert len(store.written) == 2


@pytest.mark.parametrize("known", [True, False])
def test_nobody_is_refused_by_a_day_that_is_free_by_now(store: Noting, known: bool) -> None:
    """A write was lost to what took the last desks, and which has left again. Between two tries is a pause."""
    taken = change(Ledger(LedgerKey(DESKS.id, "2030-04-15")), [Claim(0, 86_400, 12)], capacity=12).result()
    at_write(store, lambda: None, {DAY: taken} if known else {})
    clock = FakeClock(pauses=1)

    assert place_order(context(clock), read_config(BODY), store).order.status == "completed"
    assert clock.pauses_left == 0


def test_a_slot_that_may_come_free_is_waited_for_and_is_no_reason_of_a_refusal(store: Noting) -> None:
    hold_of(store, "other", "placing", NOW + 9, 9)

    with pytest.raises(Busy):
        place_order(context(FakeClock(pauses=1)), read_config(BODY), store)

    taken = order(desks(5), meeting(), notify_customer=False)
    alone(store, order(meeting(), notify_customer=False))
    assert codes(lambda: alone(store, taken)) == ["slot_unavailable"]


def test_what_the_caller_stated_otherwise_is_not_placed(store: Noting) -> None:
    differs = [Problem("total_differs", {"expected": Money(1, "EUR"), "total": Money(2, "EUR")})]

    assert codes(lambda: alone(store, BODY, differs=lambda *_: differs)) == ["total_differs"]
    assert store.written == []


def test_a_first_try_without_a_key_reads_nothing_in_vain(store: Noting) -> None:
    """Nothing can be under an id that was made up just now."""
    alone(store, BODY)
    assert codes(lambda: alone(store, order(desks(9), notify_customer=False))) == ["slot_unavailable"]

    assert [key for keys in store.keys for key in keys if key.kind == "order"] == []


@pytest.mark.parametrize(("expires_at", "after"), [(NOW + 40, 40), (NOW + 1, 1), (None, 1)])
def test_who_asks_for_an_order_under_way_is_told_when_to_come_again(
    store: Noting, expires_at: int | None, after: int
) -> None:
    placed = alone(store, BODY, KEY).order
    under_way = placed.model_copy(update={"status": "placing", "expires_at": expires_at})
    store.items[Key("order", placed.id)] = under_way

    with pytest.raises(FrontdeskError) as refused:
        alone(store, BODY, KEY)

    assert (of(refused.value), refused.value.retry_after) == (["in_progress"], after)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "replayed"),
        ({"status": "canceled"}, "replayed"),
        ({"status": "placing", "expires_at": NOW + 9}, "in_progress"),
        ({"status": "abandoned"}, "in_progress"),
        ({"status": "abandoned", "booking_count": 0}, "new"),
        ({"fingerprint": "another"}, "idempotency_key_reused"),
    ],
)
def test_a_dry_run_tells_what_is_there_for_a_row(
    store: Noting, changes: dict[str, Any], outcome: str
) -> None:
    """A row whose order was given up is not there yet, whatever is left of it."""
    placed = alone(store, BODY, KEY).order
    store.items[Key("order", placed.id)] = placed.model_copy(update=changes)
    asked = [Asked(read_config(BODY), KEY)]

    [told] = assess_together(context(), asked, store)
    [problems] = problems_together(context(), asked, store)

    replayed = isinstance(told, Placed) and told.replayed
    assert (of(told) or ["replayed" if replayed else "new"]) == [outcome]
    assert [problem.code for problem in problems] == ([] if outcome in ("replayed", "new") else [outcome])


@pytest.mark.parametrize("completes", [True, False])
def test_two_rows_that_are_one_order_are_one(store: Noting, completes: bool) -> None:
    """One transaction takes one action for each item."""
    body = read_config(BODY | {"complete_order": completes})
    first, second = place_together(context(), [Asked(body, KEY)] * 2, store)

    assert isinstance(first, Placed)
    assert isinstance(second, Placed)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.order == second.order
    assert len(store.written) == 1


# --- what is refused ----------------------------------------------------------------------------------------------


@EITHER
@pytest.mark.parametrize("total", [None, 5 * 2900, 1])
def test_the_total_that_was_shown_excuses_no_other_problem(
    store: Noting, place: Any, total: int | None
) -> None:
    alone(store, order(desks(9), notify_customer=False))
    body = BODY if total is None else BODY | {"expected_total": total}

    assert codes(lambda: place(store, body, KEY)) == ["slot_unavailable"]
    assert codes(lambda: place(store, body | {"voucher_code": "NONE"}, KEY))[:1] == ["voucher_not_found"]


@EITHER
def test_a_total_that_was_not_shown_is_refused(store: Noting, place: Any) -> None:
    price = alone(Noting(), BODY).order.amounts.total

    with pytest.raises(FrontdeskError) as refused:
        place(store, BODY | {"expected_total": price + 1}, KEY)

    [problem] = refused.value.problems
    assert (problem.code, problem.meta) == ("total_differs", {"expected_total": price + 1, "total": price})
    assert problem.values == {"expected": Money(price + 1, "EUR"), "total": Money(price, "EUR")}
    assert codes(lambda: place(store, BODY | {"expected_total": price}, KEY)) == []


@EITHER
@pytest.mark.parametrize("completes", [True, False])
def test_only_a_draft_waits_for_its_answers(store: Noting, place: Any, completes: bool) -> None:
    store.items[Key("custom_field", "f")] = CustomField(id="f", label="Why?", field_type="text")
    key = Key("organization", ORGANIZATION.id)
    store.items[key] = ORGANIZATION.model_copy(update={"order_custom_fields": {"f": True}})

    found = codes(lambda: place(store, BODY | {"complete_order": completes}, KEY))

    assert found == (["custom_field_required"] if completes else [])


@pytest.mark.parametrize(("most", "trips"), [(4, 0), (5, 1), (6, 2)])
def test_more_than_one_decision_can_read_is_refused_before_it_is_read(
    store: Noting, most: int, trips: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what the order names, and of the days that its service's padding asks for beside them."""
    store.items[Key("service", DESK.id)] = DESK.model_copy(update={"padding_before": 900})
    monkeypatch.setattr(limits, "MAX_READ", most)

    found = codes(lambda: alone(store, BODY))

    assert (found, len(store.keys)) == (["order_too_large"] if trips < 2 else [], trips)


@pytest.mark.parametrize("most", [500, 5_000])
def test_more_bytes_than_one_decision_can_examine_are_refused(
    store: Noting, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone(store, BODY)
    monkeypatch.setattr(sizes, "MAX_READ_BYTES", most)

    assert codes(lambda: alone(store, BODY)) == (["order_too_large"] if most < 1_000 else [])
    if most < 1_000:
        with pytest.raises(FrontdeskError) as refused:
            alone(store, BODY)
        reason = refused.value.problems[0].values["reason"]
        assert reason == Phrase("too_many_bytes_read", {"most": MAX_READ_BYTES})


@pytest.mark.parametrize("most", [2_500, 100_000])
def test_who_is_refused_is_offered_other_times_as_far_as_they_can_be_read(
    store: Noting, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own day is full until evening: the next is on another one."""
    for n in range(3):
        alone(store, order(desks(9, NINE.replace(hour=0) + timedelta(days=n), 1440), notify_customer=False))
    monkeypatch.setattr(sizes, "MAX_READ_BYTES", most)

    with pytest.raises(FrontdeskError) as refused:
        alone(store, BODY)

    [problem] = refused.value.problems
    assert problem.code == "slot_unavailable"
    assert bool((problem.meta or {}).get("next_free")) == (most > 5_000)
    # They are no promise, so half the read units are enough.
    assert store.reads[-1] is False


@pytest.mark.parametrize("count", [1, 2])
def test_a_row_that_is_too_large_is_refused_and_no_other(
    store: Noting, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_LEDGERS", 3)
    large = order(desks(1, minutes=5 * 1440), notify_customer=False)
    assert codes(lambda: alone(store, large)) == ["order_too_large"]
    assert store.keys == []

    outcomes = place_together(
        context(), rows(*[large] * count, order(desks(1), notify_customer=False)), store
    )

    assert [of(each) for each in outcomes] == [["order_too_large"]] * count + [[]]
    assert not any(key.part > "2030-04-16" for keys in store.keys for key in keys if key.kind == "ledger")


@pytest.mark.parametrize("padding", [0, 900])
def test_a_preview_knows_an_order_that_was_there_when_its_hold_was_seen(store: Noting, padding: int) -> None:
    """Read too early it would be none, and its desks free. A padding asks for another day beside it."""
    store.items[Key("service", DESK.id)] = DESK.model_copy(update={"padding_before": padding})
    draft = alone(store, order(desks(9), complete_order=False, notify_customer=False)).order
    store.items[Key("order", draft.id)] = draft.model_copy(update={"status": "completed", "expires_at": None})
    store.stale = {Key("order", draft.id): None}
    late = FakeClock((draft.expires_at or 0) + 1)

    assessment = calculate_order(context(late), read_config(BODY), store)

    assert [problem.code for problem in assessment.conflicts] == ["slot_unavailable"]


# --- customers who are new ----------------------------------------------------------------------------------------


def test_a_customer_who_is_there_stays_as_stored(store: Noting) -> None:
    """An import of the same person has only what the file says."""
    there = Customer(id="c1", email="c1@example.com", given_name="Right")
    store.items |= {Key("customer", "c1"): there, Key("customer_email", "c1@example.com"): "c1"}
    body = BODY | {"order_customer_id": "c1"}

    placed = alone(store, body, KEY, newcomer=there.model_copy(update={"given_name": "Wrong"}))
    assert alone(store, BODY, newcomer=there.model_copy(update={"id": "c2"})).order.customer_id != "c2"

    assert placed.order.customer_id == "c1"
    assert store.items[Key("customer", "c1")] == there


@EITHER
def test_a_customer_who_is_new_comes_with_the_order_or_is_somebody_else_by_now(
    store: Noting, place: Any
) -> None:
    newcomer = Customer(id="new", email="new@example.com")
    body = BODY | {"order_customer_id": "new"}
    assert place(store, body, KEY, newcomer=newcomer).order.customer_id == "new"
    assert store.items[Key("customer", "new")] == newcomer

    same = newcomer.model_copy(update={"id": "newer"})
    with pytest.raises(CustomerAppeared):
        place(store, body | {"order_customer_id": "newer"}, key_of(7), newcomer=same)


def test_a_customer_whose_order_was_there_already_is_still_new_to_the_next(store: Noting) -> None:
    """The order of the first row has no new customer: whoever is in the second is not there yet."""
    newcomer = Customer(id="new", email="new@example.com")
    body = BODY | {"complete_order": False}
    there = alone(store, body, key_of(0)).order
    store.items[Key("order", there.id)] = there.model_copy(
        update={"status": "placing", "expires_at": NOW + 9}
    )
    read = store.read

    def once_read(*arguments: Any, **more: Any) -> Any:
        found = read(*arguments, **more)
        store.items[Key("order", there.id)] = there
        return found

    store.read = once_read  # type: ignore[method-assign]

    first, second = place_together(
        context(), rows(body, body | {"order_customer_id": "new"}, newcomer=newcomer), store
    )

    assert isinstance(first, Placed)
    assert isinstance(second, Placed)
    assert (first.replayed, second.order.customer_id) == (True, "new")
    assert store.items[Key("customer", "new")] == newcomer


# --- a batch --------------------------------------------------------------------------------------------------------


def steps(store: Noting) -> list[int]:
    """How many orders each transaction writes."""
    found = [sum(isinstance(each, NewOrder) for each in writes) for writes in store.written]
    return [each for each in found if each]


@pytest.mark.parametrize(
    ("voucher", "limits"), [("TWO", ["voucher_exhausted"]), ("EACH", ["voucher_used_by_customer"])]
)
@pytest.mark.parametrize("how", [assess_together, place_together])
def test_of_the_uses_that_are_left_each_row_takes_one(
    store: Noting, how: Any, voucher: str, limits: list[str]
) -> None:
    """A dry run says so, too."""
    body = order(desks(1), notify_customer=False, voucher_code=voucher)
    draft = body | {"complete_order": False}

    outcomes = how(context(), rows(draft, body, body, body), store)

    assert [of(each) for each in outcomes] == [[], [], [], limits]
    counted = (
        store.items[Key("voucher", "two")].redemptions,
        store.items.get(Key("voucher_use", "each", ADA.id)),
    )
    written = {"TWO": (2, None), "EACH": (0, 2)}[voucher]
    assert counted == (written if how is place_together else (0, None))


@pytest.mark.parametrize(("actions", "expected"), [(8, [4]), (7, [3, 1]), (3, [1, 1, 1, 1])])
def test_a_transaction_takes_as_many_orders_as_fit(
    actions: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each order is one action, its booking another, and the day they share one for all."""
    shrink(monkeypatch, MAX_ACTIONS=actions + 1)
    store = Noting()

    outcomes = place_together(context(), rows(*[order(desks(1), notify_customer=False)] * 4), store)

    assert all(isinstance(each, Placed) for each in outcomes)
    assert steps(store) == expected


@pytest.mark.parametrize("customers", [0, 1])
@pytest.mark.parametrize(("more", "expected"), [(400, [2, 1]), (-400, [1, 1, 1])])
def test_a_transaction_takes_no_more_bytes_than_it_may(
    customers: int, more: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each order brings itself, its booking, and all of a day that it may split; a customer who is new comes once."""
    newcomer = Customer(id="new", email="new@example.com") if customers else None
    who = {"order_customer_id": "new" if customers else ADA.id}
    bodies = [order(desks(1, NINE + timedelta(days=n)), notify_customer=False, **who) for n in range(3)]
    [first] = place_together(context(), rows(bodies[0], newcomer=newcomer), Noting())
    assert isinstance(first, Placed)
    of_order = sum(bytes_of(each) for each in (NewOrder(first.order), *map(NewBooking, first.bookings)))
    store = Noting()
    most = 2 * (of_order + day_bytes(24 + 3, 0)) + customers * CUSTOMER_BYTES + more
    shrink(monkeypatch, MAX_ACTIONS=100, MAX_TRANSACTION=most)

    outcomes = place_together(context(), rows(*bodies, newcomer=newcomer), store)

    assert [isinstance(each, Placed) for each in outcomes] == [True] * 3
    # By the second transaction, nobody is new.
    assert steps(store) == ([1, 2] if customers and more < 0 else expected)


def test_a_group_that_is_decided_again_places_each_order_once(store: Noting) -> None:
    """Somebody takes desks meanwhile: the group is written again, whole, and each row is told as new."""
    write, others = store.write, iter(range(1))

    def somebody(context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        if next(others, None) is not None:
            before = store.items.get(DAY) or Ledger(LedgerKey(DESKS.id, "2030-04-15"))
            store.items[DAY] = change(before, [Claim(0, 86_400, 2)], capacity=None).result()
        return write(context, writes)

    store.write = somebody  # type: ignore[method-assign]
    store.items[DAY] = change(
        Ledger(LedgerKey(DESKS.id, "2030-04-15")), [Claim(0, 86_400, 6)], capacity=None
    ).result()

    outcomes = place_together(context(), rows(*[order(desks(1), notify_customer=False)] * 5), store)

    assert [isinstance(each, Placed) and not each.replayed for each in outcomes] == [True] * 4 + [False]
    assert of(outcomes[4]) == ["slot_unavailable"]
    assert steps(store) == [5, 4]
    assert set(in_use(store.items[DAY].segments).values()) <= {8, 12}


def test_a_group_that_goes_on_losing_is_written_one_by_one(
    store: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy day, one order finds its moment sooner than ten."""
    monkeypatch.setattr(place_batch, "_MAX_LOSSES", 2)
    write, lost = store.write, list[int]()

    def busy(context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        count = sum(isinstance(each, NewOrder) for each in writes)
        if count > 1:
            lost.append(count)
            return {DAY: store.items.get(DAY)}
        return write(context, writes)

    store.write = busy  # type: ignore[method-assign]

    outcomes = place_together(context(), rows(*[order(desks(1), notify_customer=False)] * 4), store)

    assert lost == [4, 4, 4]
    assert [isinstance(each, Placed) and not each.replayed for each in outcomes] == [True] * 4


def test_who_overrides_says_why(store: Noting) -> None:
    alone(store, order(desks(9), notify_customer=False))
    assert [key for key in store.items if key.kind == "trail"] == []

    body = read_config(BODY | {"check_availability": False})
    place_order(context()._replace(reason="A regular"), body, store)

    [entry] = [item for key, item in store.items.items() if key.kind == "trail"]
    assert entry.reason == "A regular"


@pytest.mark.parametrize("error", [Busy, OutcomeUnknown])
def test_time_that_runs_out_is_no_refusal_of_a_row(store: Noting, error: type[Busy]) -> None:
    """The row would be reported as refused for good, although nobody knows."""

    def busy(*_: Any) -> None:
        raise error

    store.write = busy  # type: ignore[method-assign]

    with pytest.raises(error):
        alone(store, BODY | {"complete_order": False}, KEY)
    with pytest.raises(error):
        place_together(context(), rows(BODY | {"complete_order": False}), store)


@pytest.mark.parametrize("how", [assess_together, place_together])
@pytest.mark.parametrize(
    ("history", "found"),
    [
        (None, ["slot_unavailable"]),
        (History("past"), ["slot_unavailable"]),
        (History("agreed"), ["slot_unavailable"]),
        (History("canceled"), []),
        (History("no_show"), []),
    ],
)
def test_rows_of_a_group_see_what_those_before_them_take(
    store: Noting, how: Any, history: History | None, found: list[str]
) -> None:
    body = read_config(order(meeting(), notify_customer=False))
    asked = [Asked(body, key_of(0)._replace(history=history)), Asked(body, key_of(1))]

    assert [of(each) for each in how(context(), asked, store)] == [[], found]


def test_a_row_that_is_refused_is_refused_on_what_was_read(store: Noting) -> None:
    """A file of a thousand refused rows takes one reading, not a thousand."""
    alone(store, order(desks(9), notify_customer=False))
    store.keys = []

    outcomes = place_together(context(), rows(BODY, BODY), store)

    assert [of(each) for each in outcomes] == [["slot_unavailable"]] * 2
    assert len(store.keys) == 1


def test_a_draft_that_is_refused_is_one_row_of_many(store: Noting) -> None:
    alone(store, order(desks(9), notify_customer=False))
    draft, newcomer = (
        {"complete_order": False, "notify_customer": False},
        Customer(id="n", email="n@example.com"),
    )
    new = draft | {"order_customer_id": "n"}

    outcomes = place_together(
        context(),
        rows(BODY | draft, order(desks(1), **new), order(desks(1), **new), newcomer=newcomer),
        store,
    )

    assert [of(each) for each in outcomes] == [["slot_unavailable"], [], []]


def test_what_can_be_placed_has_no_problems(store: Noting) -> None:
    assert problems_together(context(), rows(BODY), store) == [()]


def test_plain_rows_are_read_at_once_and_written_at_once(store: Noting) -> None:
    """A voucher without limits counts nowhere, and a draft that others hold leaves its room to nobody."""
    hold_of(store, "other", "draft", NOW + 60, 1)
    bodies = [order(desks(1), notify_customer=False, voucher_code="SUMMER20")] * 3

    place_together(context(), rows(*bodies), store)

    assert steps(store) == [3]
    assert len(store.keys) == 1


def test_a_draft_among_rows_holds_what_it_takes(store: Noting) -> None:
    """Desks that it took for good would be nobody's once it expires."""
    one, draft = BODY, BODY | {"complete_order": False}

    _, placed = place_together(context(), rows(one, draft), store)

    assert isinstance(placed, Placed)
    assert [hold.order_id for hold in store.items[DAY].holds.values()] == [placed.order.id]


def test_a_row_of_more_than_one_transaction_is_placed_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, MAX_ACTIONS=4)
    store = Noting()
    large = order(*(desks(1, NINE + timedelta(days=n)) for n in range(4)), notify_customer=False)

    outcomes = place_together(context(), rows(BODY, large, BODY), store)

    assert [isinstance(each, Placed) for each in outcomes] == [True] * 3


@pytest.mark.parametrize(("actions", "expected"), [(6, [1, 1, 1]), (10, [1, 1, 1]), (11, [2, 1])])
def test_customers_who_are_new_take_their_part_of_a_transaction(
    actions: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a customer, an address that is theirs alone, and a trail."""
    shrink(monkeypatch, MAX_ACTIONS=actions)
    store = Noting()
    asked = [
        Asked(
            read_config(order(desks(1), notify_customer=False, order_customer_id=f"new{n}")),
            key_of(n),
            Customer(id=f"new{n}", email=f"new{n}@example.com"),
        )
        for n in range(3)
    ]

    outcomes = place_together(context(), asked, store)

    assert [isinstance(each, Placed) for each in outcomes] == [True] * 3
    assert steps(store) == expected


def test_a_batch_reads_again_what_is_older_than_a_minute(store: Noting) -> None:
    """A quantity that was lowered a while ago holds for the rows that are left of a long file."""

    class Slow(FakeClock):
        def now(self) -> int:
            self.at += 100
            return self.at

    read, key = store.read, Key("resource", DESKS.id)

    def lowered_after(*arguments: Any, **more: Any) -> dict[Key, Any]:
        found = read(*arguments, **more)
        store.items[key] = DESKS.model_copy(update={"quantity": 4})
        return found

    store.read = lowered_after  # type: ignore[method-assign]

    tomorrow = order(desks(1, NINE + timedelta(days=1)), notify_customer=False)
    outcomes = place_together(context(Slow()), rows(tomorrow, BODY), store)

    assert [of(each) for each in outcomes] == [[], ["slot_unavailable"]]


@EITHER
@pytest.mark.parametrize(("status", "no_show"), [("canceled", False), ("no_show", True)])
def test_what_did_not_take_place_takes_no_room_that_is_free(
    store: Noting, place: Any, status: Any, no_show: bool
) -> None:
    made = place(store, BODY, KEY._replace(history=History(status)))

    assert (made.order.status, made.bookings[0].status, made.bookings[0].no_show) == (
        "canceled",
        "canceled",
        no_show,
    )
    assert DAY not in store.items or not in_use(store.items[DAY].segments)


@EITHER
def test_what_took_place_before_is_brought_as_it_was(store: Noting, place: Any) -> None:
    """A file of the past has bookings whose times are over, and some that were canceled and take no desk."""
    alone(store, order(desks(9), notify_customer=False))
    canceled = place(store, BODY, key_of(0)._replace(history=History("canceled"))).order

    assert (canceled.status, canceled.active_bookings) == ("canceled", 0)
    assert set(in_use(store.items[DAY].segments).values()) == {9}
    assert codes(lambda: place(store, BODY, key_of(1)._replace(history=History("past")))) == [
        "slot_unavailable"
    ]


@pytest.mark.parametrize(("history", "found"), [(None, ["in_the_past"]), (History("past"), [])])
@pytest.mark.parametrize("how", [assess_together, place_together])
def test_a_time_that_is_over_is_a_rule_for_what_is_to_come(
    store: Noting, how: Any, history: History | None, found: list[str]
) -> None:
    late, asked = (
        FakeClock(int(NINE.timestamp()) + 3600),
        Asked(read_config(BODY), KEY._replace(history=history)),
    )

    [outcome] = how(context(late), [asked], store)

    assert of(outcome) == found


@pytest.mark.parametrize("how", [assess_together, place_together])
@pytest.mark.parametrize(("status", "found"), [("past", ["before_lead_time"]), ("agreed", [])])
def test_what_has_begun_brings_nothing_that_has_not(
    store: Noting, how: Any, status: Any, found: list[str]
) -> None:
    """An order of the past may have a booking that is still to come. Only what was agreed before is past all rules."""
    store.items[Key("service", DESK.id)] = DESK.model_copy(update={"lead_time": 1440})
    body = read_config(order(desks(1), desks(1, NINE.replace(hour=12)), notify_customer=False))
    late = FakeClock(int(NINE.timestamp()) + 3600)

    [outcome] = how(context(late), [Asked(body, KEY._replace(history=History(status)))], store)

    assert of(outcome) == found


def test_a_row_sees_what_a_draft_before_it_holds(store: Noting) -> None:
    draft = order(desks(9), complete_order=False, notify_customer=False)

    outcomes = place_together(context(), rows(draft, BODY), store)

    assert [of(each) for each in outcomes] == [[], ["slot_unavailable"]]
    assert len(store.written) == 1


def test_a_dry_run_tells_a_row_that_is_there_twice(store: Noting) -> None:
    first, second = assess_together(context(), [Asked(read_config(BODY), KEY)] * 2, store)

    assert isinstance(first, Placed)
    assert isinstance(second, Placed)
    assert (first.replayed, second.replayed) == (False, True)


@pytest.mark.parametrize(("ended", "alone_first"), [(10, False), (11, True)])
def test_many_drafts_that_are_over_are_cleared_before_an_order_takes_their_room(
    store: Noting, ended: int, alone_first: bool
) -> None:
    for number in range(ended):
        hold_of(store, f"o{number}", "draft", NOW, 1)

    alone(store, order(desks(12), notify_customer=False))

    [of_order] = [writes for writes in store.written if isinstance(writes[0], NewOrder)]
    assert (len(store.written) > 1) == alone_first
    assert any(isinstance(each, LedgerChange) and each.ended for each in of_order) is not alone_first
    assert {store.items[Key("order", f"o{number}")].status for number in range(ended)} == {"expired"}


def test_no_day_that_a_padding_asks_for_is_read_as_it_was(store: Noting) -> None:
    """A reading that lags would refuse for good what is free."""
    store.items[Key("service", DESK.id)] = DESK.model_copy(update={"padding_before": 900})
    before = LedgerKey(DESKS.id, "2030-04-14")
    full = change(Ledger(before), [Claim(0, 86_400, 12)], capacity=None).result()
    store.stale = {ledger_item(before): full}

    assert alone(store, BODY).order.status == "completed"
