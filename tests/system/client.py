"""A caller of the deployed API, with access to its table. Every answer is checked for what all answers have in common."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import httpx

from local.servers import client_environment
from tests.support.jsonapi import assert_jsonapi

Json = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")
MEDIA_TYPE = "application/vnd.api+json"
CALCULATE = "/api/v1/orders/calculate"
FROM_CONFIG = "/api/v1/orders/from-config"
SEND_NOTIFICATION = "/api/v1/orders/{id}/send-notification"
AMOUNTS = ("total", "net_amount", "tax_amount", "discount_amount")


@dataclass(frozen=True)
class Answer:
    status: int
    document: Json
    headers: Mapping[str, str]

    @property
    def attributes(self) -> Json:
        return dict(self.document["data"]["attributes"])

    @property
    def id(self) -> str:
        return str(self.document["data"]["id"])

    @property
    def errors(self) -> list[Json]:
        return list(self.document["errors"])

    @property
    def problems(self) -> set[tuple[str, str | None]]:
        """Returns (title, pointer) of every error."""
        return {(error["title"], error.get("source", {}).get("pointer")) for error in self.errors}

    @property
    def amounts(self) -> Json:
        return {name: self.attributes[name] for name in AMOUNTS}


class Api:
    """Calls as the demo organization, unless told otherwise."""

    def __init__(self, details: Mapping[str, Any]) -> None:
        self.details = details
        self.http = httpx.Client(timeout=30, trust_env=False)

    def close(self) -> None:
        self.http.close()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        token: str | None = "",
        organization_id: str | None = "",
        media_type: str | None = MEDIA_TYPE,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sends a request.

        `token` and `organization_id` are the demo's if empty, and left out if None. `content` is sent unchanged.
        """
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.details['token']}"
        if content is None and body is not None:
            content = json.dumps(body).encode()
        if content is not None and media_type is not None:
            sent["Content-Type"] = media_type
        query = dict(params or {})
        if organization_id is not None:
            query["o"] = organization_id or self.details["organization_id"]
        answer = self.http.request(
            method, self.details["base_url"] + path, params=query, content=content, headers=sent
        )
        assert answer.headers["Content-Type"] == MEDIA_TYPE, answer.headers["Content-Type"]
        document = answer.json()
        assert_jsonapi(document)
        assert answer.is_success == ("errors" not in document), (answer.status_code, document)
        for error in document.get("errors", []):
            assert {"status", "code", "title", "detail"} <= error.keys(), error
            assert error["status"] == str(answer.status_code), (answer.status_code, error)
        return Answer(answer.status_code, document, answer.headers)

    def calculate(self, body: Any, **how: Any) -> Answer:
        return self.request("POST", CALCULATE, body, **how)

    def place(self, body: Any, **how: Any) -> Answer:
        return self.request("POST", FROM_CONFIG, body, **how)

    def send_notification(self, order_id: str, **how: Any) -> Answer:
        return self.request("GET", SEND_NOTIFICATION.format(id=order_id), **how)


class Table:
    """The raw items of the deployed system."""

    def __init__(self, details: Mapping[str, Any]) -> None:
        environment = client_environment(details["dynamodb_endpoint"])
        self.name = details["table_name"]
        self.client = boto3.client(
            "dynamodb",
            endpoint_url=details["dynamodb_endpoint"],
            region_name=environment["AWS_DEFAULT_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

    def close(self) -> None:
        self.client.close()

    def items(self) -> dict[tuple[str, str], Json]:
        """Returns every item by its key, without the state of its mail, which changes after an order is placed."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.name, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        return {
            (item["pk"]["S"], item["sk"]["S"]): {k: v for k, v in item.items() if k != "notification"}
            for item in items
        }

    def put(self, item: Json) -> None:
        self.client.put_item(TableName=self.name, Item=item)


@dataclass(frozen=True)
class Hour:
    """An hour of a meeting room that no other test uses."""

    resource_id: str
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + timedelta(hours=1)

    @property
    def dates(self) -> Json:
        return {"start_date": self.start.isoformat(), "end_date": self.end.isoformat()}


def free_hours(resource_ids: list[str]) -> Iterator[Hour]:
    """Yields every hour in which the rooms are open, from the day after tomorrow on: 07:00 to 22:00 in Berlin."""
    today = datetime.now(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(2, 300):
        for hour in range(7, 22):
            for resource_id in resource_ids:
                yield Hour(resource_id, (today + timedelta(days=day)).replace(hour=hour))


class Desk:
    """Makes request bodies for the demo organization, each booking at a separate hour."""

    def __init__(self, details: Mapping[str, Any]) -> None:
        self.details = details
        self._hours = free_hours([details["resource_id"], details["second_resource_id"]])
        self._desk_days = free_hours([details["desk_area_id"]])

    def hour(self) -> Hour:
        return next(self._hours)

    def meeting(self, hour: Hour | None = None, **fields: Any) -> Json:
        """Returns a booking of the service Meeting for an hour."""
        hour = hour or self.hour()
        return {
            "resource_id": hour.resource_id,
            "service_id": {self.details["service_id"]: 1},
            **hour.dates,
            **fields,
        }

    def desks(self, hour: Hour, quantity: int) -> Json:
        """Returns a booking of this many desks."""
        return {
            "resource_id": hour.resource_id,
            "service_id": {self.details["desk_service_id"]: quantity},
            **hour.dates,
        }

    def desk_hour(self) -> Hour:
        return next(self._desk_days)

    def coffees(self, quantity: int) -> list[Json]:
        return [{"add_on_id": self.details["add_on_id"], "quantity": quantity}]

    def order(self, *bookings: Json, **fields: Any) -> Json:
        """Returns an order that sends no mail by default."""
        return {
            "order_customer_id": self.details["customer_id"],
            "bookings": list(bookings),
            "notify_customer": False,
            "timezone": "Europe/Berlin",
            **fields,
        }


def wait_until(
    done: Callable[[], object], seconds: float = 60, instead: Callable[[], object] = lambda: ""
) -> None:
    """Waits until something is done. If time runs out, shows the result of `instead`."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {instead()}"
        time.sleep(0.2)
