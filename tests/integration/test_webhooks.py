"""Webhooks on a table: from the stream, over the queue, to a server on this host, and the log of deliveries."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from frontdesk import bootstrap
from frontdesk.adapters.dynamodb.webhooks import WebhookTable
from frontdesk.adapters.webhooks.queue import NotQueued, SqsQueue, text_of
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.time.intervals import iso
from frontdesk.domain.trail import SYSTEM
from frontdesk.domain.webhooks.deliveries import LOG_SECONDS, MAX_EVENT_BYTES, Delivery, Message, begun
from frontdesk.domain.webhooks.subscriptions import (
    FAILING_SECONDS,
    MAX_FAILURES,
    MAX_SUBSCRIPTIONS,
    Subscription,
)
from frontdesk.usecases.context import Context
from local.servers import REGION
from tests.integration.conftest import LambdaContext, MotoWorld, metrics_in
from tests.integration.test_events import ORDER_ID, load_event
from tests.support.engine import Table, table
from tests.support.fakes import FakeClock
from tests.support.webhooks import WEBHOOK_ID, Site, receiver, subscription

NOW = 1_800_000_000


@pytest.fixture
def site() -> Iterator[Site]:
    with receiver() as site:
        yield site


class WebhookWorld:
    """The deployed functions of webhooks with their queue, and those that place and change orders."""

    def __init__(self, moto: MotoWorld) -> None:
        self.moto = moto
        self.sqs = boto3.client("sqs")
        self.queue_url = self.sqs.create_queue(QueueName="webhooks", Attributes={"VisibilityTimeout": "120"})[
            "QueueUrl"
        ]
        self.organization_id = moto.demo["organization_id"]
        self.seen = moto.items()
        self.at = SystemClock(1).now()

    def subscribe(self, url: str, *events: Any) -> Subscription:
        made = subscription(*events, id=str(uuid4()), url=url, created_at=NOW, updated_at=NOW)
        assert bootstrap.world().webhooks.add(Context(self.organization_id, SystemClock(10)), made)
        return made

    def stream(self) -> dict[str, Any]:
        """Returns the new records of the table's stream, as the template filters them."""
        before, self.seen = self.seen, self.moto.items()
        records = []
        for pk, sk in before.keys() | self.seen.keys():
            old, new = before.get((pk, sk)), self.seen.get((pk, sk))
            fails = sk.startswith("outbox#") and new and new["state"]["S"] in ("failed", "bounced")
            if old != new and (sk in ("order", "customer") or sk.startswith("booking#") or fails):
                images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image}
                written = {
                    "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
                    "ApproximateCreationDateTime": float(self.at),
                    **images,
                }
                records.append(
                    {
                        "eventID": uuid4().hex,
                        "eventName": "MODIFY",
                        "dynamodb": written | {"SequenceNumber": str(len(records))},
                    }
                )
        return {"Records": records}

    def messages(self) -> list[dict[str, Any]]:
        """Returns the visible messages of the queue, as Lambda gets them."""
        found: list[dict[str, Any]] = []
        while some := self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages"):
            found += some
        return [
            {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": each["Attributes"],
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for each in found
        ]

    def deliver(self) -> int:
        """Delivers the queue's messages like Lambda, which deletes handled ones. Returns how many remain to be repeated."""
        failed = 0
        for message in self.messages():
            answer = self.moto.invoke("deliver_webhooks", {"Records": [message]})
            if answer["batchItemFailures"]:
                assert answer["batchItemFailures"] == [{"itemIdentifier": message["messageId"]}]
                failed += 1
            else:
                self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["receiptHandle"])
        return failed


def ready_for_webhooks(moto: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> WebhookWorld:
    world = WebhookWorld(moto)
    monkeypatch.setenv("WEBHOOKS_QUEUE_URL", world.queue_url)
    monkeypatch.setenv("ENVIRONMENT", "local")
    bootstrap.world.cache_clear()
    return world


@pytest.fixture
def world(moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> WebhookWorld:
    return ready_for_webhooks(moto_world, monkeypatch)


def test_an_order_is_told_to_whoever_wants_to_know(world: WebhookWorld, site: Site) -> None:
    secret = world.subscribe(site.url, "*").secret
    order = json.loads(world.moto.invoke("from_config", load_event("from_config"))["body"])["data"]

    assert world.moto.invoke("publish_events", world.stream()) == {"batchItemFailures": []}
    assert world.deliver() == 0

    assert site.events == ["bookings.created", "orders.completed", "orders.created"]
    for headers, body in site.got:
        # As docs/api.md tells receivers.
        fields = dict(field.split("=", 1) for field in headers["Frontdesk-Signature"].split(","))
        expected = hmac.new(secret.encode(), fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(expected, fields["v1"])
        assert headers["Content-Type"] == "application/json"
        payload = json.loads(body)
        assert payload["event_id"] == headers["Frontdesk-Event-Id"]
        assert payload["timestamp"] == iso(world.at)
        if payload["event"].startswith("orders."):
            assert payload["data"]["id"] == order["id"]
            # The remaining amount of an order changes with a booking alone, which causes no event of the order.
            told = {name: value for name, value in order["attributes"].items() if "active_" not in name}
            assert {name: payload["data"].get(name) for name in order["attributes"] if name in told} == told


def test_what_is_handled_twice_is_delivered_once(world: WebhookWorld, site: Site) -> None:
    world.subscribe(site.url, "orders.created")
    world.moto.invoke("from_config", load_event("from_config"))
    stream = world.stream()
    for _ in range(2):
        world.moto.invoke("publish_events", stream)

    assert len(world.messages()) == 2
    world.moto.invoke("publish_events", stream)
    world.moto.invoke("publish_events", stream)
    assert world.deliver() == 0
    assert site.events == ["orders.created"]


def test_a_mail_that_was_sent_is_no_event(world: WebhookWorld, site: Site) -> None:
    world.subscribe(site.url, "*")
    world.moto.invoke("from_config", load_event("from_config"))
    world.stream()
    order_keys = [pk for (pk, sk) in world.seen if sk == "order"]
    mail = load_event("deliver_notifications")
    mail["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] = order_keys[0]
    world.moto.invoke("deliver_notifications", mail)
    assert len(world.moto.mails()) == 1

    stream = world.stream()
    world.moto.invoke("publish_events", stream)

    assert len(stream["Records"]) == 1
    assert world.messages() == []


def test_what_was_not_taken_is_hidden_for_its_pause_and_then_delivered(
    world: WebhookWorld, site: Site
) -> None:
    webhook = world.subscribe(site.url, "orders.created")
    world.moto.invoke("from_config", load_event("from_config"))
    world.moto.invoke("publish_events", world.stream())
    site.answers = [500]

    [message] = world.messages()
    before = SystemClock(1).now()
    answer = world.moto.invoke("deliver_webhooks", {"Records": [message]})

    assert answer == {"batchItemFailures": [{"itemIdentifier": message["messageId"]}]}
    webhooks, clock = bootstrap.world().webhooks, SystemClock(10)
    [logged] = webhooks.deliveries(Context(world.organization_id, clock), webhook.id)
    assert (logged.status, logged.response_status, logged.attempts) == ("retrying", 500, 1)
    assert logged.next_attempt_at is not None
    assert 30 <= logged.next_attempt_at - before <= 62
    [queued] = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].get_queue("webhooks")._messages  # noqa: SLF001
    assert queued.visible_at / 1000 == pytest.approx(logged.next_attempt_at, abs=2)

    world.moto.invoke("deliver_webhooks", {"Records": [message]})
    [logged] = webhooks.deliveries(Context(world.organization_id, clock), webhook.id)
    assert (logged.status, logged.response_status, logged.attempts) == ("delivered", 200, 2)
    found = webhooks.subscription(Context(world.organization_id, clock), webhook.id)
    assert found is not None
    assert found.failures == 0


def test_no_plain_http_but_in_a_local_cloud(
    world: WebhookWorld, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "staging")
    bootstrap.world.cache_clear()
    webhook = world.subscribe(site.url, "orders.created")
    world.moto.invoke("from_config", load_event("from_config"))
    world.moto.invoke("publish_events", world.stream())

    assert world.deliver() == 1

    [logged] = bootstrap.world().webhooks.deliveries(
        Context(world.organization_id, SystemClock(10)), webhook.id
    )
    assert (logged.status, logged.error, site.got) == ("retrying", "url", [])


def test_logs_name_nobody(world: WebhookWorld, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    secret = world.subscribe(site.url, "*").secret
    world.moto.invoke("from_config", load_event("from_config"))
    world.moto.invoke("publish_events", world.stream())
    world.deliver()

    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "published" in logged
    assert "delivered" in logged
    assert not [text for text in ("ada@example.com", "Ada", "Lovelace", secret) if text in logged]


def test_a_subscription_that_is_switched_off_is_told_to_whoever_operates_it(
    world: WebhookWorld, site: Site, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the audit log, an alarm's metric, and a line of the log that names neither receiver nor customer."""
    webhook = world.subscribe(site.url, "orders.created")
    context = Context(world.organization_id, SystemClock(10))
    for _ in range(MAX_FAILURES - 1):
        earlier = FakeClock(context.clock.now() - FAILING_SECONDS - 60)
        bootstrap.world().webhooks.count_failure(Context(world.organization_id, earlier), webhook.id)
    world.moto.invoke("from_config", load_event("from_config"))
    world.moto.invoke("publish_events", world.stream())
    site.answers = [500]
    capfd.readouterr()

    assert world.deliver() == 1

    now = context.clock.now()
    [(_, entry)] = [
        each
        for each in bootstrap.world().trails.of_organization(context, now - 60, now + 1)
        if each[1].type == "webhook-subscriptions"
    ]
    assert (entry.action, entry.actor, entry.id) == ("changed", SYSTEM, webhook.id)
    assert entry.reason == f"{MAX_FAILURES} attempts in a row failed, over 12 hours."
    assert entry.request_id == LambdaContext("deliver_webhooks").aws_request_id
    assert entry.changes["is_active"] == (True, False)
    told = [line for line in metrics_in(capfd.readouterr().out) if "WebhooksSwitchedOff" in line]
    assert [(line["Function"], line["WebhooksSwitchedOff"]) for line in told] == [("deliver_webhooks", [1.0])]
    [line] = [vars(record) for record in caplog.records if record.message == "switched off"]
    assert (line["levelname"], line["organization_id"], line["webhook_id"]) == (
        "WARNING",
        world.organization_id,
        webhook.id,
    )
    assert site.url not in str(line)


# The files in events/


def test_the_event_of_an_order_is_told(world: WebhookWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.usecases.orders.place.uuid4", lambda: UUID(ORDER_ID))
    world.moto.invoke("from_config", load_event("from_config"))
    webhook = world.subscribe("https://hooks.example.com/", "orders.created")

    assert world.moto.invoke("publish_events", load_event("publish_events")) == {"batchItemFailures": []}

    [told] = [Message.model_validate_json(each["body"]) for each in world.messages()]
    [sample] = load_event("deliver_webhooks")["Records"]
    expected = Message.model_validate_json(sample["body"])
    assert told.data == expected.data
    assert told == expected.model_copy(update={"webhook_id": webhook.id, "triggered_at": told.triggered_at})


def test_the_event_of_a_delivery_is_delivered(world: WebhookWorld, site: Site) -> None:
    own = subscription(url=site.url)
    bootstrap.world().webhooks.add(Context(world.organization_id, SystemClock(10)), own)

    assert world.moto.invoke("deliver_webhooks", load_event("deliver_webhooks")) == {"batchItemFailures": []}

    [(headers, body)] = site.got
    assert (json.loads(body)["webhook_id"], headers["User-Agent"]) == (own.id, "Frontdesk-Webhooks/1")


# The queue


def message(**data: Any) -> Message:
    return Message(
        organization_id="o",
        webhook_id=WEBHOOK_ID,
        event_id="6b49d200-aaaa-8aaa-8aaa-aaaaaaaaaaaa",
        event="orders.created",
        subject_type="orders",
        subject_id="an-order",
        triggered_at=NOW,
        data={"id": "an-order", "type": "orders", **data},
    )


def test_messages_of_any_number_and_size_are_queued_whole(world: WebhookWorld) -> None:
    sent = [message(number=number, note="ü\ufffe\x00" * 5_000) for number in range(25)]
    bootstrap.world().webhook_queue.send(sent)

    got = [Message.model_validate_json(each["body"]) for each in world.messages()]
    assert sorted(each.data["number"] for each in got) == list(range(25))
    assert {each.data["note"] for each in got} == {"ü\ufffe\x00" * 5_000}


def test_what_is_too_large_for_the_queue_is_told_by_its_id(world: WebhookWorld) -> None:
    large = message(note="x" * MAX_EVENT_BYTES)
    bootstrap.world().webhook_queue.send([large])

    [got] = world.messages()
    assert len(text_of(large)) < 1_000
    assert Message.model_validate_json(got["body"]).data == {
        "id": "an-order",
        "type": "orders",
        "meta": {"truncated": True},
    }


def test_what_the_queue_has_not_taken_is_not_taken_for_sent(
    world: WebhookWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = SqsQueue(world.queue_url)
    failed = {"Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]}
    monkeypatch.setattr(queue._client, "send_message_batch", lambda **_: failed)  # noqa: SLF001
    with pytest.raises(NotQueued, match="InternalError"):
        queue.send([message()])


# The table


@pytest.fixture(scope="module")
def engine(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


@pytest.fixture
def webhooks(engine: Table) -> WebhookTable:
    return WebhookTable(engine.store)


@pytest.fixture
def organization_id() -> str:
    return uuid4().hex


def new(**more: Any) -> Subscription:
    return subscription(id=str(uuid4()), **more)


def test_a_subscription_is_kept_whole(webhooks: WebhookTable, organization_id: str) -> None:
    clock = FakeClock()
    kept = [
        new(
            name="ERP",
            is_active=False,
            disabled_at=5,
            disabled_reason="why",
            old_secret="whsec_old",
            old_secret_until=9,
            version=3,
        ),
        new(),
    ]
    for each in kept:
        assert webhooks.add(Context(organization_id, clock), each)

    assert (
        sorted(
            webhooks.subscriptions(Context(organization_id, clock)), key=lambda each: each.name, reverse=True
        )
        == kept
    )
    assert webhooks.subscription(Context(organization_id, clock), kept[0].id) == kept[0]
    assert webhooks.subscription(Context("other", clock), kept[0].id) is None
    assert webhooks.subscriptions(Context("other", clock)) == []


def test_a_change_is_of_what_was_seen(webhooks: WebhookTable, organization_id: str) -> None:
    clock, seen = FakeClock(), new()
    webhooks.add(Context(organization_id, clock), seen)
    after = seen.model_copy(update={"name": "new", "version": 2})

    assert webhooks.change(Context(organization_id, clock), seen, after)
    assert not webhooks.change(Context(organization_id, clock), seen, after)
    assert not webhooks.remove(Context(organization_id, clock), seen)
    assert webhooks.subscription(Context(organization_id, clock), seen.id) == after
    assert webhooks.remove(Context(organization_id, clock), after)
    assert not webhooks.change(Context(organization_id, clock), after, after)
    assert webhooks.subscriptions(Context(organization_id, clock)) == []


def test_failures_are_counted_beside_other_changes(webhooks: WebhookTable, organization_id: str) -> None:
    clock, seen = FakeClock(), new()
    webhooks.add(Context(organization_id, clock), seen)
    webhooks.count_failure(Context(organization_id, clock), seen.id)
    clock.at += 10
    webhooks.count_failure(Context(organization_id, clock), seen.id)
    assert webhooks.change(
        Context(organization_id, clock), seen, seen.model_copy(update={"name": "new", "version": 2})
    )

    after = webhooks.subscription(Context(organization_id, clock), seen.id)
    assert after == seen.model_copy(
        update={"name": "new", "version": 2, "failures": 2, "failing_since": clock.at - 10}
    )

    webhooks.forget_failures(Context(organization_id, clock), seen.id)
    after = webhooks.subscription(Context(organization_id, clock), seen.id)
    assert after == seen.model_copy(update={"name": "new", "version": 2})


def test_the_failures_of_a_subscription_that_is_gone_make_no_item(
    webhooks: WebhookTable, organization_id: str
) -> None:
    webhooks.count_failure(Context(organization_id, FakeClock()), WEBHOOK_ID)
    webhooks.forget_failures(Context(organization_id, FakeClock()), WEBHOOK_ID)
    assert webhooks.subscriptions(Context(organization_id, FakeClock())) == []


def test_there_are_never_more_than_the_limit_however_many_are_made_at_once(
    webhooks: WebhookTable, organization_id: str
) -> None:
    for _ in range(MAX_SUBSCRIPTIONS - 3):
        webhooks.add(Context(organization_id, FakeClock()), new())
    barrier = Barrier(8)

    def add(_: int) -> bool:
        barrier.wait()
        return webhooks.add(Context(organization_id, SystemClock(20)), new())

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(add, range(8)))

    kept = webhooks.subscriptions(Context(organization_id, FakeClock()))
    assert (added.count(True), len(kept)) == (3, MAX_SUBSCRIPTIONS)
    assert webhooks.remove(Context(organization_id, FakeClock()), kept[0])
    assert webhooks.add(Context(organization_id, FakeClock()), new())
    assert not webhooks.add(Context(organization_id, FakeClock()), new())


def delivery(at: int = NOW, **more: Any) -> Delivery:
    id = f"{at:08x}-aaaa-8aaa-8aaa-{uuid4().hex[:12]}"
    given = {
        "event": "orders.created",
        "subject_type": "orders",
        "subject_id": "an-order",
        "attempted_at": at,
    } | more
    return Delivery(id=id, webhook_id=WEBHOOK_ID, **given)


def test_of_two_that_note_an_attempt_one_makes_it(webhooks: WebhookTable, organization_id: str) -> None:
    seen = delivery()
    barrier = Barrier(6)

    def attempt(number: int) -> bool:
        barrier.wait()
        return webhooks.write_delivery(
            Context(organization_id, SystemClock(20)), seen.after("sending", NOW, attempts=number)
        )

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(attempt, range(6))).count(True) == 1


def test_a_delivery_is_kept_whole_and_in_turn(
    webhooks: WebhookTable, engine: Table, organization_id: str
) -> None:
    clock, seen = FakeClock(), delivery()
    sending = seen.after("sending", NOW, attempts=1, lease_until=NOW + 30)
    retrying = sending.after("retrying", NOW, response_status=500, next_attempt_at=NOW + 60)

    assert not webhooks.write_delivery(Context(organization_id, clock), retrying)
    assert webhooks.write_delivery(Context(organization_id, clock), sending)
    assert webhooks.write_delivery(Context(organization_id, clock), retrying)
    assert not webhooks.write_delivery(Context(organization_id, clock), retrying)

    assert webhooks.with_delivery(Context(organization_id, clock), WEBHOOK_ID, seen.id) == (None, retrying)
    [raw] = engine.items(organization_id).values()
    assert raw["delete_at"] == {"N": str(NOW + LOG_SECONDS)}


def test_the_log_is_the_newest_first_over_the_turn_of_months(
    webhooks: WebhookTable, organization_id: str
) -> None:
    clock = FakeClock(NOW)
    times = [NOW - days * 86_400 for days in (29, 16, 0, 3, 15)]
    for at in times:
        webhooks.write_delivery(Context(organization_id, clock), delivery(at).after("delivered", at))

    assert [each.at for each in webhooks.deliveries(Context(organization_id, clock), WEBHOOK_ID)] == sorted(
        times, reverse=True
    )
    assert list(webhooks.deliveries(Context(organization_id, clock), "another")) == []
    assert list(webhooks.deliveries(Context("other", clock), WEBHOOK_ID)) == []


def test_what_is_too_old_is_not_shown_though_it_is_still_there(
    webhooks: WebhookTable, organization_id: str
) -> None:
    webhooks.write_delivery(Context(organization_id, FakeClock(NOW)), delivery(NOW).after("delivered", NOW))

    shown = [
        len(
            list(
                webhooks.deliveries(Context(organization_id, FakeClock(NOW + LOG_SECONDS + more)), WEBHOOK_ID)
            )
        )
        for more in (-1, 0)
    ]
    assert shown == [1, 0]


def test_who_wants_moments_is_found_for_all_organizations_while_it_does(
    webhooks: WebhookTable, organization_id: str
) -> None:
    here = Context(organization_id, SystemClock(60))
    other = subscription("orders.*", "bookings.updated", id="other")
    wants = subscription("bookings.started", id="wants")

    def is_listed() -> bool:
        return here.organization_id in set(webhooks.organizations_with_moments(SystemClock(20)))

    assert webhooks.add(here, other)
    assert not is_listed()
    assert webhooks.add(here, wants)
    assert is_listed()
    assert {each.id for each in webhooks.subscriptions(here)} == {"other", "wants"}
    off = wants.model_copy(update={"is_active": False, "version": 2})
    assert webhooks.change(here, wants, off)
    assert not is_listed()
    assert webhooks.change(here, off, wants.model_copy(update={"version": 3}))
    assert is_listed()
    assert webhooks.remove(here, wants.model_copy(update={"version": 3}))
    assert not is_listed()


def test_the_cursor_of_moments_only_moves_on_and_the_log_tells_what_was_told(
    webhooks: WebhookTable, organization_id: str
) -> None:
    here = Context(organization_id, SystemClock(20))
    assert webhooks.told_until(here) is None
    for until in (100, 50, 70):
        webhooks.note_told(here, until)
    assert webhooks.told_until(here) == 100
    message = Message.model_validate_json(load_event("deliver_webhooks")["Records"][0]["body"])
    assert webhooks.write_delivery(here, begun(message, None).after("sending", NOW))
    named = [(message.webhook_id, message.event_id), ("other", message.event_id)]
    assert webhooks.logged(here, named) == {named[0]}
