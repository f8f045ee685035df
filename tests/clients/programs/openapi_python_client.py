"""Uses the client that openapi-python-client makes (httpx, attrs). `make client` packages the same client."""

import json
import os
from datetime import datetime

from frontdesk_client import AuthenticatedClient
from frontdesk_client.api.orders import list_orders, place_order
from frontdesk_client.models import (
    BookingConfig,
    BookingConfigServiceId,
    Errors,
    OrderConfig,
    OrderDocument,
    OrderList,
)

URL, ORGANIZATION, TOKEN = (os.environ[name] for name in ("URL", "ORGANIZATION", "TOKEN"))
ROOM, SERVICE, START, END = (os.environ[name] for name in ("ROOM", "SERVICE", "START", "END"))

config = OrderConfig(
    bookings=[
        BookingConfig(
            resource_id=ROOM,
            service_id=BookingConfigServiceId.from_dict({SERVICE: 1}),
            start_date=START,
            end_date=END,
        )
    ]
)
with AuthenticatedClient(base_url=URL, token=TOKEN, raise_on_unexpected_status=True) as client:
    placed = place_order.sync(client=client, body=config, o=ORGANIZATION)
    assert isinstance(placed, OrderDocument)
    attributes = placed.data.attributes
    assert isinstance(attributes.start_date, datetime)
    page = list_orders.sync(
        client=client,
        filtersearch=attributes.number,
        include=["bookings"],
        o=ORGANIZATION,
    )
    assert isinstance(page, OrderList)
    assert page.included
    refused = place_order.sync(client=client, body=config, o=ORGANIZATION)
    assert isinstance(refused, Errors)
    [error] = refused.errors
print(
    json.dumps(
        {
            "id": placed.data.id,
            "number": attributes.number,
            "total": attributes.total,
            "listed": [order.id for order in page.data],
            "included": page.included[0].type_,
            "code": error.code,
            "pointer": error.source and error.source.pointer,
        }
    )
)
