"""Formats and languages of answers and errors, depending on Accept and Accept-Language, through the functions."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response

from frontdesk.api.app import MEDIA_TYPE, Api
from frontdesk.api.authentication import Caller
from frontdesk.bootstrap import world
from tests.integration.client import EVENT, function_of
from tests.integration.conftest import LambdaContext, MotoWorld
from tests.support.demo import ADA, MEETING, ORGANIZATION, ROOM, order
from tests.support.jsonapi import assert_jsonapi

JSON = "application/json"
ORDERS = "/api/v1/orders"
VARY = "Accept, Accept-Language"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def codes(self) -> list[str]:
        assert_jsonapi(self.body)
        return [error["code"] for error in self.body["errors"]]


def sent(
    on: MotoWorld,
    method: str,
    path: str,
    body: Any = None,
    *,
    accept: str | None = None,
    language: str | None = None,
    token: str | None = "",
    media_type: str = MEDIA_TYPE,
    **query: str,
) -> Answer:
    headers = {
        "Authorization": None if token is None else f"Bearer {token or on.demo['token']}",
        "Host": "api.example.com",
        "accept": accept,
        "Accept-Language": language,
        "Content-Type": None if body is None else media_type,
    }
    event = EVENT | {
        "httpMethod": method,
        "path": path,
        "headers": {name: value for name, value in headers.items() if value is not None},
        "multiValueHeaders": None,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
        "body": None if body is None else json.dumps(body),
    }
    answer = on.invoke(function_of(method, path), event)
    got = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
    return Answer(answer["statusCode"], got, json.loads(answer["body"]) if answer["body"] else None)


def placed(on: MotoWorld, **how: Any) -> Answer:
    return sent(on, "POST", f"{ORDERS}/from-config", order(), **how)


@pytest.mark.parametrize(
    "accept", [None, "*/*", MEDIA_TYPE, f"{JSON}, {MEDIA_TYPE}", f"{JSON}, text/plain, */*"]
)
def test_json_api_is_the_usual_form(moto_world: MotoWorld, accept: str | None) -> None:
    answer = placed(moto_world, accept=accept)

    assert (answer.status, answer.headers["Content-Type"], answer.headers["Vary"]) == (201, MEDIA_TYPE, VARY)
    assert_jsonapi(answer.body)


@pytest.mark.parametrize("accept", [JSON, "application/json; charset=utf-8; q=0.9"])
def test_plain_json_is_the_normalized_form(moto_world: MotoWorld, accept: str) -> None:
    answer = placed(moto_world, accept=accept)

    assert (answer.status, answer.headers["Content-Type"], answer.headers["Vary"]) == (201, JSON, VARY)
    assert answer.body.keys() == {"data", "links"}
    data = answer.body["data"]
    assert (data["type"], data["customer"], data["voucher"]) == (
        "orders",
        {"type": "customers", "id": ADA.id},
        None,
    )
    assert [booking.keys() for booking in data["bookings"]] == [{"type", "id"}]
    assert data["meta"]["items"]
    assert answer.headers["Location"] == answer.body["links"]["self"]

    read = sent(
        moto_world,
        "GET",
        f"{ORDERS}/{data['id']}",
        accept=accept,
        include="bookings.customer,bookings.resource",
    )
    booking = read.body["data"]["bookings"][0]
    assert (booking["status"], booking["customer"]["full_name"], booking["resource"]["name"]) == (
        "accepted",
        ADA.full_name,
        ROOM.name,
    )
    assert booking["order"] == {"type": "orders", "id": data["id"]}
    assert read.body["data"]["customer"] == {"type": "customers", "id": ADA.id}


def test_a_list_has_its_page_where_clients_read_it(moto_world: MotoWorld) -> None:
    placed(moto_world)
    usual = sent(moto_world, "GET", ORDERS, **{"page[size]": "1"})
    plain = sent(moto_world, "GET", ORDERS, accept=JSON, include="customer", **{"page[size]": "1"})

    assert_jsonapi(usual.body)
    assert usual.body["meta"]["current_page"] == 1
    meta = plain.body["meta"]
    assert [meta[name] for name in ("current_page", "last_page", "per_page", "total")] == [
        meta["page"][name] for name in ("current-page", "last-page", "per-page", "total")
    ]
    assert [each["customer"]["full_name"] for each in plain.body["data"]] == [ADA.full_name]


def test_availability_is_the_same_for_all_who_take_json(moto_world: MotoWorld) -> None:
    asked = {
        "service_id": MEETING.id,
        "resource_id": ROOM.id,
        "date": "2030-04-15",
        "timezone": "Europe/Berlin",
    }
    answers = [
        sent(moto_world, "GET", "/api/v1/availability/start", accept=accept, **asked)
        for accept in (None, MEDIA_TYPE, JSON, "application/*")
    ]

    assert {answer.headers["Content-Type"] for answer in answers} == {JSON}
    assert {answer.headers["Vary"] for answer in answers} == {VARY}
    assert all(answer.body == answers[0].body for answer in answers)
    assert answers[0].body[0]["start_date"]
    assert sent(moto_world, "GET", "/api/v1/availability/start", accept="text/csv", **asked).codes == [
        "not_acceptable"
    ]


def test_an_answer_can_stay_json_api(moto_world: MotoWorld) -> None:
    api = Api(world)

    @api.handles("read_user")
    def user(caller: Caller) -> Response[str]:
        return api.answer(200, {"data": {"type": "users", "id": "1"}}, always_json_api=True)

    answer = api(
        EVENT
        | {
            "httpMethod": "GET",
            "path": "/api/v1/user",
            "headers": {"Accept": JSON, "Authorization": f"Bearer {moto_world.demo['token']}"},
        },
        LambdaContext("admin"),
    )

    assert answer["multiValueHeaders"]["Content-Type"] == [MEDIA_TYPE]
    assert json.loads(answer["body"]) == {"data": {"type": "users", "id": "1"}}


def test_who_takes_no_json_is_refused_before_anything_is_written(moto_world: MotoWorld) -> None:
    before = moto_world.items()
    answer = placed(moto_world, accept="text/html")

    assert (answer.status, answer.codes, answer.headers["Content-Type"]) == (
        406,
        ["not_acceptable"],
        MEDIA_TYPE,
    )
    assert answer.body["errors"][0]["source"] == {"header": "Accept"}
    assert moto_world.items() == before


def test_what_is_not_accepted_hides_nothing_that_is_wrong_with_caller_and_address(
    moto_world: MotoWorld,
) -> None:
    def asks(method: str, path: str, **how: Any) -> tuple[int, list[str], str]:
        answer = sent(moto_world, method, path, accept="text/html", **how)
        return answer.status, answer.codes, answer.headers["Content-Type"]

    assert asks("GET", ORDERS, token=None) == (401, ["unauthenticated"], MEDIA_TYPE)
    assert asks("GET", ORDERS, o=f"not-{ORGANIZATION.id}") == (403, ["unauthorized"], MEDIA_TYPE)
    assert asks("GET", "/api/v1/nothing") == (404, ["not_found"], MEDIA_TYPE)
    assert asks("DELETE", ORDERS) == (405, ["method_not_allowed"], MEDIA_TYPE)
    assert asks("POST", f"{ORDERS}/from-config", body=order(), x="1") == (
        400,
        ["unknown_parameter"],
        MEDIA_TYPE,
    )


def test_errors_are_of_one_form(moto_world: MotoWorld) -> None:
    usual = sent(moto_world, "POST", f"{ORDERS}/from-config", {"bookings": [{}]})
    plain = sent(moto_world, "POST", f"{ORDERS}/from-config", {"bookings": [{}]}, accept=JSON)

    assert plain.codes == usual.codes
    assert plain.body == usual.body
    assert (plain.status, plain.headers["Content-Type"]) == (422, JSON)


@pytest.mark.parametrize(
    ("language", "german"),
    [("de-DE", True), ("de-AT, en;q=0.5", True), ("en, de;q=0.9", False), ("fr", False), (None, False)],
)
def test_errors_are_in_german_for_those_who_prefer_it(
    moto_world: MotoWorld, language: str | None, german: bool
) -> None:
    answer = sent(
        moto_world,
        "POST",
        f"{ORDERS}/from-config",
        {"bookings": [{}], "order_customer_id": "nobody"},
        language=language,
    )
    titles = {error["title"] for error in answer.body["errors"]}

    assert (answer.status, answer.headers["Content-Language"], answer.headers["Vary"]) == (
        422,
        "de" if german else "en",
        VARY,
    )
    assert {"resource_id required", "service_id required", "customer not found"} <= titles or german
    assert {"resource_id fehlt", "service_id fehlt", "Kunde nicht gefunden"} <= titles or not german
    details = [error["detail"] for error in answer.body["errors"] if error["code"] == "customer_not_found"]
    assert details == [
        "Diese Organisation hat keinen Kunden 'nobody'. Bitte prüfen Sie die ID."
        if german
        else "This organization has no customer 'nobody'. Check the id."
    ]


def test_every_kind_of_refusal_is_in_german(moto_world: MotoWorld) -> None:
    def told(answer: Answer) -> list[tuple[int, str, str]]:
        assert answer.headers["Content-Language"] == "de"
        return [(answer.status, error["title"], error["detail"]) for error in answer.body["errors"]]

    assert told(sent(moto_world, "GET", ORDERS, token=None, language="de")) == [
        (401, "nicht angemeldet", "Bitte senden Sie ein gültiges Token mit: Authorization: Bearer {token}.")
    ]
    assert told(sent(moto_world, "GET", "/api/v1/nothing", language="de")) == [
        (404, "nicht gefunden", "Unter dieser Adresse gibt es nichts. Bitte prüfen Sie den Pfad.")
    ]
    assert told(sent(moto_world, "DELETE", ORDERS, language="de")) == [
        (
            405,
            "Methode nicht erlaubt",
            f"{ORDERS} unterstützt nur GET. Bitte verwenden Sie eine dieser Methoden.",
        )
    ]
    assert told(placed(moto_world, accept="text/html", language="de")) == [
        (
            406,
            "Format nicht verfügbar",
            f"Antworten gibt es als {MEDIA_TYPE} oder {JSON}. Bitte akzeptieren Sie einen dieser Typen.",
        )
    ]
    assert told(placed(moto_world, media_type="text/plain", language="de")) == [
        (415, "Medientyp nicht unterstützt", f"Bitte senden Sie den Inhalt mit Content-Type: {MEDIA_TYPE}.")
    ]


def test_what_goes_wrong_here_is_told_in_german_too(
    moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Api, "base_url", property(lambda _: 1 / 0))
    answer = placed(moto_world, language="de")

    assert (answer.status, answer.body["errors"][0]["title"], answer.headers["Content-Language"]) == (
        500,
        "interner Fehler",
        "de",
    )


def test_a_preview_tells_its_conflicts_in_german(moto_world: MotoWorld) -> None:
    placed(moto_world)
    answer = sent(moto_world, "POST", f"{ORDERS}/calculate", order(), language="de")
    [conflict] = answer.body["data"]["attributes"]["bookings"][0]["conflicts"]

    assert (answer.status, conflict["code"], conflict["title"]) == (
        200,
        "slot_unavailable",
        "Zeitraum nicht verfügbar",
    )
    assert conflict["detail"].startswith(
        "Von 15.04.2030, 09:00 Uhr bis 15.04.2030, 10:00 Uhr hat Meeting Room 1 "
    )
