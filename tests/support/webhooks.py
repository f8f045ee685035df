"""The ports of webhooks in memory, and a store that reports its writes like the table's stream."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any

from frontdesk.api.answers.webhooks import content
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.once import Made
from frontdesk.domain.webhooks.deliveries import Delivery, Message
from frontdesk.domain.webhooks.events import Change, EventPattern
from frontdesk.domain.webhooks.subscriptions import MAX_SUBSCRIPTIONS, Subscription
from frontdesk.usecases.context import Context
from frontdesk.usecases.webhooks.needs import Undelivered
from frontdesk.usecases.webhooks.publish import Publisher, publish
from tests.support.demo import CATALOG, ORGANIZATION
from tests.support.fakes import FakeClock, FakeStore

WEBHOOK_ID = "7d1b6c52-4f0e-4d3a-8b1f-2c9e5a6f7d80"
# A token that may do everything.
MAKER = Token(id="maker", organization_id=ORGANIZATION.id, name="test", scopes=frozenset({"*"}))


def subscription(*events: EventPattern, id: str = WEBHOOK_ID, **more: Any) -> Subscription:
    given = {
        "url": "https://hooks.example.com/frontdesk",
        "secret": "whsec_one",
        "created_at": 0,
        "updated_at": 0,
    } | more
    return Subscription(id=id, events=events or ("*",), **given)


class Site:
    """A receiver's server. `answers` are the statuses of the next requests; 200 after that."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                site.got.append((dict(self.headers), body))
                self.send_response(site.answers.pop(0) if site.answers else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def events(self) -> list[str]:
        return sorted(json.loads(body)["event"] for _, body in self.got)


@contextmanager
def receiver() -> Iterator[Site]:
    site = Site()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()


class FakeWebhooks:
    """Stores subscriptions by id, and deliveries by subscription and event."""

    def __init__(self, *subscriptions: Subscription) -> None:
        self.kept = {each.id: each for each in subscriptions}
        self.log: dict[tuple[str, str], Delivery] = {}
        self.cursor: int | None = None

    def subscriptions(self, context: Context) -> list[Subscription]:
        return list(self.kept.values()) if context.organization_id == ORGANIZATION.id else []

    def subscription(self, context: Context, webhook_id: str) -> Subscription | None:
        return self.kept.get(webhook_id) if context.organization_id == ORGANIZATION.id else None

    def add(
        self,
        context: Context,
        subscription: Subscription,
        *,
        by: Token | None = None,
        made: Made | None = None,
    ) -> bool:
        if len(self.kept) >= MAX_SUBSCRIPTIONS:
            return False
        self.kept[subscription.id] = subscription
        return True

    def change(
        self,
        context: Context,
        seen: Subscription,
        subscription: Subscription,
        *,
        by: Token | None = None,
    ) -> bool:
        present = self.kept.get(seen.id)
        if present is None or present.version != seen.version:
            return False
        if (subscription.failures, subscription.failing_since) == (seen.failures, seen.failing_since):
            subscription = subscription.model_copy(
                update={"failures": present.failures, "failing_since": present.failing_since}
            )
        self.kept[seen.id] = subscription
        return True

    def remove(self, context: Context, seen: Subscription) -> bool:
        if self.kept.get(seen.id, seen).version != seen.version:
            return False
        return self.kept.pop(seen.id, None) is not None

    def count_failure(self, context: Context, webhook_id: str) -> None:
        if present := self.kept.get(webhook_id):
            since = context.clock.now() if present.failing_since is None else present.failing_since
            self.kept[webhook_id] = present.model_copy(
                update={"failures": present.failures + 1, "failing_since": since}
            )

    def forget_failures(self, context: Context, webhook_id: str) -> None:
        if present := self.kept.get(webhook_id):
            self.kept[webhook_id] = present.model_copy(update={"failures": 0, "failing_since": None})

    def with_delivery(
        self, context: Context, webhook_id: str, event_id: str
    ) -> tuple[Subscription | None, Delivery | None]:
        return self.subscription(context, webhook_id), self.log.get((webhook_id, event_id))

    def write_delivery(self, context: Context, delivery: Delivery) -> bool:
        present = self.log.get((delivery.webhook_id, delivery.id))
        if (present.version if present else 0) != delivery.version - 1:
            return False
        self.log[delivery.webhook_id, delivery.id] = delivery
        return True

    def logged(self, context: Context, named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        return {each for each in named if each in self.log}

    def organizations_with_moments(self, clock: Any) -> Iterator[str]:
        return iter([ORGANIZATION.id] if any(each.wants_moments for each in self.kept.values()) else [])

    def told_until(self, context: Context) -> int | None:
        return self.cursor

    def note_told(self, context: Context, until: int) -> None:
        self.cursor = max(self.cursor or 0, until)

    def deliveries(self, context: Context, webhook_id: str) -> Iterator[Delivery]:
        return iter(
            sorted(
                (each for key, each in self.log.items() if key[0] == webhook_id),
                key=lambda each: each.id,
                reverse=True,
            )
        )


class FakeQueue:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, messages: Sequence[Message]) -> None:
        self.messages += messages


class Receiver:
    """A receiver's server: answers as configured, and keeps its requests."""

    def __init__(self, answer: int | str = 200) -> None:
        self.answer = answer
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.got.append((url, dict(headers), body))
        if isinstance(self.answer, str):
            raise Undelivered(self.answer)
        return self.answer

    @property
    def event_ids(self) -> list[str]:
        return [headers["Frontdesk-Event-Id"] for _, headers, _ in self.got]


class StreamedStore(FakeStore):
    """Records what each write changes, item by item, like the table's stream."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(ORGANIZATION.id, CATALOG)
        self.clock = clock
        self.stream: list[Change] = []
        self._numbers = count()

    def write(self, *args: Any, **kwargs: Any) -> Mapping[Key, Any] | None:
        before = dict(self.items)
        lost = super().write(*args, **kwargs)
        self._tell(before)
        return lost

    def put(self, key: Key, item: Any) -> None:
        """Writes an item, or deletes it (None)."""
        before = dict(self.items)
        if item is None:
            del self.items[key]
        else:
            self.items[key] = item
        self._tell(before)

    def _tell(self, before: Mapping[Key, Any]) -> None:
        for key in before.keys() | self.items.keys():
            old, new = before.get(key), self.items.get(key)
            if old != new and key.kind in ("order", "booking", "customer"):
                self.stream.append(
                    Change(ORGANIZATION.id, f"record-{next(self._numbers)}", self.clock.at, key, old, new)
                )


class Office:
    """An organization with a subscription to everything, and its events."""

    def __init__(self, *subscriptions: Subscription) -> None:
        self.clock = FakeClock()
        self.store = StreamedStore(self.clock)
        self.webhooks = FakeWebhooks(*(subscriptions or (subscription(),)))
        self.queue = FakeQueue()
        self.publisher = Publisher(self.store, self.webhooks.subscriptions, self.queue, content)

    def told(self) -> list[Message]:
        """Publishes what has happened since the last call, and returns the messages."""
        before = len(self.queue.messages)
        while self.store.stream:
            publish(Context(ORGANIZATION.id, self.clock), self.store.stream.pop(0), self.publisher)
        return self.queue.messages[before:]

    def names(self) -> list[str]:
        """Returns the names of the events since the last call, sorted."""
        return sorted(message.event for message in self.told())
