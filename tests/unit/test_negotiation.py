"""What the headers Accept and Accept-Language request, and the normalized form."""

import json
from typing import Any

import pytest

from frontdesk.api.answers.documents import list_document
from frontdesk.api.negotiation import JSON, JSON_API, flat, language, media_type, normalized, preferences
from frontdesk.api.query import Query


@pytest.mark.parametrize(
    "accept",
    [
        None, "", " , ", ";q=0", "*/*", "application/*", JSON_API, "Application/VND.api+JSON", f"{JSON_API}; charset=utf-8", f"{JSON_API};q=0.1",
        f"{JSON_API}, {JSON}", f"{JSON}, {JSON_API}", f"{JSON};q=1, {JSON_API};q=0.5", f'{JSON_API}; profile="https://a.example/x,y;z"',
        # axios, jQuery, a browser, Spring
        f"{JSON}, text/plain, */*", f"{JSON}, text/javascript, */*; q=0.01", "text/html,application/xml;q=0.9,*/*;q=0.8",
        f"{JSON}, application/*+json", "application/*+json", f"text/html, {JSON}",
        f'{JSON_API}; ext="https://a.example/ext", {JSON_API}', f'{JSON_API}; ext="https://a.example/ext", */*;q=0.1, {JSON_API}',
        f"{JSON_API}; version=1, {JSON_API}", f"{JSON_API};", f"{JSON_API}; ;charset=UTF-8",
    ],
)  # fmt: skip
def test_json_api_is_the_answer(accept: str | None) -> None:
    assert media_type(accept) == JSON_API


@pytest.mark.parametrize(
    "accept",
    [JSON, "APPLICATION/JSON", f" {JSON} ", f"{JSON}; charset=utf-8", f"{JSON};q=0.5", f"{JSON};q=0.9;charset=utf-8", f"{JSON}, {JSON};q=0.5",
     f"{JSON}, text/html;q=0", f"{JSON}, {JSON_API};q=0", f"*/*, {JSON_API};q=0.0"],
)  # fmt: skip
def test_json_alone_is_the_normalized_form(accept: str) -> None:
    assert media_type(accept) == JSON


@pytest.mark.parametrize(
    "accept",
    ["text/html", "text/html, application/xml;q=0.9", "*/*;q=0", f"{JSON};q=0", f"{JSON};q=0, text/html", "text/*", "application/jsonx", "json",
     f'{JSON_API}; ext="https://a.example/ext"', f"{JSON_API}; version=1", f"{JSON_API}; version=1, {JSON_API}; ext=a", f"*/*, {JSON_API};q=0, {JSON};q=0.000"],
)  # fmt: skip
def test_no_json_is_no_answer(accept: str) -> None:
    assert media_type(accept) is None


def test_what_is_between_quotes_is_one_value() -> None:
    found = preferences(r'a/b; x="1,\"2;q=0"; q=0.3, c/d;q=2;Y, "open')

    assert [(each.value, each.quality, list(each.parameters)) for each in found] == [
        ("a/b", 0.3, ["x"]),
        ("c/d", 1.0, ["y"]),
        ('"open', 1.0, []),
    ]


@pytest.mark.parametrize(
    "header", ['"' * 20_000, "," * 20_000, "a;" * 10_000, '"\\' * 10_000, "a/b;q=" + "0" * 20_000]
)
def test_a_hostile_header_is_read_in_no_time(header: str) -> None:
    media_type(header)
    assert language(header) == "en"


@pytest.mark.parametrize(
    "accept",
    ["de", "DE", "de-DE", "de-AT", "de-DE,de;q=0.9,en;q=0.8", "en;q=0.8, de", "fr, de;q=0.3", "de, en", "de-CH, *;q=0.5", "de, *",
     "en;q=0, de;q=0.1", "de-AT;q=0, de;q=0.1", " de ; q=0.9 , en ; q=0.1 ", "*;q=0.5, de;q=0.7"],
)  # fmt: skip
def test_german_where_it_is_preferred(accept: str) -> None:
    assert language(accept) == "de"


@pytest.mark.parametrize(
    "accept",
    [None, "", "en", "en-US,en;q=0.9,de;q=0.8", "fr", "*", "*, de;q=0.5", "*, de", "de;q=0", "de;q=0, *", "en, de", "de;q=0.5, en;q=0.5000",
     "den", "d", "de;q=0.4, en-GB;q=0.5", "fr, *;q=0.1", ";;,;q=,"],
)  # fmt: skip
def test_else_english(accept: str | None) -> None:
    # 0.5000 is not a valid quality, and counts as 1.
    assert language(accept) == "en"


# The normalized form


def resource(
    type: str,
    id: str,
    meta: dict[str, Any] | None = None,
    attributes: dict[str, Any] | None = None,
    **related: Any,
) -> dict[str, Any]:
    """Returns a resource. `related` is a resource by type/id, several of them, or none."""
    relationships = {
        name: {"data": [of(one) for one in data] if isinstance(data, list) else of(data)}
        for name, data in related.items()
    }
    parts = {"attributes": attributes or {"name": id.upper()}, "relationships": relationships, "meta": meta}
    return {"type": type, "id": id, "links": {"self": f"/{id}"}} | {
        name: part for name, part in parts.items() if part
    }


def of(name: str | None) -> dict[str, str] | None:
    return None if name is None else dict(zip(("type", "id"), name.split("/"), strict=True))


ADA = resource("customers", "ada")
FIRST = resource(
    "bookings",
    "b1",
    order="orders/o",
    customer="customers/ada",
    sub_bookings=["bookings/b2"],
    super_booking=None,
)
SECOND = resource(
    "bookings",
    "b2",
    order="orders/o",
    customer="customers/gone",
    sub_bookings=[],
    super_booking="bookings/b1",
)
ORDER = resource(
    "orders",
    "o",
    {"voucher_code": None},
    customer="customers/ada",
    voucher=None,
    bookings=["bookings/b1", "bookings/b2"],
)


def test_a_resource_is_flat_and_what_is_not_included_is_named() -> None:
    links = {"self": "/o"}

    assert normalized({"data": ORDER, "links": links, "jsonapi": {"version": "1.1"}}) == {
        "data": {
            "id": "o",
            "type": "orders",
            "name": "O",
            "customer": of("customers/ada"),
            "voucher": None,
            "bookings": [of("bookings/b1"), of("bookings/b2")],
            "meta": {"voucher_code": None},
        },
        "links": links,
    }


def test_what_is_included_is_embedded_where_it_was_asked_for() -> None:
    document = {"data": ORDER, "included": [FIRST, SECOND, ADA]}
    data = normalized(document, ["bookings", "bookings.customer"])["data"]

    assert data["customer"] == of("customers/ada")
    assert data["bookings"][0] == {
        "id": "b1",
        "type": "bookings",
        "name": "B1",
        "order": of("orders/o"),
        "customer": {"id": "ada", "type": "customers", "name": "ADA"},
        "sub_bookings": [of("bookings/b2")],
        "super_booking": None,
    }
    # Referred to, but no longer existing.
    assert data["bookings"][1]["customer"] == of("customers/gone")


def test_cycles_are_cut() -> None:
    document = {"data": FIRST, "included": [SECOND, ORDER]}
    data = normalized(document, ["sub_bookings.super_booking", "sub_bookings.order.bookings", "order"])[
        "data"
    ]

    assert data["sub_bookings"][0]["super_booking"] == of("bookings/b1")
    assert data["sub_bookings"][0]["order"]["bookings"] == [of("bookings/b1"), of("bookings/b2")]
    assert data["order"]["name"] == "O"
    json.dumps(data)


def test_a_resource_of_the_list_itself_is_embedded_too() -> None:
    data = normalized({"data": [FIRST, SECOND], "included": []}, ["super_booking"])["data"]

    assert [each["id"] for each in data] == ["b1", "b2"]
    assert data[1]["super_booking"]["name"] == "B1"
    assert data[0]["sub_bookings"] == [of("bookings/b2")]


def test_what_is_included_without_being_asked_is_embedded_in_the_first_level() -> None:
    data = normalized({"data": ORDER, "included": [FIRST, ADA]})["data"]

    assert data["customer"]["name"] == "ADA"
    assert [booking.get("name") for booking in data["bookings"]] == ["B1", None]
    assert data["bookings"][0]["customer"] == of("customers/ada")


def test_a_list_says_its_page_in_both_ways() -> None:
    document = list_document([ADA], 7, Query(number=2, size=3), "/customers", {})

    assert document["meta"]["current_page"] == document["meta"]["page"]["current-page"] == 2
    form = normalized(document)
    assert form["data"] == [{"id": "ada", "type": "customers", "name": "ADA"}]
    assert form["meta"] == {
        "page": document["meta"]["page"],
        "current_page": 2,
        "last_page": 3,
        "per_page": 3,
        "total": 7,
    }
    assert form["links"] == document["links"]


def test_a_document_without_data_has_none() -> None:
    assert normalized({"meta": {"notification": {"status": "sent"}}, "jsonapi": {}}) == {
        "meta": {"notification": {"status": "sent"}}
    }
    assert normalized({"data": None}) == {"data": None}
    assert normalized({"data": []}) == {"data": []}


def test_a_relationship_of_links_alone_has_nothing_to_show() -> None:
    assert flat({"type": "t", "id": "1", "relationships": {"others": {"links": {"related": "/x"}}}}) == {
        "id": "1",
        "type": "t",
    }
