"""Who may call, in which form, and the answers for unknown paths: always a JSON:API document."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.system.client import CALCULATE, FROM_CONFIG, MEDIA_TYPE, SEND_NOTIFICATION, Api, Desk

OPERATIONS = [("POST", CALCULATE), ("POST", FROM_CONFIG), ("GET", SEND_NOTIFICATION)]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("token", [None, "unknown", "fd.neither.known", "fd..", "\u00fc"], ids=str)
def test_without_a_valid_token_it_is_401(api: Api, method: str, path: str, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
    refused = api.request(
        method, path.format(id="1"), {} if method == "POST" else None, token=None, headers=headers
    )
    assert refused.status == 401
    assert refused.errors[0]["source"] == {"header": "Authorization"}
    assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_401(api: Api, desk: Desk, token_with: Callable[..., str]) -> None:
    assert (
        api.calculate(desk.order(desk.meeting()), token=token_with(scopes={"*"}, expires_at=1)).status == 401
    )


def test_basic_credentials_are_401(api: Api) -> None:
    assert (
        api.request("POST", CALCULATE, {}, token=None, headers={"Authorization": "Basic dTpw"}).status == 401
    )


def test_a_read_only_token_may_calculate_but_not_order(api: Api, desk: Desk, demo: dict[str, Any]) -> None:
    body, token = desk.order(desk.meeting()), demo["read_only_token"]
    assert api.calculate(body, token=token).status == 200
    for refused in (api.place(body, token=token), api.send_notification("1", token=token)):
        assert refused.status == 403
        assert [error["title"] for error in refused.errors] == ["unauthorized"]
    assert api.place(body).status == 201


def test_a_scope_allows_only_its_own_operation(api: Api, desk: Desk, token_with: Callable[..., str]) -> None:
    token = token_with(scopes={"orders:write"})
    body = desk.order(desk.meeting())
    assert api.calculate(body, token=token).status == 403
    assert api.place(body, token=token).status == 201
    assert api.send_notification("1", token=token).status == 403


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_another_organization_in_o_is_403(
    api: Api, neighbour: dict[str, str], method: str, path: str
) -> None:
    body = {} if method == "POST" else None
    for other in (neighbour["organization_id"], "unknown"):
        refused = api.request(method, path.format(id="1"), body, organization_id=other)
        assert refused.status == 403
        assert [(error["title"], error["source"]) for error in refused.errors] == [
            ("unauthorized", {"parameter": "o"})
        ]


def test_the_token_names_its_organization_without_o(api: Api, desk: Desk) -> None:
    assert api.calculate(desk.order(desk.meeting()), organization_id=None).status == 200


def test_another_organizations_order_is_not_found(api: Api, desk: Desk, neighbour: dict[str, str]) -> None:
    order_id = api.place(desk.order(desk.meeting())).id
    refused = api.send_notification(order_id, **neighbour)
    assert refused.status == 404
    assert [error["title"] for error in refused.errors] == ["order not found"]
    assert api.send_notification(order_id).status == 200


@pytest.mark.parametrize("path", [CALCULATE, FROM_CONFIG])
@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "text/plain",
        None,
        f"{MEDIA_TYPE}x",
        f"{MEDIA_TYPE}; version=1",
        f"{MEDIA_TYPE}; ext=unknown",
    ],
)
def test_another_content_type_is_415(api: Api, desk: Desk, path: str, media_type: str | None) -> None:
    refused = api.request("POST", path, desk.order(desk.meeting()), media_type=media_type)
    assert refused.status == 415
    assert refused.errors[0]["source"] == {"header": "Content-Type"}


@pytest.mark.parametrize(
    "media_type",
    [
        f"{MEDIA_TYPE}; charset=utf-8",
        f'{MEDIA_TYPE};charset="UTF-8"',
        "Application/Vnd.API+JSON ; Charset=utf-8",
    ],
)
def test_a_charset_is_tolerated(api: Api, desk: Desk, media_type: str) -> None:
    assert api.calculate(desk.order(desk.meeting()), media_type=media_type).status == 200


@pytest.mark.parametrize("accept", ["*/*", MEDIA_TYPE, f"{MEDIA_TYPE}, application/json"])
def test_the_answer_is_json_api_where_that_is_accepted(api: Api, desk: Desk, accept: str) -> None:
    assert api.calculate(desk.order(desk.meeting()), headers={"Accept": accept}).status == 200
    assert api.calculate({}, headers={"Accept": accept}).status == 422


def test_who_takes_no_json_is_refused_in_json(api: Api, desk: Desk) -> None:
    assert api.calculate(desk.order(desk.meeting()), headers={"Accept": "text/html"}).status == 406


def test_an_error_is_in_the_language_that_is_asked_for(api: Api) -> None:
    answer = api.calculate({}, headers={"Accept-Language": "de-DE,de;q=0.9,en;q=0.8"})

    assert answer.headers["Content-Language"] == "de"
    assert [error["title"] for error in answer.document["errors"]] == ["Buchungen fehlen"]


@pytest.mark.parametrize("path", [CALCULATE, FROM_CONFIG])
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"{'bookings': []}", b'{"bookings": [}', b"\xff\xfe", b'{"quantity": NaN}', b"[" * 5000],
    ids=lambda c: c[:12],
)
def test_malformed_json_is_400(api: Api, path: str, content: bytes) -> None:
    refused = api.request("POST", path, content=content)
    assert refused.status == 400
    assert [error["code"] for error in refused.errors] == ["malformed_json"]


@pytest.mark.parametrize("body", [[], "text", 1, True])
def test_json_that_is_no_object_is_422(api: Api, body: Any) -> None:
    refused = api.place(body)
    assert refused.status == 422
    assert ("invalid value", "") in refused.problems


def test_a_body_over_a_megabyte_is_413(api: Api, desk: Desk) -> None:
    body = desk.order(desk.meeting(description="x" * 1_000_000))
    for refused in (api.place(body), api.calculate(body)):
        assert refused.status == 413
        assert [error["title"] for error in refused.errors] == ["payload too large"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/"),
        ("GET", "/api/v1"),
        ("POST", "/api/v1/order"),
        ("DELETE", "/api/v1/orders/1/2/3"),
        ("POST", "/api/v1/orders/calculate/more"),
        ("GET", "/favicon.ico"),
    ],
)
def test_an_unknown_address_is_404(api: Api, method: str, path: str) -> None:
    refused = api.request(method, path)
    assert refused.status == 404
    assert [error["code"] for error in refused.errors] == ["not_found"]


def test_an_unknown_order_is_404(api: Api) -> None:
    refused = api.send_notification("00000000-0000-4000-8000-000000000000")
    assert refused.status == 404
    assert [error["title"] for error in refused.errors] == ["order not found"]


@pytest.mark.parametrize(
    "order_id", ["a%23b", "a%2Fb", "%C3%BC", "x" * 3000], ids=lambda order_id: order_id[:5]
)
def test_what_can_be_no_orders_id_is_404(api: Api, order_id: str) -> None:
    assert api.send_notification(order_id).status == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", CALCULATE, "POST"),
        ("DELETE", CALCULATE, "POST"),
        ("GET", FROM_CONFIG, "POST"),
        ("PUT", FROM_CONFIG, "POST"),
        ("PATCH", FROM_CONFIG, "POST"),
        ("POST", SEND_NOTIFICATION, "GET"),
        ("DELETE", SEND_NOTIFICATION, "GET"),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_one(
    api: Api, method: str, path: str, allowed: str
) -> None:
    refused = api.request(method, path.format(id="1"))
    assert refused.status == 405
    assert refused.headers["Allow"] == allowed


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_unknown_query_parameter_is_400(api: Api, method: str, path: str) -> None:
    refused = api.request(
        method, path.format(id="1"), {} if method == "POST" else None, params={"include": "bookings"}
    )
    assert refused.status == 400
    assert refused.errors[0]["source"] == {"parameter": "include"}
