"""A write that got no answer: whether it is found done, is prevented for good, or nobody can tell.

Each request here gets one try, so that every answer that is missing is missed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from frontdesk.adapters.dynamodb import items as stored
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    NewBooking,
    NewCustomer,
    NewOrder,
    VoucherCount,
    Write,
)
from frontdesk.domain.ledger import Claim, Ledger, change
from frontdesk.domain.orders.order import Cause, Notification, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import is_tombstone
from frontdesk.domain.problems import Busy, OutcomeUnknown
from frontdesk.domain.trail import Actor
from frontdesk.usecases.context import Context
from tests.integration.test_conditions import (
    BOOKING,
    CAUSE,
    CUSTOMER,
    HELD,
    ID,
    SEEN,
    VOUCHER,
    Organization,
    booking,
    order,
)
from tests.integration.test_conditions import _of as of
from tests.support.engine import Table, table
from tests.support.fakes import FakeClock
from tests.support.faults import answer_lost, counted, events_of, never_arriving, refused, requested

ALL = 10**6
WRITE, READ = "TransactWriteItems", "BatchGetItem"
HEAD = Key("order", ID)
PLACED = order(status="completed", version=1, expires_at=None, causes=(CAUSE,))
CHANGED = order(
    status="completed", version=4, expires_at=None, causes=(Cause(version=4, kind="confirmation"),)
)
NEW: list[Write] = [NewOrder(PLACED), NewBooking(booking(version=1))]
CHANGE: list[Write] = [
    ChangedOrder(SEEN, CHANGED),
    ChangedBooking(BOOKING, booking(version=4, status="accepted")),
]
EITHER = pytest.mark.parametrize(
    ("writes", "before"),
    [pytest.param(NEW, (), id="new"), pytest.param(CHANGE, (SEEN, BOOKING), id="changed")],
)


@pytest.fixture(scope="module")
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


class Here:
    """An organization of its own, and one try for each of its requests."""

    def __init__(self, on: Table, before: Sequence[Any]) -> None:
        self.on, self.organization = on, Organization(on, before)
        self.context = Context(self.organization.id, FakeClock(pauses=0))
        self.under_way: list[dict[str, Any]] = []

    def write(self, writes: Sequence[Write], pauses: int = 0) -> Any:
        context = self.context._replace(clock=FakeClock(pauses=pauses))
        return self.on.store.write(context, [of(self.organization.id, each) for each in writes])

    def by_another(self, *writes: Write) -> None:
        mine = [of(self.organization.id, each) for each in writes]
        assert self.on.new_store().write(self.context, mine) is None

    def put(self, item: Any) -> None:
        self.on.put([stored.order_row(of(self.organization.id, item))])

    def arrive(self) -> None:
        """What was under way arrives, late."""
        for late in self.under_way:
            with suppress(ClientError):
                self.on.client.transact_write_items(**late)

    def order(self) -> Order | None:
        found: Order | None = self.on.store.read(self.context, [HEAD], consistent=True)[HEAD]
        return found

    def stuck(self, times: int = 1) -> AbstractContextManager[Any]:
        """The next transactions arrive nowhere yet."""
        stack = ExitStack()
        self.under_way = stack.enter_context(never_arriving(self.on.store, WRITE, times))
        return stack

    def after(self, operation: str, act: Callable[[], None]) -> AbstractContextManager[Any]:
        """Something happens right after the next answer to this operation."""
        stack, events, done = ExitStack(), events_of(self.on.store), []

        def hook(**_: Any) -> None:
            if not done:
                done.append(True)
                act()

        events.register(f"after-call.dynamodb.{operation}", hook)
        stack.callback(events.unregister, f"after-call.dynamodb.{operation}", hook)
        return stack


# --- no answer at all ---------------------------------------------------------------------------------------------


@EITHER
def test_what_is_found_done_is_done(on: Table, writes: list[Write], before: tuple[Any, ...]) -> None:
    here = Here(on, before)
    with answer_lost(on.store, WRITE, ALL), requested(on.store) as sent:
        assert here.write([*writes, change(Ledger(HELD.key), [Claim(0, 3600, 1)], capacity=5)]) is None
    (first, _), (then, read) = sent
    # The order and its booking say it: a day may have been changed by many since.
    asked = read["RequestItems"][on.name]
    assert (first, then, len(asked["Keys"])) == (WRITE, READ, 1 + (writes == CHANGE))
    assert asked["ConsistentRead"]


def test_what_is_done_is_known_although_its_mail_has_been_sent_since(on: Table) -> None:
    """The mail that an old order asks for is stored in the order itself."""
    here = Here(on, (SEEN, BOOKING))
    asks = {"notification": Notification(state="requested")}
    write = ChangedOrder(order(**asks), CHANGED.model_copy(update=asks))

    def tell() -> None:
        there = here.order()
        assert there is not None
        told = stored.order_row(there.model_copy(update={"causes": ()}))
        on.put([told | {"unsent": {"SS": ["4m"]}}])

    with here.after(WRITE, tell), answer_lost(on.store, WRITE, ALL):
        assert here.write([write]) is None
    there = here.order()
    assert there is not None
    assert (there.causes, there.unsent, there.notification) == ((), frozenset({"4m"}), None)


@EITHER
def test_what_never_arrived_is_prevented_for_good(
    on: Table, writes: list[Write], before: tuple[Any, ...]
) -> None:
    here = Here(on, before)
    with here.stuck(), pytest.raises(Busy) as told:
        here.write(writes)
    assert type(told.value) is Busy

    here.arrive()

    there = here.order()
    assert there is not None
    assert is_tombstone(there) if writes == NEW else there.status == "draft"
    assert here.order() == there


@EITHER
def test_what_arrives_before_it_is_prevented_is_done(
    on: Table, writes: list[Write], before: tuple[Any, ...]
) -> None:
    """It was looked for, and was not there yet."""
    here = Here(on, before)
    with here.stuck(), here.after(READ, here.arrive), requested(on.store) as sent:
        assert here.write(writes) is None
    reads = [asked["RequestItems"][on.name] for operation, asked in sent if operation == READ]
    assert [each["ConsistentRead"] for each in reads] == [True] * len(reads)


@EITHER
@pytest.mark.parametrize("silent", [WRITE, READ])
def test_what_can_neither_be_looked_for_nor_prevented_is_unknown(
    on: Table, writes: list[Write], before: tuple[Any, ...], silent: str
) -> None:
    here = Here(on, before)
    with (
        here.stuck(ALL if silent == WRITE else 1),
        refused(on.store, READ, ALL * (silent == READ), "ThrottlingException"),
        pytest.raises(OutcomeUnknown),
    ):
        here.write(writes)


@pytest.mark.parametrize("looked_for_before", [True, False])
def test_the_same_change_of_another_is_not_this_one(on: Table, looked_for_before: bool) -> None:
    """The order is as it would be, the booking is not: somebody has asked for something else at the same time."""
    here = Here(on, (SEEN, BOOKING))

    def another() -> None:
        here.by_another(CHANGE[0], ChangedBooking(BOOKING, booking(version=4, note="Another's")))

    if not looked_for_before:
        another()
    with (
        here.after(READ, another if looked_for_before else lambda: None),
        here.stuck(),
        pytest.raises(Busy) as told,
    ):
        here.write(CHANGE)
    assert type(told.value) is Busy


@pytest.mark.parametrize(
    ("versions", "told"), [([4], Busy), ([4, 5], OutcomeUnknown), (None, Busy)], ids=["once", "twice", "gone"]
)
def test_what_was_changed_more_than_once_may_have_been_changed_by_this(
    on: Table, versions: list[int] | None, told: type[Busy]
) -> None:
    here = Here(on, (SEEN, BOOKING))

    def meanwhile() -> None:
        if versions is None:
            on.remove([key for key in on.items(here.organization.id) if key[1] == "order"])
        else:
            here.put(order(version=versions[-1], note="Another's"))

    with here.stuck(), here.after(READ, meanwhile), pytest.raises(Busy) as answer:
        here.write(CHANGE)
    assert type(answer.value) is told


@pytest.mark.parametrize(
    "writes",
    [
        pytest.param([VoucherCount("ten", -1)], id="what cleans up"),
        pytest.param([NewOrder(order(status="placing", version=0))], id="a step"),
    ],
)
def test_what_has_no_effect_alone_is_not_prevented(on: Table, writes: list[Write]) -> None:
    """It may take place at any time: another try would find it done."""
    here = Here(on, (VOUCHER,))
    with here.stuck(ALL), counted(on.store) as sent, pytest.raises(Busy) as told:
        here.write(writes)
    assert (type(told.value), sent) == (Busy, [WRITE])


# --- one try without an answer, and the next refused ---------------------------------------------------------------

FULL = change(HELD, [Claim(0, 3600, 1)], capacity=4)
FITS = change(HELD, [Claim(0, 3600, 1)], capacity=5)


def test_a_refusal_after_an_answer_that_is_missing_is_final(on: Table) -> None:
    """The first try is still under way, and the room comes free before it arrives."""
    here = Here(on, (HELD,))
    with here.stuck():
        lost = here.write([*NEW, FULL], pauses=1)

    assert set(lost) == {HEAD, Key("ledger", "room", "2030-04-15")}
    assert is_tombstone(lost[HEAD])
    here.by_another(change(HELD, capacity=None, released=[Claim(0, 3600, 4)]))
    here.arrive()
    assert here.order() == lost[HEAD]


def test_a_refusal_is_none_where_the_first_try_has_arrived_after_all(on: Table) -> None:
    """The room came free after the second try was refused. The order is found when it is to be prevented."""
    here = Here(on, (HELD,))

    def comes_free() -> None:
        here.by_another(change(HELD, capacity=None, released=[Claim(0, 3600, 4)]))
        here.arrive()

    with here.stuck(), here.after(WRITE, comes_free):
        assert here.write([*NEW, FULL], pauses=1) is None
    there = here.order()
    assert there is not None
    assert there.status == "completed"


def test_a_refusal_that_cannot_be_made_final_is_unknown(on: Table) -> None:
    here = Here(on, (HELD,))

    def then_nothing() -> None:
        stack.enter_context(never_arriving(on.store, WRITE, ALL))

    with ExitStack() as stack:
        stack.enter_context(here.stuck())
        stack.enter_context(here.after(WRITE, then_nothing))
        with pytest.raises(OutcomeUnknown):
            here.write([*NEW, FULL], pauses=1)


@pytest.mark.parametrize(("stuck", "expected"), [(0, [WRITE]), (1, [WRITE] * 3)])
def test_a_refusal_is_made_final_where_a_try_may_be_under_way(
    on: Table, stuck: int, expected: list[str]
) -> None:
    """Every refusal would cost a transaction more."""
    here = Here(on, (HELD,))
    with here.stuck(stuck), counted(on.store) as sent:
        assert here.write([*NEW, FULL], pauses=1)
    assert sent == expected


def test_a_refusal_by_the_order_itself_is_final_as_it_is(on: Table) -> None:
    here = Here(on, (order(SEEN, attempt="another"), HELD))
    with here.stuck(), counted(on.store) as sent:
        lost = here.write([NewOrder(PLACED), FITS], pauses=1)
    assert (list(lost), sent) == ([HEAD], [WRITE] * 2)


# --- what stands beside a write -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("actor", "entries"), [(Actor("token", "t", "Till"), 1), (None, 0)])
def test_who_has_made_a_customer_along_with_an_order_is_in_the_log(
    on: Table, actor: Actor | None, entries: int
) -> None:
    """What the system itself does, its items show."""
    here = Here(on, ())
    if actor:
        here.context = here.context._replace(actor=actor)

    assert here.write([*NEW, NewCustomer(CUSTOMER)]) is None

    logged = [raw for (pk, _), raw in on.items(here.organization.id).items() if "#audit_log#" in pk]
    assert len(logged) == entries
    assert not entries or ("created" in logged[0]["body"]["S"] and "Till" in logged[0]["body"]["S"])


@pytest.mark.parametrize(("status", "asks"), [("completed", False), ("draft", False), ("placing", True)])
def test_a_booking_whose_order_is_not_visible_yet_is_listed_with_a_question(
    on: Table, status: str, asks: bool
) -> None:
    """A list reads the order first, and shows no booking of one that comes to nothing."""
    here = Here(on, ())
    assert here.write([NewOrder(order(PLACED, status=status)), NEW[1]]) is None

    expected = stored.booking_rows(here.organization.id, booking(version=1), asks_order=asks)
    rows = on.items(here.organization.id)
    assert [rows[stored.key_of_row(row)] for row in expected] == expected
