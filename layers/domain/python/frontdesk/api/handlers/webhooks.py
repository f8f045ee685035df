"""The operations of webhook subscriptions and their deliveries."""

from typing import get_args

from frontdesk.api.answers.documents import document, page_document
from frontdesk.api.answers.webhooks import (
    WebhookAttributes,
    WebhookSubscriptionResource,
    delivery_resource,
    subscription_resource,
    subscription_url,
)
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.api.query import one_of, read_query
from frontdesk.api.routes import BY_NAME, WEBHOOKS
from frontdesk.domain.requests.envelope import Shown, read_document
from frontdesk.domain.webhooks.deliveries import DELIVERY_STATUSES
from frontdesk.domain.webhooks.events import EventName
from frontdesk.domain.webhooks.subscriptions import Subscription, SubscriptionDocument
from frontdesk.usecases.once import once
from frontdesk.usecases.webhooks.redeliver import find_delivery, recent_deliveries, redeliver
from frontdesk.usecases.webhooks.subscriptions import (
    TYPE,
    change_subscription,
    create_subscription,
    delete_subscription,
    find_subscription,
    rotate_secret,
)

DELIVERY_FILTERS: dict[str, tuple[str, ...]] = {"status": DELIVERY_STATUSES, "event": get_args(EventName)}
_READERS = {name: one_of(*values) for name, values in DELIVERY_FILTERS.items()}
_SHOWN = Shown(WebhookAttributes.__annotations__)


def include(api: Api) -> None:
    """Adds to `api` the calls for webhooks."""

    def local() -> bool:
        return api.world.settings.environment == "local"

    def present(subscription: Subscription) -> WebhookSubscriptionResource:
        return subscription_resource(subscription, api.base_url, with_secret=True)

    def shown(subscription: Subscription, status: int = 200, *, with_secret: bool = False) -> Answer:
        resource = subscription_resource(subscription, api.base_url, with_secret=with_secret)
        headers = {"Location": resource["links"]["self"]} if status == 201 else None
        return api.answer(status, document(resource), headers)

    @api.handles("list_webhook_subscriptions")
    def list_subscriptions(caller: Caller) -> Answer:
        asked = api.parameters
        query = read_query(BY_NAME["list_webhook_subscriptions"], asked)
        found = sorted(
            api.world.webhooks.subscriptions(caller.context),
            key=lambda each: (each.created_at, each.id),
        )
        resources = [subscription_resource(each, api.base_url) for each in found]
        return api.answer(200, page_document(resources, query, f"{api.base_url}{WEBHOOKS}", asked))

    @api.handles("create_webhook_subscription")
    def create(caller: Caller) -> Answer:
        body, webhooks = api.body(), api.world.webhooks
        reading = read_document(SubscriptionDocument, TYPE, body, shown=_SHOWN)
        asked = api.once(caller, body)

        def make() -> Subscription:
            return create_subscription(
                caller.context,
                reading,
                webhooks,
                maker=caller.token,
                local=local(),
                asked=asked,
                present=present,
            )

        def find(webhook_id: str) -> Subscription:
            return find_subscription(caller.context, webhook_id, webhooks)

        made, replayed = once(asked, caller.context, api.world.catalog, make, find)
        return shown(made, 201, with_secret=not replayed)

    @api.handles("read_webhook_subscription")
    def read(caller: Caller, webhook_id: str) -> Answer:
        return shown(find_subscription(caller.context, webhook_id, api.world.webhooks))

    @api.handles("change_webhook_subscription")
    def change(caller: Caller, webhook_id: str) -> Answer:
        reading = read_document(SubscriptionDocument, TYPE, api.body(), webhook_id, _SHOWN)
        named = caller.context, webhook_id, reading, api.world.webhooks
        seen, after = change_subscription(*named, maker=caller.token, local=local(), present=present)
        return shown(after, with_secret=after.secret != seen.secret)

    @api.handles("delete_webhook_subscription")
    def delete(caller: Caller, webhook_id: str) -> Answer:
        delete_subscription(caller.context, webhook_id, api.world.webhooks)
        return api.nothing()

    @api.handles("rotate_webhook_secret")
    def rotate(caller: Caller, webhook_id: str) -> Answer:
        return shown(
            rotate_secret(caller.context, webhook_id, caller.token, api.world.webhooks),
            with_secret=True,
        )

    @api.handles("list_webhook_deliveries")
    def list_deliveries(caller: Caller, webhook_id: str) -> Answer:
        asked = api.parameters
        query = read_query(BY_NAME["list_webhook_deliveries"], asked, readers=_READERS)
        found, more = recent_deliveries(caller.context, webhook_id, api.world.webhooks)
        wanted = [
            each
            for each in found
            if all(not named or getattr(each, name) in named for name, named in query.filters.items())
        ]
        resources = [delivery_resource(each, api.base_url) for each in wanted]
        url = f"{subscription_url(webhook_id, api.base_url)}/deliveries"
        return api.answer(200, page_document(resources, query, url, asked, capped=more))

    @api.handles("read_webhook_delivery")
    def read_delivery(caller: Caller, webhook_id: str, delivery_id: str) -> Answer:
        _, found = find_delivery(caller.context, webhook_id, delivery_id, api.world.webhooks)
        return api.answer(200, document(delivery_resource(found, api.base_url)))

    @api.handles("redeliver_webhook")
    def deliver_again(caller: Caller, webhook_id: str, delivery_id: str) -> Answer:
        world = api.world
        pending = redeliver(caller.context, webhook_id, delivery_id, world.webhooks, world.publisher)
        return api.answer(202, document(delivery_resource(pending, api.base_url)))
