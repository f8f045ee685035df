"""Reading a request: valid parts are kept, and all others reported together, each with its pointer."""

import json
import time
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.domain.requests.order import MAX_BOOKINGS, OrderConfig, read_config
from tests.support.examples import scaled
from tests.unit.builders import booking, codes, order


def _refused(body: Any) -> list[tuple[str, str | None]]:
    return codes(read_config(body).problems)


def test_the_defaults_are_the_guides() -> None:
    config = read_config({}).config
    assert (config.notifies, config.completes, config.checks_availability) == (True, True, True)
    assert config.bookings is None


def test_a_whole_body_is_read() -> None:
    body = order(
        booking(
            quantity=1,
            description="d",
            note="n",
            customer_note="c",
            customer_id=7,
            booking_add_ons=[{"add_on_id": 8, "quantity": 2}],
        ),
        order_customer_id=42,
        voucher_code="X",
        notify_customer=False,
        complete_order=False,
        check_availability=False,
        timezone="Europe/Berlin",
    )
    reading = read_config(body)
    assert reading.problems == ()
    config = reading.config
    assert (config.order_customer_id, config.notifies, config.completes, config.checks_availability) == (
        "42",
        False,
        False,
        False,
    )
    (asked,) = config.bookings or ()
    assert asked is not None
    assert (asked.resource_id, asked.service_id, asked.customer_id) == (("room",), {"meeting": 1}, "7")
    assert asked.start_date == datetime.fromisoformat("2026-04-15T09:00:00+02:00")
    assert [(a.add_on_id, a.quantity) for a in asked.booking_add_ons or () if a] == [("8", 2)]


@pytest.mark.parametrize(
    ("written", "read"),
    [("a", ("a",)), (5, ("5",)), (["a", 5], ("a", "5")), ([], ()), (["a", None], ("a", None)), (None, None)],
)
def test_resources_are_one_id_or_an_array_of_strings_or_integers(written: Any, read: Any) -> None:
    reading = read_config({"bookings": [{"resource_id": written}]})
    assert reading.problems == ()
    assert reading.config.bookings is not None
    assert reading.config.bookings[0] is not None
    assert reading.config.bookings[0].resource_id == read


def test_null_means_absent() -> None:
    nothing = dict.fromkeys(OrderConfig.model_fields)
    assert read_config(nothing).config == read_config({}).config
    assert _refused(nothing) == []
    assert _refused({"bookings": [dict.fromkeys(booking())]}) == []


@pytest.mark.parametrize("body", [None, [], "x", 1, True, 1.5])
def test_a_body_that_is_no_object_is_refused_as_a_whole(body: Any) -> None:
    assert _refused(body) == [("invalid_type", "")]


@pytest.mark.parametrize("field", ["notify_customer", "complete_order", "check_availability"])
@pytest.mark.parametrize("value", ["true", "false", 1, 0, "", [], {}])
def test_booleans_are_booleans(field: str, value: Any) -> None:
    assert _refused({field: value}) == [("invalid_value", f"/{field}")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", 0),
        ("quantity", -1),
        ("quantity", 1.0),
        ("quantity", "1"),
        ("quantity", True),
        ("quantity", 100_001),
        ("resource_id", ""),
        ("resource_id", True),
        ("resource_id", 1.5),
        ("resource_id", {"a": 1}),
        ("resource_id", "x" * 129),
        ("customer_id", []),
        ("start_date", 1776236400),
        ("start_date", "2026-04-15"),
        ("end_date", "soon"),
        ("end_date", ["2026-04-15T09:00"]),
        ("service_id", "meeting"),
        ("service_id", ["meeting"]),
        ("description", 5),
        ("note", "x" * 2001),
        ("booking_add_ons", {}),
        ("booking_add_ons", "coffee"),
    ],
)
def test_a_wrong_value_of_a_booking_is_refused_with_its_pointer(field: str, value: Any) -> None:
    assert _refused(order(booking(), booking(**{field: value}))) == [
        ("invalid_value", f"/bookings/1/{field}")
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"bookings": "x"}, "/bookings"),
        ({"bookings": {}}, "/bookings"),
        ({"bookings": ["x"]}, "/bookings/0"),
        ({"bookings": [{}, 5]}, "/bookings/1"),
        ({"bookings": [{}] * (MAX_BOOKINGS + 1)}, "/bookings"),
        ({"bookings": [{"service_id": {"a/b~c": 0}}]}, "/bookings/0/service_id/a~1b~0c"),
        ({"bookings": [{"service_id": {"": 1}}]}, "/bookings/0/service_id/"),
        ({"bookings": [{"resource_id": ["a", 1.5]}]}, "/bookings/0/resource_id/1"),
        (
            {"bookings": [{"booking_add_ons": [{}, {"quantity": 0}]}]},
            "/bookings/0/booking_add_ons/1/quantity",
        ),
        ({"timezone": 5}, "/timezone"),
        ({"voucher_code": 5}, "/voucher_code"),
        ({"order_customer_id": {}}, "/order_customer_id"),
    ],
)
def test_a_pointer_leads_to_the_value_that_is_wrong(body: Any, pointer: str) -> None:
    assert _refused(body) == [("invalid_value", pointer)]


def test_unknown_fields_are_refused_by_name() -> None:
    reading = read_config(
        {"bookings": [booking(colour="red", booking_add_ons=[{"price": 1}])], "customer": "x"}
    )
    assert {(problem.pointer, problem.detail()) for problem in reading.problems} == {
        ("/bookings/0/colour", "Unknown field 'colour'. Leave it out."),
        ("/bookings/0/booking_add_ons/0/price", "Unknown field 'price'. Leave it out."),
        ("/customer", "Unknown field 'customer'. Leave it out."),
    }
    assert {(problem.code, problem.title(), problem.status) for problem in reading.problems} == {
        ("unknown_field", "unknown field", 422)
    }


def test_every_problem_is_reported_at_once_and_the_rest_is_kept() -> None:
    body = order(
        booking(quantity=0, note=5),
        "x",
        booking(start_date="soon", resource_id=["a", True]),
        timezone=1,
        notify_customer="yes",
    )  # type: ignore[arg-type]
    reading = read_config(body)
    assert sorted(pointer or "" for _, pointer in codes(reading.problems)) == [
        "/bookings/0/note",
        "/bookings/0/quantity",
        "/bookings/1",
        "/bookings/2/resource_id/1",
        "/bookings/2/start_date",
        "/notify_customer",
        "/timezone",
    ]
    first, second, third = reading.config.bookings or ()
    assert first is not None
    assert first.service_id == {"meeting": 1}
    assert second is None
    assert third is not None
    assert third.resource_id == ("a", None)
    assert reading.is_unread("bookings", 2, "resource_id")
    assert reading.is_unread("bookings", 1)
    assert not reading.is_unread("bookings", 0, "resource_id")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"bookings": {}}, "Must be an array."),
        ({"bookings": [5]}, "Must be an object."),
        ({"bookings": [{}] * (MAX_BOOKINGS + 1)}, "Must have at most 1000 characters or elements."),
        ({"notify_customer": 1}, "Must be true or false."),
        ({"order_customer_id": ""}, "Must not be empty."),
        ({"order_customer_id": "x" * 129}, "Must have at most 128 characters or elements."),
        (
            {"bookings": [{"start_date": "soon"}]},
            "Must be a date and time such as 2026-04-15T09:00:00+02:00.",
        ),
    ],
)
def test_details_say_what_is_wrong_in_terms_of_json(body: Any, detail: str) -> None:
    assert [problem.detail() for problem in read_config(body).problems] == [detail]


@pytest.mark.parametrize(
    "body",
    [
        {
            "bookings": [
                {"a": 1, "b": 1, "c": 1, "d": 1, "quantity": 0, "note": 1} for _ in range(MAX_BOOKINGS)
            ]
        },
        {f"field {number}": 1 for number in range(20_000)},
    ],
    ids=["bookings", "unknown fields"],
)
def test_a_body_full_of_mistakes_is_read_in_a_moment(body: Any) -> None:
    began = time.process_time()
    assert read_config(body).problems
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "body",
    [
        {"\ud800": 1},
        {"bookings": [{"\ud800": 1}]},
        {"bookings": [{"resource_id": "\ud800"}]},
        {"bookings": [{"service_id": {"\ud800": 1}}]},
        {"bookings": [{"customer_id": "\ud800"}]},
        {"bookings": [{"note": "\ud800"}]},
        {"order_customer_id": "\ud800"},
        {"voucher_code": "\ud800"},
    ],
)
def test_half_a_character_is_refused_wherever_it_stands(body: Any) -> None:
    assert read_config(body).problems


# "\ud800" is how json.loads returns a lone surrogate. It also reads NaN.
_TEXTS = st.text(max_size=8) | st.sampled_from(
    ["\ud800", "a\udfff", "\x00", "[key]", "0", "~/", "2026-04-15T09:00Z", "x" * 200]
)
_NAMES = _TEXTS | st.sampled_from(
    [*OrderConfig.model_fields, *booking(), "booking_add_ons", "add_on_id", "quantity", "note", "customer_id"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=25,
)
_BOOKINGS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys([*booking(), "quantity", "customer_id", "note", "booking_add_ons"], _JSON)
)
_BODIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(OrderConfig.model_fields, _JSON)
    | {"bookings": _JSON | st.lists(_BOOKINGS, max_size=3)},
)


def _at(body: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        body = body[int(part)] if isinstance(body, list) else body[part.replace("~1", "/").replace("~0", "~")]
    return body


@settings(max_examples=scaled(750))
@given(_JSON | _BODIES)
def test_whatever_comes_is_read_or_refused_with_pointers_into_it(body: Any) -> None:
    reading = read_config(body)
    for problem in reading.problems:
        assert problem.pointer is not None
        _at(body, problem.pointer)
        json.dumps([problem.pointer, problem.detail()]).encode()
    if not reading.problems:
        assert read_config(body).config == OrderConfig.model_validate(body)
