"""Requests of an attacker: to every operation, in tokens, keys, ids, parameters, bodies, names and files.

Every answer is documented and in JSON:API form, and a refusal writes nothing (`Surroundings.ask` in test_fuzz.py).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from icalendar import Calendar

from frontdesk.api.app import MEDIA_TYPE, SECURITY_HEADERS
from frontdesk.api.routes import BY_NAME, CONSOLE, DOCS, ROUTES
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.problems import MAX_PROBLEMS
from frontdesk.usecases.context import Context
from tests.integration.conftest import MotoWorld
from tests.integration.test_api import ask as ask_moto
from tests.integration.test_events import load_event, mail_of
from tests.integration.test_fuzz import IDS, TOKEN, Surroundings, in_memory, on_an_engine, written  # noqa: F401
from tests.support import demo
from tests.support.examples import THOROUGH, some_of

FROM_CONFIG = BY_NAME["place_order"].path

ORGANIZATION, SECRET = TOKEN.split(".")[1:]
# End of text, separators of our keys, paths, other encodings, writing directions, and very long texts.
TEXTS = (
    "", " ", ".", "..", "../", "../../etc/passwd", "..\\..\\", "%2e%2e%2f", "#", "fuzz#order", "##", "\0", "x\0y", "%00", "\r\nX-Evil: 1", "\n", "\t",
    "\u202e\u2066x\u2069", "\u200b", "\ufeff", "\u2028", "\ud800", "\udfff", "💥", "ﬀ", "İ", "\uff0e\uff0e\uff0f", "é" * 250, "💥" * 100, "x" * 5000,
    "-1", "0", "NaN", "1e999", "9" * 5000, "00000000" + "1" + "9" * 5000, "true", "null", "[]", "{}", "{{7*7}}", "${7*7}", "{0}", "%s%n", "'\"",
    "' OR '1'='1", "*", "a*b", "<script>alert(1)</script>", "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "__proto__", "../" * 50, ":", "::", "a:b",
    "attribute_exists(pk)", "#pk", ":pk",
)  # fmt: skip


@pytest.fixture
def refusing(on_an_engine: Surroundings) -> Iterator[Surroundings]:  # noqa: F811
    """Surroundings in which no request may write anything. The engine is compared once, because that takes longer than a request."""
    look = on_an_engine.items
    before = look()
    on_an_engine.items = dict
    yield on_an_engine
    assert look() == before


def test_no_token_opens_the_door(refusing: Surroundings) -> None:
    tokens = [
        *TEXTS,
        *(f"fd.{text}.{SECRET}" for text in TEXTS),
        *(f"fd.{ORGANIZATION}.{text}" for text in TEXTS),
        *(f"fd.{ORGANIZATION}{text}.{SECRET}" for text in TEXTS if text),
        *(f"{TOKEN}{text}" for text in TEXTS if text.strip()),
        TOKEN.upper(),
        TOKEN.replace(".", ".."),
        f"fd.{ORGANIZATION}.{SECRET}.{SECRET}",
        f"{TOKEN} {TOKEN}",
        f"{TOKEN}, Bearer {TOKEN}",
    ]
    for authorization in [
        *(f"Bearer {token}" for token in tokens),
        *TEXTS,
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer\0{TOKEN}",
    ]:
        status, document = refusing.ask(
            "from_config", FROM_CONFIG, "{}", headers={"Authorization": authorization}
        )
        assert (status, document["errors"][0]["code"]) == (401, "unauthenticated"), authorization
        assert (
            not authorization.strip() or len(authorization) < 30 or authorization not in json.dumps(document)
        )


def test_no_idempotency_key_is_more_than_a_key(on_an_engine: Surroundings) -> None:  # noqa: F811
    taken = 0
    for hour, key in enumerate(TEXTS):
        day, begins = 15 + hour // 14, 7 + hour % 14
        at = f"2030-05-{day:02}T{begins:02}:00:00+02:00", f"2030-05-{day:02}T{begins:02}:30:00+02:00"
        booking = {"resource_id": "desks", "service_id": {"desk": 1}, "start_date": at[0], "end_date": at[1]}
        body = written({"bookings": [booking]})
        status, document = on_an_engine.ask(
            "from_config", FROM_CONFIG, body, headers={"Idempotency-Key": key}
        )
        if re.fullmatch(r"[\x21-\x7e]{1,255}", key):
            taken += 1
            again, same = on_an_engine.ask("from_config", FROM_CONFIG, body, headers={"Idempotency-Key": key})
            assert (status, again, same["data"]["id"]) == (201, 201, document["data"]["id"]), key
            # The key itself is not used as a database key.
            assert re.fullmatch(r"[0-9a-f-]{36}", document["data"]["id"])
        else:
            assert (status, document["errors"][0]["code"]) == (400, "invalid_idempotency_key"), key
    assert taken > 20


def test_no_id_leads_anywhere_else(refusing: Surroundings) -> None:
    """In the path of every operation that has an id. Includes ids of other kinds, and texts after a real id."""
    order = refusing.orders[0].order.id
    ids = [
        *TEXTS,
        *IDS,
        "fuzz",
        "room",
        "v1",
        *(f"{order}{text}" for text in TEXTS if text.strip() and text != "-1"),
    ]
    bodies = {"PATCH": written({"data": {"type": "x", "attributes": {}}}), "POST": ""}
    for number, (_, method, path, function, *_) in enumerate(ROUTES):
        for name in re.findall("<(\\w+)>", path):
            for text in some_of(ids, number, 6):
                asked = re.sub(
                    "<\\w+>",
                    lambda found, name=name, text=text: text if found[0] == f"<{name}>" else order,
                    path,
                )
                own = (text, name) in {
                    ("fuzz", "organization_id"),
                    ("room", "resource_id"),
                    ("v1", "voucher_id"),
                }
                if (
                    own
                    or not text.strip("/ \n\t")
                    or (asked, method) in {(plain, how) for _, how, plain, *_ in ROUTES}
                ):
                    continue
                status, document = refusing.ask(function, asked, bodies.get(method), method=method)
                assert 400 <= status < 500, (method, asked, document)
    assert sum(refusing.answers.values()) > (2000 if THOROUGH else 300)


PARAMETERS = (
    "o", "page[number]", "page[size]", "sort", "include", "timezone", "fields[orders]", "notify_customer", "check_availability",
    *(f"filter[{name}]" for name in ("customer", "email", "search", "start_date", "end_date", "created_from", "created_until", "upcoming_only",
                                     "status", "resources", "hide_blocker")),
    "start_date", "end_date", "resource_id", "resource_ids", "service_id", "quantity", "duration",
)  # fmt: skip


def test_no_parameter_is_taken_for_more_than_a_text(refusing: Surroundings) -> None:
    for at, (_, method, path, function, *_) in enumerate(ROUTES):
        if method == "GET" and "<" not in path and path not in (CONSOLE, DOCS):
            for number, name in enumerate(PARAMETERS):
                # Each parameter takes some of the texts in turn, so that each text reaches each operation.
                for text in some_of(TEXTS[number % 6 :: 6], number // 6 + at, 8):
                    refusing.ask(function, path, None, method=method, **{name: text})
            for text in some_of(TEXTS, at, 12):
                if text != "o":
                    status, _ = refusing.ask(function, path, None, method=method, **{text or "x": "1"})
                    assert status in {400, 403}, (path, text)
    assert {status for (_, status) in refusing.answers} >= {200, 400, 403}


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


def one(**more: Any) -> str:
    """Returns an order of one booking with these fields."""
    at = {"start_date": "2030-04-15T09:00", "end_date": "2030-04-15T10:00"}
    return json.dumps({"bookings": [{"resource_id": "room", "service_id": {"meeting": 1}} | at | more]})


BODIES: dict[str, tuple[str, int]] = {
    "10 MB": (json.dumps({"note": "x" * 10_000_000}), 413),
    "10 MB of characters of two bytes": (json.dumps({"note": "é" * 600_000}, ensure_ascii=False), 413),
    "deep arrays": (nested(100_000), 400),
    "deep objects": ('{"a":' * 50_000 + "1" + "}" * 50_000, 400),
    "an unclosed depth": ("[" * 400_000, 400),
    "NaN": ('{"bookings": NaN}', 400),
    "Infinity": ('{"bookings": [{"quantity": -Infinity}]}', 400),
    "a number beyond all floats": ('{"bookings": [{"quantity": 1e999}]}', 422),
    "an integer of 4,000 digits": ('{"bookings": [{"quantity": ' + "9" * 4000 + "}]}", 422),
    "an integer of 5,000 digits": ('{"bookings": [{"quantity": ' + "9" * 5000 + "}]}", 400),
    "an integer of 900,000 digits": ('{"bookings": [{"quantity": ' + "9" * 900_000 + "}]}", 400),
    "NUL": ('{"bookings": "\0"}', 400),
    "an escaped NUL": ('{"voucher_code": "\\u0000"}', 422),
    "half a character": ('{"note": "\\ud800"}', 400),
    "1,001 bookings": (json.dumps({"bookings": [{}] * 1001}), 422),
    "60,000 unknown members": (json.dumps({str(n): n for n in range(60_000)}), 422),
    "one member many times": ("{" + ",".join('"bookings": []' for _ in range(40_000)) + "}", 422),
    "1,000 series of 1,000": (json.dumps({"bookings": [{"resource_id": "room", "service_id": {"meeting": 1}, "start_date": "2030-04-15T09:00",
        "end_date": "2030-04-15T10:00", "recurring": {"frequency": "daily", "count": 1000}}] * 1000}), 422),
    "300,000 wrong bookings": (json.dumps({"bookings": [0] * 300_000}), 413),
    "300,000 wrong resources": (json.dumps({"bookings": [{"resource_id": [0.5] * 150}] * 1000}), 413),
    "90,000 wrong bookings": (json.dumps({"bookings": [0] * 90_000}), 422),
    "90,000 resources": (one(resource_id=[str(n) for n in range(90_000)]), 422),
    "90,000 times a resource": (one(resource_id=["room"] * 90_000), 422),
    "60,000 services": (one(service_id={str(n): 1 for n in range(60_000)}), 422),
    "30,000 sub-bookings": (one(sub_bookings=[{"resource_id": "desks"}] * 30_000), 422),
    "30,000 add-ons": (one(booking_add_ons=[{"add_on_id": str(n)} for n in range(30_000)]), 422),
    "60,000 answers": (one(service_custom_fields={str(n): 1 for n in range(60_000)}), 422),
    "a long name": (json.dumps({"x" * 900_000: 1}), 422),
    "an entity": ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', 400),
    "nothing": ("", 400),
    "a byte order mark": ("\ufeff{}", 400),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_no_body_is_too_much(in_memory: Surroundings, name: str) -> None:  # noqa: F811
    """An order has a key, which takes a digest of the body before it is read. `make test` asks each of the two for every other body."""
    body, expected = BODIES[name]
    both = [("calculate", "/api/v1/orders/calculate"), ("from_config", FROM_CONFIG)]
    for function, path in some_of(both, list(BODIES).index(name), 2):
        status, document = in_memory.ask(function, path, body, headers={"Idempotency-Key": "a-key"})
        assert status == expected, document
        assert len(document["errors"]) <= MAX_PROBLEMS
        assert len(json.dumps(document)) < 6_000_000, "more than Lambda answers with"


def test_no_content_type_is_taken_for_ours(in_memory: Surroundings) -> None:  # noqa: F811
    for text in (
        *TEXTS,
        "application/json",
        f"{MEDIA_TYPE}; ext=x",
        f"text/html, {MEDIA_TYPE}",
        f"{MEDIA_TYPE}\r\nX-Evil: 1",
    ):
        status, _ = in_memory.ask("from_config", FROM_CONFIG, "{}", headers={"Content-Type": text})
        assert status == 415, text


def test_an_answer_repeats_no_header_of_the_request(in_memory: Surroundings) -> None:  # noqa: F811
    """A Location contains the API's own URL, whatever the client says. The client's headers are not repeated."""
    for text in ("evil.example\r\nSet-Cookie: a=b", "evil.example\0", "\u202eevil"):
        answer: dict[str, Any] = in_memory.answer(
            "from_config", FROM_CONFIG, "{}", headers={"Host": text, "X-Request-Id": text}
        )
        assert answer["multiValueHeaders"].keys() <= {
            "Content-Type",
            "Content-Language",
            "Vary",
            "Cache-Control",
            "WWW-Authenticate",
            *SECURITY_HEADERS,
        }


# Names, notes and titles in mails; files


NAMES = {
    "a header": "Ada\r\nBcc: all@evil.example\r\n\r\nbody",
    "a header in an encoded word": "=?utf-8?q?x=0d=0aBcc:_all=40evil.example?=",
    "recipients": 'Ada", <all@evil.example>, "',
    "a template": "{{ 7 * 191 }} {% include '/etc/passwd' %} {7*191} ${7*191} {0.__class__} %(x)s",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "directions": "\u202egro.live\u202c\u2066\u2067\u2068\u2069\u200f",
    "ends of lines": "a\u2028b\u2029c\x85d\x0be\x00f",
    "a calendar": "x\nEND:VEVENT\nBEGIN:VALARM\nACTION:EMAIL\nATTENDEE:mailto:all@evil.example",
}


@pytest.mark.parametrize("kind", NAMES)
def test_no_name_note_or_title_does_anything_in_a_mail(moto_world: MotoWorld, kind: str) -> None:
    text = NAMES[kind]
    changed = [
        demo.ORGANIZATION.model_copy(update={"name": text, "address": (text,)}),
        demo.ADA.model_copy(update={"given_name": text, "family_name": text}),
        demo.ROOM.model_copy(update={"name": text}),
        demo.MEETING.model_copy(update={"name": text}),
        demo.COFFEE.model_copy(update={"name": text}),
    ]
    world().store.put_catalog(Context(demo.ORGANIZATION.id, SystemClock(10)), changed)
    # Stored before these rules; a booking's texts have no controls except tabs and line ends.
    taken = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]", "", text)
    booking = demo.meeting(
        description=taken,
        customer_note=taken,
        note=taken,
        booking_add_ons=[{"add_on_id": demo.COFFEE.id, "quantity": 1}],
    )
    status, placed, _ = ask_moto(moto_world, demo.order(booking, notify_customer=True))
    assert status == 201, placed
    stream = load_event("deliver_notifications")
    stream["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] = (
        f"{demo.ORGANIZATION.id}#order#{placed['data']['id']}"
    )
    assert moto_world.invoke("deliver_notifications", stream) == {"batchItemFailures": []}

    (raw,) = moto_world.mails()
    mail = mail_of(raw)
    assert [found.addr_spec for found in mail["To"].addresses] == [demo.ADA.email]
    assert mail["Bcc"] is mail["Cc"] is None
    assert not re.search(
        "[\r\n\x00\u2028\u2029\u202a-\u202e\u2066-\u2069]",
        str(mail["Subject"]) + str(mail["From"]) + str(mail["To"]),
    )
    parts = {
        part.get_content_type(): part.get_content()
        for part in mail.walk()
        if part.get_content_maintype() == "text"
    }
    assert parts.keys() == {"text/plain", "text/html", "text/calendar"}
    assert not re.search("<script|<img|onerror=alert\\(1\\)>", parts["text/html"])
    # The result of 7 * 191, unless it is a part of a number or an id.
    assert not re.search(r"(?<![\w-])1337(?![\w-])|root:", parts["text/html"] + parts["text/plain"])
    calendar = Calendar.from_ical(parts["text/calendar"])
    assert [
        part.name for part in calendar.walk() if part.name not in ("VTIMEZONE", "STANDARD", "DAYLIGHT")
    ] == ["VCALENDAR", "VEVENT"]
    assert "ATTENDEE" not in calendar.walk("VEVENT")[0]


def test_no_file_name_and_no_cell_does_anything(moto_world: MotoWorld) -> None:
    """In the location of results, in the mailed report, and in the results, which people open in a spreadsheet."""
    s3, own, to = boto3.client("s3"), demo.ORGANIZATION.id, "desk@frontdesk.example"
    boto3.client("sesv2").create_email_identity(EmailIdentity=to)
    # A name that cannot be an S3 key, or that ends a folder, is ignored.
    names = [
        text
        for text in (*TEXTS, *NAMES.values())
        if text.isprintable() and text.strip("./ ") and "\ufeff" not in text and len(text) < 200
    ]
    # What begins a formula, and some of the others.
    formulas = [text for text in names if text[0] in "=+-@"]
    names = formulas + list(some_of([text for text in names if text not in formulas], 0, 5))
    for name in names:
        key, cell = f"incoming/{own}/{name}.csv", '"' + name.replace('"', '""') + '"'
        row = f"external_id,resource_id,service_id,start_date,end_date\n{','.join([cell] * 5)}\n"
        s3.put_object(Bucket="imports", Key=key, Body=row.encode())
        s3.put_object(
            Bucket="imports", Key=f"{key}.options.json", Body=json.dumps({"report_to": to}).encode()
        )

    runs = moto_world.invoke("plan_import", load_event("plan_import"))["runs"]
    assert len(runs) == len(names) > (30 if THOROUGH else 8)
    told = []
    for run in runs:
        planned = moto_world.invoke("plan_import", {"step": "plan", **run})
        for chunk in json.loads(s3.get_object(Bucket="imports", Key=planned["manifest"])["Body"].read()):
            moto_world.invoke("bulk_import", chunk)
        summary = moto_world.invoke("plan_import", {"step": "join", **run})
        # A row of only sums is taken for a total, so a file with only such a row has no rows.
        refused = summary.get("problem") or {"code": f"{summary['refused']} rows"}
        assert refused["code"] == ("no_rows" if "SUM" in summary["file"] else "1 rows"), summary
        results = (
            s3.get_object(Bucket="imports", Key=f"results/{own}/{run['run_id']}/results.jsonl")["Body"]
            .read()
            .decode()
        )
        told += [value for line in results.splitlines() for value in strings(json.loads(line))]
    assert len(told) > 10 * len(names)
    assert [value for value in told if re.match(r"[=@\t\r]|[+-](?!\d+$)", value)] == []

    kept = [
        found["Key"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="imports")
        for found in page["Contents"]
    ]
    assert {each.split("/")[1] for each in kept} == {own}
    mails = [mail_of(raw) for raw in moto_world.mails()]
    assert len(mails) == len(names)
    for mail in mails:
        assert [found.addr_spec for found in mail["To"].addresses] == [to]
        assert sorted(mail.keys()) == [
            "Content-Transfer-Encoding",
            "Content-Type",
            "From",
            "MIME-Version",
            "Subject",
            "To",
        ]
        assert not re.search("[\r\n\u202a-\u202e\u2066-\u2069]", str(mail["Subject"]))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)
