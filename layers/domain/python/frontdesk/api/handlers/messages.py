"""The operations of messages. Reading requires `orders:read`, sending again requires `orders:notify`. A preview sends nothing."""

from typing import get_args

from frontdesk import metrics
from frontdesk.api.answers.documents import document, list_document, page_document
from frontdesk.api.answers.messages import message_resource, notification_meta, preview_resource
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.api.query import one_of, read_query
from frontdesk.api.routes import BY_NAME, MESSAGES, ORDERS
from frontdesk.domain.messages.message import Message, MessageKind, MessageState
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.messages import PREVIEWS, PreviewDocument
from frontdesk.usecases.messages.find import find_message, find_messages, messages_of_order

MESSAGE_FILTERS: dict[str, tuple[str, ...]] = {"state": get_args(MessageState), "kind": get_args(MessageKind)}
_READERS = {name: one_of(*values) for name, values in MESSAGE_FILTERS.items()}


def include(api: Api) -> None:
    """Adds to `api` the calls that read messages."""

    @api.handles("list_messages")
    def list_messages(caller: Caller) -> Answer:
        asked = api.parameters
        query = read_query(BY_NAME["list_messages"], asked, readers=_READERS)
        states, kinds = (query.filters.get(name, frozenset()) for name in ("state", "kind"))
        page = find_messages(caller.context, api.world.outbox, states, kinds, query.number, query.size)
        resources = [message_resource(each, api.base_url) for each in page.found]
        url = f"{api.base_url}{MESSAGES}"
        return api.answer(200, list_document(resources, page.total, query, url, asked, capped=page.capped))

    @api.handles("list_messages_of_order")
    def list_of_order(caller: Caller, order_id: str) -> Answer:
        asked = api.parameters
        query = read_query(BY_NAME["list_messages_of_order"], asked)
        found = messages_of_order(caller.context, order_id, api.world.store, api.world.outbox)
        resources = [message_resource(each, api.base_url) for each in found]
        url = f"{api.base_url}{ORDERS}/{order_id}/messages"
        return api.answer(200, page_document(resources, query, url, asked))

    @api.handles("read_message")
    def read_message(caller: Caller, message_id: str) -> Answer:
        query = read_query(BY_NAME["read_message"], api.parameters)
        found = find_message(caller.context, message_id, api.world.outbox)
        return api.answer(200, document(message_resource(found, api.base_url), query))


def include_sending(api: Api) -> None:
    """Adds to `api` the calls that send or preview messages."""

    def sent(message: Message) -> Answer:
        metrics.count("MailsSent")
        resource = message_resource(message, api.base_url)
        return api.answer(200, document(resource) | {"meta": notification_meta(message)})

    @api.handles("send_notification", "resend_mail", "resend_mail_by_get")
    def send_notification(caller: Caller, order_id: str) -> Answer:
        from frontdesk.usecases.messages.resend import send_confirmation

        return sent(send_confirmation(caller.context, order_id, api.world.post_office))

    @api.handles("resend_message")
    def resend_message(caller: Caller, message_id: str) -> Answer:
        from frontdesk.usecases.messages.resend import resend

        return sent(resend(caller.context, message_id, api.world.post_office))

    @api.handles("preview_message")
    def preview_message(caller: Caller, order_id: str) -> Answer:
        from frontdesk.usecases.messages.preview import preview

        reading = read_document(PreviewDocument, PREVIEWS, api.body())
        if reading.problems:
            raise FrontdeskError(*reading.problems)
        post = api.world.post_office
        message, letter = preview(caller.context, order_id, reading.config.asked, post)
        return api.answer(200, document(preview_resource(post.compose(letter), message, api.base_url)))
