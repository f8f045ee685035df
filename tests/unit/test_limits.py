"""Requests that are too large are refused with their own code before anything is written. The largest allowed ones fit."""

from collections.abc import Callable, Iterator
from itertools import count as numbers
from itertools import islice
from threading import Barrier
from typing import Any, cast

import pytest

from frontdesk.adapters.dynamodb import items
from frontdesk.adapters.dynamodb.lists import ListTable
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.domain import ledger, sizes
from frontdesk.domain.booking import changes, group, placement
from frontdesk.domain.booking.writes import ChangedBooking, Write, bytes_of
from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import Resource, Service
from frontdesk.domain.ledger import (
    Claim,
    Hold,
    Ledger,
    LedgerKey,
    Profile,
    Segment,
    change,
    occupied,
)
from frontdesk.domain.orders.order import Unanswered
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.domain.sizes import MAX_ITEM, item_bytes
from frontdesk.domain.time.intervals import iso
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import staged
from frontdesk.usecases.orders.change import cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from frontdesk.usecases.orders.place_batch import Asked, place_together
from frontdesk.usecases.ports import Listed
from tests.support.fakes import FakeClock, FakeStore
from tests.support.work import steps_of
from tests.unit.builders import ADA, COFFEE, DESK, DESKS, NOW, ORGANIZATION, at, booking, order

FIRST = at("2026-04-15T00:00:00+00:00")
DAY = Key("ledger", "desks", "2026-04-15")
HALL = DESKS.model_copy(update={"quantity": 99_000})


class CountingStore(FakeStore):
    """Counts transactions, and refuses those that DynamoDB would refuse for their size."""

    def __init__(self, *catalog: Any) -> None:
        super().__init__("o", catalog or (ORGANIZATION, ADA, HALL, DESK, COFFEE))
        self.transactions = 0
        self.largest = 0

    def write(self, context: Context, writes: Any) -> Any:
        self.transactions += 1
        size = 0
        for write in writes:
            of = raw_bytes(write)
            assert max(of, default=0) <= sizes.MAX_ITEM, "an item has at most 400 KB"
            assert sum(of) <= bytes_of(write), "sizes are never taken for less than they are"
            size += sum(of)
        assert size <= sizes.MAX_TRANSACTION, "a transaction has at most 4 MB"
        self.largest = max(self.largest, size)
        return super().write(context, writes)


def raw_bytes(write: Write) -> list[int]:
    """Returns the sizes of the items of a write, as DynamoDB counts them."""
    match write._asdict():
        case {"seen": Ledger() as seen}:
            row = items.new_ledger_row(
                items.ItemKey("o#resource#" + seen.key.owner, "ledger#2026-04-15"), write.result()
            )
            return [item_bytes(row)]
        case {"booking": booking}:
            rows = items.booking_rows("o", booking)
            if isinstance(write, ChangedBooking) and not write.is_listed_anew:
                del rows[1:]
            return [item_bytes(row) for row in rows]
        case {"order": order}:
            return [item_bytes(items.order_row(order))]
    return []


def place(store: FakeStore, body: object, clock: FakeClock | None = None) -> Placed:
    return place_order(Context("o", clock or FakeClock(NOW)), read_config(body), store)


def refusal(store: FakeStore, body: object, clock: FakeClock | None = None) -> list[tuple[str, str | None]]:
    before = dict(store.items)
    with pytest.raises(FrontdeskError) as refused:
        place(store, body, clock)
    assert store.items == before, "nothing was written"
    return [(problem.code, problem.pointer) for problem in refused.value.problems]


def seconds(count: int, first: int, length: int = 1, step: int = 2) -> list[dict[str, Any]]:
    """Returns consecutive bookings of one desk each."""
    return [
        booking(iso(FIRST + first + step * n), iso(FIRST + first + step * n + length), resource_id="desks", service_id={"desk": 1})
        for n in range(count)
    ]  # fmt: skip


def ledger_bytes(store: FakeStore) -> int:
    return item_bytes(
        items.new_ledger_row(items.ItemKey("o#resource#desks", "ledger#2026-04-15"), store.items[DAY])
    )


@pytest.mark.thorough
def test_drafts_of_a_thousand_bookings_do_not_fill_a_day_for_everybody_else() -> None:
    store = CountingStore()
    draft = order(*seconds(1000, 0, 3600, 1), complete_order=False)
    found = []
    for _ in range(5):
        try:
            found.append(place(store, draft).order.status)
        except FrontdeskError as error:
            found.append(error.problems[0].code)

    assert found == ["draft", "draft", "day_full", "day_full", "day_full"]
    assert ledger_bytes(store) < MAX_ITEM
    assert place(store, order(*seconds(1, 7200))).order.status == "completed"


@pytest.mark.thorough
def test_a_day_of_far_too_many_different_times_takes_no_more_of_them_and_gives_all_back() -> None:
    store = CountingStore()
    placed: list[Placed] = []
    refused = []
    for number in range(9):
        try:
            placed.append(place(store, order(*seconds(1000, 5000 * number, step=5))))
        except FrontdeskError as error:
            refused += [problem.code for problem in error.problems]
    assert len(placed) >= 2
    assert set(refused) == {"day_full"}
    for each in placed:
        cancel_order(Context("o", FakeClock(NOW)), each.order.id, store)
    assert ledger_bytes(store) < MAX_ITEM


def test_the_cuts_of_a_ledger_are_those_of_its_claims_whatever_becomes_of_them() -> None:
    """If neighbors were joined, cancellations would split them again. A ledger of 10 KB could then grow to 800 KB."""
    claims = [Claim(n, n + 1, 1) for n in range(400)]
    full = change(Ledger(LedgerKey("r", "2026-04-15"), version=1), claims, capacity=1).result()
    left = change(full, capacity=None, released=claims[::2]).result()

    assert len(left.segments) == len(full.segments)


def test_expired_drafts_in_nobodys_way_are_left_where_they_are() -> None:
    store, clock = CountingStore(), FakeClock(NOW)
    for _ in range(300):
        place(store, order(*seconds(1, 0, 3600), complete_order=False), clock)
    clock.at += 3600
    store.transactions = 0

    place(store, order(*seconds(1, 0, 3600)), clock)
    assert store.transactions == 1


def test_of_expired_drafts_only_as_many_are_cleared_as_room_is_needed() -> None:
    store, clock = CountingStore(ORGANIZATION, ADA, DESKS, DESK), FakeClock(NOW)
    for _ in range(12):
        place(store, order(*seconds(1, 0, 3600), complete_order=False), clock)
    clock.at += 3600
    store.transactions = 0

    place(store, order(*[each | {"service_id": {"desk": 3}} for each in seconds(1, 0, 3600)]), clock)
    assert store.transactions == 1
    assert len(store.items[DAY].holds) == 9


def test_many_expired_drafts_whose_room_is_needed_are_cleared_in_few_transactions() -> None:
    hall = HALL.model_copy(update={"quantity": 300})
    store, clock = CountingStore(ORGANIZATION, ADA, hall, DESK), FakeClock(NOW)
    for _ in range(300):
        place(store, order(*seconds(1, 0, 3600), complete_order=False), clock)
    clock.at += 3600
    store.transactions = 0

    place(store, order(*[each | {"service_id": {"desk": 300}} for each in seconds(1, 0, 3600)]), clock)
    assert store.transactions <= 9


ROOMS = [Resource(id=f"room{n}", name=f"Room {n}") for n in range(120)]
MEET = Service(id="meet", name="M", price=1, tax_rate=0, resource_ids=frozenset(room.id for room in ROOMS))


@pytest.mark.parametrize("kind", ["plain", "part", "draft"])
def test_a_booking_is_on_as_many_resources_as_one_transaction_can_write(kind: str) -> None:
    store = CountingStore(ORGANIZATION, ADA, *ROOMS, MEET, HALL, DESK)
    clock = FakeClock(NOW)
    for count, found in ((96, []), (97, "refused"), (120, "refused")):
        on = {"resource_id": [f"room{n}" for n in range(count)], "service_id": {"meet": 1}}
        asked = (
            booking(**on)
            if kind != "part"
            else booking(resource_id="desks", service_id={"desk": 1}, sub_bookings=[on])
        )
        body = order(asked, complete_order=kind != "draft", order_customer_id="ada")
        at = "/bookings/0/sub_bookings/0/resource_id" if kind == "part" else "/bookings/0/resource_id"
        if found:
            assert refusal(store, body) == [("too_many_resources", at)]
        else:
            placed = place(store, body)
            cancel_order(Context("o", clock), placed.order.id, store)


def busy_days(days: int, segments: int, key: str = "desks", capacity: int = 99_000) -> dict[Key, Ledger]:
    found = {}
    for n in range(days):
        day = iso(FIRST + n * 86_400)[:10]
        length = 86_400 // segments
        claims = [Claim(m * length, m * length + length, capacity) for m in range(0, segments, 2)]
        ledger = Ledger(LedgerKey(key, day), version=1)
        found[Key("ledger", key, day)] = occupied(ledger, claims)
    return found


def test_one_booking_of_many_rooms_on_hundreds_of_busy_days() -> None:
    # A tenth of the most that can be requested.
    rooms = ROOMS[:2]
    store = CountingStore(ORGANIZATION, ADA, *rooms, MEET)
    for room in rooms:
        store.items |= busy_days(250, 50, room.id, 1)
    asked = booking(
        iso(FIRST), iso(FIRST + 249 * 86_400), resource_id=[room.id for room in rooms], service_id={"meet": 1}
    )

    with pytest.raises(FrontdeskError) as refused:
        assert steps_of(lambda: place(store, order(asked)), 1_700_000)
    meta = [problem.meta for problem in refused.value.problems if problem.code == "slot_unavailable"]
    assert len(meta) == 2
    assert {len(each["taken"]) for each in meta} == {50}
    assert all(each["available"] == 0 for each in meta)


@pytest.mark.parametrize("free", [True, False])
def test_bookings_on_a_day_of_very_many_segments(free: bool) -> None:
    store = CountingStore()
    store.items |= busy_days(1, 4_800, capacity=1 if free else 99_000)
    asked = order(*seconds(20, 0, 80_000, 1))

    refused: set[str] = set()

    def ask() -> None:
        try:
            place(store, asked)
        except FrontdeskError as error:
            refused.update(problem.code for problem in error.problems)

    assert steps_of(ask, 1_700_000)
    assert refused == (set() if free else {"slot_unavailable"})


def test_bookings_beside_a_thousand_holds_that_ran_out() -> None:
    store = CountingStore()
    holds = {f"o{n}:a:0": Hold(f"o{n}", "a", Claim(0, 86_400, 99), False, NOW - 1) for n in range(1000)}
    store.items[DAY] = Ledger(LedgerKey("desks", "2026-04-15"), holds=holds, version=1)._replace(
        segments={(0, 86_400): 99_000}
    )

    assert steps_of(lambda: place(store, order(*seconds(100, 0, 80_000, 1))), 3_000_000)


def test_a_day_that_is_empty_again_has_no_cuts_left_but_those_of_its_hours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger, "MANY_SEGMENTS", 144)
    day = Ledger(LedgerKey("desks", "2026-04-15"), version=1)
    # As many rounds as would fill it: each leaves its two ends behind.
    for number in range(300):
        claim = Claim(second := 283 * number % 86_000, second + 1, 1)
        day = change(day, [claim], capacity=1).result()
        day = change(day, released=[claim], capacity=None).result()
        assert len(day.segments) <= ledger.MANY_SEGMENTS + 50

    assert set(day.segments.values()) == {0}


def test_a_day_of_cuts_that_nobody_needs_any_more_is_not_full() -> None:
    store = CountingStore()
    starts = range(0, 86_400, 17)
    store.items[DAY] = Ledger(
        LedgerKey("desks", "2026-04-15"),
        dict.fromkeys(map(Segment, starts, [*starts[1:], 86_400]), 0),
        version=1,
    )
    assert place(store, order(*seconds(1, 5))).order.status == "completed"
    assert len(store.items[DAY].segments) < 50


def test_no_cut_is_taken_that_a_claim_may_end_at() -> None:
    claims = [Claim(40 * n, 40 * n + 20, 1) for n in range(1000)]
    full = change(Ledger(LedgerKey("r", "2026-04-15"), version=1), claims, capacity=1).result()
    few = change(full, capacity=None, released=claims[10:]).result()

    assert len(few.segments) < 60
    assert all(set(claim[:2]) <= {start for start, _ in few.segments} for claim in claims[:10])


def test_a_row_on_too_many_resources_is_refused_alone() -> None:
    store = CountingStore(ORGANIZATION, ADA, *ROOMS, MEET, HALL, DESK)
    many = order(booking(resource_id=[f"r{n}" for n in range(150)], service_id={"meet": 1}))
    rows = [order(*seconds(1, 0)), many, order(*seconds(1, 10))]
    keys = [Idempotency.of("o", "import", str(n), b"") for n in range(3)]
    found = place_together(
        Context("o", FakeClock(NOW)),
        [Asked(read_config(row), key) for row, key in zip(rows, keys, strict=True)],
        store,
    )

    assert isinstance(found[0], Placed)
    assert isinstance(found[2], Placed)
    assert isinstance(found[1], FrontdeskError)
    assert [problem.code for problem in found[1].problems] == ["too_many_resources"]


def cut_days(days: int, segments: int = 4_800) -> dict[Key, Ledger]:
    """Returns days with this many different times, each next to an unused one."""
    found = {}
    starts = range(0, 86_400, 86_400 // segments)
    profile = Profile(list(starts), [n % 2 for n in range(len(starts))])
    for n in range(days):
        day = iso(FIRST + n * 86_400)[:10]
        found[Key("ledger", "desks", day)] = Ledger(LedgerKey("desks", day), profile, version=1)
    return found


def long_bookings(count: int) -> list[dict[str, Any]]:
    """Returns one booking a day, each of about 50 KB."""
    texts = dict.fromkeys(("description", "note", "customer_note"), 2_000 * "\N{SNOWMAN}\N{BEAR FACE}"[1:])
    add_ons = [{"add_on_id": "coffee"}] * 150
    return [each | texts | {"booking_add_ons": add_ons} for each in seconds(count, 0, 3600, 86_400)]


@pytest.fixture
def a_fourth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduces DynamoDB's limits of an item and a transaction to a fourth, for a fourth of the work."""
    for module in (sizes, changes, placement, group, staged):
        for name in {"MAX_ITEM", "MAX_TRANSACTION"} & vars(module).keys():
            monkeypatch.setattr(module, name, getattr(module, name) // 4)


@pytest.mark.usefixtures("a_fourth")
def test_a_large_cancel_is_counted_with_its_days_before_one_transaction_is_chosen() -> None:
    store, clock = CountingStore(), FakeClock(NOW)
    store.items |= cut_days(10)
    before = {key: sum(store.items[key].segments.values()) for key in cut_days(10)}

    placed = place(store, order(*long_bookings(10)), clock)
    canceled, _ = cancel_order(Context("o", clock), placed.order.id, store)

    assert canceled.status == "canceled"
    assert {key: sum(store.items[key].segments.values()) for key in before} == before


def test_a_draft_of_very_many_days_is_completed_on_a_few_of_them_at_a_time() -> None:
    """Each day may have 5,000 segments. The draft must be completed whatever others have booked since."""
    store = CountingStore()
    draft = booking(
        "2026-04-15T09:00:00Z", "2026-04-15T10:00:00Z", resource_id="desks", service_id={"desk": 1}
    )
    asked = order(draft | {"recurring": {"frequency": "daily", "count": 120}}, complete_order=False)
    placed = place(store, asked)
    days: list[int] = []
    read = store.read

    def counted(context: Context, keys: Any, **how: Any) -> Any:
        keys = list(keys)
        days.append(sum(key.kind == "ledger" for key in keys))
        return read(context, keys, **how)

    store.read = counted  # type: ignore[method-assign]
    done, _ = complete_order(
        Context("o", FakeClock(NOW)), placed.order.id, read_as(CompletionConfig, {}), store
    )

    assert done.status == "completed"
    assert max(days) <= 25
    assert sum(days) >= 120
    assert not any(item.holds for key, item in store.items.items() if key.kind == "ledger")


@pytest.mark.usefixtures("a_fourth")
def test_rows_go_together_as_long_as_their_bytes_fit() -> None:
    store = CountingStore()
    store.items |= cut_days(9)
    rows = [order(each) for each in long_bookings(9)]
    keys = [Idempotency.of("o", "import", str(n), b"") for n in range(9)]
    found = place_together(
        Context("o", FakeClock(NOW)),
        [Asked(read_config(row), key) for row, key in zip(rows, keys, strict=True)],
        store,
    )

    assert all(isinstance(each, Placed) for each in found)
    assert store.transactions == 2


def test_a_move_to_a_day_of_far_too_many_different_times_is_refused() -> None:
    store, clock = CountingStore(), FakeClock(NOW)
    placed = place(store, order(*seconds(1, 86_400)), clock)
    store.items |= cut_days(1, 4_800)
    starts = range(0, 86_400, 17)
    store.items[DAY] = store.items[DAY]._replace(
        segments=Profile(list(starts), [n % 2 for n in range(len(starts))])
    )
    id = placed.bookings[0].id

    def move(to: int) -> None:
        document = {"data": {"attributes": {"start_date": iso(FIRST + to)}}}
        move_booking(Context("o", clock), id, read_document(BookingDocument, "bookings", document), store)

    with pytest.raises(FrontdeskError) as refused:
        move(5)
    assert [(each.code, each.pointer) for each in refused.value.problems] == [
        ("day_full", "/data/attributes/start_date")
    ]
    move(86_400 + 5)


FIELDS = [CustomField(id=f"field-{n:028}", label="?", field_type="number") for n in range(10_000)]


def asking(count: int, each: int = 50) -> list[Service]:
    """Returns services that require this many answers of each booking."""
    return [
        DESK.model_copy(
            update={"id": f"s{n}", "custom_fields": {f.id: True for f in FIELDS[each * n : each * n + each]}}
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("series", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_what_a_draft_of_a_thousand_bookings_lacks_is_kept_in_few_bytes(series: bool) -> None:
    store, clock = CountingStore(ORGANIZATION, ADA, HALL, *asking(1), *FIELDS[:50]), FakeClock(NOW)
    service = {"service_id": {"s0": 1}}
    asked = [each | service for each in seconds(1 if series else 1000, 0, 3600, 0 if series else 3600)]
    if series:
        asked = [asked[0] | {"recurring": {"frequency": "daily", "count": 1000}}]
    placed = place(store, order(*asked, complete_order=False), clock)
    assert item_bytes(items.order_row(placed.order)) < 20_000

    answers = {"service_custom_fields": {field.id: 7 for field in FIELDS[:50]}}
    done, bookings = complete_order(
        Context("o", clock), placed.order.id, read_as(CompletionConfig, answers), store
    )
    assert done.status == "completed"
    assert all(len(each.custom_entries) == 50 for each in bookings)


def test_a_draft_that_lacks_more_than_its_item_can_tell_is_refused() -> None:
    services = asking(200)
    store = CountingStore(ORGANIZATION, ADA, HALL, *services, *FIELDS)
    asked = [
        each | {"service_id": {service.id: 1}}
        for each, service in zip(seconds(200, 0), services, strict=True)
    ]
    assert refusal(store, order(*asked, complete_order=False)) == [("order_too_large", "/bookings")]


def test_what_a_draft_of_before_lacks_is_read_as_it_was_written() -> None:
    id = "00000000-0000-0000-0000-000000000001"
    stored = {"field_id": "age", "booking_ids": [f"{id}-1", f"{id}-3"]}
    assert Unanswered.model_validate(stored) == Unanswered(field_ids=("age",), ordinals=(1, 3))


class PagedStore:
    """Endless lists, which are read page by page."""

    def __init__(self) -> None:
        self.read = 0
        self.begins: Callable[[], Any] = lambda: None

    def listed(self, index: str, pk: str, clock: FakeClock, *, at_once: int, **_: Any) -> Iterator[Listed]:
        self.begins()
        for n in numbers():
            if n % at_once == 0:
                self.read += at_once
            yield Listed(Key("booking", f"{pk}-{n}"), 100 * n, 60, False)


@pytest.mark.parametrize(
    ("resources", "keys", "most"), [(1, 1_001, 4_000), (12, 1_001, 6_000), (50, 10_001, 13_000)]
)
def test_the_lists_of_many_resources_are_read_ahead_no_farther_than_that_of_one(
    resources: int, keys: int, most: int
) -> None:
    store = PagedStore()
    ids = [f"r{n}" for n in range(resources)]
    lists = ListTable(cast(DynamoStore, store))
    found = list(
        islice(lists.of_resources(Context("o", FakeClock(NOW)), ids, None, None, newest_first=False), keys)
    )

    assert len(found) == keys
    assert store.read <= most


def test_the_lists_of_many_resources_are_begun_at_the_same_time() -> None:
    """Twelve resources have 48 lists. One after the other, their first pages would take longer than all the rest."""
    store = PagedStore()
    store.begins = Barrier(8, timeout=5).wait
    lists = ListTable(cast(DynamoStore, store))
    ids = [f"r{n}" for n in range(12)]

    found = lists.of_resources(Context("o", FakeClock(NOW)), ids, None, None, newest_first=False)

    assert [each.at for each in islice(found, 96)] == [100 * n for n in (0, 1) for _ in range(48)]
