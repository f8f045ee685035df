"""Finds messages: all messages of an order, or an organization's messages in certain states."""

from collections.abc import Collection
from itertools import islice
from typing import NamedTuple

from frontdesk.domain.messages.message import Message, MessageKind, MessageState, split_id
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.needs import KIND_LETTERS, STATE_LETTERS, Entry, Outbox
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.ports import Store

# The most entries in an organization's list, and the most entries examined for one page.
MAX_LISTED = 10_000


def find_message(context: Context, message_id: str, outbox: Outbox) -> Message:
    """Returns a message. Raises FrontdeskError 404."""
    named = split_id(message_id)
    message = outbox.message(context, *named) if named else None
    if message is None:
        raise FrontdeskError(Problem("message_not_found"))
    return message


class MessagePage(NamedTuple):
    """One page of a list. `total` counts the messages of all pages. If `capped`, there may be more."""

    found: list[Message]
    total: int
    capped: bool


def messages_of_order(context: Context, order_id: str, store: Store, outbox: Outbox) -> list[Message]:
    """Returns all messages of an order, the newest first. Raises FrontdeskError 404."""
    find_order(context, order_id, store)
    found = outbox.of_order(context, order_id)
    return sorted(found, key=lambda each: (each.created_at, each.version, each.name), reverse=True)


def find_messages(
    context: Context,
    outbox: Outbox,
    states: Collection[MessageState] = (),
    kinds: Collection[MessageKind] = (),
    number: int = 1,
    size: int = 25,
) -> MessagePage:
    """Returns a page of an organization's messages, sorted by time, the latest first. The list is eventually consistent.

    The time of a waiting message is `due_at`, that of any other `ended_at`. Empty `states` or `kinds` match any. Messages
    that are being sent count as waiting.
    """
    letters = {STATE_LETTERS[state] for state in states or STATE_LETTERS}
    of_kinds = {KIND_LETTERS[kind] for kind in kinds or KIND_LETTERS}

    def is_wanted(entry: Entry) -> bool:
        return entry.letters[0] in letters and entry.letters[1] in of_kinds

    looked_at = list(islice(outbox.entries(context), MAX_LISTED + 1))
    wanted = [entry for entry in looked_at[:MAX_LISTED] if is_wanted(entry)]
    page = wanted[(number - 1) * size : number * size]
    found = outbox.several(context, [(entry.order_id, entry.name) for entry in page])
    return MessagePage(found, len(wanted), len(looked_at) > MAX_LISTED)
