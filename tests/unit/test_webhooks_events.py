"""What is an event and what is not, derived from the writes of the use cases."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.api.answers.webhooks import content
from frontdesk.domain.booking.writes import ChangedOrder
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Notification, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import INVISIBLE, absent, arrived, departed
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.domain.webhooks.events import Change, events_of, is_event_id, names_of, time_of_event
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.attend import note_attendance
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import place_order
from frontdesk.usecases.webhooks.publish import RecentSubscriptions, publish
from tests.support.demo import ADA, NINE, ORGANIZATION, desks, meeting, order
from tests.support.examples import scaled
from tests.support.webhooks import FakeWebhooks, Office, subscription

EDA = Customer(id="eda", email="eda@example.com", given_name="Eda")
TWO = [meeting(), desks(2)]
# More than fits into one transaction.
DAYS = [desks(1, NINE + timedelta(days=day)) for day in range(60)]
MANY = [meeting(NINE + timedelta(days=day)) for day in range(60)] + DAYS


def place(office: Office, *bookings: dict[str, Any], **more: Any) -> str:
    return place_order(
        Context(ORGANIZATION.id, office.clock), read_config(order(*bookings, **more)), office.store
    ).order.id


def complete(office: Office, id: str) -> None:
    complete_order(Context(ORGANIZATION.id, office.clock), id, read_as(CompletionConfig, {}), office.store)


def cancel(office: Office, id: str, booking: int | None = None) -> None:
    if booking is None:
        cancel_order(Context(ORGANIZATION.id, office.clock), id, office.store, notify=True)
    else:
        cancel_booking(Context(ORGANIZATION.id, office.clock), f"{id}-{booking}", office.store)


def patch(office: Office, booking_id: str, **attributes: Any) -> None:
    document = {"data": {"type": "bookings", "id": booking_id, "attributes": attributes}}
    move_booking(
        Context(ORGANIZATION.id, office.clock),
        booking_id,
        read_document(BookingDocument, "bookings", document, booking_id),
        office.store,
    )


def move(office: Office, booking_id: str, hours: int) -> None:
    start = NINE + timedelta(hours=hours)
    patch(office, booking_id, start_date=start.isoformat(), end_date=(start + timedelta(hours=1)).isoformat())


def note(office: Office, id: str, after: Any) -> None:
    note_attendance(Context(ORGANIZATION.id, office.clock), f"{id}-1", after, office.store)


def run_out(office: Office) -> None:
    office.clock.at += 3600
    sweep(office.store, office.clock)


def test_an_order_appears_with_its_bookings() -> None:
    office = Office()
    place(office, *TWO)

    messages = office.told()

    assert sorted(message.event for message in messages) == ["bookings.created"] * 2 + [
        "orders.completed",
        "orders.created",
    ]
    assert {message.subject_type for message in messages} == {"orders", "bookings"}


@pytest.mark.parametrize(("bookings", "count"), [(TWO, 2), (MANY, 120)], ids=["at once", "in steps"])
def test_a_draft_is_created_and_then_completed(bookings: list[dict[str, Any]], count: int) -> None:
    office = Office()
    id = place(office, *bookings, complete_order=False)
    assert office.names() == ["bookings.created"] * count + ["orders.created"]

    complete(office, id)

    assert office.names() == ["bookings.updated"] * count + ["orders.completed"]


def test_an_order_that_is_placed_in_steps_appears_once_and_whole() -> None:
    office = Office()
    place(office, *MANY)

    writes_of_the_head = [change for change in office.store.stream if change.key.kind == "order"]
    assert [change.new.status for change in writes_of_the_head] == ["placing", "completed"]
    assert office.names() == ["bookings.created"] * 120 + ["orders.completed", "orders.created"]


CHANGES: dict[str, tuple[Callable[[Office, str], None], dict[str, str]]] = {
    # Subscriptions, and the events they get: one for each change.
    "a booking is canceled": (
        lambda office, id: cancel(office, id, 1),
        {
            "bookings.canceled bookings.deleted bookings.updated": "bookings.canceled",
            "bookings.deleted bookings.updated": "bookings.deleted",
            "bookings.updated": "bookings.updated",
            "bookings.created bookings.updated bookings.deleted": "bookings.deleted",
            "bookings.*": "bookings.canceled",
            "bookings.created bookings.checked-in": "",
        },
    ),
    "an order is canceled": (
        lambda office, id: cancel(office, id),
        {
            "orders.canceled orders.updated": "orders.canceled",
            "orders.deleted orders.updated": "orders.deleted",
            "orders.updated": "orders.updated",
            "orders.created orders.completed": "",
        },
    ),
    "somebody comes": (
        lambda office, id: note(office, id, arrived),
        {
            "bookings.checked-in bookings.updated": "bookings.checked-in",
            "bookings.updated": "bookings.updated",
            "bookings.checked-out": "",
            "*": "bookings.checked-in",
        },
    ),
    "somebody has not come after all": (
        lambda office, id: (note(office, id, arrived), office.told(), note(office, id, absent)),  # type: ignore[dict-item]
        {"bookings.checked-in bookings.updated": "bookings.updated", "bookings.checked-in": ""},
    ),
    "somebody goes": (
        lambda office, id: (note(office, id, arrived), office.told(), note(office, id, departed)),  # type: ignore[dict-item]
        {
            "bookings.checked-out bookings.checked-in": "bookings.checked-out",
            "bookings.updated": "bookings.updated",
        },
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_change_is_one_event_by_the_first_name_that_is_subscribed(name: str) -> None:
    change, expected = CHANGES[name]
    told = {}
    for events in expected:
        office = Office(subscription(*events.split()))  # type: ignore[arg-type]
        id = place(office, *TWO)
        office.told()
        change(office, id)
        told[events] = " ".join(office.names())

    assert told == expected


def test_a_draft_that_is_completed_reaches_those_who_know_no_completion() -> None:
    office = Office(subscription("orders.created", "orders.updated"))
    complete(office, place(office, complete_order=False))
    assert office.names() == ["orders.created", "orders.updated"]

    place(office, desks(1))
    assert office.names() == ["orders.created"], "what is completed from the beginning is one event"


@pytest.mark.parametrize("seed", range(4))
def test_whoever_keeps_the_greatest_version_of_each_has_what_is_there(seed: int) -> None:
    """All changes are within one second and in any order, so `updated_at` could not tell which is newer."""
    dice, office = random.Random(seed), Office()
    ids = [
        place(office, *bookings, complete_order=dice.random() < 0.5)
        for bookings in (TWO, [meeting(NINE + timedelta(days=1))], [meeting(NINE + timedelta(days=9))])
    ]
    acts: list[Callable[[str], Any]] = [
        lambda id: complete(office, id),
        lambda id: cancel(office, id),
        lambda id: cancel(office, id, 1),
        lambda id: note(office, id, dice.choice([arrived, departed, absent])),
        lambda id: patch(office, f"{id}-1", note=f"{dice.random()}"),
    ]
    for _ in range(12):
        id = dice.choice(ids)
        with suppress(FrontdeskError):
            dice.choice(acts)(id)
    messages = office.told()
    dice.shuffle(messages)

    mirror: dict[str, Any] = {}
    for message in messages:
        known = mirror.get(message.subject_id)
        if known is None or known["version"] <= message.data["version"]:
            mirror[message.subject_id] = message.data

    for id in ids:
        found = office.store.order(Context(ORGANIZATION.id, office.clock), id)
        assert found
        for each in (found[0], *found[1]):
            now = content(each, found[0], gone=False)
            # Some changes of an order are visible only by its version.
            unseen = {name: now[name] for name in ("version", "updated_at")}
            assert mirror[each.id] | unseen == now
            assert mirror[each.id]["version"] <= now["version"]


def test_an_attempt_that_comes_to_nothing_is_no_event() -> None:
    office = Office()
    place(office, meeting(NINE + timedelta(days=59)))
    office.told()

    with pytest.raises(FrontdeskError):
        place(office, *DAYS, *MANY[:60])
    assert office.names() == []


def test_an_attempt_that_was_interrupted_is_no_event_nor_is_its_removal() -> None:
    office = Office()

    def stop() -> None:
        if sum(key.kind == "booking" for key in office.store.items) > 100:
            raise KeyboardInterrupt

    office.store.before_write = stop
    with pytest.raises(KeyboardInterrupt):
        place(office, *MANY)
    office.store.before_write = lambda: None
    run_out(office)

    assert [key for key in office.store.items if key.kind == "booking"] == []
    assert len(office.store.stream) > 200
    assert office.names() == []


def test_a_draft_that_runs_out_takes_its_bookings_along() -> None:
    office = Office()
    id = place(office, *TWO, complete_order=False)
    cancel(office, id, 2)
    office.told()

    run_out(office)

    messages = office.told()
    assert [(message.event, message.subject_id) for message in messages] == [
        ("orders.updated", id),
        ("bookings.canceled", f"{id}-1"),
    ]
    assert [message.data["status"] for message in messages] == ["expired", "canceled"]


@pytest.mark.parametrize(("bookings", "count"), [(TWO, 2), (MANY, 120)], ids=["at once", "in steps"])
def test_a_canceled_order_is_one_event_and_so_is_each_booking(
    bookings: list[dict[str, Any]], count: int
) -> None:
    office = Office()
    id = place(office, *bookings)
    office.told()

    cancel(office, id)

    messages = office.told()
    assert sorted(message.event for message in messages) == ["bookings.canceled"] * count + [
        "orders.canceled"
    ]
    assert {message.data["status"] for message in messages} == {"canceled"}


def test_a_canceled_booking_is_no_event_of_an_order_that_stays() -> None:
    office = Office()
    id = place(office, *TWO)
    office.told()

    cancel(office, id, 1)

    assert [(message.event, message.subject_id) for message in office.told()] == [
        ("bookings.canceled", f"{id}-1")
    ]


def test_a_moved_booking_and_the_order_whose_time_it_was_are_updated() -> None:
    office = Office()
    id = place(office)
    office.told()

    move(office, f"{id}-1", 1)

    messages = {message.event: message.data["start_date"] for message in office.told()}
    assert messages == dict.fromkeys(("orders.updated", "bookings.updated"), "2030-04-15T08:00:00+00:00")


def test_a_note_is_an_update_of_its_booking_alone() -> None:
    office = Office()
    id = place(office)
    office.told()

    patch(office, f"{id}-1", note="Needs a ramp")

    assert [(message.event, message.data["note"]) for message in office.told()] == [
        ("bookings.updated", "Needs a ramp")
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        {"notification": Notification(state="sent", attempts=1)},
        {"canceling": (1,), "progress": 3},
        {"active_bookings": 1},
        {"unanswered": ()},
        {"updated_at": 1},
    ],
)
def test_what_nobody_can_see_is_no_event(hidden: dict[str, Any]) -> None:
    office = Office()
    id = place(office, *TWO)
    office.told()
    seen: Order = office.store.items[Key("order", id)]

    office.store.put(Key("order", id), seen.model_copy(update={**hidden, "version": seen.version + 1}))

    assert len(office.store.stream) == 1
    assert office.names() == []


def test_the_end_of_a_cancellation_in_steps_is_no_second_event() -> None:
    office = Office()
    id = place(office, *TWO)
    office.told()
    seen: Order = office.store.items[Key("order", id)]
    canceling = seen.model_copy(update={"status": "canceling", "version": 2, "canceling": (1, 2)})
    over = canceling.model_copy(
        update={"status": "canceled", "version": 3, "canceling": (), "active_bookings": 0}
    )
    for before, after in ((seen, canceling), (canceling, over)):
        assert (
            office.store.write(Context(ORGANIZATION.id, office.clock), [ChangedOrder(before, after)]) is None
        )

    assert office.names() == ["orders.canceled"]


def test_customers_come_change_and_go() -> None:
    office = Office()
    key = Key("customer", EDA.id)
    told = []
    for item in (
        EDA,
        EDA.model_copy(update={"phone": "1"}),
        EDA.model_copy(update={"archived": True}),
        EDA,
        None,
    ):
        office.store.put(key, item)
        told += [(message.event, message.subject_id) for message in office.told()]

    names = [
        "customers.created",
        "customers.updated",
        "customers.deleted",
        "customers.created",
        "customers.deleted",
    ]
    assert told == [(name, EDA.id) for name in names]


def test_what_happens_to_an_archived_customer_is_nobodys_business() -> None:
    archived = EDA.model_copy(update={"archived": True})
    changes = [(None, archived), (archived, archived.model_copy(update={"phone": "1"})), (archived, None)]
    for old, new in changes:
        assert names_of(Change("o", "r", 1, Key("customer", EDA.id), old, new)) == ()


def test_a_deleted_customer_is_told_of_by_id_alone() -> None:
    office = Office()
    office.store.put(Key("customer", ADA.id), ADA.model_copy(update={"archived": True}))

    assert [message.data for message in office.told()] == [{"id": ADA.id, "type": "customers"}]


def test_the_same_record_again_tells_of_the_same_events() -> None:
    office = Office()
    place(office, *TWO)
    changes = list(office.store.stream)
    first = office.told()

    office.clock.at += 100
    for change in changes:
        publish(Context(change.organization_id, office.clock), change, office.publisher)
    again = office.queue.messages[len(first) :]

    assert [message.event_id for message in again] == [message.event_id for message in first]
    assert len({message.event_id for message in first}) == len(first)
    assert all(is_event_id(message.event_id) for message in first)
    assert {time_of_event(message.event_id) for message in again} == {office.clock.at - 100}


def test_two_records_tell_of_two_events() -> None:
    office = Office()
    id = place(office)
    for note in ("a", "b", "a", "b"):
        patch(office, f"{id}-1", note=note)

    ids = [message.event_id for message in office.told() if message.event == "bookings.updated"]

    assert len(set(ids)) == len(ids) == 4


def test_a_payload_is_what_the_conventions_say() -> None:
    office = Office()
    id = place(office)
    happened = office.clock.at
    office.clock.at += 2

    message = next(message for message in office.told() if message.event == "orders.created")

    payload = message.payload
    assert list(payload) == ["event", "timestamp", "event_id", "webhook_id", "triggered_at", "data"]
    assert (payload["event"], payload["timestamp"], payload["triggered_at"]) == (
        "orders.created",
        "2027-01-15T08:00:00+00:00",
        "2027-01-15T08:00:02+00:00",
    )
    assert happened == 1_800_000_000
    data = payload["data"]
    assert (data["id"], data["type"], data["status"], data["total"]) == (id, "orders", "completed", 5000)
    assert data["customer"] == {"id": ADA.id, "type": "customers"}
    assert data["bookings"] == [{"id": f"{id}-1", "type": "bookings"}]
    assert "items" not in data.get("meta", {})


def test_each_subscription_gets_what_it_asked_for() -> None:
    names = ("orders", "bookings", "wild", "off", "customers")
    office = Office(
        subscription("orders.created", id="orders"),
        subscription("bookings.*", id="bookings"),
        subscription("*", id="wild"),
        subscription("*", id="off", is_active=False),
        subscription("customers.*", id="customers"),
    )
    place(office)

    told = [(message.webhook_id, message.event) for message in office.told()]

    of = {name: sorted(event for id, event in told if id == name) for name in names}
    assert of == {
        "orders": ["orders.created"],
        "bookings": ["bookings.created"],
        "wild": ["bookings.created", "orders.completed", "orders.created"],
        "off": [],
        "customers": [],
    }


def test_an_order_that_nobody_asks_for_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(subscription("customers.*"))
    place(office)
    monkeypatch.setattr(office.store, "order", None)

    assert office.told() == []


def test_another_organizations_changes_are_not_told() -> None:
    office = Office()
    place(office)

    told = [
        publish(
            Context("other", office.clock),
            Change("other", "r", 1, each.key, each.old, each.new),
            office.publisher,
        )
        for each in office.store.stream
    ]

    assert (sum(told), office.queue.messages) == (0, [])


def test_subscriptions_are_remembered_for_some_seconds() -> None:
    now = [0.0]
    webhooks = FakeWebhooks()
    recent, clock = RecentSubscriptions(webhooks, lambda: now[0]), Office().clock
    seen = []
    for at in (0.0, 4.9, 5.1):
        now[0] = at
        seen.append(len(recent(Context(ORGANIZATION.id, clock))))
        webhooks.kept["one"] = subscription(id="one")
    assert seen == [0, 0, 1]


ACTS: list[Callable[[Office, str], None]] = [
    lambda office, id: complete(office, id),
    lambda office, id: cancel(office, id),
    lambda office, id: cancel(office, id, 1),
    lambda office, id: cancel(office, id, 2),
    lambda office, id: move(office, f"{id}-1", 2),
    lambda office, id: move(office, f"{id}-1", 4),
    lambda office, id: patch(office, f"{id}-2", note="a"),
    lambda office, _: run_out(office),
]


@settings(max_examples=scaled(450))
@given(draft=st.booleans(), acts=st.lists(st.sampled_from(range(len(ACTS))), max_size=5))
def test_whoever_takes_every_event_in_knows_what_there_is(draft: bool, acts: list[int]) -> None:
    office = Office()
    id = place(office, *TWO, complete_order=not draft)
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for act in [None, *acts]:
        try:
            if act is not None:
                ACTS[act](office, id)
        except FrontdeskError:
            pass
        known |= {(message.subject_type, message.subject_id): message.data for message in office.told()}

    assert without_times(known) == without_times(visible(office))


def test_whoever_takes_every_event_in_knows_large_orders_too() -> None:
    office = Office()
    known: dict[tuple[str, str], dict[str, Any]] = {}
    id = place(office, *MANY, complete_order=False)
    steps: list[Callable[[], Any]] = [
        lambda: None,
        lambda: complete(office, id),
        lambda: cancel(office, id, 7),
        lambda: cancel(office, id),
    ]
    for step in steps:
        step()
        known |= {(message.subject_type, message.subject_id): message.data for message in office.told()}
        assert without_times(known) == without_times(visible(office))


def visible(office: Office) -> dict[tuple[str, str], dict[str, Any]]:
    """Returns the existing orders and bookings as the API shows them."""
    orders = {
        key.id: item
        for key, item in office.store.items.items()
        if key.kind == "order" and item.status not in INVISIBLE
    }
    shown = {}
    for id, item in orders.items():
        _, bookings = office.store.order(Context(ORGANIZATION.id, office.clock), id) or (None, [])
        shown["orders", id] = content(item, item, gone=False)
        shown |= {("bookings", booking.id): content(booking, item, gone=False) for booking in bookings}
    return shown


def without_times(known: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Returns the items without the time of their last write, which changes even if nothing visible does."""
    return {
        key: {name: value for name, value in data.items() if name not in ("updated_at", "version")}
        for key, data in known.items()
    }


def test_bookings_of_an_order_that_is_not_there_are_no_event() -> None:
    office = Office()
    id = place(office)
    office.told()
    patch(office, f"{id}-1", note="a")
    [change] = [change for change in office.store.stream if change.key.kind == "booking"]

    head: Order = office.store.items[Key("order", id)]
    assert [event.name for event in events_of(change, head, ())] == ["bookings.updated"]
    assert events_of(change, None, ()) == []
    assert events_of(change, head.model_copy(update={"status": "placing"}), ()) == []


def test_a_booking_put_anew_by_another_attempt_is_no_update() -> None:
    office = Office()
    id = place(office)
    booking = office.store.items[Key("booking", f"{id}-1")]
    anew = booking.model_copy(update={"note": "the attempt before had none"})

    assert names_of(Change(ORGANIZATION.id, "r", 1, Key("booking", booking.id), booking, anew)) == ()
