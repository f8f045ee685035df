"""Stops publishing and delivering events before and after each call: no event is lost, and repeated ones have the same id.

The calls are counted by running each without a crash, so a new call is covered automatically.
"""

from collections.abc import Sequence

from frontdesk.domain.requests.order import read_config
from frontdesk.domain.webhooks.deliveries import MAX_ATTEMPTS, Message
from frontdesk.domain.webhooks.events import Change
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_order
from frontdesk.usecases.orders.place import place_order
from frontdesk.usecases.webhooks.deliver import Courier, Later, deliver
from frontdesk.usecases.webhooks.publish import Publisher, publish
from tests.crashes.test_delivery import Calls, Crash, ended_at_each_of
from tests.support.demo import ORGANIZATION, desks, meeting, order
from tests.support.webhooks import FakeQueue, Office, Receiver, subscription

SUBSCRIPTIONS = (subscription("*", id="all"), subscription("bookings.*", id="bookings"))


class Batches:
    """A queue that accepts a few messages in each call, like SQS."""

    def __init__(self, queue: FakeQueue, calls: Calls) -> None:
        self._queue = calls.through(queue)

    def send(self, messages: Sequence[Message]) -> None:
        for at in range(0, len(messages), 2):
            self._queue.send(messages[at : at + 2])


class Story:
    """An order that was placed and canceled, and the published events, through calls that may crash."""

    def __init__(self) -> None:
        self.office = Office(*SUBSCRIPTIONS)
        id = place_order(
            Context(ORGANIZATION.id, self.office.clock),
            read_config(order(meeting(), desks(2))),
            self.office.store,
        ).order.id
        cancel_order(Context(ORGANIZATION.id, self.office.clock), id, self.office.store)
        self.stream = list(self.office.store.stream)

    def publish(self, change: Change, calls: Calls) -> None:
        office = self.office
        subscriptions = calls.through(office.webhooks).subscriptions
        publisher = Publisher(
            calls.through(office.store), subscriptions, Batches(office.queue, calls), office.publisher.present
        )
        publish(Context(change.organization_id, office.clock), change, publisher)

    def publish_all(self, calls: Calls) -> None:
        """Publishes like the stream: a record is repeated until it is handled."""
        for change in self.stream:
            while True:
                try:
                    self.publish(change, calls)
                except Crash:
                    continue
                break

    @property
    def told(self) -> set[tuple[str, str, str]]:
        return {
            (message.webhook_id, message.event, message.event_id) for message in self.office.queue.messages
        }


def _story() -> tuple[Story, Calls]:
    story, calls = Story(), Calls()
    story.publish_all(calls)
    return story, calls


def _kinds(story: Story) -> list[tuple[str, str]]:
    return sorted((webhook_id, event) for webhook_id, event, _ in story.told)


@ended_at_each_of(_story()[1].made)
def test_every_event_is_told_whatever_ends_the_function(crash_at: int, after: bool) -> None:
    whole, _ = _story()
    story = Story()
    story.publish_all(Calls(crash_at, after=after))

    # Orders get new ids in each story, so only kinds and numbers are compared.
    assert _kinds(story) == _kinds(whole)
    assert len(whole.told) == len(whole.office.queue.messages)
    # Messages that were queued before the crash are queued twice, with the same ids.
    assert len(story.told) <= len(story.office.queue.messages) <= len(story.told) + 6


class Delivering:
    """One message for a subscription with earlier failures, and the receiver's server."""

    def __init__(self, answer: int) -> None:
        self.story, _ = _story()
        self.office, self.receiver = self.story.office, Receiver(answer)
        self.message = self.office.queue.messages[0]
        self.office.webhooks.count_failure(
            Context(ORGANIZATION.id, self.office.clock), self.message.webhook_id
        )

    def come(self, calls: Calls) -> None:
        courier = Courier(calls.through(self.office.webhooks), calls.through(self.receiver), lambda: 0.0)
        deliver(Context(self.message.organization_id, self.office.clock), self.message, courier, lambda: None)

    def until_over(self, calls: Calls) -> None:
        """Delivers like the queue: a message is repeated until its handling succeeds, and sometimes once more."""
        for _ in range(3 * MAX_ATTEMPTS):
            try:
                self.come(calls)
            except Later as later:
                self.office.clock.at += later.seconds
            except Crash:
                self.office.clock.at += 120  # The queue's visibility timeout.
            else:
                self.come(Calls())
                return
        raise AssertionError("the message is never done")


def _calls(answer: int) -> int:
    calls = Calls()
    Delivering(answer).until_over(calls)
    return calls.made


@ended_at_each_of(_calls(200))
def test_an_event_is_delivered_whatever_ends_the_function(crash_at: int, after: bool) -> None:
    delivering = Delivering(200)
    delivering.until_over(Calls(crash_at, after=after))

    [logged] = delivering.office.webhooks.log.values()
    assert logged.status == "delivered"
    assert set(delivering.receiver.event_ids) == {delivering.message.event_id}
    assert len(delivering.receiver.got) <= logged.attempts <= 2


@ended_at_each_of(_calls(500))
def test_a_delivery_that_is_not_taken_is_given_up_after_its_attempts_whatever_ends_the_function(
    crash_at: int, after: bool
) -> None:
    delivering = Delivering(500)
    delivering.until_over(Calls(crash_at, after=after))

    [logged] = delivering.office.webhooks.log.values()
    assert (logged.status, logged.attempts) == ("failed", MAX_ATTEMPTS)
    assert MAX_ATTEMPTS - 1 <= len(delivering.receiver.got) <= MAX_ATTEMPTS


@ended_at_each_of(_calls(200))
def test_two_messages_of_one_event_are_one_delivery_whatever_ends_the_function(
    crash_at: int, after: bool
) -> None:
    delivering = Delivering(200)
    calls = Calls(crash_at, after=after)
    for _ in range(2):
        delivering.until_over(calls)

    [logged] = delivering.office.webhooks.log.values()
    assert (logged.status, set(delivering.receiver.event_ids)) == ("delivered", {delivering.message.event_id})
    assert 1 <= len(delivering.receiver.got) <= 2
