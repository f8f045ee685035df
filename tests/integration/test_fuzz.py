"""Unusual requests to the real functions: each is answered as documented, and a refusal leaves nothing behind.

Hypothesis generates half of the bodies field by field. The others are valid bodies with something broken. FRONTDESK_SEED=n sends
others. A body that failed is printed, and should become a test.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import from_json

from frontdesk import bootstrap
from frontdesk.api.app import MEDIA_TYPE
from frontdesk.bootstrap import SystemClock, World
from frontdesk.domain.audit import audit
from frontdesk.domain.catalog.access import Token, new_token, read_token
from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import (
    AddOn,
    CatalogItem,
    Customer,
    Organization,
    Resource,
    Service,
    TimeslotSeries,
    Voucher,
)
from frontdesk.domain.requests.change import BookingChange, BookingDocument, CompletionConfig
from frontdesk.domain.requests.order import (
    AddOnConfig,
    BookingConfig,
    OrderConfig,
    RecurringConfig,
    SubBookingConfig,
    read_config,
)
from frontdesk.domain.time.opening_hours import WEEKDAYS
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_order
from frontdesk.usecases.orders.place import Placed, place_order
from tests.integration.conftest import LambdaContext, load_function
from tests.support.engine import table
from tests.support.examples import MANY, THOROUGH, scaled
from tests.support.fakes import FakeClock, FakeStore
from tests.support.jsonapi import assert_jsonapi
from tests.support.openapi import assert_documented

SEED = int(os.environ.get("FRONTDESK_SEED", "3"))
NOW = int(datetime.fromisoformat("2030-04-01T08:00:00+00:00").timestamp())
EVENT = json.loads((Path(__file__).parents[2] / "events/from_config.json").read_text())

Json = Any

# The organization

ORGANIZATION = Organization(
    id="fuzz",
    name="Fuzz",
    timezone="Europe/Berlin",
    currency="EUR",
    order_custom_fields={"heads": False, "diet": False},
)
FIELDS = (
    CustomField(id="wishes", label="Wishes", field_type="text", max_length=20),
    CustomField(id="story", label="Story", field_type="long_text"),
    CustomField(id="heads", label="Heads", field_type="number", minimum=1, maximum=50),
    CustomField(id="agreed", label="Agreed", field_type="boolean"),
    CustomField(id="born", label="Born", field_type="date", earliest="1900-01-01"),
    CustomField(id="menu", label="Menu", field_type="choice", choices=("Fish", "Soup")),
    CustomField(
        id="diet", label="Diet", field_type="choices", choices=("Nuts", "Milk", "Eggs"), most_choices=2
    ),
)
HOURS = dict.fromkeys(WEEKDAYS, (("07:00", "12:00"), ("12:30", "22:00")))
CATALOG: list[CatalogItem] = [
    ORGANIZATION,
    *FIELDS,
    Customer(id="ada", email="ada@example.com", given_name="Ada"),
    Customer(id="bernd"),
    Customer(id="gone", archived=True),
    Resource(id="room", name="Room", opening_hours=HOURS),
    Resource(id="hall", name="Hall", quantity=3, timezone="America/New_York"),
    Resource(id="desks", name="Desks", quantity=12),
    Service(
        id="meeting",
        name="Meeting",
        price=5000,
        charge_interval=60,
        tax_rate=19,
        starting_fee=99,
        min_duration=30,
        max_duration=600,
        resource_ids={"room", "hall"},
        custom_fields={"wishes": False, "agreed": False, "born": False, "story": False},
    ),
    Service(
        id="desk",
        name="Desk",
        price=2901,
        tax_rate="5.5",
        is_net_price=True,
        padding_before=15,
        padding_after=30,
        resource_ids={"room", "hall", "desks"},
        custom_fields={"menu": False},
    ),
    Service(
        id="tour",
        name="Tour",
        price=1,
        tax_rate=0,
        resource_ids={"room", "hall"},
        custom_fields={"menu": True},
    ),
    AddOn(id="coffee", name="Coffee", price=250, tax_rate=7),
    Voucher(id="v1", code="SUMMER20", percent=20),
    Voucher(id="v2", code="ONCE", amount=1000, max_redemptions=1),
    Voucher(id="v3", code="EACH", amount=500, max_redemptions_per_customer=1, service_ids={"desk"}),
    TimeslotSeries(
        id="yoga",
        name="Yoga",
        quantity=2,
        slots=dict.fromkeys(WEEKDAYS, (("09:00", "10:00"), ("17:00", "18:30"))),
    ),
]
TOKEN = new_token(ORGANIZATION.id, "fuzz")
PRESENTED = read_token(TOKEN)
assert PRESENTED
ACCESS = Token(id=PRESENTED.digest, organization_id=ORGANIZATION.id, name="fuzz", scopes={"*"})


def right_body(rng: random.Random) -> dict[str, Json]:
    """Returns a body that is accepted if its times are free."""

    def moment(minutes: int) -> str:
        written = datetime.fromisoformat("2030-04-15T09:00:00") + timedelta(days=day, minutes=minutes)
        return written.isoformat() + rng.choice(["+02:00", "", "Z"] if not slot else ["+02:00"])

    bookings = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        day, slot = rng.randrange(5), rng.random() < 0.1
        begins, length = (0, 60) if slot else (rng.randrange(0, 300, 30), rng.choice([30, 60, 90]))
        booking: dict[str, Json] = {
            "resource_id": rng.choice(["room", "hall", ["hall"], ["room", "hall"]]),
            "service_id": rng.choice([{"meeting": 1}, {"desk": 1}, {"meeting": 1, "desk": 1}]),
            "start_date": moment(begins),
        }
        offset = booking["start_date"][19:]
        booking["end_date"] = moment(begins + length)[:19] + offset
        fits = (
            {"wishes": "Tea", "agreed": True, "born": "1990-02-28"}
            if "meeting" in booking["service_id"]
            else {"menu": "Soup"}
        )
        more: dict[str, Callable[[], Json]] = {
            "customer_id": lambda: rng.choice(["ada", "bernd"]),
            "quantity": lambda: 1,
            "description": lambda: "Team",
            "note": lambda: "",
            "customer_note": lambda: "Grüße",
            "booking_add_ons": lambda: [{"add_on_id": "coffee", "quantity": rng.choice([1, 12])}],
            "sub_bookings": lambda: [{"resource_id": "desks", "service_id": {"desk": 2}, "quantity": 2}],
            "service_custom_fields": lambda fits=fits: fits,
            "order_custom_fields": lambda: {"heads": 4, "diet": ["Nuts"]},
            "recurring": lambda: rng.choice(
                [
                    {"frequency": "weekly", "count": 3},
                    {"frequency": "DAILY", "interval": 2, "until": "2030-05-01", "on_conflict": "skip"},
                    {"frequency": "monthly", "count": 2, "on_conflict": "refuse"},
                ]
            ),
        }
        booking |= {name: value() for name, value in more.items() if rng.random() < 0.3}
        if slot:
            booking["timeslot_series_id"] = "yoga"
        bookings.append(booking)
    top = {
        "order_customer_id": "ada",
        "voucher_code": rng.choice(["SUMMER20", "once", "EACH"]),
        "notify_customer": False,
        "complete_order": rng.random() < 0.5,
        "check_availability": rng.random() < 0.5,
        "timezone": rng.choice(["Europe/Berlin", "Asia/Kolkata"]),
        "on_conflict": rng.choice(["refuse", "skip"]),
    }
    return {"bookings": bookings, **{name: value for name, value in top.items() if rng.random() < 0.4}}


# Invalid values

LONG = "x" * 100_000
DEEP: Json = 1
for _ in range(150):
    DEEP = [DEEP]
DEEPER: Json = 1
for _ in range(900):
    DEEPER = {"a": DEEPER}
DATES = (
    "2030-04-15T09:00:00+02:00", "2030-04-15T12:00", "2030-03-31T02:30:00", "2030-10-27T02:30", "2030-04-15 09:00:00.123Z", "2030-04-15",
    "1971-01-01T00:00:00+23:59", "1971-01-01T00:00", "2199-12-31T23:59:59-23:59", "2199-12-31T23:59", "1970-12-31T23:59Z", "2200-01-01T00:00",
    "9999-12-31T23:59:59Z", "0000-00-00T00:00", "0001-01-01T00:00:00+14:00", "2030-02-30T10:00", "2030-04-15T24:00", "2030-04-15T09:00:60",
    "\u0662\u0660\u0663\u0660-04-15T09:00", "2030-04-15T09:00:00+99:99", "now", "2030-W16-1T09:00", "P1D",
)  # fmt: skip
ZONES = (
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "UTC",
    "../etc/passwd",
    "/etc/localtime",
    "localtime",
    "Factory",
    "europe/berlin",
    "+02:00",
    "Europe",
    "",
)
TEXTS = (
    "", " ", "\t\n", "\0", "a\0b", "null", "0", "-1", "NaN", "Infinity", "true", "__proto__", "constructor", "toString", "../..", "/", "~", "~1", "%00",
    "\ud800", "x\udfff", "\ufeff", "\u202egnp", "e\u0301", "ﬀ", "İ", "ß", "💥", "👩‍👩‍👧", "\u0661", "room", "meeting", "ada", "coffee", "SUMMER20", "once ", "yoga",
    "gone", "heads", "${7*7}", "{{7*7}}", "'; DROP TABLE orders; --", "<script>", "é" * 129, "ΐ" * 100, "ü" * 2001, LONG,
)  # fmt: skip
NUMBERS = (
    0,
    1,
    -1,
    2,
    1000,
    1001,
    100_000,
    100_001,
    2**31,
    2**53,
    2**63,
    2**64,
    10**30,
    10**400,
    0.0,
    -0.0,
    0.1,
    1.0,
    1.5,
    1e308,
    -1e-300,
    5e-324,
)
OTHERS: tuple[Json, ...] = (
    None, True, False, [], {}, [None], [[]], [{}], {"": 1}, {"": {}}, {"__proto__": {"x": 1}}, {"room": 0}, {"meeting": "1"}, ["room", "room"], DEEP,
    [1] * 200, {str(n): n for n in range(60)}, ["room"] * 1001, DEEPER,
)  # fmt: skip
JUNK = (*DATES, *ZONES, *TEXTS, *NUMBERS, *OTHERS)
NAMES = sorted(
    {
        name
        for model in (
            OrderConfig,
            BookingConfig,
            SubBookingConfig,
            AddOnConfig,
            RecurringConfig,
            CompletionConfig,
            BookingChange,
        )
        for name in model.model_fields
    }
    | {"data", "type", "id", "attributes", "relationships", "resource", "resources"}
)


def places(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yields the path of every value in a body."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def broken(body: Json, rng: random.Random) -> Json:
    """Returns a copy of a body with one random change."""
    body = json.loads(json.dumps(body))
    at = rng.choice([path for path in places(body) if path] or [()])
    if not at:
        return rng.choice(JUNK)
    holder = body
    for part in at[:-1]:
        holder = holder[part]
    key, value = at[-1], holder[at[-1]]
    match rng.randrange(9):
        case 0 | 1 | 2:
            holder[key] = rng.choice(JUNK)
        case 3:
            del holder[key]
        case 4 if isinstance(holder, dict):
            holder[rng.choice([*NAMES, *TEXTS])] = holder.pop(key)
        case 5 if isinstance(holder, dict):
            holder[rng.choice([*NAMES, *TEXTS])] = rng.choice([value, *JUNK])
        case 6:
            holder[key] = rng.choice([[value], [value, value], {"a": value}, str(value), [None, value]])
        case 7:
            # Something from another place in the body.
            other: Json = body
            for part in rng.choice(list(places(body))):
                other = other[part]
            holder[key] = json.loads(json.dumps(other))
        case _ if isinstance(value, str) and value:
            cut = rng.randrange(len(value))
            holder[key] = (
                value[:cut] + rng.choice([*TEXTS[:40], *"0123456789-:TZ+"]) + value[cut + rng.randrange(2) :]
            )
        case _ if isinstance(value, int):
            holder[key] = rng.choice([value + 1, -value, value * 10**9, float(value), str(value)])
        case _:
            holder[key] = rng.choice(JUNK)
    return body


def ruined(text: str, rng: random.Random) -> str:
    """Returns JSON that is broken, or nearly."""
    cut = rng.randrange(len(text))
    return rng.choice(
        [
            text[:cut],
            text[:cut]
            + rng.choice(
                ["\0", "\ud800", "\\ud800", "\\u0000", "NaN", "1e999", ",", "}", "]", '"', "\\", "9" * 5000]
            )
            + text[cut:],
            text * 2,
            "\ufeff" + text,
            text.replace('"', "'"),
            text[:-1] + ', "bookings": null}',
            "[" * 10_000,
            '{"a":' * 300 + "1" + "}" * 300,
            text + " " * 1_000_000,
            "",
        ]
    )


# Bodies by field, for Hypothesis

junk = st.sampled_from(JUNK)


def mostly(*valid: Json | st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Generates valid values of a field, and sometimes others."""
    takes = st.one_of(*(value if isinstance(value, st.SearchStrategy) else st.just(value) for value in valid))
    return st.integers(0, 11).flatmap(lambda n: junk if n == 0 else takes)


def objects(model: type[BaseModel], **values: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Generates objects of a request model. Fails if the model has a field that this fuzzer does not know."""
    assert values.keys() == model.model_fields.keys(), model
    present = {name: value for name, value in values.items() if name in ALWAYS}
    optional = {name: value for name, value in values.items() if name not in ALWAYS}
    return st.builds(
        lambda known, unknown: known | unknown,
        st.fixed_dictionaries(present, optional=optional),
        st.integers(0, 15).flatmap(
            lambda n: (
                st.just({})
                if n
                else st.dictionaries(st.sampled_from((*TEXTS[:30], *NAMES)), junk, max_size=2)
            )
        ),
    )


ALWAYS = {
    "bookings",
    "resource_id",
    "service_id",
    "start_date",
    "end_date",
    "add_on_id",
    "frequency",
    "data",
    "attributes",
}
text = mostly(st.text(max_size=30), st.sampled_from(TEXTS[:-1]))
resource = mostly(
    "room",
    "hall",
    "desks",
    ["room", "hall"],
    st.lists(st.sampled_from(["room", "hall", "desks", "", "x", 7, None]), max_size=3),
)
service = mostly(
    {"meeting": 1},
    {"desk": 1},
    {"desk": 2, "meeting": 1},
    st.dictionaries(st.sampled_from(["desk", "meeting", "x", ""]), st.integers(-1, 9)),
)
quantity = mostly(1, 2, st.integers())
customer = mostly("ada", "bernd", "gone", 12)
starts, ends = (
    mostly(
        *(
            st.builds(
                lambda day, minute, hour=hour: f"2030-04-{day:02}T{hour}:{minute:02}:00+02:00",
                st.integers(14, 19),
                st.sampled_from([0, 30, 59]),
            )
            for hour in hours
        ),
        st.sampled_from(DATES),
    )
    for hours in (("09", "10"), ("10", "11", "17"))
)
answers = mostly(
    st.fixed_dictionaries(
        {},
        optional={
            "wishes": mostly("Tea", text),
            "story": mostly("a\nb", text),
            "heads": mostly(3, 0.5, st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
            "agreed": mostly(True, False),
            "born": mostly("1990-02-28", st.dates().map(str)),
            "menu": mostly("Soup"),
            "diet": mostly(["Nuts"], ["Milk", "Milk"]),
            "unknown": junk,
        },
    )
)
by_hand = {
    "custom_price": mostly(None, 0, 4200, st.integers()),
    "discount": mostly(None, {"percent": 12.5}, {"amount": 100}, {"percent": 5, "amount": 1}, {}),
    "reason": text,
}
expected_total = mostly(None, None, None, 5000, st.integers())
sub_booking = objects(
    SubBookingConfig,
    resource_id=resource,
    service_id=mostly(service, "desk"),
    quantity=quantity,
    **by_hand,
)
recurring = objects(
    RecurringConfig,
    frequency=mostly("daily", "weekly", "Monthly", "yearly"),
    interval=mostly(1, 2, 1000),
    until=mostly("2030-05-01", "2030-04-20T10:00", "2199-12-31", st.sampled_from(DATES)),
    count=mostly(2, 3, 60, 1000, 1001),
    by_day=mostly("mo", ["MO", "tuesday"], ["1MO", "-1FR"], ["54mo"]),
    by_month_day=mostly(1, [31, -1], [15], 32),
    on_conflict=mostly("refuse", "skip"),
)
add_ons = st.lists(objects(AddOnConfig, add_on_id=mostly("coffee"), quantity=quantity, **by_hand), max_size=3)
sub_bookings = st.lists(sub_booking, max_size=2)
booking = objects(
    BookingConfig,
    external_id=mostly(None, "ext-1", text),
    external_uuid=mostly(None, "ext-1"),
    resource_id=resource,
    service_id=service,
    start_date=starts,
    end_date=ends,
    customer_id=customer,
    quantity=quantity,
    description=text,
    note=text,
    customer_note=text,
    booking_add_ons=mostly(add_ons),
    sub_bookings=mostly(sub_bookings),
    add_ons_by_service=mostly(None, st.fixed_dictionaries({"desk": st.lists(add_ons, max_size=2)})),
    sub_bookings_by_service=mostly(None, st.fixed_dictionaries({"desk": st.lists(sub_bookings, max_size=2)})),
    service_custom_fields=answers,
    order_custom_fields=answers,
    recurring=mostly(recurring),
    timeslot_series_id=mostly("yoga"),
    **by_hand,
)
order = objects(
    OrderConfig,
    order_customer_id=customer,
    bookings=mostly(st.lists(booking, min_size=1, max_size=3)),
    voucher_code=mostly("SUMMER20", " once", "each", text),
    notify_customer=mostly(True, False),
    complete_order=mostly(True, False),
    check_availability=mostly(True, False),
    timezone=mostly(st.sampled_from(ZONES)),
    locale=mostly(None, "de", "en-GB", "xx"),
    on_conflict=mostly("refuse", "skip"),
    expected_total=expected_total,
)
completion = objects(
    CompletionConfig,
    order_custom_fields=answers,
    service_custom_fields=answers,
    expected_total=expected_total,
)
related = mostly(
    st.builds(lambda id: {"data": {"type": "resources", "id": id}}, mostly("room", "hall")),
    st.builds(
        lambda ids: {"data": [{"type": "resources", "id": id} for id in ids]},
        st.lists(mostly("room", "hall"), max_size=3),
    ),
    {"data": {"type": "rooms", "id": "room"}},
    {"data": {"id": "room"}},
    {"data": [None]},
)
move = objects(
    BookingDocument,
    data=mostly(
        st.fixed_dictionaries(
            {
                "attributes": mostly(
                    objects(
                        BookingChange,
                        external_id=mostly(None, "ext-2", text),
                        external_uuid=mostly(None, "ext-2"),
                        start_date=starts,
                        end_date=ends,
                        blocker_start_date=mostly(st.sampled_from(DATES), starts),
                        blocker_end_date=mostly(st.sampled_from(DATES), ends),
                        resource_id=resource,
                        description=text,
                        note=text,
                        customer_note=text,
                        timezone=mostly(st.sampled_from(ZONES)),
                        check_availability=mostly(True, False),
                        recalculate_price=mostly(True, False),
                        notify_customer=mostly(True, False),
                        service_custom_fields=mostly({"wishes": None}, {}, answers),
                    )
                )
            },
            optional={
                "type": mostly("bookings"),
                "id": text,
                "relationships": mostly(
                    st.fixed_dictionaries({}, optional={"resource": related, "resources": related, "x": junk})
                ),
            },
        )
    ),
)


# The functions


@dataclass
class Surroundings:
    """The functions with their own store. `items` is everything in the store, `orders` can be changed."""

    store: Any
    items: Callable[[], Mapping[Any, Any]]
    orders: list[Placed]
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    seen: Mapping[Any, Any] | None = None

    def start_again(self, items: Mapping[Any, Any]) -> None:
        """Restores these items. In memory only."""
        self.store.items, self.seen = dict(items), None

    def answer(
        self,
        function: str,
        path: str,
        body: str | None,
        method: str = "POST",
        query: Json = None,
        headers: Json = None,
    ) -> Json:
        sent = event(path, body, method, query or {}, headers or {})
        answer = handler(function)(sent, LambdaContext(function))
        assert_documented(sent, answer)
        return answer

    def ask(
        self,
        function: str,
        path: str,
        body: str | None,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> tuple[int, Json]:
        """Sends a request, and checks everything that every answer must satisfy."""
        before = self.items() if self.seen is None else self.seen
        answer = self.answer(function, path, body, method, query, headers)
        status, document = answer["statusCode"], json.loads(answer["body"])
        self.answers[function, status] += 1
        self.seen = self.items()
        told = f"{method} {path} {query} answers {status} {answer['body'][:2000]} to {body if body is None else body[:5000]}"
        # Even our own faults must be documented.
        assert status != 500, told
        assert answer["multiValueHeaders"]["Content-Type"] == [MEDIA_TYPE], told
        assert_jsonapi(document)
        answer["body"].encode()
        if status >= 400 or function == "calculate":
            assert self.seen == before, told
        if "errors" in document:
            assert status == max(int(error["status"]) for error in document["errors"]), told
            asked = None if status != 422 else parsed(body)
            for error in document["errors"]:
                assert status != 422 or points_somewhere(error, asked), f"{error['source']}: {told}"
        else:
            assert status < 400, told
            for of in (
                document["data"]["attributes"].get("bookings", ())
                if isinstance(document["data"], dict)
                else ()
            ):
                assert all(points_somewhere(conflict, parsed(body)) for conflict in of["conflicts"]), told
        return status, document

    def order(self, body: str) -> None:
        """Requests a preview, and then the order, which must agree."""
        previewed, preview = self.ask("calculate", "/api/v1/orders/calculate", body)
        placed, order = self.ask("from_config", "/api/v1/orders/from-config", body)
        told = f"calculate {previewed} {preview}, from_config {placed} {order}, for {body[:5000]}"
        if previewed != 200:
            assert placed == previewed, told
        elif placed == 201:
            said, kept = preview["data"]["attributes"], order["data"]["attributes"]
            assert {name: kept[name] for name in ("total", "net_amount", "tax_amount", "taxes")} == {
                name: said[name] for name in ("total", "net_amount", "tax_amount", "taxes")
            }, told
        else:
            # A preview shows the price even if required fields are still unanswered.
            codes = {error["code"] for error in order["errors"]}
            taken = any(not of["available"] for of in preview["data"]["attributes"]["bookings"])
            assert taken or codes <= {"busy", "custom_field_required"}, told


@cache
def handler(function: str) -> Callable[[Any, Any], Any]:
    return load_function(function).handler


def event(
    path: str, body: str | None, method: str, query: Mapping[str, str], more: Mapping[str, str]
) -> dict[str, Any]:
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": MEDIA_TYPE,
        "Host": "api.example.com",
    } | more
    return EVENT | {
        "path": path,
        "resource": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": None,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": None,
        "body": body,
        "requestContext": EVENT["requestContext"] | {"path": f"/live{path}"},
    }


KNOWN = {*NAMES, *(each.id for each in FIELDS)}


def parsed(body: str | None) -> Json:
    try:
        return json.loads(body or "{}")
    except ValueError:
        # The functions accept integers that Python's own parser refuses as too long.
        return from_json(body or "{}")


def points_somewhere(error: Json, at: Json) -> bool:
    """Whether an error is about a header, a part of the body, or a missing member that could be there."""
    source = error.get("source", {})
    if "header" in source or "parameter" in source:
        return True
    there = True
    if "pointer" not in source:
        return False
    for part in source["pointer"].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if there and isinstance(at, dict) and name in at:
            at = at[name]
        elif there and isinstance(at, list) and name.isdecimal() and int(name) < len(at):
            at = at[int(name)]
        elif name in KNOWN and (not there or isinstance(at, dict)):
            there = False
        else:
            return False
    return True


def history(store: Any, clock: FakeClock) -> list[Placed]:
    """Creates a history: orders in every state, and used vouchers."""

    def place(at: int = NOW, **more: Json) -> Placed:
        hour = more.pop("hour", 9)
        asked = {
            "resource_id": "room",
            "service_id": {"meeting": 1},
            "start_date": f"2030-04-15T{hour:02}:00:00+02:00",
            "end_date": f"2030-04-15T{hour + 1:02}:00:00+02:00",
        }
        top = {name: more.pop(name) for name in list(more) if name in OrderConfig.model_fields}
        clock.at = at
        try:
            return place_order(
                Context(ORGANIZATION.id, clock),
                read_config({"bookings": [asked | more], "order_customer_id": "ada"} | top),
                store,
            )
        finally:
            clock.at = NOW

    orders = [
        place(voucher_code="ONCE", sub_bookings=[{"resource_id": "desks", "service_id": {"desk": 11}}]),
        place(hour=10, complete_order=False),
        place(hour=13, complete_order=False, at=NOW - 3600),
        place(hour=9, resource_id="hall", service_id={"desk": 3}, voucher_code="EACH"),
        place(hour=9, resource_id=["room", "hall"], check_availability=False),
        place(hour=15, resource_id="hall", recurring={"frequency": "weekly", "count": 60}),
        place(
            hour=9,
            resource_id="desks",
            service_id={"desk": 1},
            timeslot_series_id="yoga",
            recurring={"frequency": "daily", "count": 3},
        ),
        place(hour=14, service_id={"tour": 1}, complete_order=False),
        place(hour=16),
    ]
    cancel_order(Context(ORGANIZATION.id, clock), orders[-1].order.id, store)
    return orders


class _Interrupted(Exception):
    pass


def interrupt_an_order(store: FakeStore, clock: FakeClock) -> None:
    """Interrupts an order in steps. For a minute, its outcome is open."""
    steps = iter(range(3))

    def crash() -> None:
        if next(steps, None) is None:
            raise _Interrupted

    weekly = {
        "resource_id": "room",
        "service_id": {"meeting": 1},
        "recurring": {"frequency": "daily", "count": 60},
    }
    body = {
        "bookings": [
            weekly | {"start_date": "2030-04-17T11:00:00+02:00", "end_date": "2030-04-17T12:00:00+02:00"}
        ]
    }
    store.before_write = crash
    with suppress(_Interrupted):
        place_order(Context(ORGANIZATION.id, clock), read_config(body), store)
    store.before_write = lambda: None
    assert any(
        getattr(hold, "placing", False)
        for item in store.items.values()
        for hold in getattr(item, "holds", {}).values()
    )


def put_in_place(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the functions of this process use the store, and a clock that stands still."""
    monkeypatch.setenv("TABLE_NAME", "none")
    monkeypatch.setattr(World, "store", store)
    monkeypatch.setattr(SystemClock, "within", classmethod(lambda *_: FakeClock(NOW, pauses=3)))
    bootstrap.world.cache_clear()


@pytest.fixture
def in_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    store, clock = FakeStore(ORGANIZATION.id, CATALOG), FakeClock(NOW)
    store.tokens[ACCESS.id] = ACCESS
    orders = history(store, clock)
    interrupt_an_order(store, clock)
    put_in_place(store, monkeypatch)
    yield Surroundings(store, lambda: dict(store.items), orders)
    bootstrap.world.cache_clear()


@pytest.fixture
def on_an_engine(memory_dynamodb: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    with table(memory_dynamodb) as made:
        made.store.put_catalog(Context(ORGANIZATION.id, FakeClock(NOW)), [*CATALOG, ACCESS])
        orders = history(made.store, FakeClock(NOW))
        put_in_place(made.store, monkeypatch)
        yield Surroundings(made.store, made.items, orders)
        bootstrap.world.cache_clear()


def examples(most: int) -> Callable[[Any], Any]:
    chosen = settings(
        max_examples=scaled(most),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    return lambda test: seed(SEED)(chosen(test))


def written(body: Json) -> str:
    return json.dumps(body, allow_nan=False)


# Requests


def test_bodies_made_by_field_are_answered_as_documented(in_memory: Surroundings) -> None:
    at_first = dict(in_memory.store.items)

    @examples(2000)
    @given(order)
    def check(body: Json) -> None:
        in_memory.start_again(at_first)
        in_memory.order(written(body))

    check()
    # Of so few bodies, all may be refused. The next test has right ones.
    assert_enough(in_memory, "calculate", {200, 422} if THOROUGH else {422}, 2000)
    assert_enough(in_memory, "from_config", {201, 422} if THOROUGH else {422}, 2000)


def test_right_bodies_with_something_broken_are_answered_as_documented(in_memory: Surroundings) -> None:
    at_first, rng = dict(in_memory.store.items), random.Random(SEED)
    for number in range(scaled(3000)):
        in_memory.start_again(at_first)
        body = right_body(rng)
        for _ in range(number % 4):
            body = broken(body, rng)
        in_memory.order(written(body))
        if number % 50 == 0:
            assert in_memory.items() == at_first or not audit(in_memory.items(), NOW), body

    assert_enough(in_memory, "calculate", {200, 400, 422}, 3000)
    # Requests that take too long are rare.
    assert_enough(in_memory, "from_config", {201, 400, 422} | ({503} if MANY else set()), 3000)


def test_what_is_no_json_is_answered_as_documented(in_memory: Surroundings) -> None:
    rng = random.Random(SEED)
    for _ in range(scaled(300)):
        in_memory.order(ruined(written(right_body(rng)), rng))

    assert_enough(in_memory, "from_config", {400, 413}, 300)


IDS = (
    "",
    "x",
    "../x",
    "%2e%2e",
    "\0",
    "💥",
    "a b",
    "-1",
    "x" * 5000,
    "2a9d4e81-6c3f-4b7a-9e05-d1c8f6b2a730",
    "2a9d4e81-6c3f-4b7a-9e05-d1c8f6b2a730-1",
)


def test_changes_are_answered_as_documented(in_memory: Surroundings) -> None:
    at_first = dict(in_memory.store.items)
    order_ids = [placed.order.id for placed in in_memory.orders]
    booking_ids = [booking.id for placed in in_memory.orders for booking in placed.bookings[:2]]
    of_order, of_booking = (
        st.integers(0, 15).flatmap(
            lambda n, ids=ids: st.sampled_from(
                ids if n else (*IDS, f"{ids[0]}-99", f"{ids[0]}-01", f"{ids[0]}-x")
            )
        )
        for ids in (order_ids, booking_ids)
    )
    flags = st.dictionaries(
        st.sampled_from(("notify_customer", "notify_customer", "o", "x")),
        st.sampled_from(("true", "0", "", "TRUE", "yes", "fuzz")),
    )
    requests = st.one_of(
        st.tuples(st.just("PATCH"), of_booking.map(lambda id: f"/api/v1/bookings/{id}"), move, st.just({})),
        st.tuples(st.just("PATCH"), of_booking.map(lambda id: f"/api/v1/bookings/{id}"), move, st.just({})),
        st.tuples(
            st.just("POST"),
            of_order.map(lambda id: f"/api/v1/orders/{id}/complete"),
            st.none() | completion,
            st.just({}),
        ),
        st.tuples(
            st.just("POST"), of_order.map(lambda id: f"/api/v1/orders/{id}/cancel"), st.none() | junk, flags
        ),
        st.tuples(
            st.sampled_from(("GET", "POST")),
            of_booking.map(lambda id: f"/api/v1/bookings/{id}/cancel"),
            st.none() | junk,
            flags,
        ),
    )

    @examples(300)
    @given(st.lists(requests, min_size=1, max_size=3))
    def check(several: list[tuple[str, str, Json, dict[str, str]]]) -> None:
        in_memory.start_again(at_first)
        for method, path, body, query in several:
            in_memory.ask(
                "change_order", path, None if body is None else written(body), method=method, **query
            )
        assert not audit(in_memory.items(), NOW)

    check()
    assert_enough(in_memory, "change_order", {200, 400, 404, 409, 422}, 300)


def test_an_engine_takes_what_is_accepted_and_keeps_nothing_of_what_is_refused(
    on_an_engine: Surroundings,
) -> None:
    rng = random.Random(SEED)
    for number in range(scaled(200)):
        body = right_body(rng)
        for _ in range(number % 3):
            body = broken(body, rng)
        on_an_engine.order(written(body))

    assert_enough(on_an_engine, "calculate", {200, 422}, 200)
    assert_enough(on_an_engine, "from_config", {201, 422}, 200)


def assert_enough(on: Surroundings, function: str, statuses: set[int], least: int) -> None:
    """Checks that enough requests were sent, with different outcomes."""
    told = {status: count for (of, status), count in on.answers.items() if of == function}
    assert sum(told.values()) >= scaled(least), told
    assert statuses <= told.keys(), told
