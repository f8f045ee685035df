"""Uses the client that openapi-generator makes for Python (urllib3, Pydantic)."""

import json
import os
from datetime import datetime

import openapi_client as api

URL, ORGANIZATION, TOKEN = (os.environ[name] for name in ("URL", "ORGANIZATION", "TOKEN"))
ROOM, SERVICE, START, END = (os.environ[name] for name in ("ROOM", "SERVICE", "START", "END"))

config = api.OrderConfig(
    bookings=[
        api.BookingConfig(
            resource_id=api.BookingConfigResourceId(ROOM),
            service_id={SERVICE: 1},
            start_date=START,
            end_date=END,
        )
    ]
)
with api.ApiClient(api.Configuration(host=URL, access_token=TOKEN)) as client:
    orders = api.OrdersApi(client)
    placed = orders.place_order(config, o=ORGANIZATION)
    attributes = placed.data.attributes
    assert isinstance(attributes.start_date, datetime)
    page = orders.list_orders(
        filter_search=attributes.number, include=["bookings", "customer"], o=ORGANIZATION
    )
    assert page.included
    try:
        orders.place_order(config, o=ORGANIZATION)
        raise SystemExit("placed twice")
    except api.exceptions.UnprocessableEntityException as refused:
        told = refused.data
    assert isinstance(told, api.Errors)
    [error] = told.errors
print(
    json.dumps(
        {
            "id": placed.data.id,
            "number": attributes.number,
            "total": attributes.total,
            "listed": [order.id for order in page.data],
            "included": page.included[0].type,
            "code": error.code,
            "pointer": error.source and error.source.pointer,
        }
    )
)
