"""The functions in this process: their answers if the request, the caller or the surroundings are wrong."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.api.app import MEDIA_TYPE
from frontdesk.bootstrap import world
from frontdesk.domain.problems import Busy
from tests.integration.conftest import LambdaContext, MotoWorld
from tests.support.demo import ADA, ORGANIZATION, order
from tests.support.faults import counted, never_arriving
from tests.support.jsonapi import assert_jsonapi

EVENT = json.loads((Path(__file__).parents[2] / "events/from_config.json").read_text())


def ask(
    on: MotoWorld,
    body: Any = None,
    *,
    function: str = "from_config",
    headers: Mapping[str, str | None] | None = None,
    raw: str | None = None,
    **event: Any,
) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Invokes a function, without headers that are None. Returns status, document and headers."""
    given = {
        "Authorization": f"Bearer {on.demo['token']}",
        "Content-Type": MEDIA_TYPE,
        "Host": "api.example.com",
        **(headers or {}),
    }
    text = raw if raw is not None else json.dumps(order() if body is None else body)
    sent = (
        EVENT
        | {
            "headers": {k: v for k, v in given.items() if v is not None},
            "multiValueHeaders": None,
            "body": text,
        }
        | event
    )
    answer = on.invoke(function, sent)
    document = json.loads(answer["body"])
    assert_jsonapi(document)
    assert answer["multiValueHeaders"]["Content-Type"] == [MEDIA_TYPE]
    return (
        answer["statusCode"],
        document,
        {name: values[0] for name, values in answer["multiValueHeaders"].items()},
    )


def codes(document: dict[str, Any]) -> list[str]:
    return [error["code"] for error in document["errors"]]


def test_an_order_takes_two_calls_when_its_token_is_known(moto_world: MotoWorld) -> None:
    assert ask(moto_world)[0] == 201
    with counted(world().store) as sent:
        assert (
            ask(
                moto_world,
                {
                    "order_customer_id": ADA.id,
                    "bookings": [order()["bookings"][0]],
                    "check_availability": False,
                },
            )[0]
            == 201
        )

    assert sent == ["BatchGetItem", "TransactWriteItems"]


def test_links_are_where_the_request_came_in(moto_world: MotoWorld) -> None:
    _, document, headers = ask(moto_world, headers={"x-forwarded-proto": "http"})

    assert headers["Location"] == document["data"]["links"]["self"]
    assert headers["Location"].startswith("http://api.example.com/")


def test_a_configured_address_is_used_for_links(
    moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://book.example.com/{stage}/")
    world.cache_clear()

    assert ask(moto_world)[2]["Location"].startswith("https://book.example.com/")


def test_the_names_of_headers_are_read_without_case(moto_world: MotoWorld) -> None:
    headers = {
        "Authorization": None,
        "Content-Type": None,
        "aUTHORIZATION": f"Bearer {moto_world.demo['token']}",
        "CONTENT-type": f"{MEDIA_TYPE}; charset=utf-8",
    }

    assert ask(moto_world, headers=headers)[0] == 201


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": None}, 401, "unauthenticated"),
        ({"Content-Type": "application/json"}, 415, "unsupported_media_type"),
        ({"Content-Type": None}, 415, "unsupported_media_type"),
        ({"Content-Type": f"{MEDIA_TYPE}; ext=x"}, 415, "unsupported_media_type"),
        ({"Idempotency-Key": "two words"}, 400, "invalid_idempotency_key"),
        ({"Idempotency-Key": "x" * 256}, 400, "invalid_idempotency_key"),
    ],
)
def test_a_wrong_header_is_named(
    moto_world: MotoWorld, headers: dict[str, str | None], status: int, code: str
) -> None:
    answered, document, _ = ask(moto_world, headers=headers)

    assert (answered, codes(document)) == (status, [code])
    assert document["errors"][0]["source"] == {"header": next(iter(headers))}


@pytest.mark.parametrize(
    "raw", ["", "{", "nul", '{"a": NaN}', '{"a": 1e999999}}', "[" * 100_000, '"\\ud800"', "9" * 5000]
)
def test_malformed_json_is_400(moto_world: MotoWorld, raw: str) -> None:
    status, document, _ = ask(moto_world, raw=raw)

    assert (status, codes(document)) == (400, ["malformed_json"])


def test_bytes_that_are_no_text_are_400(moto_world: MotoWorld) -> None:
    status, document, _ = ask(
        moto_world, raw=base64.b64encode(b'{"a": "\xff"}').decode(), isBase64Encoded=True
    )

    assert (status, codes(document)) == (400, ["malformed_json"])


def test_a_body_over_the_limit_is_413_by_its_bytes(moto_world: MotoWorld) -> None:
    status, document, _ = ask(moto_world, raw=json.dumps("ü" * 600_000, ensure_ascii=False))

    assert (status, codes(document)) == (413, ["payload_too_large"])


def test_every_unknown_parameter_is_named(moto_world: MotoWorld) -> None:
    status, document, _ = ask(
        moto_world, queryStringParameters={"o": ORGANIZATION.id, "include": "bookings", "x": "1"}
    )

    assert status == 400
    assert [error["source"] for error in document["errors"]] == [{"parameter": "include"}, {"parameter": "x"}]


def test_a_key_sent_again_replays_the_order(moto_world: MotoWorld) -> None:
    key = {"Idempotency-Key": "7f3c"}
    first, again = ask(moto_world, headers=key), ask(moto_world, headers=key)

    assert (first[0], again[0]) == (201, 201)
    assert first[1] == again[1]
    assert ("Idempotency-Replayed" in first[2], again[2]["Idempotency-Replayed"]) == (False, "true")
    status, document, _ = ask(moto_world, order(notify_customer=False), headers=key)
    assert (status, codes(document)) == (422, ["idempotency_key_reused"])


def test_a_fault_of_ours_is_500_and_says_nothing_of_the_customer(
    moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError(f"cannot write {ADA.email}")

    monkeypatch.setattr(DynamoStore, "write", break_down)
    status, document, _ = ask(moto_world)

    assert (status, codes(document)) == (500, ["internal_error"])
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "RuntimeError" in logged
    assert "frontdesk.usecases.orders.place" in logged
    assert str(ADA.email) not in logged + json.dumps(document)


def test_an_unknown_outcome_says_so(moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LambdaContext, "get_remaining_time_in_millis", lambda _: 1300)

    with never_arriving(world().store, "TransactWriteItems", 10**6):
        status, document, headers = ask(moto_world)

    assert (status, codes(document)) == (504, ["outcome_unknown"])
    assert "Retry-After" not in headers


def test_a_busy_answer_says_when_to_come_again(
    moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crowded(*_: object) -> None:
        raise Busy

    monkeypatch.setattr(DynamoStore, "write", crowded)
    status, document, headers = ask(moto_world)

    assert (status, codes(document), headers["Retry-After"]) == (503, ["busy"], "1")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("DELETE", "/api/v1/orders/calculate", 405, "POST"),
        ("POST", "/api/v1/orders/x/send-notification", 405, "GET"),
        ("GET", "/api/v1/nothing", 404, None),
        ("POST", "/api/v1/orders/calculate/", 404, None),
    ],
)
def test_no_such_address_is_404_and_no_such_method_is_405(
    moto_world: MotoWorld, method: str, path: str, status: int, allow: str | None
) -> None:
    answered, _, headers = ask(moto_world, function="admin", httpMethod=method, path=path)

    assert (answered, headers.get("Allow")) == (status, allow)
