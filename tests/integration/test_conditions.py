"""Every kind of write in every state of its item: the real store accepts, refuses and leaves exactly what the fake does.

Schedules, properties and use cases are tested on `FakeStore`. They prove something about the product only if an engine enforces the
same conditions. Each row here is one state of the table before one write, made from its raw items. The engine in memory, on which most
tests of functions run, must agree too. DYNAMODB_LOCAL names a program that runs Amazon's own engine, to compare the fake with that one.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from frontdesk.adapters.dynamodb import items as stored
from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.items import ItemKey, Raw, key_of_row
from frontdesk.adapters.dynamodb.tokens import note_request
from frontdesk.adapters.dynamodb.transaction import Transaction
from frontdesk.adapters.dynamodb.updates import trail_row
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    CheckedBooking,
    CheckedOrder,
    CheckedVoucher,
    NewBooking,
    NewCustomer,
    NewOrder,
    Recorded,
    RemovedBooking,
    RemovedOrder,
    VoucherCount,
    Write,
)
from frontdesk.domain.catalog.items import Customer, Voucher
from frontdesk.domain.ledger import Bound, Claim, Hold, Ledger, LedgerChange, LedgerKey, Segment, change
from frontdesk.domain.orders.order import Amounts, Booking, Cause, Order
from frontdesk.domain.orders.resends import MAX_RESENDS
from frontdesk.domain.orders.snapshot import Key, catalog_key, claims_of, ledger_item
from frontdesk.domain.orders.states import ORDER_STATES, tombstone_of
from frontdesk.domain.requests.once import Made, Once
from frontdesk.domain.trail import Actor, Entry
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import AlreadyMade
from tests.support.engine import Table, table
from tests.support.fakes import FakeClock, FakeStore

ENGINES = [
    pytest.param("ministack_dynamodb", marks=pytest.mark.thorough),
    "memory_dynamodb",
    *(["amazons_dynamodb"] if os.environ.get("DYNAMODB_LOCAL") else []),
]

NOTHING = Amounts(total=0, net_amount=0, tax_amount=0, discount_amount=0)
ID = "00000000-0000-4000-8000-000000000001"
CAUSE = Cause(version=1, kind="confirmation")
SEEN = Order(
    id=ID,
    organization_id="",
    status="draft",
    version=3,
    attempt="mine",
    customer_id="ada",
    booking_count=1,
    active_bookings=1,
    currency="EUR",
    timezone="Europe/Berlin",
    amounts=NOTHING,
    taxes=(),
    start=0,
    end=3600,
    created_at=1_800_000_000,
    updated_at=1_800_000_000,
    expires_at=1_800_000_900,
)
BOOKING = Booking(
    id=f"{ID}-1",
    status="reserved",
    version=3,
    resource_ids=("room", "desks", "hall"),
    services={"meeting": 1},
    customer_id="bernd",
    own_customer=True,
    start=0,
    end=3600,
    blocker_start=0,
    blocker_end=3600,
    charged_duration=60,
    quantity=1,
    weight=1,
    lines=(),
    amounts=NOTHING,
    currency="EUR",
    created_at=1_800_000_000,
    updated_at=1_800_000_000,
)
DAY = LedgerKey("room", "2030-04-15")
MORNING, REST = Segment(0, 3600), Segment(3600, 86400)
HOLD, OTHERS = (
    Hold(order_id, "mine", Claim(0, 3600, 2), False, 1_800_000_900) for order_id in ("held", "others")
)
NEW = Hold("new", "mine", Claim(0, 3600, 1), False, 1_800_000_900)
HELD = Ledger(DAY, {MORNING: 4, REST: 0}, {"held:mine:0": HOLD, "others:mine:0": OTHERS}, version=7)
CUSTOMER = Customer(id="carla", email="Carla@example.com")
VOUCHER = Voucher(id="v", code="TEN", percent=10, max_redemptions=10, redemptions=0)
VOUCHER_KEY, USES_KEY = Key("voucher", "ten"), Key("voucher_use", "ten", "ada")


class Case(NamedTuple):
    """A write, and the table before it. `name` says how the table differs from what the write has seen."""

    name: str
    write: Write
    before: tuple[Any, ...]


def order(seen: Order = SEEN, **changes: Any) -> Order:
    return seen.model_copy(update=changes)


def booking(**changes: Any) -> Booking:
    return BOOKING.model_copy(update=changes)


def orders_as(seen: Order) -> Iterator[tuple[str, tuple[Order, ...]]]:
    """Yields every state that an order may have when a writer that saw it as `seen` writes it."""
    yield "as it was seen", (seen,)
    yield "not there", ()
    yield "a version on", (order(seen, version=seen.version + 1),)
    yield "a version before", (order(seen, version=seen.version - 1),)
    yield "of another attempt", (order(seen, attempt="another"),)
    for status in ORDER_STATES:
        if status != seen.status:
            yield f"now {status}", (order(seen, status=status),)
    for name, causes in (("taken", ()), ("others", (CAUSE, CAUSE.model_copy(update={"version": 9})))):
        if causes != seen.causes:
            yield f"its causes {name}", (order(seen, causes=causes),)


def of_orders() -> Iterator[Case]:
    completed = {"status": "completed", "version": 4, "expires_at": None, "updated_at": 1_800_000_001}
    cancellation = Cause(version=4, kind="cancellation", ordinals=(1,))
    mailed = order(causes=(CAUSE,))
    placing = order(status="placing", version=0)
    tombstone = tombstone_of(SEEN, 1_800_000_002)
    for name, before in orders_as(tombstone):
        yield Case(f"in a tombstone's place: {name}", NewOrder(order(attempt="new"), tombstone), before)
    for name, before in orders_as(SEEN):
        yield Case(f"new: {name}", NewOrder(order(attempt="new")), before)
        yield Case(f"checked: {name}", CheckedOrder(SEEN), before)
        yield Case(f"removed: {name}", RemovedOrder(SEEN), before)
        yield Case(f"changed: {name}", ChangedOrder(SEEN, order(**completed)), before)
        yield Case(
            f"changed with its first cause: {name}",
            ChangedOrder(SEEN, order(**completed, causes=(CAUSE,))),
            before,
        )
    for name, before in orders_as(mailed):
        yield Case(
            f"changed beside its cause: {name}", ChangedOrder(mailed, order(mailed, **completed)), before
        )
        yield Case(
            f"changed with another cause: {name}",
            ChangedOrder(mailed, order(mailed, **completed, causes=(CAUSE, cancellation))),
            before,
        )
    yield Case("with its cause taken", ChangedOrder(mailed, order(mailed, version=4, causes=())), (mailed,))
    deleted = order(version=4, deleted=(1,))
    yield Case("with a booking deleted, which its lists tell", ChangedOrder(SEEN, deleted), (SEEN,))
    yield Case("made visible", ChangedOrder(placing, order(placing, **completed)), (placing,))
    blocker = order(placing, customer_id=None, is_blocker=True)
    yield Case("made visible, for nobody", ChangedOrder(blocker, order(blocker, **completed)), (blocker,))
    draft = {"status": "draft", "version": 1, "expires_at": 1_800_001_800}
    yield Case("made a draft, which lasts longer", ChangedOrder(placing, order(placing, **draft)), (placing,))
    yield Case("abandoned", ChangedOrder(placing, order(placing, status="abandoned", version=1)), (placing,))
    yield Case(
        "with another body",
        ChangedOrder(SEEN, order(version=4, note="Ring twice", active_bookings=0)),
        (SEEN,),
    )


def of_bookings() -> Iterator[Case]:
    states = {
        "as it was seen": (BOOKING,),
        "not there": (),
        "a version on": (booking(version=4),),
        "a version before": (booking(version=2),),
        "canceled": (booking(version=4, status="canceled"),),
    }
    elsewhere = booking(version=4, resource_ids=("hall", "attic", "desks"), start=7200, end=9000)
    for name, before in states.items():
        yield Case(f"new: {name}", NewBooking(booking(version=1)), before)
        yield Case(f"changed: {name}", ChangedBooking(BOOKING, booking(version=4, note="New")), before)
        yield Case(f"moved: {name}", ChangedBooking(BOOKING, elsewhere), before)
        yield Case(
            f"its own guest no more: {name}",
            ChangedBooking(BOOKING, booking(version=4, own_customer=False, customer_id="ada")),
            before,
        )
        yield Case(f"checked: {name}", CheckedBooking(BOOKING), before)
        yield Case(f"removed: {name}", RemovedBooking(BOOKING), before)


def of_vouchers() -> Iterator[Case]:
    up, down = VoucherCount("ten", +1, 3), VoucherCount("ten", -1)
    own_up, own_down = VoucherCount("ten", +1, 3, "ada"), VoucherCount("ten", -1, None, "ada")
    for write in (up, down):
        yield Case(f"{write.by:+} in total: not there", write, ())
        unlimited = VOUCHER.model_copy(update={"max_redemptions": None})
        yield Case(f"{write.by:+} in total: not counted", write, (unlimited,))
        for n in range(5):
            yield Case(f"{write.by:+} in total: {n}", write, (VOUCHER.model_copy(update={"redemptions": n}),))
    yield Case("checked: not there", CheckedVoucher("ten", 0), ())
    for version in (VOUCHER.version, VOUCHER.version + 1):
        yield Case(f"checked: as of {version}", CheckedVoucher("ten", version), (VOUCHER,))
        yield Case(f"+1 in total: as of {version}", up._replace(version=version), (VOUCHER,))
        most = up._replace(version=version, most=0)
        yield Case(f"+1 in total: as of {version}, used up", most, (VOUCHER,))
    for write in (own_up, own_down):
        yield Case(f"{write.by:+} of a customer: none", write, (VOUCHER,))
        for n in range(5):
            yield Case(f"{write.by:+} of a customer: {n}", write, (VOUCHER, (USES_KEY, n)))


def of_customers() -> Iterator[Case]:
    other = Customer(id="dora", email="carla@example.com")
    states = {
        "nobody": (),
        "the same": (CUSTOMER,),
        "her id": (Customer(id="carla", email="else@example.com"),),
        "her address": (other,),
        "her address, archived": (other.model_copy(update={"archived": True}),),
    }
    for name, before in states.items():
        yield Case(f"new: {name}", NewCustomer(CUSTOMER), before)
        yield Case(f"new without an address: {name}", NewCustomer(Customer(id="carla")), before)


def of_days() -> Iterator[Case]:
    """Yields every case that `LedgerChange.applied_to` distinguishes. Random writers are in test_store.py."""
    claim = Claim(0, 3600, 1)
    fresh = Ledger(DAY)
    writes = {
        "first of a day": change(fresh, [claim], capacity=5),
        "added": change(HELD, [claim], capacity=5),
        "added by an override": change(HELD, [claim], capacity=None),
        "cut": change(HELD, [Claim(1800, 5400, 1)], capacity=5),
        "released": change(HELD, capacity=None, released=[Claim(0, 3600, 3)]),
        "held": change(HELD, capacity=5, holds={"new:mine:0": NEW}),
        "ended": change(HELD, capacity=None, ended={"held:mine:0": HOLD}),
        "ended and taken": change(HELD, [claim], capacity=3, ended={"held:mine:0": HOLD}),
        "dropped": change(HELD, capacity=None, dropped=["held:mine:0"]),
        "nothing but a version": change(HELD, capacity=None),
        "moved within": change(HELD, [Claim(3600, 7200, 1)], capacity=5, released=[claim]),
        "replaced": change(HELD, [claim], capacity=5)._replace(
            parts={}, bounds={}, replacement={MORNING: 5, REST: 0}
        ),
        "replaced, one ended": change(HELD, capacity=5, ended={"held:mine:0": HOLD})._replace(
            parts={}, bounds={}, replacement={MORNING: 2, REST: 0}
        ),
        "replaced, one dropped": change(HELD, capacity=5, dropped=["held:mine:0"])._replace(
            parts={}, bounds={}, replacement={MORNING: 4, REST: 0}
        ),
        "replaced, one held": change(HELD, capacity=6, holds={"new:mine:0": NEW})._replace(
            parts={}, bounds={}, replacement={MORNING: 5, REST: 0}
        ),
        "replaced, out of bounds": change(HELD, [claim], capacity=5)._replace(
            parts={}, bounds={MORNING: Bound(0, 3)}, replacement={MORNING: 5, REST: 0}
        ),
    }
    states = {
        "nobody": (),
        "as it was seen": (HELD,),
        "a version on": (HELD._replace(version=8),),
        "held already": (HELD._replace(version=8, holds={**HELD.holds, "new:mine:0": NEW}),),
        "a hold gone": (HELD._replace(version=8, holds={"others:mine:0": OTHERS}),),
        "cut": (HELD._replace(version=8, segments={Segment(0, 1800): 4, Segment(1800, 3600): 4, REST: 0}),),
        **{
            f"{used} in use": (HELD._replace(version=8, segments={MORNING: used, REST: 0}),)
            for used in (0, 1, 2, 3, 5, 6)
        },
    }
    for name, write in writes.items():
        for state, before in states.items():
            yield Case(f"{name}: {state}", write, before)
    series = LedgerKey("course", "2030-04-15", "timeslot_series")
    yield Case("first of a series' day", change(Ledger(series), [claim], capacity=5), ())


def of_trails() -> Iterator[Case]:
    entry = Entry(
        at=1_800_000_000, action="changed", actor=Actor("token", "t", "Till"), changes={"note": None}
    )
    write = Recorded(ID, "00000004", entry)
    yield Case("an entry", write, (SEEN,))
    yield Case("an entry over another", write, (SEEN, (write.key, entry.model_copy(update={"at": 1}))))


KINDS = {
    "trail": of_trails,
    "order": of_orders,
    "booking": of_bookings,
    "voucher": of_vouchers,
    "customer": of_customers,
    "day": of_days,
}
CASES = [pytest.param(case, id=f"{kind} {case.name}") for kind, made in KINDS.items() for case in made()]


class Organization:
    """A separate organization with some items, in a table and in a fake store."""

    def __init__(self, on: Table, before: Iterable[Any]) -> None:
        self.on, self.id = on, f"o{uuid4().hex[:12]}"
        self.fake = FakeStore(self.id)
        for item in before:
            self.fake.items |= _keyed(_of(self.id, item))
        on.put(self.expected_rows().values())

    def rows(self) -> dict[ItemKey, Raw]:
        return {ItemKey(*key): row for key, row in self.on.items(self.id).items()}

    def expected_rows(self) -> dict[ItemKey, Raw]:
        """Returns the rows of a table with the fake's content, including index entries and lists."""
        rows = [row for key, item in self.fake.items.items() for row in _rows(self.id, key, item)]
        return {key_of_row(row): row for row in rows}


@pytest.fixture(scope="module", params=ENGINES)
def shared(request: pytest.FixtureRequest) -> Iterator[Table]:
    with table(request.getfixturevalue(request.param)) as made:
        yield made


@pytest.fixture
def on(shared: Table) -> Table:
    """An empty table, because each row of the test examines all items."""
    shared.clear()
    return shared


@pytest.mark.parametrize("case", CASES)
def test_the_engine_takes_refuses_and_leaves_what_the_fake_does(on: Table, case: Case) -> None:
    here = Organization(on, case.before)
    write = _of(here.id, case.write)

    expected = here.fake.write(Context(here.id, SystemClock(5)), [write])
    lost = on.store.write(Context(here.id, SystemClock(5)), [write])

    rows = here.expected_rows()
    if isinstance(write, NewBooking):
        # It was written without its order, so lists must read the order.
        marked = stored.booking_rows(here.id, write.booking, asks_order=True)
        rows |= {key_of_row(row): row for row in marked}
    assert lost == expected
    assert _without_first_version(here.rows(), case) == _without_first_version(rows, case)


def test_each_kind_of_write_is_both_taken_and_refused(on: Table) -> None:
    """If all rows of a kind had the same outcome, they would prove nothing."""
    unconditional = {NewBooking, RemovedBooking, Recorded}
    taken, refused = set[type](), set[type]()
    for param in CASES:
        (case,) = param.values
        here = Organization(on, ())
        here.fake.items = {k: v for item in case.before for k, v in _keyed(_of(here.id, item)).items()}
        lost = here.fake.write(Context(here.id, SystemClock(5)), [_of(here.id, case.write)])
        (refused if lost else taken).add(type(case.write))
    assert taken == set(Write.__args__)
    assert refused == taken - unconditional


def test_resends_are_counted_by_order_and_hour_as_in_the_fake(on: Table) -> None:
    here = Organization(on, ())
    for order_id, hour in [*[(ID, 500_000)] * (MAX_RESENDS + 2), (ID, 500_001), (f"{ID[:-1]}2", 500_000)]:
        expected = here.fake.count_resend(Context(here.id, SystemClock(5)), order_id, hour)
        assert on.store.count_resend(Context(here.id, SystemClock(5)), order_id, hour) == expected
    counted = sorted(int(row["resends"]["N"]) for row in here.rows().values())
    assert counted == [1, 1, MAX_RESENDS]
    assert {int(row["delete_at"]["N"]) for row in here.rows().values()} == {500_001 * 3600, 500_002 * 3600}


REQUEST = Once("", "key", "body")
BEFORE = REQUEST.made("first", 1_800_000_000)


@pytest.mark.parametrize(
    ("present", "free"),
    [
        pytest.param(None, True, id="none"),
        pytest.param(BEFORE, False, id="the same"),
        pytest.param(BEFORE._replace(once=REQUEST._replace(fingerprint="other")), False, id="with another body"),
        pytest.param(BEFORE._replace(shows_secret=True), False, id="with a secret"),
        pytest.param(BEFORE._replace(once=REQUEST._replace(id="other")), True, id="of another key"),
        pytest.param(BEFORE._replace(kept_until=1_800_000_001), False, id="that is over in a moment"),
        pytest.param(BEFORE._replace(kept_until=1_800_000_000), True, id="that is over, and still there"),
    ],
)  # fmt: skip
def test_a_request_makes_something_unless_one_with_its_key_is_remembered(
    on: Table, present: Made | None, free: bool
) -> None:
    """The catalog has no fake, so the expectation is written here."""
    here, table = Organization(on, ()), CatalogTable(on.store)

    def mine(made: Made) -> Made:
        return made._replace(once=made.once._replace(organization_id=here.id))

    if present:
        transaction = Transaction(on.store.connection, on.name)
        note_request(transaction, mine(present), 0)
        transaction.commit(SystemClock(5))
    context = Context(here.id, FakeClock(1_800_000_000))
    made = mine(REQUEST.made("second", 1_800_000_000))
    before = table.made(context, made.once)

    if free:
        assert before is None
        assert table.add(context, [CUSTOMER], made=made) == frozenset()
        assert table.made(context, made.once) == made
        assert on.store.read(context, [Key("customer", "carla")], consistent=True) == {
            Key("customer", "carla"): CUSTOMER
        }
    else:
        assert before == mine(present)
        rows = here.rows()
        with pytest.raises(AlreadyMade):
            table.add(context, [CUSTOMER], made=made)
        assert here.rows() == rows


def test_all_writes_of_a_transaction_take_place_or_none_and_each_that_fails_is_named(on: Table) -> None:
    """One write of each kind, with each of them in turn in a state in which it fails."""
    writes: list[Write] = [
        ChangedOrder(SEEN, order(version=4)),
        NewOrder(order(id=ID.replace("1", "2"))),
        CheckedOrder(order(id=ID.replace("1", "3"))),
        RemovedOrder(order(id=ID.replace("1", "4"))),
        ChangedBooking(BOOKING, booking(version=4)),
        VoucherCount("ten", +1, 3),
        VoucherCount("ten", +1, 3, "ada"),
        NewCustomer(CUSTOMER),
        change(HELD, [Claim(0, 3600, 1)], capacity=5),
    ]
    good = [
        SEEN, order(id=ID.replace("1", "3")), order(id=ID.replace("1", "4")), BOOKING, VOUCHER, HELD
    ]  # fmt: skip
    bad: list[tuple[Any, ...]] = [
        (order(version=9),),
        (order(id=ID.replace("1", "2"), attempt="another"),),
        (order(id=ID.replace("1", "3"), attempt="another"),),
        (order(id=ID.replace("1", "4"), version=9),),
        (booking(version=9),),
        (VOUCHER.model_copy(update={"redemptions": 3}),),
        ((USES_KEY, 3),),
        (Customer(id="dora", email="carla@example.com"),),
        (HELD._replace(segments={MORNING: 5, REST: 0}),),
    ]
    for instead in [(), *bad, tuple(item for items in bad for item in items)]:
        here = Organization(on, [*good, *instead])
        mine = [_of(here.id, write) for write in writes]

        expected = here.fake.write(Context(here.id, SystemClock(5)), mine)
        lost = on.store.write(Context(here.id, SystemClock(5)), mine)

        assert lost == expected
        assert len(lost or {}) == len(instead)
        assert here.rows() == here.expected_rows()


PLACING = order(status="placing", version=0)
PLACED = order(status="completed", version=1, expires_at=None)
OURS: list[tuple[str, Write, Order | None, bool]] = [
    ("a new order that is there", NewOrder(SEEN), SEEN, True),
    ("only its own tombstone", NewOrder(SEEN), tombstone_of(SEEN, 5), False),
    ("of another attempt", NewOrder(SEEN), order(attempt="another"), False),
    ("in a tombstone's place, which is gone", NewOrder(SEEN, tombstone_of(SEEN, 5)), None, False),
    ("a commit of what is gone", ChangedOrder(PLACING, PLACED), None, False),
    ("a commit that took place", ChangedOrder(PLACING, PLACED), PLACED, True),
    ("a commit of a draft", ChangedOrder(PLACING, SEEN), SEEN, True),
    ("another attempt's commit", ChangedOrder(PLACING, PLACED), order(PLACED, attempt="another"), False),
    ("a commit and then canceled", ChangedOrder(PLACING, PLACED), order(PLACED, status="canceled"), False),
    ("given up instead", ChangedOrder(PLACING, PLACED), order(PLACED, status="abandoned"), False),
    ("given up by both", ChangedOrder(PLACING, order(PLACED, status="abandoned")), order(PLACED, status="abandoned"), False),
    ("a change that two ask for", ChangedOrder(SEEN, PLACED), order(PLACED, version=4), False),
]  # fmt: skip


@pytest.mark.parametrize(("write", "present", "ours"), [pytest.param(*row, id=name) for name, *row in OURS])
def test_a_placing_in_the_way_of_itself_is_told_by_its_attempt(
    on: Table, write: Write, present: Order | None, ours: bool
) -> None:
    """Its answer was lost and its token forgotten. The fake loses no answers, so it has no such rule."""
    here = Organization(on, [present] if present else [])

    lost = on.store.write(Context(here.id, SystemClock(5)), [_of(here.id, write)])

    assert lost == (None if ours else {Key("order", ID): None} | here.fake.items)
    assert here.rows() == here.expected_rows()


def _of(organization_id: str, value: Any) -> Any:
    """Returns the same write or item for this organization."""
    if isinstance(value, Order):
        return value.model_copy(update={"organization_id": organization_id})
    if isinstance(value, NewOrder | CheckedOrder | RemovedOrder | ChangedOrder):
        return type(value)(*(_of(organization_id, each) for each in value))
    return value


def _keyed(item: Any) -> Mapping[Key, Any]:
    match item:
        case Order():
            return {Key("order", item.id): item}
        case Booking():
            return {Key("booking", item.id): item}
        case Ledger():
            return {ledger_item(item.key): item}
        case (Key() as key, value):
            return {key: value}
        case _:
            return {catalog_key(item): item, **claims_of(item)}


def _rows(organization_id: str, key: Key, item: Any) -> list[Raw]:
    at = stored.item_key(organization_id, key)
    match item:
        case Order():
            return [stored.order_row(item)]
        case Booking():
            return stored.booking_rows(organization_id, item)
        case Ledger():
            return [stored.new_ledger_row(at, item) | {"version": {"N": str(item.version)}}]
        case Entry():
            return [trail_row(at, item)]
        case str():
            return [stored.claim_row(organization_id, key, item)]
        case int():
            return [stored.row(at, redemptions=item)]
        case _:
            return [stored.catalog_row(organization_id, item)]


def _without_first_version(rows: dict[ItemKey, Raw], case: Case) -> dict[ItemKey, Raw]:
    """A new day begins with a version that the store chooses."""
    if isinstance(case.write, LedgerChange) and case.write.seen.version == 0 and not case.before:
        return {
            key: {name: value for name, value in row.items() if name != "version"}
            for key, row in rows.items()
        }
    return rows
