"""The outbox in DynamoDB. A message is in the partition of its order. Its key sorts after the order's, so reading an order skips it.

    pk                        sk                          item
    {org}#order#{order id}    outbox#{name}               message: revision, state, body; delete_at if nothing is left to do
    {org}#reminders           cursor                      cursor: at, the instant up to which reminders are in the outbox

In the indexes (see `adapters.dynamodb.indexes`) a message has

    list_pk                   list2_pk                    list_sk
    #due#{shard}              {org}#messages#{month}      {at}#{state}{kind}#{name}

`{at}` is the time at which the message is due. When the message is sent, fails, or is withdrawn, `{at}` becomes the time of this change,
and `list_pk` is removed. So one query for each shard finds the due messages of all organizations. State and kind are one letter each.
"""

import zlib
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import Any

from pydantic_core import from_json
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb.items import REMINDERS, ItemKey, Raw, key_of_row, order_key, row
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.adapters.dynamodb.transaction import Transaction
from frontdesk.domain.messages.message import FINAL, Message
from frontdesk.domain.orders.order import Order, causes_text
from frontdesk.domain.time.intervals import day_of, day_start
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.messages.needs import KIND_LETTERS, STATE_LETTERS, Due, Entry

SHARDS = 16
_PREFIX = "outbox#"
# How long a message is kept after it ended, in seconds.
_KEPT_SECONDS = 400 * 86_400
_FIRST_MONTH = day_start("2026-11-01")
_OWN = {"order_id", "name", "revision", "state"}
_revision, _causes, _notification = Path("revision"), Path("causes"), Path("notification")
_unsent = Path("unsent")


class OutboxTable:
    """Implements `usecases.messages.needs.Outbox` on the DynamoDB table that `store` uses."""

    def __init__(self, store: DynamoStore) -> None:
        self._store = store

    def put(self, context: Context, messages: Sequence[Message]) -> None:
        """Puts the messages one after the other, each only if it does not exist yet."""
        for message in messages:
            self._store.put_new(_row(context.organization_id, message), context.clock)

    def message(self, context: Context, order_id: str, name: str) -> Message | None:
        """Returns a message, or None if it does not exist. Makes one consistent read."""
        return next(iter(self.several(context, [(order_id, name)])), None)

    def of_order(self, context: Context, order_id: str, lane: str = "") -> list[Message]:
        """Returns an order's messages from its partition. With `lane`, returns only messages whose names begin with it."""
        pk = order_key(context.organization_id, order_id).pk
        within = Path("sk").startswith(_PREFIX + lane)
        return [to_message(raw) for raw in self._store.partition(pk, context.clock, within)]

    def several(self, context: Context, named: Sequence[tuple[str, str]]) -> list[Message]:
        """Returns those of the named messages that exist, by one consistent batch read. `named` has pairs of (order id, name)."""
        keys = [_key(context.organization_id, *each) for each in named]
        found = self._store.batch_get(list(dict.fromkeys(keys)), context.clock, consistent=True)
        return [to_message(found[key]) for key in keys if key in found]

    def change(self, context: Context, seen: Message, message: Message) -> bool:
        """Updates the message if its revision is still that of `seen`. Otherwise returns False.

        If the order must record the outcome too, one transaction updates both.
        """
        key = _key(context.organization_id, message.order_id, message.name)
        update = (_actions(context.organization_id, message), _revision == seen.revision)
        noted = _noted(seen, message)
        if not noted:
            return self._store.update(key, *update, context.clock)
        transaction = Transaction(self._store.connection, self._store.table_name)
        transaction.update(key, *update)
        at = order_key(context.organization_id, message.order_id)
        transaction.update(at, noted, Path("pk").exists())
        return not transaction.commit(context.clock)

    def take_causes(self, context: Context, order: Order) -> bool:
        """Removes the order's `causes`, the requests for mails. If the stored causes differ from these, removes nothing and returns False.

        Also removes `notification`, in which earlier versions of Frontdesk stored such a request.
        """
        actions: list[Action] = []
        condition: Condition = Path("pk").exists()
        if order.causes:
            actions.append(_causes.remove())
            condition &= _causes == causes_text(order.causes)
        else:
            condition &= _causes.does_not_exist()
        if order.notification and order.notification.state == "requested":
            actions.append(_notification.remove())
            condition &= (_notification["state"] == "requested") & (
                _notification["version"] == order.notification.version
            )
        return self._store.update(
            order_key(order.organization_id, order.id), actions, condition, context.clock
        )

    def due(self, clock: Clock, now: int, most: int) -> Iterator[Due]:
        """Yields up to `most` due messages, merged from one query for each shard.

        First yields the messages that have been due for the longest time, up to half of `most`. Then yields the
        messages that became due most recently.
        """
        half = (most + 1) // 2
        oldest = list(islice(self._due(clock, now, half, newest_first=False), half))
        yield from oldest
        if len(oldest) == half:
            yield from islice(self._due(clock, now, half, newest_first=True), most - half)

    def _due(self, clock: Clock, now: int, most: int, *, newest_first: bool) -> Iterator[Due]:
        def of(shard: int) -> Iterator[tuple[str, Due]]:
            within = Path("list_sk") < f"{now + 1:011}"
            for raw in self._store.entries(
                "lists",
                due_list(shard),
                clock,
                within,
                newest_first=newest_first,
                at_once=most // SHARDS + 1,
            ):
                organization_id, _, order_id = raw["pk"]["S"].split("#", 2)
                name = raw["sk"]["S"].removeprefix(_PREFIX)
                yield raw["list_sk"]["S"], Due(organization_id, order_id, name[:10])

        return (due for _, due in merge(*map(of, range(SHARDS)), reverse=newest_first))

    def entries(self, context: Context, *, newest_first: bool = True) -> Iterator[Entry]:
        """Yields the index entries of an organization's messages. Queries month by month."""
        # No message is older than the outbox, and none is due more than a month ahead.
        now = context.clock.now()
        months = sorted({day_of(at)[:7] for at in range(_FIRST_MONTH, now + 32 * 86_400, 86_400)})
        for month in reversed(months) if newest_first else months:
            pk = messages_list(context.organization_id, month)
            for raw in self._store.entries("lists2", pk, context.clock, newest_first=newest_first):
                _, letters, name = raw["list_sk"]["S"].split("#")
                yield Entry(raw["pk"]["S"].split("#", 2)[2], name, letters)

    def organizations_with_reminders(self, clock: Clock) -> Iterator[str]:
        """Yields the ids (without duplicates) of organizations with active reminder rules, from the common list of these rules."""
        entries = self._store.entries("lists2", REMINDERS, clock)
        return iter(dict.fromkeys(raw["pk"]["S"].partition("#")[0] for raw in entries))

    def reminded_until(self, context: Context) -> int | None:
        """Returns the instant up to which the organization's reminders are in the outbox, from one consistent read.

        Returns None if it was never recorded.
        """
        return self._store.cursor(context, REMINDERS)

    def note_reminded(self, context: Context, until: int) -> None:
        """Records that the organization's reminders are in the outbox up to `until` (epoch seconds). Never moves this instant back."""
        self._store.move_cursor(context, REMINDERS, until)


def due_list(shard: int) -> str:
    """Returns the partition key of the due messages in a shard."""
    return f"#due#{shard:02}"


def messages_list(organization_id: str, month: str) -> str:
    """Returns the partition key of an organization's messages in a month (YYYY-MM)."""
    return f"{organization_id}#messages#{month}"


def is_message(sk: str) -> bool:
    """Whether a sort key in an order's partition belongs to a message."""
    return sk.startswith(_PREFIX)


def _key(organization_id: str, order_id: str, name: str) -> ItemKey:
    return ItemKey(order_key(organization_id, order_id).pk, _PREFIX + name)


def _attributes(organization_id: str, message: Message) -> dict[str, Any]:
    """Returns all attributes of a message except the key. None means that the stored message lacks the attribute."""
    ended = message.state in FINAL
    at = message.ended_at if ended and message.ended_at is not None else message.due_at
    shard = zlib.crc32(f"{message.order_id}{message.lane}".encode()) % SHARDS
    letters = STATE_LETTERS[message.state] + KIND_LETTERS[message.kind]
    return {
        "list_pk": None if ended else due_list(shard),
        "list2_pk": messages_list(organization_id, day_of(at)[:7]),
        "list_sk": f"{at:011}#{letters}#{message.name}",
        "revision": message.revision,
        "state": message.state,
        "delete_at": at + _KEPT_SECONDS if ended else None,
        "body": message.model_dump_json(exclude=_OWN, exclude_defaults=True),
    }


def _row(organization_id: str, message: Message) -> Raw:
    key = _key(organization_id, message.order_id, message.name)
    return row(key, **_attributes(organization_id, message))


def _actions(organization_id: str, message: Message) -> list[Action]:
    return [
        Path(name).remove() if value is None else Path(name).set(value)
        for name, value in _attributes(organization_id, message).items()
    ]


def _noted(seen: Message, message: Message) -> list[Action]:
    """Returns the actions that update `unsent` in the order's item. Returns an empty list if nothing changes.

    `unsent` is the set of names of the order's undelivered messages. If `message` has failed or bounced, a
    name is added (see `Message.missed_by`). If `message` was sent and repeats another message, the name of
    the repeated message is removed.
    """
    name = message.missed_by(seen)
    if name:
        return [_unsent.add({name})]
    if message.state == "sent" and message.resends:
        return [_unsent.delete({message.resends})]
    return []


def to_message(raw: Raw) -> Message:
    """Converts a stored item to a message."""
    key = key_of_row(raw)
    own = {
        "order_id": key.pk.split("#", 2)[2],
        "name": key.sk.removeprefix(_PREFIX),
        "revision": int(raw["revision"]["N"]),
        "state": raw["state"]["S"],
    }
    return Message.model_validate({**from_json(raw["body"]["S"]), **own})
