"""Sold terms, displayed totals, prices by hand, and codes, addresses and currencies as people read them: issue 16."""

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from babel.core import get_global
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.domain.catalog.addresses import email_key, email_keys, kept_address, read_address
from frontdesk.domain.catalog.currencies import IN_USE
from frontdesk.domain.catalog.items import (
    MAX_CODE,
    AddOn,
    Customer,
    Service,
    Voucher,
    shown_code,
    voucher_code_key,
    voucher_code_keys,
)
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.pricing import amounts_of, taxes_of
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.catalog import TYPES, CatalogDocument, changed
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.domain.requests.prices_by_hand import not_yours_to_price
from frontdesk.errors import Invalid
from frontdesk.usecases.context import Context
from frontdesk.usecases.customers import Owner, customers_of
from frontdesk.usecases.orders.calculate import calculate_order
from frontdesk.usecases.orders.change import complete_order
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Placed, place_order
from tests.support import reckoning
from tests.support.demo import (
    CATALOG,
    COFFEE,
    DESK,
    MEETING,
    NINE,
    ORGANIZATION,
    SUMMER20,
    desks,
    meeting,
    order,
)
from tests.support.examples import scaled
from tests.support.fakes import FakeClock, FakeStore

DAY = timedelta(days=1)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(ORGANIZATION.id, CATALOG)


def _places(store: FakeStore, *bookings: dict[str, Any], **more: Any) -> Placed:
    return place_order(Context(ORGANIZATION.id, FakeClock()), read_config(order(*bookings, **more)), store)


def _refuses(store: FakeStore, *bookings: dict[str, Any], **more: Any) -> list[tuple[str, str | None]]:
    written = dict(store.items)
    with pytest.raises(FrontdeskError) as refused:
        _places(store, *bookings, **more)
    assert store.items == written
    return [(problem.code, problem.pointer) for problem in refused.value.problems]


def _moves(store: FakeStore, booking: Booking, **change: Any) -> tuple[Booking, Order, list[Booking]]:
    body = {"data": {"attributes": {"recalculate_price": True, **change}}}
    reading = read_as(BookingDocument, body)
    moved, head, bookings = move_booking(
        Context(ORGANIZATION.id, FakeClock()), booking.id, reading, store, lambda *_: {}
    )
    return moved, head, [*bookings]


# Sold terms do not change.


@pytest.mark.parametrize("by_then", [0, 10, 90])
def test_a_voucher_edited_after_the_sale_changes_nothing_that_was_sold(
    store: FakeStore, by_then: int
) -> None:
    sold = _places(store, meeting(), meeting(NINE + DAY), voucher_code="SUMMER20")
    untouched, moving = sold.bookings
    store.items[Key("voucher", "summer20")] = SUMMER20.model_copy(update={"percent": Decimal(by_then)})

    moved, head, bookings = _moves(store, moving, start_date=(NINE + 2 * DAY).isoformat())

    assert bookings[0] == untouched
    assert moved.amounts == moving.amounts
    assert head.amounts == sold.order.amounts


def test_an_order_from_before_keeps_its_discount_whatever_has_become_of_its_voucher(store: FakeStore) -> None:
    sold = _places(store, meeting(), meeting(NINE + DAY), voucher_code="SUMMER20")
    use = sold.order.voucher
    assert use is not None
    key = Key("order", sold.order.id)
    store.items[key] = sold.order.model_copy(update={"voucher": use.model_copy(update={"terms": None})})
    store.items[Key("voucher", "summer20")] = SUMMER20.model_copy(update={"percent": Decimal(90)})

    moved, _, bookings = _moves(store, sold.bookings[1], start_date=(NINE + 2 * DAY).isoformat())

    assert (moved.amounts, bookings[0]) == (sold.bookings[1].amounts, sold.bookings[0])


def test_an_order_from_before_keeps_the_rounding_of_its_lines(store: FakeStore) -> None:
    """52 bookings of 29.90 had 4.77 VAT each, 21 cents less than the order owes. No change of one of them takes the difference."""
    weekly = {"frequency": "weekly", "count": 52}
    store.items[Key("service", MEETING.id)] = _service(2990)
    sold = _places(store, meeting(recurring=weekly))
    assert sold.order.amounts.tax_amount == 248_25
    old = [
        booking.model_copy(update={"lines": lines, "amounts": amounts_of(lines)})
        for booking in sold.bookings
        for lines in [tuple(_line(line, tax=477) for line in booking.lines)]
    ]
    lines = [line for booking in old for line in booking.lines]
    before = {"amounts": amounts_of(lines), "taxes": taxes_of(lines), "taxed_once": False}
    store.items[Key("order", sold.order.id)] = sold.order.model_copy(update=before)
    store.items |= {Key("booking", booking.id): booking for booking in old}

    moved, head, bookings = _moves(store, old[7], start_date=(NINE + 50 * DAY).isoformat())

    assert moved.amounts == old[7].amounts
    assert head.amounts.tax_amount == 248_04
    assert [booking for booking in bookings if booking.id != moved.id] == [*old[:7], *old[8:]]


def _service(price: int) -> Service:
    service = next(item for item in CATALOG if isinstance(item, Service) and item.id == MEETING.id)
    return service.model_copy(update={"price": price})


def _line(line: Any, tax: int) -> Any:
    return line.model_copy(update={"tax_amount": tax, "net_amount": line.total - tax})


# A displayed total.


def test_an_order_that_costs_what_was_shown_is_placed(store: FakeStore) -> None:
    assert _places(store, expected_total=5000).order.amounts.total == 5000


def test_an_order_that_costs_something_else_is_refused_with_both_and_nothing_is_written(
    store: FakeStore,
) -> None:
    with pytest.raises(FrontdeskError) as refused:
        _places(store, expected_total=4999)
    (problem,) = refused.value.problems

    assert _refuses(store, expected_total=4999) == [("total_differs", "/expected_total")]
    assert problem.meta == {"expected_total": 4999, "total": 5000}
    assert problem.detail("en").startswith("The order costs 50.00 EUR, not 49.99 EUR. ")
    assert problem.detail("de").startswith("Der Auftrag kostet 50,00 EUR, nicht 49,99 EUR. ")


def test_a_draft_that_costs_something_else_stays_a_draft(store: FakeStore) -> None:
    draft = _places(store, complete_order=False).order
    completes = lambda total: complete_order(  # noqa: E731
        Context(ORGANIZATION.id, FakeClock()),
        draft.id,
        read_as(CompletionConfig, {"expected_total": total}),
        store,
    )
    with pytest.raises(FrontdeskError) as refused:
        completes(5001)
    assert [problem.code for problem in refused.value.problems] == ["total_differs"]
    assert find_order(Context(ORGANIZATION.id, FakeClock()), draft.id, store)[0] == draft

    assert completes(5000)[0].status == "completed"


def test_a_preview_tells_the_price_whatever_was_expected(store: FakeStore) -> None:
    reading = read_config(order(expected_total=1))
    assert calculate_order(Context(ORGANIZATION.id, FakeClock()), reading, store).amounts.total == 5000


# Prices by hand.


def test_a_price_by_hand_is_asked_for_and_the_list_price_stays_on_the_line(store: FakeStore) -> None:
    sold = _places(store, meeting(custom_price=4000, reason="regular"))
    (line,) = sold.bookings[0].lines
    assert (line.unit_price, line.hand_amount, line.total, line.tax_amount) == (5000, 4000, 4000, 639)
    assert line.by_hand is not None
    assert line.by_hand.reason == "regular"


@pytest.mark.parametrize(
    ("discount", "total"),
    [({"percent": 12.5}, 4375), ({"amount": 1}, 4999), ({"amount": 99_999}, 0), ({"percent": 100}, 0)],
)
def test_a_discount_by_hand_is_taken_off_the_list_price(
    store: FakeStore, discount: dict[str, Any], total: int
) -> None:
    assert _places(store, meeting(discount=discount, reason="late")).order.amounts.total == total


def test_a_voucher_and_vat_go_by_the_price_by_hand(store: FakeStore) -> None:
    add_ons = [{"add_on_id": COFFEE.id, "quantity": 2, "discount": {"percent": 50}, "reason": "cold"}]
    asked = meeting(custom_price=4000, reason="regular", booking_add_ons=add_ons)
    sold = _places(store, asked, voucher_code="SUMMER20").order
    preview = calculate_order(
        Context(ORGANIZATION.id, FakeClock()),
        read_config(order(asked, voucher_code="SUMMER20")),
        FakeStore(ORGANIZATION.id, CATALOG),
    )
    lines = reckoning.reckon(
        [reckoning.Item(4000, Decimal(19), is_net=False), reckoning.Item(250, Decimal(7), is_net=False)],
        reckoning.Voucher(percent=Decimal(20)),
    )

    assert sold.amounts == preview.amounts
    assert sold.amounts.total == sum(line.total for line in lines) == 3400
    assert sold.amounts.tax_amount == sum(line.tax for line in lines)


def test_each_occurrence_of_a_series_and_each_part_has_the_price_by_hand(store: FakeStore) -> None:
    part = desks(2) | {"custom_price": 100, "reason": "thrown in"}
    part = {name: part[name] for name in ("resource_id", "service_id", "custom_price", "reason")}
    weekly = {"frequency": "weekly", "count": 3}
    sold = _places(store, meeting(custom_price=10, reason="why", recurring=weekly, sub_bookings=[part]))
    assert [booking.amounts.total for booking in sold.bookings] == [10, 100] * 3


def test_a_later_change_keeps_the_price_by_hand(store: FakeStore) -> None:
    longer = (NINE + 0.125 * DAY).isoformat()
    fixed = _places(store, meeting(custom_price=4000, reason="regular")).bookings[0]
    assert _moves(store, fixed, end_date=longer)[0].amounts.total == 4000

    less = _places(store, meeting(NINE + DAY, discount={"percent": 10}, reason="late")).bookings[0]
    moved = _moves(store, less, end_date=(NINE + 1.125 * DAY).isoformat())[0]
    assert (moved.lines[0].unit_price, moved.amounts.total) == (15_000, 13_500)


@pytest.mark.parametrize(
    ("asked", "code", "at"),
    [
        ({"custom_price": 1, "reason": " "}, "reason_required", "reason"),
        ({"discount": {"percent": 1}, "reason": " "}, "reason_required", "reason"),
        ({"reason": "why"}, "price_by_hand_required", "reason"),
        ({"custom_price": 1, "discount": {"amount": 1}, "reason": "why"}, "price_by_hand_twice", "discount"),
        ({"discount": {}, "reason": "why"}, "invalid_value", "discount"),
        ({"discount": {"amount": 1, "percent": 1}, "reason": "why"}, "invalid_value", "discount"),
        ({"discount": {"percent": 101}, "reason": "why"}, "invalid_value", "discount/percent"),
        ({"custom_price": -1, "reason": "why"}, "invalid_value", "custom_price"),
        ({"custom_price": 2**53, "reason": "why"}, "invalid_value", "custom_price"),
    ],
)
def test_what_is_no_price_by_hand(store: FakeStore, asked: dict[str, Any], code: str, at: str) -> None:
    assert _refuses(store, meeting(**asked)) == [(code, f"/bookings/0/{at}")]


def test_where_prices_by_hand_stand() -> None:
    priced = {"custom_price": 0, "reason": "why"}
    asked = [meeting(), meeting(booking_add_ons=[{}, priced]), meeting(**priced, sub_bookings=[priced])]
    assert [problem.pointer for problem in not_yours_to_price(read_config(order(*asked)).config)] == [
        "/bookings/1/booking_add_ons/1/custom_price",
        "/bookings/2/custom_price",
        "/bookings/2/sub_bookings/0/custom_price",
    ]


# The complete calculation, compared with an independent one.

PRICES = st.integers(0, 20_000)
CATALOGS = st.tuples(
    st.lists(
        st.tuples(PRICES, st.sampled_from(["0", "7", "19", "20", "8.875"]), st.booleans()),
        min_size=2,
        max_size=2,
    ),
    st.tuples(PRICES, st.sampled_from(["7", "19"]), st.booleans()),
    st.one_of(
        st.none(),
        st.integers(0, 100).map(lambda n: ("percent", n)),
        st.integers(0, 50_000).map(lambda n: ("amount", n)),
    ),
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=6),
)


@settings(max_examples=scaled(180))
@given(CATALOGS)
def test_calculate_and_from_config_come_to_what_is_reckoned(drawn: Any) -> None:
    services, (add_on_price, add_on_rate, add_on_net), voucher, carts = drawn
    store = FakeStore(ORGANIZATION.id, CATALOG)
    for id, (price, rate, is_net) in zip((MEETING.id, DESK.id), services, strict=True):
        seen = next(item for item in CATALOG if isinstance(item, Service) and item.id == id)
        terms = {"price": price, "tax_rate": Decimal(rate), "is_net_price": is_net}
        store.items[Key("service", id)] = seen.model_copy(update=terms)
    store.items[Key("add_on", COFFEE.id)] = AddOn(
        id=COFFEE.id,
        name="Coffee",
        price=add_on_price,
        tax_rate=Decimal(add_on_rate),
        is_net_price=add_on_net,
    )
    more: dict[str, Any] = {"check_availability": False}
    if voucher:
        store.items[Key("voucher", "summer20")] = Voucher(
            id="v1", code="SUMMER20", **{voucher[0]: voucher[1]}
        )
        more["voucher_code"] = "summer20"
    bookings, items = [], []
    for count, coffee, kind in carts:
        series = {"recurring": {"frequency": "weekly", "count": count}}
        extras = {"booking_add_ons": [{"add_on_id": COFFEE.id, "quantity": coffee}]} if coffee else {}
        bookings.append(meeting(**series, **extras) if kind == 0 else desks(2, **series, **extras))
        price, rate, is_net = services[kind]
        of_one = [reckoning.Item(price * (1 + kind), Decimal(rate), is_net)]
        of_one += [reckoning.Item(add_on_price * coffee, Decimal(add_on_rate), add_on_net)] if coffee else []
        items += of_one * count
    wanted = reckoning.reckon(
        items,
        voucher
        and reckoning.Voucher(
            Decimal(voucher[1]) if voucher[0] == "percent" else None,
            voucher[1] if voucher[0] == "amount" else None,
        ),
    )
    preview = calculate_order(
        Context(ORGANIZATION.id, FakeClock()), read_config(order(*bookings, **more)), store
    )
    sold = _places(store, *bookings, **more)

    assert preview.amounts == sold.order.amounts
    assert [
        reckoning.Reckoned(line.net_amount, line.tax_amount, line.total, line.discount_amount)
        for booking in sold.bookings
        for line in booking.lines
    ] == wanted


# Currencies, rates.


def test_the_currencies_are_those_in_use() -> None:
    territories = get_global("territory_currencies").values()
    assert {code for of in territories for code, _, until, tender in of if tender and until is None} == IN_USE


def _enters(type: str, **attributes: Any) -> Any:
    data = read_as(CatalogDocument, {"data": {"type": type, "attributes": attributes}}).config.data
    assert data is not None
    return changed(TYPES[type], None, data, ORGANIZATION, id="x")


@pytest.mark.parametrize("code", ["XXX", "ABC", "ERU", "eur", "EURO", ""])
def test_a_currency_that_nobody_is_paid_in_is_refused(code: str) -> None:
    (problem,) = _enters("organizations", name="N", timezone="Europe/Berlin", currency=code)
    assert (problem.code, problem.pointer) == ("invalid_value", "/data/attributes/currency")


@pytest.mark.parametrize(("rate", "taken"), [(8.875, True), (8.8755, True), (8.87555, False)])
def test_a_tax_rate_has_up_to_four_decimals(rate: float, taken: bool) -> None:
    entered = _enters("add-ons", name="N", price=1, tax_rate=rate)
    assert isinstance(entered, AddOn) is taken
    assert not taken or entered.tax_rate == Decimal(str(rate))


# Codes and addresses.


def _wide(text: str) -> str:
    """Returns the text in full width, as East Asian keyboards write it."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


@pytest.mark.parametrize(
    "typed", ["SUMMER20", " summer20\n", "SUM\u200bMER20", _wide("SUMMER20"), "\ufeffSummer20"]
)
def test_a_code_is_compared_by_what_people_see(store: FakeStore, typed: str) -> None:
    assert _places(store, voucher_code=typed).order.amounts.total == 4000


@pytest.mark.parametrize("typed", ["CAFÉ", "CAFE\u0301", "café", "cafe\u0301"])
def test_a_code_is_one_however_its_accents_are_composed(store: FakeStore, typed: str) -> None:
    made = _enters("vouchers", code="Cafe\u0301", percent=20)
    store.items[Key("voucher", voucher_code_key(made.code))] = made
    assert _places(store, voucher_code=typed).order.amounts.total == 4000


@pytest.mark.parametrize("code", ["SOMMER\u200b", _wide("sommer"), "cafe\u0301"])
def test_a_code_that_was_stored_before_is_found_as_it_was_and_stays_countable(
    store: FakeStore, code: str
) -> None:
    old = Voucher(id="old", code=code, percent=Decimal(20), max_redemptions=1)
    store.items[Key("voucher", code.strip().casefold())] = old
    sold = _places(store, voucher_code=code)
    assert sold.order.amounts.total == 4000
    assert store.items[Key("voucher", code.strip().casefold())].redemptions == 1
    assert _refuses(store, meeting(NINE + DAY), voucher_code=code) == [("voucher_exhausted", "/voucher_code")]


def test_a_code_of_nothing_that_is_seen_is_none(store: FakeStore) -> None:
    assert _places(store, voucher_code="\u200b\ufeff").order.voucher is None
    assert [problem.code for problem in _enters("vouchers", code="\u200b", percent=1)] == ["invalid_value"]


@given(st.text(max_size=20))
def test_what_is_kept_of_a_code_is_found_by_it(code: str) -> None:
    kept = shown_code(code)
    if kept and len(kept) <= MAX_CODE:
        assert voucher_code_keys(kept)[0] == voucher_code_key(kept) == voucher_code_keys(code)[0]
    assert shown_code(kept) == kept


@pytest.mark.parametrize("letter", ["ﷺ", "ΐ", "😀", "ß"])
@pytest.mark.parametrize("length", [5, 6, MAX_CODE])
def test_every_form_of_a_code_fits_into_a_key(letter: str, length: int) -> None:
    """Normalized, ﷺ becomes eighteen letters."""
    keys = voucher_code_keys(letter * length)
    assert keys
    assert max(len(key.encode()) for key in keys) <= 1024


@pytest.mark.parametrize(
    ("typed", "kept", "sent"),
    [
        ("ada@straße.de", "ada@straße.de", "ada@xn--strae-oqa.de"),
        ("ada@xn--strae-oqa.de", "ada@straße.de", "ada@xn--strae-oqa.de"),
        ("ada@STRASSE.de", "ada@strasse.de", "ada@strasse.de"),
        (" Ada.Lovelace+x@example.com ", "Ada.Lovelace+x@example.com", "Ada.Lovelace+x@example.com"),
        ("ada@bu\u0308cher.example", "ada@bücher.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_kept_in_unicode_and_sent_to_in_ascii(typed: str, kept: str, sent: str) -> None:
    assert read_address(typed) == (kept, sent)
    assert _enters("customers", email=typed).email == kept


@pytest.mark.parametrize(
    "typed",
    ["a@b..com", "jörg@example.com", "a", "a@", "@b.de", "a@b", "a b@c.de", "a@b.de, c@d.de", "a@[127.0.0.1]",
     "x" * 65 + "@example.com", "a@" + "x" * 64 + ".de"],
)  # fmt: skip
def test_what_no_mail_can_go_to_does_not_enter(typed: str) -> None:
    with pytest.raises(Invalid):
        kept_address(typed)
    (problem,) = _enters("customers", email=typed)
    assert (problem.code, problem.pointer) == ("invalid_value", "/data/attributes/email")


@pytest.mark.parametrize("stored", ["a@b..com", "jörg@example.com"])
def test_a_customer_with_an_address_from_before_is_read_and_changed(stored: str) -> None:
    seen = Customer.model_validate({"id": "c", "email": stored})
    data = read_as(
        CatalogDocument, {"data": {"type": "customers", "attributes": {"phone": "1", "email": stored}}}
    ).config.data
    assert data is not None
    assert changed(TYPES["customers"], seen, data, ORGANIZATION).email == stored


def test_an_address_is_found_by_its_key_and_by_the_one_it_was_stored_with() -> None:
    assert email_key("Ada@Straße.de") == "ada@straße.de" != email_key("ada@strasse.de")
    assert email_keys("ada@example.com") == ("ada@example.com",)
    assert email_keys("Ada@xn--strae-oqa.de")[0] == "ada@straße.de"
    assert "ada@strasse.de" in email_keys("ada@straße.de")


def test_a_claim_from_before_leads_to_its_own_customer_alone() -> None:
    items = {
        Key("customer_email", "ada@strasse.de"): "sharp",
        Key("customer", "sharp"): Customer(id="sharp", email="ada@straße.de"),
    }
    found = customers_of(
        ["ada@straße.de", "ada@strasse.de", "x@y.de"], lambda keys: {k: items.get(k) for k in keys}
    )
    assert found == {
        "ada@straße.de": Owner("sharp"),
        "ada@strasse.de": Owner(None, is_taken=True),
        "x@y.de": Owner(None),
    }


def test_neither_babel_nor_what_reads_addresses_is_imported_where_orders_are_placed() -> None:
    code = (
        "import sys; sys.path.insert(0, 'layers/domain/python');"
        "import frontdesk.usecases.orders.place, frontdesk.api.handlers.orders, frontdesk.bootstrap, frontdesk.adapters.dynamodb.store;"
        "print(sorted(m for m in ('babel', 'email_validator', 'dns', 'idna') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_addresses_are_read_without_looking_anything_up() -> None:
    code = (
        "import sys; sys.path.insert(0, 'layers/domain/python');"
        "from frontdesk.domain.catalog.addresses import is_address;"
        "assert is_address('a@straße.de'); print('dns' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_vouchers_least_total_is_told_in_money(store: FakeStore) -> None:
    store.items[Key("voucher", "summer20")] = SUMMER20.model_copy(update={"min_total": 10_000})
    problem = _refused(store, voucher_code="SUMMER20")
    assert "100.00 EUR" in problem.detail("en")
    assert "100,00 EUR" in problem.detail("de")


def test_when_a_voucher_is_valid_is_told_on_the_organizations_clock(store: FakeStore) -> None:
    store.items[Key("voucher", "summer20")] = SUMMER20.model_copy(update={"valid_from": 1_900_000_000})
    assert " before 17 March 2030, 18:46." in _refused(store, voucher_code="SUMMER20").detail("en")


def _refused(store: FakeStore, **more: Any) -> Problem:
    with pytest.raises(FrontdeskError) as refused:
        _places(store, **more)
    return refused.value.problems[0]


# Add-ons and sub-bookings by unit of a service.


def test_what_is_asked_for_by_service_and_unit_is_the_same_as_in_one_list(store: FakeStore) -> None:
    coffee = {"add_on_id": COFFEE.id, "quantity": 2}
    part = {name: desks(1)[name] for name in ("resource_id", "service_id")}
    plain = _places(store, meeting(booking_add_ons=[coffee, coffee], sub_bookings=[part]))
    by_service = {
        "add_ons_by_service": {MEETING.id: [[coffee, coffee]]},
        "sub_bookings_by_service": {MEETING.id: [[part]]},
    }
    sold = _places(store, meeting(NINE + DAY, **by_service))

    assert sold.order.amounts == plain.order.amounts
    assert [each.lines for each in sold.bookings] == [each.lines for each in plain.bookings]
    assert sold.bookings[1].super_booking == sold.bookings[0].id


@pytest.mark.parametrize(
    ("asked", "code", "at"),
    [
        ({"add_ons_by_service": {"other": [[]]}}, "service_differs", "add_ons_by_service/other"),
        ({"sub_bookings_by_service": {"other": []}}, "service_differs", "sub_bookings_by_service/other"),
        ({"add_ons_by_service": {MEETING.id: [[], []]}}, "invalid_value", f"add_ons_by_service/{MEETING.id}"),
        ({"add_ons_by_service": {MEETING.id: [[{}]]}}, "add_on_id_required", f"add_ons_by_service/{MEETING.id}/0/0/add_on_id"),
        ({"add_ons_by_service": {MEETING.id: [[{"add_on_id": "none"}]]}}, "add_on_not_found", f"add_ons_by_service/{MEETING.id}/0/0/add_on_id"),
        ({"sub_bookings_by_service": {MEETING.id: [[None]]}}, "sub_booking_required", f"sub_bookings_by_service/{MEETING.id}/0/0"),
        ({"add_ons_by_service": {MEETING.id: [{"add_on_id": "x"}]}}, "invalid_value", f"add_ons_by_service/{MEETING.id}/0"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_a_unit_is_refused_where_it_stands(
    store: FakeStore, asked: dict[str, Any], code: str, at: str
) -> None:
    assert _refuses(store, meeting(**asked)) == [(code, f"/bookings/0/{at}")]


def test_a_price_by_hand_of_a_unit_needs_its_scope_too() -> None:
    priced = {"add_on_id": COFFEE.id, "custom_price": 0}
    asked = meeting(add_ons_by_service={MEETING.id: [[priced]]})
    assert [problem.pointer for problem in not_yours_to_price(read_config(order(asked)).config)] == [
        f"/bookings/0/add_ons_by_service/{MEETING.id}/0/0/custom_price"
    ]
