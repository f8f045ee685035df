"""Subscriptions and their URLs, and deliveries: signed, retried, logged, given up, and redelivered."""

import base64
import hashlib
import hmac
import json
import re
import time
from functools import partial
from typing import Any

import pytest

from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.webhooks.deliveries import (
    LEASE_SECONDS,
    LOG_SECONDS,
    LOST_SECONDS,
    MAX_ATTEMPTS,
    Delivery,
    Message,
    pause_after,
)
from frontdesk.domain.webhooks.events import is_event_id
from frontdesk.domain.webhooks.signatures import new_secret, sign, standard_headers
from frontdesk.domain.webhooks.subscriptions import (
    FAILING_SECONDS,
    MAX_FAILURES,
    MAX_OLDER_SECRETS,
    MAX_SUBSCRIPTIONS,
    OLD_SECRET_SECONDS,
    Subscription,
    SubscriptionDocument,
)
from frontdesk.domain.webhooks.urls import is_public, problems_of_url
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import place_order
from frontdesk.usecases.webhooks.deliver import Courier, Later, deliver
from frontdesk.usecases.webhooks.redeliver import recent_deliveries, redeliver
from frontdesk.usecases.webhooks.subscriptions import (
    change_subscription,
    create_subscription,
    delete_subscription,
    find_subscription,
    rotate_secret,
)
from local.servers import ROOT
from tests.support.demo import ADA, ORGANIZATION, order
from tests.support.fakes import FakeClock
from tests.support.webhooks import MAKER, WEBHOOK_ID, FakeWebhooks, Office, Receiver, subscription

EVENT_ID = "6b49d200-aaaa-8aaa-8aaa-aaaaaaaaaaaa"


def message(**more: Any) -> Message:
    given = {
        "organization_id": ORGANIZATION.id,
        "webhook_id": WEBHOOK_ID,
        "event_id": EVENT_ID,
        "event": "orders.created",
        "subject_type": "orders",
        "subject_id": "an-order",
        "triggered_at": 1_800_000_000,
        "data": {"id": "an-order", "type": "orders", "note": "Zoë"},
    }
    return Message.model_validate(given | more)


class Post:
    """A subscription, the receiver's server, and a message."""

    def __init__(self, answer: int | str = 200, **of_subscription: Any) -> None:
        self.clock = FakeClock()
        self.webhooks = FakeWebhooks(subscription(**of_subscription))
        self.receiver = Receiver(answer)
        self.courier = Courier(self.webhooks, self.receiver, lambda: 0.0)
        # The reports that the subscription was switched off.
        self.reports = 0

    def deliver(self, message: Message | None = None) -> Delivery | None:
        message = message or a_message
        return deliver(Context(message.organization_id, self.clock), message, self.courier, self.report)

    def report(self) -> None:
        self.reports += 1

    def deliver_until_over(self, message: Message | None = None) -> list[int]:
        """Delivers like the queue. Returns the pauses."""
        pauses: list[int] = []
        for _ in range(3 * MAX_ATTEMPTS):
            try:
                self.deliver(message)
            except Later as later:
                pauses.append(later.seconds)
                self.clock.at += later.seconds
            else:
                return pauses
        raise AssertionError("the message is never done")

    @property
    def subscription(self) -> Subscription:
        return self.webhooks.kept[WEBHOOK_ID]

    @property
    def logged(self) -> Delivery:
        [delivery] = self.webhooks.log.values()
        return delivery


a_message = message()


# Deliveries


def test_a_delivery_is_signed_over_its_time_and_body() -> None:
    post = Post(secret="whsec_abc")
    post.deliver()

    [(url, headers, body)] = post.receiver.got
    assert url == "https://hooks.example.com/frontdesk"
    assert json.loads(body) == a_message.payload
    assert "Zoë".encode() in body
    assert (headers["Content-Type"], headers["Frontdesk-Event-Id"]) == ("application/json", EVENT_ID)
    # As docs/api.md tells receivers.
    fields = [field.partition("=")[::2] for field in headers["Frontdesk-Signature"].split(",")]
    signed = dict(fields)["t"].encode() + b"." + body
    assert [value for name, value in fields if name == "v1"] == [
        hmac.new(b"whsec_abc", signed, hashlib.sha256).hexdigest()
    ]
    assert int(dict(fields)["t"]) == post.clock.at
    assert headers | standard_headers(EVENT_ID, body, post.clock.at, ["whsec_abc"]) == headers


def test_the_headers_of_standard_webhooks_are_those_of_its_own_example() -> None:
    """Source: the reference libraries of Standard Webhooks, "sign function works"."""
    id, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", new_secret()]

    headers = standard_headers(id, body, 1614265330, secrets)

    assert (headers["Webhook-Id"], headers["Webhook-Timestamp"]) == (id, "1614265330")
    assert headers["Webhook-Signature"].split(" ")[0] == signature
    assert len(headers["Webhook-Signature"].split(" ")) == 2


def test_a_new_secret_is_base64_and_one_from_before_signs_still() -> None:
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"), validate=True)) == 32
    old = "whsec_" + "-_" * 21 + "A"
    assert standard_headers("id", b"", 1, [old]) == standard_headers(
        "id", b"", 1, ["whsec_" + "+/" * 21 + "A="]
    )


def test_headers_of_a_receiver_go_along_and_never_replace_ours() -> None:
    post = Post(custom_headers={"Authorization": "Basic Zm9v", "Content-Type": "text/plain"})
    post.deliver()

    [(_, headers, _)] = post.receiver.got
    assert (headers["Authorization"], headers["Content-Type"]) == ("Basic Zm9v", "application/json")


def test_a_signature_is_of_this_body_this_time_and_this_key() -> None:
    same = sign(b"body", 1, ["key"])
    assert same == "t=1,v1=" + hmac.new(b"key", b"1.body", hashlib.sha256).hexdigest()
    assert len({same, sign(b"bodY", 1, ["key"]), sign(b"body", 2, ["key"]), sign(b"body", 1, ["keY"])}) == 4


def test_the_receiver_in_the_documents_takes_what_is_ours_and_fresh() -> None:
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs/api.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    now, is_ours = int(time.time()), names["is_from_frontdesk"]

    assert is_ours(sign(b"body", now, ["key"]), b"body", "key")
    assert is_ours(sign(b"body", now, ["new", "key"]), b"body", "key")
    assert not is_ours(sign(b"body", now, ["key"]), b"bodY", "key")
    assert not is_ours(sign(b"body", now, ["other"]), b"body", "key")
    assert not is_ours(sign(b"body", now - 301, ["key"]), b"body", "key")


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    post = Post(status)

    delivered = post.deliver()

    assert delivered == post.logged
    assert (post.logged.status, post.logged.response_status, post.logged.attempts) == ("delivered", status, 1)
    assert post.logged.finished_at == post.clock.at


@pytest.mark.parametrize("answer", [199, 301, 302, 400, 404, 410, 429, 500, "timeout", "tls"])
def test_anything_else_is_tried_again_later(answer: int | str) -> None:
    post = Post(answer)
    with pytest.raises(Later) as later:
        post.deliver()

    assert later.value.seconds == 60
    logged = (
        post.logged.status,
        post.logged.response_status or post.logged.error,
        post.logged.next_attempt_at,
    )
    assert logged == ("retrying", answer, post.clock.at + 60)
    assert (post.subscription.failures, post.subscription.failing_since) == (1, post.clock.at)


def test_pauses_grow_from_a_minute_to_an_hour_and_then_it_has_failed() -> None:
    post = Post(500)
    pauses = post.deliver_until_over()

    assert pauses == [60, 180, 540, 1620, 3600, 3600, 3600]
    assert (post.logged.status, post.logged.attempts, len(post.receiver.got)) == (
        "failed",
        MAX_ATTEMPTS,
        MAX_ATTEMPTS,
    )
    assert set(post.receiver.event_ids) == {EVENT_ID}


@pytest.mark.parametrize(
    ("attempts", "spread", "seconds"),
    [(1, 0.0, 60), (1, 1.0, 30), (3, 0.5, 405), (7, 1.0, 1800), (7, 0.0, 3600)],
)
def test_a_pause_is_shortened_by_chance(attempts: int, spread: float, seconds: int) -> None:
    assert pause_after(attempts, spread) == seconds


def test_a_message_that_comes_again_after_its_delivery_does_nothing() -> None:
    post = Post()
    for _ in range(3):
        post.deliver()

    assert len(post.receiver.got) == post.logged.attempts == 1


def test_a_message_that_comes_twice_at_once_is_left_to_the_first() -> None:
    post = Post()
    seen = []

    def come_again(*_: Any) -> int:
        with pytest.raises(Later) as later:
            post.deliver()
        seen.append(later.value.seconds)
        return 200

    post.receiver.post = come_again  # type: ignore[method-assign]
    post.deliver()

    assert (seen, post.logged.status, post.logged.attempts) == ([LEASE_SECONDS], "delivered", 1)


def test_whoever_loses_the_race_for_an_attempt_comes_later() -> None:
    post = Post()
    taken = post.webhooks.write_delivery

    def lose(context: Context, delivery: Delivery) -> bool:
        taken(context, delivery)
        return taken(context, delivery)

    post.webhooks.write_delivery = lose  # type: ignore[method-assign]
    with pytest.raises(Later):
        post.deliver()
    assert post.receiver.got == []


def test_the_last_attempt_that_ended_without_a_word_has_failed() -> None:
    post = Post()
    begun = Delivery(
        id=EVENT_ID,
        webhook_id=WEBHOOK_ID,
        event="orders.created",
        subject_type="orders",
        subject_id="an-order",
    )
    post.webhooks.write_delivery(
        Context(ORGANIZATION.id, post.clock),
        begun.after("sending", 1, attempts=MAX_ATTEMPTS, lease_until=post.clock.at + 5),
    )
    with pytest.raises(Later):
        post.deliver()
    post.clock.at += 5

    post.deliver()

    assert (post.logged.status, post.logged.error, post.receiver.got) == ("failed", "interrupted", [])


def test_what_is_in_the_queue_for_an_inactive_subscription_is_dropped() -> None:
    post = Post(is_active=False)
    post.deliver()

    assert (post.logged.status, post.logged.error, post.receiver.got) == ("dropped", "inactive", [])


def test_what_is_in_the_queue_for_a_deleted_subscription_is_nobodys() -> None:
    post = Post()
    del post.webhooks.kept[WEBHOOK_ID]

    assert post.deliver() is None
    assert (post.receiver.got, post.webhooks.log) == ([], {})


def test_a_retry_goes_to_the_address_that_the_subscription_has_by_then() -> None:
    post = Post(500)
    with pytest.raises(Later):
        post.deliver()
    post.webhooks.kept[WEBHOOK_ID] = post.subscription.model_copy(update={"url": "https://new.example.com/"})
    post.receiver.answer = 200
    post.deliver()

    assert [url for url, _, _ in post.receiver.got] == [
        "https://hooks.example.com/frontdesk",
        "https://new.example.com/",
    ]


# Failures in a row


def test_a_success_makes_failures_forgotten() -> None:
    post = Post(500)
    for number in range(3):
        with pytest.raises(Later):
            post.deliver(message(event_id=EVENT_ID[:-1] + str(number)))
    assert post.subscription.failures == 3
    post.receiver.answer = 200
    post.deliver()

    assert (post.subscription.failures, post.subscription.failing_since) == (0, None)


def failing(failures: int, since: int) -> Post:
    return Post(500, failures=failures, failing_since=1_800_000_000 - since)


@pytest.mark.parametrize(
    ("failures", "since", "active"),
    [
        (MAX_FAILURES - 1, FAILING_SECONDS, False),
        (MAX_FAILURES - 2, FAILING_SECONDS, True),
        (MAX_FAILURES - 1, FAILING_SECONDS - 1, True),
        (10 * MAX_FAILURES, 60, True),
    ],
)
def test_a_subscription_is_disabled_after_many_failures_over_hours(
    failures: int, since: int, active: bool
) -> None:
    post = failing(failures, since)
    with pytest.raises(Later):
        post.deliver()

    assert post.subscription.failures == failures + 1
    assert post.subscription.is_active is active
    assert post.subscription.disabled_at == (None if active else post.clock.at)
    assert (post.subscription.disabled_reason is None) is active
    assert post.reports == (not active)


def test_a_subscription_that_somebody_changes_meanwhile_is_not_reported_as_switched_off() -> None:
    post = failing(MAX_FAILURES, FAILING_SECONDS)
    count = post.webhooks.count_failure

    def overtaken(context: Context, webhook_id: str) -> None:
        count(context, webhook_id)
        seen = post.subscription
        post.webhooks.kept[webhook_id] = seen.model_copy(update={"name": "n", "version": seen.version + 1})

    post.webhooks.count_failure = overtaken  # type: ignore[method-assign]
    with pytest.raises(Later):
        post.deliver()

    assert (post.subscription.is_active, post.reports) == (True, 0)


def test_a_subscription_that_is_switched_on_again_begins_anew() -> None:
    post = failing(MAX_FAILURES, FAILING_SECONDS)
    with pytest.raises(Later):
        post.deliver()
    assert not post.subscription.is_active

    change_subscription(
        Context(ORGANIZATION.id, post.clock),
        WEBHOOK_ID,
        document(is_active=True),
        post.webhooks,
        maker=MAKER,
        local=False,
    )

    after = post.subscription
    assert (
        after.is_active,
        after.failures,
        after.failing_since,
        after.disabled_at,
        after.disabled_reason,
    ) == (True, 0, None, None, None)


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://hooks.example.com/a/b?c=d",
        "https://example.com:8443/",
        "https://xn--bcher-kva.example/",
        "HTTPS://Example.COM",
    ],
)
def test_an_address_is_https_to_a_public_name(url: str) -> None:
    assert problems_of_url(url, local=False) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "http://example.com/",
        "ftp://example.com/",
        "https:///path",
        "https://",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://:@example.com/",
        "https://example.com/#fragment",
        "https://example.com:22/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://localhost/",
        "https://metadata/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://1.1.1.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://example.com./",
        "https://bücher.example/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: other",
        "https://example.com\\@localhost/",
        "https://-a.example.com/",
        "http://127.0.0.1/",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    [problem] = problems_of_url(url, local=False)
    assert (problem.code, problem.pointer) == ("invalid_url", "/data/attributes/url")


def test_plain_http_is_for_this_host_in_a_local_cloud_only() -> None:
    assert problems_of_url("http://127.0.0.1:8000/hook", local=True) == []
    for url in (
        "http://127.0.0.2/",
        "http://localhost/",
        "http://example.com/",
        "https://127.0.0.1/",
        "http://u@127.0.0.1/",
    ):
        assert problems_of_url(url, local=True), url


@pytest.mark.parametrize("ip", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.170.2",
        "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1", "::127.0.0.1",
        # IANA's registries of special-purpose addresses (RFC 6890) and RFC 3879. Python's own list depends on its version.
        "fec0::1", "feff::1", "192.88.99.1", "192.0.0.8", "192.0.0.9", "192.0.0.170", "198.51.100.1", "2001:2::1", "2001:20::1", "3fff::1", "5f00::1",
        "100::1", "100:0:0:1::1", "1::1",
        "no address", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_internet(ip: str) -> None:
    assert not is_public(ip)


# Subscriptions


def document(**attributes: Any) -> Any:
    return read_document(
        SubscriptionDocument,
        "webhook-subscriptions",
        {"data": {"type": "webhook-subscriptions", "attributes": attributes}},
    )


def create(webhooks: FakeWebhooks, **attributes: Any) -> Subscription:
    given = {"url": "https://example.com/", "events": ["*"]} | attributes
    return create_subscription(
        Context(ORGANIZATION.id, FakeClock()), document(**given), webhooks, maker=MAKER, local=False
    )


def refused(
    body: Any, webhook_id: str | None = None, webhooks: FakeWebhooks | None = None
) -> list[tuple[str, int, str | None]]:
    webhooks = webhooks or FakeWebhooks(subscription())
    send = create_subscription if webhook_id is None else partial(change_subscription, webhook_id=webhook_id)

    def sent() -> object:
        reading = read_document(SubscriptionDocument, "webhook-subscriptions", body, webhook_id)
        context = Context(ORGANIZATION.id, FakeClock())
        return send(context, reading=reading, webhooks=webhooks, maker=MAKER, local=False)

    with pytest.raises(FrontdeskError) as error:
        sent()
    return sorted((problem.code, problem.status, problem.pointer) for problem in error.value.problems)


def test_a_subscription_is_made_with_a_secret_of_its_own() -> None:
    webhooks = FakeWebhooks()
    one, other = (
        create(webhooks, name="ERP", events=["orders.*", "orders.*", "customers.deleted"]),
        create(webhooks),
    )

    assert (one.name, one.url, one.events, one.is_active, one.version) == (
        "ERP",
        "https://example.com/",
        ("orders.*", "customers.deleted"),
        True,
        1,
    )
    assert webhooks.kept == {one.id: one, other.id: other}
    assert one.secret != other.secret
    assert len(one.secret) > 40


def test_a_secret_is_not_shown_by_accident() -> None:
    one = create(FakeWebhooks())
    assert one.secret not in repr(one)
    assert one.secret not in str(one)


def test_everything_wrong_with_a_subscription_is_told_at_once() -> None:
    attributes = {
        "name": 5,
        "url": "http://example.com",
        "events": ["orders.created", "order.created"],
        "is_active": "yes",
        "secret": "mine",
    }
    at = "/data/attributes"
    assert refused({"data": {"attributes": attributes}}) == [
        ("invalid_url", 422, f"{at}/url"),
        ("invalid_value", 422, f"{at}/events/1"),
        ("invalid_value", 422, f"{at}/is_active"),
        ("invalid_value", 422, f"{at}/name"),
        ("unknown_field", 422, f"{at}/secret"),
    ]
    # Nothing but the requested content is read.
    assert refused({"data": {"type": "webhooks", "id": "mine", "attributes": attributes}}) == [
        ("id_not_yours", 403, "/data/id"),
        ("type_differs", 409, "/data/type"),
    ]


@pytest.mark.parametrize("attributes", [{}, {"url": None, "events": None}])
def test_what_is_missing_is_told_at_once(attributes: dict[str, Any]) -> None:
    body = {"data": {"type": "webhook-subscriptions", "attributes": attributes}}
    assert refused(body) == [
        ("events_required", 422, "/data/attributes/events"),
        ("url_required", 422, "/data/attributes/url"),
    ]


def test_a_body_without_a_document_is_refused() -> None:
    assert ("data_required", 422, "/data") in refused({})
    assert ("data_required", 422, "/data") in refused({}, WEBHOOK_ID)
    assert ("invalid_type", 422, "") in refused([])


def test_no_events_are_no_subscription() -> None:
    body = {"data": {"attributes": {"url": "https://example.com", "events": []}}}
    assert refused(body) == [("invalid_value", 422, "/data/attributes/events")]


def test_a_change_is_of_what_was_sent_only() -> None:
    webhooks = FakeWebhooks(subscription("orders.*", name="ERP", failures=3, failing_since=5))
    _, after = change_subscription(
        Context(ORGANIZATION.id, FakeClock()),
        WEBHOOK_ID,
        document(events=["*"]),
        webhooks,
        maker=MAKER,
        local=False,
    )

    assert (after.name, after.url, after.events, after.failures, after.version) == (
        "ERP",
        "https://hooks.example.com/frontdesk",
        ("*",),
        3,
        2,
    )
    assert webhooks.kept[WEBHOOK_ID] == after


def test_a_change_is_checked_like_a_new_one() -> None:
    body = {
        "data": {"type": "webhook-subscriptions", "id": "another", "attributes": {"url": "https://localhost"}}
    }
    assert refused(body, WEBHOOK_ID) == [("id_differs", 409, "/data/id")]
    assert refused({"data": body["data"] | {"id": WEBHOOK_ID}}, WEBHOOK_ID) == [
        ("invalid_url", 422, "/data/attributes/url")
    ]


def test_two_changes_at_once_both_count() -> None:
    webhooks, clock = FakeWebhooks(subscription()), FakeClock()
    look = webhooks.subscription
    looks = []

    def look_while_somebody_renames(context: Context, webhook_id: str) -> Subscription | None:
        found = look(context, webhook_id)
        looks.append(found)
        if len(looks) == 1:
            change_subscription(
                Context(ORGANIZATION.id, context.clock),
                WEBHOOK_ID,
                document(name="new"),
                webhooks,
                maker=MAKER,
                local=False,
            )
        return found

    webhooks.subscription = look_while_somebody_renames  # type: ignore[method-assign]
    change_subscription(
        Context(ORGANIZATION.id, clock),
        WEBHOOK_ID,
        document(events=["orders.*"]),
        webhooks,
        maker=MAKER,
        local=False,
    )

    after = webhooks.kept[WEBHOOK_ID]
    assert (after.name, after.events, after.version) == ("new", ("orders.*",), 3)


def test_a_failure_that_is_counted_meanwhile_is_not_lost_by_a_change() -> None:
    webhooks, clock = FakeWebhooks(subscription()), FakeClock()
    seen = webhooks.kept[WEBHOOK_ID]
    webhooks.count_failure(Context(ORGANIZATION.id, clock), WEBHOOK_ID)
    assert webhooks.change(
        Context(ORGANIZATION.id, clock), seen, seen.model_copy(update={"name": "new", "version": 2})
    )

    assert (webhooks.kept[WEBHOOK_ID].name, webhooks.kept[WEBHOOK_ID].failures) == ("new", 1)


@pytest.mark.parametrize("webhook_id", ["6f6a6d0c-0000-4000-8000-000000000000", "#", "x" * 2000])
def test_an_unknown_subscription_is_404(webhook_id: str) -> None:
    assert refused({"data": {}}, webhook_id) == [("webhook_subscription_not_found", 404, None)]
    with pytest.raises(FrontdeskError):
        delete_subscription(Context(ORGANIZATION.id, FakeClock()), webhook_id, FakeWebhooks())


def test_another_organizations_subscription_is_404() -> None:
    with pytest.raises(FrontdeskError) as error:
        find_subscription(Context("other", FakeClock()), WEBHOOK_ID, FakeWebhooks(subscription()))
    assert error.value.problems[0].status == 404


def test_an_organization_has_so_many_subscriptions_and_no_more() -> None:
    webhooks = FakeWebhooks()
    for _ in range(MAX_SUBSCRIPTIONS):
        create(webhooks)
    with pytest.raises(FrontdeskError) as error:
        create(webhooks)
    assert error.value.problems[0].code == "too_many_subscriptions"


def test_a_secret_that_was_replaced_signs_for_a_day_beside_the_new_one() -> None:
    post = Post(secret="whsec_old")
    new = rotate_secret(Context(ORGANIZATION.id, post.clock), WEBHOOK_ID, MAKER, post.webhooks).secret
    assert new != "whsec_old"

    post.deliver(message(event_id=EVENT_ID[:-1] + "1"))
    post.clock.at += OLD_SECRET_SECONDS
    post.deliver(message(event_id=EVENT_ID[:-1] + "2"))

    for (_, headers, body), keys in zip(post.receiver.got, [[new, "whsec_old"], [new]], strict=True):
        time = int(headers["Frontdesk-Signature"].partition(",")[0].removeprefix("t="))
        assert headers["Frontdesk-Signature"] == sign(body, time, keys)


def test_a_secret_whose_answer_was_lost_takes_the_place_of_none() -> None:
    """A client that asks again has never seen the secret in between, and its receiver still uses the first one."""
    post, rotated = Post(secret="whsec_old"), list[str]()
    for _ in range(MAX_OLDER_SECRETS + 3):
        context = Context(ORGANIZATION.id, post.clock)
        rotated.append(rotate_secret(context, WEBHOOK_ID, MAKER, post.webhooks).secret)
        post.clock.at += 60
        after = post.webhooks.subscription(context, WEBHOOK_ID)
        assert after
        keys = after.secrets_at(post.clock.at)
        assert keys == (*rotated[::-1], "whsec_old")[: MAX_OLDER_SECRETS + 2]

    assert after.secrets_at(post.clock.at + OLD_SECRET_SECONDS) == (rotated[-1],)


# The log


def test_the_log_is_bounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.usecases.webhooks.redeliver.MAX_LISTED", 2)
    post = Post()
    for number in range(3):
        post.deliver(message(event_id=f"6b49d20{number}{EVENT_ID[8:]}"))
        found, more = recent_deliveries(Context(ORGANIZATION.id, post.clock), WEBHOOK_ID, post.webhooks)
        assert (len(found), more) == (min(number + 1, 2), number == 2)
    assert [delivery.id[:8] for delivery in found] == ["6b49d202", "6b49d201"]


def test_the_log_knows_nothing_of_what_was_sent() -> None:
    post = Post()
    post.deliver()
    assert "Zoë" not in post.logged.model_dump_json()


def test_the_log_is_kept_for_a_month_after_the_last_attempt() -> None:
    post = Post()
    post.clock.at += 7200
    post.deliver()
    assert post.logged.kept_until == post.clock.at + LOG_SECONDS
    assert post.logged.at < post.clock.at


class Told:
    """An event of an order that was delivered, or whose delivery failed."""

    def __init__(self, answer: int = 200) -> None:
        self.office = Office()
        self.order_id = place_order(
            Context(ORGANIZATION.id, self.office.clock), read_config(order()), self.office.store
        ).order.id
        self.message = next(message for message in self.office.told() if message.event == "orders.created")
        self.receiver = Receiver(answer)
        self.deliver(self.message)
        self.office.queue.messages.clear()

    def deliver(self, message: Message) -> None:
        for _ in range(3 * MAX_ATTEMPTS):
            try:
                deliver(
                    Context(message.organization_id, self.office.clock),
                    message,
                    Courier(self.office.webhooks, self.receiver, lambda: 0.0),
                    lambda: None,
                )
            except Later as later:
                self.office.clock.at += later.seconds
            else:
                return
        raise AssertionError("the message is never done")

    def redeliver(self, event_id: str | None = None) -> Delivery:
        office = self.office
        return redeliver(
            Context(ORGANIZATION.id, office.clock),
            WEBHOOK_ID,
            event_id or self.message.event_id,
            office.webhooks,
            office.publisher,
        )

    @property
    def logged(self) -> Delivery:
        return self.office.webhooks.log[WEBHOOK_ID, self.message.event_id]


@pytest.mark.parametrize("answer", [200, 500])
def test_a_delivery_that_is_over_can_be_asked_for_anew(answer: int) -> None:
    told = Told(answer)
    before = len(told.receiver.got)
    told.receiver.answer = 200

    pending = told.redeliver()
    [again] = told.office.queue.messages
    told.deliver(again)

    assert (pending.status, pending.attempts) == ("pending", 0)
    assert len(told.receiver.got) == before + 1
    assert set(told.receiver.event_ids) == {told.message.event_id}
    assert (told.logged.status, told.logged.round, told.logged.attempts) == ("delivered", 2, 1)


def test_what_is_delivered_anew_is_as_it_is_now() -> None:
    told = Told()
    head: Order = told.office.store.items[Key("order", told.order_id)]
    told.office.store.items[Key("order", told.order_id)] = head.model_copy(
        update={"status": "canceled", "version": 2}
    )

    told.redeliver()

    [again] = told.office.queue.messages
    assert (told.message.data["status"], again.data["status"]) == ("completed", "canceled")
    assert again.payload["timestamp"] == told.message.payload["timestamp"]


def test_the_first_message_does_nothing_after_a_second_was_delivered() -> None:
    told = Told()
    told.redeliver()
    told.deliver(told.office.queue.messages[0])
    told.deliver(told.message)

    assert (len(told.receiver.got), told.logged.round) == (2, 2)


@pytest.mark.parametrize("subject_type", ["orders", "bookings", "customers"])
def test_what_is_gone_is_delivered_anew_by_id_alone(subject_type: str) -> None:
    told = Told()
    id = {"customers": "nobody", "orders": told.order_id, "bookings": f"{told.order_id}-9"}[subject_type]
    told.office.store.items.pop(Key("order", told.order_id)) if subject_type == "orders" else None
    key = (WEBHOOK_ID, told.message.event_id)
    told.office.webhooks.log[key] = told.logged.model_copy(
        update={"subject_type": subject_type, "subject_id": id}
    )

    told.redeliver()

    [again] = told.office.queue.messages
    assert again.data == {"id": id, "type": subject_type}


def test_a_customer_and_a_booking_are_delivered_anew_in_full() -> None:
    told = Told()
    key = (WEBHOOK_ID, told.message.event_id)
    for subject_type, id, field in (
        ("customers", ADA.id, "email"),
        ("bookings", f"{told.order_id}-1", "start_date"),
    ):
        told.office.webhooks.log[key] = told.logged.model_copy(
            update={"subject_type": subject_type, "subject_id": id}
        )
        told.redeliver()
        assert told.office.queue.messages[-1].data["id"] == id
        assert told.office.queue.messages[-1].data[field]


def test_a_delivery_that_is_not_over_is_not_asked_for_anew_unless_its_message_must_be_lost() -> None:
    told = Told()
    now = told.office.clock.at
    key = (WEBHOOK_ID, told.message.event_id)
    told.office.webhooks.log[key] = told.logged.model_copy(
        update={"status": "retrying", "next_attempt_at": now + 60}
    )
    with pytest.raises(FrontdeskError) as error:
        told.redeliver()
    assert (error.value.problems[0].code, error.value.problems[0].status) == ("delivery_pending", 409)

    told.office.clock.at = now + 60 + LOST_SECONDS + 1
    assert told.redeliver().status == "pending"


def test_nothing_is_delivered_anew_to_an_inactive_subscription() -> None:
    told = Told()
    told.office.webhooks.kept[WEBHOOK_ID] = subscription(is_active=False)
    with pytest.raises(FrontdeskError) as error:
        told.redeliver()
    assert error.value.problems[0].code == "subscription_inactive"
    assert told.office.queue.messages == []


@pytest.mark.parametrize("event_id", [EVENT_ID, "nonsense", EVENT_ID + "0", EVENT_ID.upper()])
def test_an_unknown_delivery_is_404(event_id: str) -> None:
    with pytest.raises(FrontdeskError) as error:
        Told().redeliver(event_id)
    assert error.value.problems[0].status == 404


def test_ids_of_events_are_uuids_of_version_8() -> None:
    assert is_event_id(EVENT_ID)
    assert not is_event_id("6b49d200-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
