"""Stores webhook subscriptions, and the log of their deliveries, in DynamoDB.

    pk                            sk              item
    {org}#webhooks                {webhook id}    subscription: version, failures, failing_since
    {org}#webhooks                #               number of subscriptions: used
    {org}#webhook#{id}#{month}    {event id}      delivery: version, delete_at. An event's id begins with its time
    {org}#moments                 cursor          progress of publishing `bookings.started` and `bookings.ended`: at

These two events are published up to the instant `at` (epoch seconds). A subscription to one of these events is
also in the index `lists2`, under the key `#moments`. This list contains the subscriptions of all organizations,
sorted by webhook id.

DynamoDB deletes a delivery some time after `delete_at` (epoch seconds).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import from_json
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb.items import ItemKey, Raw, key_of, row, to_item
from frontdesk.adapters.dynamodb.messages.outbox import is_message, to_message
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.adapters.dynamodb.tokens import note_maker, note_request, refuse_repeated, refuse_revoked
from frontdesk.adapters.dynamodb.transaction import ABSENT, Transaction
from frontdesk.adapters.dynamodb.updates import record
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import OutcomeUnknown
from frontdesk.domain.requests.once import Made
from frontdesk.domain.time.intervals import day_of
from frontdesk.domain.webhooks.deliveries import LOG_SECONDS, Delivery
from frontdesk.domain.webhooks.events import Change, time_of_event
from frontdesk.domain.webhooks.subscriptions import MAX_SUBSCRIPTIONS, Subscription
from frontdesk.usecases.context import Clock, Context

_COUNT = "#"
_SUBSCRIPTION_ATTRIBUTES = {"id", "version", "failures", "failing_since"}
_DELIVERY_ATTRIBUTES = {"id", "webhook_id", "version"}
_version, _body, _used = Path("version"), Path("body"), Path("used")
_failures, _failing_since, _delete_at = Path("failures"), Path("failing_since"), Path("delete_at")
_DAY = 86_400
_MOMENTS = "#moments"
# The API's type of a subscription.
WEBHOOKS = "webhook-subscriptions"


class WebhookTable:
    """Implements `usecases.webhooks.needs.Webhooks` on the DynamoDB table that `store` uses."""

    def __init__(self, store: DynamoStore) -> None:
        self._store = store

    def subscriptions(self, context: Context) -> list[Subscription]:
        """Returns all subscriptions of an organization, from a consistent query of one partition."""
        rows = self._store.partition(_subscriptions(context.organization_id), context.clock)
        return [_to_subscription(raw) for raw in rows if raw["sk"]["S"] != _COUNT]

    def subscription(self, context: Context, webhook_id: str) -> Subscription | None:
        """Returns a subscription, or None if it does not exist. Makes one consistent read."""
        key = _key(context.organization_id, webhook_id)
        raw = self._store.batch_get([key], context.clock, consistent=True).get(key)
        return None if raw is None else _to_subscription(raw)

    def add(
        self,
        context: Context,
        subscription: Subscription,
        *,
        by: Token | None = None,
        made: Made | None = None,
    ) -> bool:
        """Puts the subscription, and increments the number of subscriptions, in one transaction.

        Returns False if the organization has MAX_SUBSCRIPTIONS already. Also succeeds if an earlier attempt, whose answer was lost, has
        already put this subscription.
        """
        transaction = Transaction(self._store.connection, self._store.table_name)
        note_request(transaction, made, context.clock.now())
        if by is not None:
            note_maker(transaction, by)
        body = _subscription_body(subscription)
        transaction.put(
            row(
                _key(context.organization_id, subscription.id),
                **_listed(subscription),
                body=body,
                version=subscription.version,
                failures=0,
            ),
            ABSENT,
        )
        record(transaction, context, "created", WEBHOOKS, None, subscription)
        free = ABSENT | (_used < MAX_SUBSCRIPTIONS)
        transaction.update(_key(context.organization_id, _COUNT), [_used.set((_used | 0) + 1)], free)
        try:
            lost = transaction.commit(context.clock)
        except OutcomeUnknown:
            if not self._store.has_put(transaction, context.clock):
                raise
            return True
        if _key(context.organization_id, subscription.id) in lost:
            # Ids are unique. If the subscription exists, this very call has put it, and its answer was lost.
            return True
        refuse_revoked(by, lost)
        refuse_repeated(made, lost)
        return not lost

    def change(
        self,
        context: Context,
        seen: Subscription,
        subscription: Subscription,
        *,
        by: Token | None = None,
    ) -> bool:
        """Updates the subscription and writes a log entry, in one transaction.

        Returns False if the subscription's version is no longer that of `seen`.
        """
        transaction = Transaction(self._store.connection, self._store.table_name)
        transaction.update(*subscription_update(context.organization_id, seen, subscription))
        record(transaction, context, "changed", WEBHOOKS, seen, subscription)
        if by is not None:
            note_maker(transaction, by)
        lost = transaction.commit(context.clock)
        refuse_revoked(by, lost)
        return not lost

    def remove(self, context: Context, seen: Subscription) -> bool:
        """Deletes the subscription and decrements the number of subscriptions, in one transaction."""
        transaction = Transaction(self._store.connection, self._store.table_name)
        transaction.delete(_key(context.organization_id, seen.id), _version == seen.version)
        transaction.update(_key(context.organization_id, _COUNT), [_used.set(_used - 1)], _used > 0)
        record(transaction, context, "deleted", WEBHOOKS, seen, None)
        return not transaction.commit(context.clock)

    def count_failure(self, context: Context, webhook_id: str) -> None:
        """Increments the subscription's counter of failures.

        Leaves the version unchanged, so that a concurrent change of the subscription can still succeed.
        """
        actions: list[Action] = [
            _failures.set((_failures | 0) + 1),
            _failing_since.set(_failing_since | context.clock.now()),
        ]
        self._store.update(
            _key(context.organization_id, webhook_id), actions, Path("pk").exists(), context.clock
        )

    def forget_failures(self, context: Context, webhook_id: str) -> None:
        """Sets the subscription's counter of failures to 0. Leaves the version unchanged, like `count_failure`."""
        self._store.update(
            _key(context.organization_id, webhook_id),
            [_failures.set(0), _failing_since.remove()],
            Path("pk").exists(),
            context.clock,
        )

    def with_delivery(
        self, context: Context, webhook_id: str, event_id: str
    ) -> tuple[Subscription | None, Delivery | None]:
        """Returns the subscription and its delivery of the event. Each is None if it does not exist. Makes one consistent batch read."""
        of_subscription, of_delivery = (
            _key(context.organization_id, webhook_id),
            _delivery_key(context.organization_id, webhook_id, event_id),
        )
        found = self._store.batch_get([of_subscription, of_delivery], context.clock, consistent=True)
        subscription, delivery = found.get(of_subscription), found.get(of_delivery)
        return _to_subscription(subscription) if subscription else None, _to_delivery(
            webhook_id, delivery
        ) if delivery else None

    def write_delivery(self, context: Context, delivery: Delivery) -> bool:
        """Writes a delivery if the stored version is the one before `delivery.version`. Otherwise returns False."""
        key = _delivery_key(context.organization_id, delivery.webhook_id, delivery.id)
        body = delivery.model_dump_json(exclude=_DELIVERY_ATTRIBUTES, exclude_defaults=True)
        actions: list[Action] = [
            _version.set(delivery.version),
            _body.set(body),
            _delete_at.set(delivery.kept_until),
        ]
        before: Condition = ABSENT if delivery.version == 1 else _version == delivery.version - 1
        return self._store.update(key, actions, before, context.clock)

    def logged(self, context: Context, named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Returns those (subscription id, event id) pairs in `named` whose delivery is stored. Makes one consistent batch read."""
        keys = {_delivery_key(context.organization_id, *each): each for each in named}
        return {keys[key] for key in self._store.batch_get(list(keys), context.clock, consistent=True)}

    def organizations_with_moments(self, clock: Clock) -> Iterator[str]:
        """Yields the distinct ids of organizations that subscribe to starts or ends of bookings.

        Reads their common list, `#moments`.
        """
        entries = self._store.entries("lists2", _MOMENTS, clock)
        return iter(dict.fromkeys(raw["pk"]["S"].partition("#")[0] for raw in entries))

    def told_until(self, context: Context) -> int | None:
        """Returns the instant until which the events `bookings.started` and `bookings.ended` were published.

        The instant is in epoch seconds. Returns None if no instant was recorded for the organization yet. The
        read is consistent.
        """
        return self._store.cursor(context, _MOMENTS)

    def note_told(self, context: Context, until: int) -> None:
        """Records that the events of bookings' starts and ends up to `until` (epoch seconds) were published. Never moves `until` back."""
        self._store.move_cursor(context, _MOMENTS, until)

    def deliveries(self, context: Context, webhook_id: str) -> Iterator[Delivery]:
        """Yields the logged deliveries of a subscription, the newest event first. Queries month by month."""
        # A delivery may be much later than its event. Events from before the log's period are not searched for.
        now = context.clock.now()
        months = dict.fromkeys(_month(at) for at in range(now, now - LOG_SECONDS - _DAY, -_DAY))
        for month in months:
            for raw in self._store.partition(
                _deliveries(context.organization_id, webhook_id, month), context.clock, newest_first=True
            ):
                # Time to live deletes items late.
                if int(raw["delete_at"]["N"]) > now:
                    yield _to_delivery(webhook_id, raw)


def subscription_update(
    organization_id: str, seen: Subscription, subscription: Subscription
) -> tuple[ItemKey, Sequence[Action], Condition]:
    """Returns the key, update and condition that change a subscription.

    `failures` and `failing_since` are written only if they differ from `seen`, because `count_failure` may write them concurrently.
    """
    actions: list[Action] = [
        _version.set(subscription.version),
        _body.set(_subscription_body(subscription)),
        *(
            Path(name).remove() if value is None else Path(name).set(value)
            for name, value in _listed(subscription).items()
        ),
    ]
    if (subscription.failures, subscription.failing_since) != (seen.failures, seen.failing_since):
        since = subscription.failing_since
        actions += [
            _failures.set(subscription.failures),
            _failing_since.remove() if since is None else _failing_since.set(since),
        ]
    return _key(organization_id, seen.id), actions, _version == seen.version


def _listed(subscription: Subscription) -> dict[str, str | None]:
    wanted = subscription.wants_moments
    return {"list2_pk": _MOMENTS if wanted else None, "list_sk": subscription.id if wanted else None}


def _subscriptions(organization_id: str) -> str:
    return f"{organization_id}#webhooks"


def _key(organization_id: str, webhook_id: str) -> ItemKey:
    return ItemKey(_subscriptions(organization_id), webhook_id)


def _month(at: int) -> str:
    return day_of(at)[:7]


def _deliveries(organization_id: str, webhook_id: str, month: str) -> str:
    return f"{organization_id}#webhook#{webhook_id}#{month}"


def _delivery_key(organization_id: str, webhook_id: str, event_id: str) -> ItemKey:
    return ItemKey(_deliveries(organization_id, webhook_id, _month(time_of_event(event_id))), event_id)


def _subscription_body(subscription: Subscription) -> str:
    return subscription.model_dump_json(exclude=_SUBSCRIPTION_ATTRIBUTES, exclude_defaults=True)


def _to_subscription(raw: Raw) -> Subscription:
    counted = {name: int(raw[name]["N"]) for name in ("version", "failures", "failing_since") if name in raw}
    return Subscription.model_validate({**from_json(raw["body"]["S"]), **counted, "id": raw["sk"]["S"]})


def _to_delivery(webhook_id: str, raw: Raw) -> Delivery:
    fields = {"id": raw["sk"]["S"], "webhook_id": webhook_id, "version": int(raw["version"]["N"])}
    return Delivery.model_validate({**from_json(raw["body"]["S"]), **fields})


def change_of(record: Mapping[str, Any]) -> Change | None:
    """Returns the change that a record of the table's stream describes, or None if it concerns no order, booking, customer or message."""
    written = record["dynamodb"]
    keys = written["Keys"]["pk"]["S"], written["Keys"]["sk"]["S"]
    at = int(written["ApproximateCreationDateTime"])
    if is_message(keys[1]):
        before, after = (
            to_message(written[image]) if image in written else None for image in ("OldImage", "NewImage")
        )
        id = after.id if after else ""
        return Change(keys[0].partition("#")[0], record["eventID"], at, Key("message", id), before, after)
    named = key_of(*keys)
    if named is None or named[1].kind not in ("order", "booking", "customer"):
        return None
    old, new = (
        to_item(*named, written[image]) if image in written else None for image in ("OldImage", "NewImage")
    )
    return Change(named[0], record["eventID"], at, named[1], old, new)
