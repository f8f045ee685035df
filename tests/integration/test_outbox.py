"""The outbox on two engines: no message twice, changes only of the version seen, due messages, and the record on the order."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from bench.handlers import Deployment
from bench.orders import order_with_mail
from bench.units import Units, together
from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.messages.outbox import OutboxTable
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import Message
from frontdesk.domain.orders.order import Cause, Order
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.expand import expand
from frontdesk.usecases.messages.rules import RecentRules
from frontdesk.usecases.orders.change import cancel_booking
from frontdesk.usecases.orders.place import place_order
from tests.integration.test_conditions import ENGINES
from tests.integration.test_store import counted, order, size
from tests.support.demo import ORGANIZATION, desks, meeting
from tests.support.dynamodb import dynamodb_in_memory
from tests.support.engine import Table, table
from tests.support.fakes import post_office


@pytest.fixture(scope="module", params=ENGINES)
def on(request: pytest.FixtureRequest) -> Iterator[Table]:
    with table(request.getfixturevalue(request.param)) as made:
        yield made


CONTEXT = Context(ORGANIZATION.id, SystemClock(60))
LANE = "0123456789"


def message(number: int = 1, **changes: object) -> Message:
    return Message(
        order_id=str(uuid4()), name=f"{LANE}v{number:06x}c", kind="confirmation", version=number,
        customer_id="c", created_at=1_900_000_000, due_at=1_900_000_000,
    ).model_copy(update=changes)  # fmt: skip


def test_a_message_that_is_there_stays_as_it_is(on: Table) -> None:
    outbox, first = OutboxTable(on.store), message()
    outbox.put(CONTEXT, [first, message(2, order_id=first.order_id)])
    outbox.put(CONTEXT, [first.model_copy(update={"kind": "change"})])

    assert [each.version for each in outbox.of_order(CONTEXT, first.order_id, LANE)] == [1, 2]
    assert outbox.message(CONTEXT, first.order_id, first.name) == first
    assert outbox.message(CONTEXT, first.order_id, f"{LANE}v000009c") is None


def test_a_message_changes_only_from_what_was_seen(on: Table) -> None:
    outbox, first = OutboxTable(on.store), message()
    outbox.put(CONTEXT, [first])
    leased = first.leased("event", 5)

    assert outbox.change(CONTEXT, first, leased)
    assert not outbox.change(CONTEXT, first, first.leased("other", 9))
    assert outbox.message(CONTEXT, first.order_id, first.name) == leased


def test_what_is_due_is_found_until_it_has_ended(on: Table) -> None:
    outbox = OutboxTable(on.store)
    early, late = message(due_at=100), message(due_at=200)
    outbox.put(CONTEXT, [late, early])

    def due(now: int) -> list[str]:
        mine = (early.order_id, late.order_id)
        return [each.order_id for each in outbox.due(SystemClock(20), now, 100) if each.order_id in mine]

    assert (due(99), due(100), due(200)) == ([], [early.order_id], [early.order_id, late.order_id])
    leased = early.leased("event", 1000)
    assert outbox.change(CONTEXT, early, leased)
    assert due(200) == [early.order_id, late.order_id]
    assert outbox.change(CONTEXT, leased, leased.ended("sent", 300))
    assert due(400) == [late.order_id]


def placed_on(on: Table) -> Order:
    config = read_config(order(meeting(), desks(2)) | {"check_availability": False})
    return place_order(CONTEXT, config, on.store).order


def test_causes_are_taken_only_as_they_were_seen(on: Table) -> None:
    outbox, placed = OutboxTable(on.store), placed_on(on)
    assert [cause.text for cause in placed.causes] == ["1c"]
    cancel_booking(CONTEXT, f"{placed.id}-2", on.store, notify=True)

    assert not outbox.take_causes(CONTEXT, placed)
    found = on.store.order(CONTEXT, placed.id)
    assert found
    assert [cause.text for cause in found[0].causes] == ["1c", "2x2"]
    assert outbox.take_causes(CONTEXT, found[0])
    again = on.store.order(CONTEXT, placed.id)
    assert again
    assert (again[0].causes, again[0].version) == ((), 2)


def test_an_order_learns_what_was_not_delivered_and_that_it_was_sent_again(on: Table) -> None:
    outbox, placed = OutboxTable(on.store), placed_on(on)
    first = message(order_id=placed.id)
    outbox.put(CONTEXT, [first])
    assert outbox.change(CONTEXT, first, first.ended("failed", 5, "refused"))
    found = on.store.order(CONTEXT, placed.id)
    assert found
    assert found[0].unsent == {first.name}

    again = message(order_id=placed.id, name=f"{LANE}x0000000001", resends=first.name)
    outbox.put(CONTEXT, [again])
    assert outbox.change(CONTEXT, again, again.ended("sent", 6))
    found = on.store.order(CONTEXT, placed.id)
    assert found
    assert found[0].unsent == frozenset()


def test_reading_an_order_reads_no_message(on: Table) -> None:
    placed = placed_on(on)
    before = on.store.order(CONTEXT, placed.id)
    OutboxTable(on.store).put(CONTEXT, [message(n, order_id=placed.id) for n in range(1, 40)])
    with counted(on.store) as sent:
        assert on.store.order(CONTEXT, placed.id) == before
    assert sent == ["Query"]


def test_messages_are_listed_by_month_and_state(on: Table) -> None:
    outbox, here = OutboxTable(on.store), Context(f"o{uuid4().hex[:8]}", SystemClock(60))
    now = here.clock.now()
    old, new = message(due_at=now - 40 * 86_400), message(due_at=now)
    outbox.put(here, [old, new])
    assert outbox.change(here, old, old.ended("withdrawn", now - 39 * 86_400, "outdated"))

    listed = [(entry.order_id, entry.letters) for entry in outbox.entries(here)]
    assert listed in ([(new.order_id, "wc"), (old.order_id, "xc")], [(new.order_id, "wc")])


def test_rules_for_reminders_are_found_for_all_organizations_while_they_are_on(on: Table) -> None:
    outbox, catalog = OutboxTable(on.store), CatalogTable(on.store)
    here = Context(f"o{uuid4().hex[:8]}", SystemClock(60))
    rule = MessageRule(id="r", name="Tomorrow", event="before_start", offset=1440, created_at=1)

    def is_listed() -> bool:
        return here.organization_id in set(outbox.organizations_with_reminders(SystemClock(20)))

    assert catalog.add(here, [rule]) == frozenset()
    assert is_listed()
    assert [each.id for each in RecentRules(on.store, catalog)(here)] == ["r"]
    off = rule.model_copy(update={"enabled": False, "version": 1})
    assert catalog.change(here, rule, off) == frozenset()
    assert not is_listed()


def test_the_cursor_of_reminders_only_moves_on(on: Table) -> None:
    outbox, here = OutboxTable(on.store), Context(f"o{uuid4().hex[:8]}", SystemClock(20))
    assert outbox.reminded_until(here) is None
    for until in (100, 50, 70):
        outbox.note_reminded(here, until)
    assert outbox.reminded_until(here) == 100


def test_an_order_with_mail_and_key_and_no_voucher_has_at_most_1000_bytes(on: Table) -> None:
    from frontdesk.usecases.orders.place import Idempotency

    config = read_config(order(meeting()) | {"check_availability": False})
    key = Idempotency.of(ORGANIZATION.id, "token", str(uuid4()), b"body")
    placed = place_order(CONTEXT, config, on.store, key).order
    item = on.items()[f"{ORGANIZATION.id}#order#{placed.id}", "order"]
    assert item["causes"] == {"S": "1c"}
    assert size(item) <= 1_000


def test_a_cause_is_expanded_and_sent_in_so_many_calls(on: Table) -> None:
    placed = placed_on(on)
    post = post_office(on.store, outbox=OutboxTable(on.store))
    with counted(on.store) as sent:
        expand(CONTEXT, placed.id, post)
    assert sent == ["Query", "PutItem", "UpdateItem"]


def test_an_order_with_a_mail_costs_so_much_delivery_included() -> None:
    """The figures in README and docs/scale.md, whatever the engine."""
    with dynamodb_in_memory(), table(None) as on:
        spent = order_with_mail(Deployment(on))
    assert (len(spent), together(spent)) == (11, Units(write=10, read=13, index_write=9))


def test_a_cause_is_read_as_it_was_written(on: Table) -> None:
    placed = placed_on(on)
    found = on.store.order(CONTEXT, placed.id)
    assert found
    assert found[0].causes == placed.causes == (Cause(version=1, kind="confirmation"),)


def test_the_messages_of_others_are_found_behind_the_ten_thousand_of_one(on: Table) -> None:
    """The 5,000 examined messages used to be the longest waiting ones, which could all belong to one organization."""
    outbox, small = OutboxTable(on.store), Context("a-small-organization", CONTEXT.clock)
    outbox.put(CONTEXT, [message(due_at=1_000 + n) for n in range(30)])
    outbox.put(small, [message(due_at=1_050)])

    owners = [each.organization_id for each in outbox.due(SystemClock(20), 1_100, 8)]
    assert (len(owners), owners[4]) == (8, small.organization_id)
    assert (
        sorted(each.organization_id for each in outbox.due(SystemClock(20), 1_100, 100)).count(
            ORGANIZATION.id
        )
        >= 30
    )
