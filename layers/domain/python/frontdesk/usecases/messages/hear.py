"""Handles bounces and complaints that mail servers report."""

from typing import Literal, NamedTuple

from frontdesk.domain.catalog.addresses import email_key
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.messages.message import Message, MessageState, split_id
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.needs import PostOffice
from frontdesk.usecases.ports import Catalog
from frontdesk.usecases.reading import read_one


class Report(NamedTuple):
    """A bounce or complaint about a message. If `for_good`, further mail to these addresses would bounce too, or is unwanted."""

    message_id: str
    what: Literal["bounced", "complained"]
    for_good: bool
    addresses: tuple[str, ...]


def hear(context: Context, report: Report, post: PostOffice, catalog: Catalog) -> MessageState | None:
    """Records a bounce or complaint on the message. Returns the message's new state, or None if there is no such message.

    With `report.for_good`, also marks the customer's email address, unless it has changed since. Idempotent.
    """
    named = split_id(report.message_id)
    if named is None:
        return None
    retries = context.retries()
    while True:
        message = post.outbox.message(context, *named)
        if message is None:
            return None
        if message.state in ("bounced", "failed"):
            break
        bounced = message.ended("bounced", context.clock.now(), report.what)
        if post.outbox.change(context, message, bounced):
            message = bounced
            break
        next(retries)
    if report.for_good:
        _mark_customer(context, message, report, post, catalog)
    return message.state


def _mark_customer(
    context: Context, message: Message, report: Report, post: PostOffice, catalog: Catalog
) -> None:
    retries = context.retries()
    while True:
        customer = (
            read_one(context, Customer, message.customer_id, post.store) if message.customer_id else None
        )
        if customer is None or not customer.email or customer.email_status == report.what:
            return
        if email_key(customer.email) not in map(email_key, (*report.addresses, message.recipient or "")):
            # The customer has changed the address since.
            return
        now = context.clock.now()
        marked = customer.model_copy(
            update={"email_status": report.what, "version": customer.version + 1, "updated_at": now}
        )
        if not catalog.change(context, customer, marked):
            return
        next(retries)
