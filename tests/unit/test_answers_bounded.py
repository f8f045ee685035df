"""Lambda's limit of 6 MB: an answer about one order is shortened and says so, a list that is too large is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from frontdesk.api import bounds
from frontdesk.api.answers.calculations import calculation_document
from frontdesk.api.answers.documents import document, list_document
from frontdesk.api.answers.errors import error_document
from frontdesk.api.answers.orders import booking_resource, kept, order_resource
from frontdesk.api.bounds import encoded
from frontdesk.api.negotiation import Json, normalized
from frontdesk.api.query import Query
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.calculate import calculate_order
from frontdesk.usecases.orders.change import cancel_order
from frontdesk.usecases.orders.place import place_order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.jsonapi import assert_jsonapi
from tests.unit.builders import ADA, DESK, DESKS, NOW, ORGANIZATION, booking, order

URL = "https://api.example.com"
REST = f"{URL}/api/v1/bookings?filter%5Border%5D="
NOTES = dict.fromkeys(("note", "customer_note", "description"), 'a "note" \N{SNOWMAN} ' * 120)
BESIDE = Query(includes=(("bookings",), ("bookings", "customer")))


def daily(count: int, **fields: Any) -> Json:
    series = booking(
        resource_id="desks", service_id={"desk": 1}, recurring={"frequency": "daily", "count": count}
    )
    return order(series | fields, order_customer_id="ada")


@pytest.fixture
def store() -> FakeStore:
    return FakeStore("o", (ORGANIZATION, ADA, DESKS, DESK))


def sent(
    of: Any, shown: Callable[[Json], Any] = lambda each: each, most: int = bounds.MAX_ANSWER
) -> tuple[Any, int]:
    """Returns what a client reads, and how many bytes Lambda sends."""
    body = encoded(of, shown, lambda: URL, "en")
    size = len(json.dumps({"body": body}, ensure_ascii=False).encode())
    assert size <= most + len('{"body": ""}')
    return json.loads(body), size


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(bounds, "MAX_ANSWER", 60_000)
    return 60_000


def with_bookings(store: FakeStore, count: int) -> tuple[str, Json]:
    placed = place_order(Context("o", FakeClock(NOW)), read_config(daily(count, **NOTES)), store)
    resources = [booking_resource(each, placed.order, URL, NOW) for each in placed.bookings]
    found = document(order_resource(placed.order, URL, NOW, placed.bookings), BESIDE, resources)
    return placed.order.id, found


def test_a_series_of_a_thousand_with_long_notes_is_an_answer_that_lambda_takes(store: FakeStore) -> None:
    id, found = with_bookings(store, 1_000)
    assert len(json.dumps(found)) > 6_000_000

    answer, size = sent(found)
    assert size > 5_000_000, "no more is left out than must be"
    assert_jsonapi(answer)
    assert len(answer["data"]["relationships"]["bookings"]["data"]) == 1_000
    assert answer["data"]["attributes"] == json.loads(json.dumps(found["data"]["attributes"]))
    cut = answer["meta"]["cut"]
    assert cut == {"included": {"shown": len(answer["included"]), "total": 1_000}, "rest": REST + id}


@pytest.mark.parametrize("is_normalized", [False, True])
def test_what_is_cut_begins_as_it_would_be_and_says_how_much_there_is(
    store: FakeStore, small: int, is_normalized: bool
) -> None:
    id, found = with_bookings(store, 100)
    answer, _ = sent(found, (lambda each: normalized(each, ["bookings"])) if is_normalized else dict, small)

    cut = answer["meta"]["cut"]
    assert cut["rest"] == REST + id
    assert cut["included"]["total"] == 100
    assert 0 < cut["included"]["shown"] < 100
    if not is_normalized:
        whole = json.loads(json.dumps(found))
        assert answer["included"] == whole["included"][: cut["included"]["shown"]]
        items = answer["data"]["meta"]["items"]
        assert items == whole["data"]["meta"]["items"][: len(items)]


def test_lines_are_cut_as_what_is_included_is(store: FakeStore, small: int) -> None:
    _, found = with_bookings(store, 300)
    del found["included"]
    answer, _ = sent(found, most=small)

    assert answer["meta"]["cut"]["items"] == {"shown": len(answer["data"]["meta"]["items"]), "total": 300}
    assert len(answer["data"]["relationships"]["bookings"]["data"]) == 300


def test_a_canceled_order_keeps_telling_what_stays(store: FakeStore, small: int) -> None:
    id, _ = with_bookings(store, 200)
    canceled, bookings = cancel_order(Context("o", FakeClock(NOW)), id, store)
    meta = kept(canceled, bookings, NOW)
    answer, _ = sent(document(order_resource(canceled, URL, NOW, bookings)) | {"meta": meta}, most=small)

    assert answer["meta"]["kept"] == []
    assert answer["meta"]["cut"]["items"]["total"] == 200


def test_what_fits_is_not_cut(store: FakeStore) -> None:
    _, found = with_bookings(store, 20)
    assert "meta" not in sent(found)[0]


def test_quotes_are_two_bytes_of_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_ANSWER", 1_000)
    with pytest.raises(FrontdeskError, match="answer_too_large"):
        encoded({"data": [{"id": '"' * 300}]}, dict, lambda: URL, "en")


def test_a_preview_tells_of_every_booking_what_it_costs_and_whether_it_is_available(
    store: FakeStore, small: int
) -> None:
    place_order(
        Context("o", FakeClock(NOW)), read_config(daily(100) | {"bookings": [daily(100)["bookings"][0] | {"service_id": {"desk": 5}}] * 2}), store)  # fmt: skip
    body = daily(60, service_id={"desk": DESKS.quantity})
    assessment = calculate_order(Context("o", FakeClock(NOW)), read_config(body), store)
    whole = calculation_document(assessment, body, "en")
    answer, _ = sent(whole, most=small)

    bookings = answer["data"]["attributes"]["bookings"]
    assert [each["total"] for each in bookings] == [
        each["total"] for each in whole["data"]["attributes"]["bookings"]
    ]
    assert not any(each["available"] for each in bookings)
    assert bookings[0]["conflicts"]
    cut = answer["meta"]["cut"]
    assert cut["conflicts"] == {"shown": sum(len(each["conflicts"]) for each in bookings), "total": 60}


def test_a_list_that_is_too_large_is_refused_with_what_makes_it_smaller(store: FakeStore, small: int) -> None:
    placed = place_order(Context("o", FakeClock(NOW)), read_config(daily(30, **NOTES)), store)
    resources = [booking_resource(each, placed.order, URL, NOW) for each in placed.bookings]
    with pytest.raises(FrontdeskError) as refused:
        sent(list_document(resources, 30, Query(), URL, {}), most=small)

    [problem] = refused.value.problems
    assert (problem.code, problem.status) == ("answer_too_large", 400)
    assert all(name in problem.detail() for name in ("page[size]", "include", "fields"))


@pytest.mark.parametrize(("texts", "told"), [(20, 1_000), (600, None)])
def test_a_thousand_problems_with_all_that_is_known_of_them_fit(texts: int, told: int | None) -> None:
    meta = {"taken": [{"start_date": "2030-01-01T00:00:00Z", "end_date": "2030-01-01T00:00:00Z"}] * 80}
    problems = [
        Problem("unknown_parameter", {"name": "\N{BEAR FACE}" * texts * 3}, pointer=f"/{n}", meta=meta)
        for n in range(1_000)
    ]
    answer, size = sent(error_document(problems, "en"))

    errors = answer["errors"]
    assert size > 1_000_000
    assert errors[0]["meta"] == meta
    assert "meta" not in errors[-2]
    assert errors[-1]["code"] == ("unknown_parameter" if told else "too_many_errors")
    assert errors[-1]["status"] == "400"
    assert len(errors) == told or told is None
