"""Custom fields: the possible questions, the accepted answers, and stored answers that never change."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from frontdesk.domain.catalog.custom_fields import (
    CustomEntry,
    CustomField,
    FieldType,
    answered,
    entry,
    formatted,
)
from frontdesk.errors import Invalid
from frontdesk.errors.formats import phrase

NUMBER = "Must be a whole or decimal number."
DATE = "Must be a date such as 2026-04-15."
LINE = "Must be a single line without control characters."


def field(type: str, **limits: Any) -> CustomField:
    known = {"choices": ["red", "green", "blue"]} if type in ("choice", "choices") else {}
    return CustomField.model_validate({"id": "f", "label": "Field", "field_type": type} | known | limits)


def kept(type: str, value: Any, locale: Literal["en", "de"] = "en", **limits: Any) -> tuple[Any, str]:
    taken = entry(field(type, **limits), value, locale)
    return taken.value, taken.formatted_value


def refusal(type: str, value: Any, **limits: Any) -> str:
    with pytest.raises(Invalid) as refused:
        entry(field(type, **limits), value, "en")
    sentence = phrase(refused.value.reason, "en")
    assert re.fullmatch(r"Must .*\.", sentence)
    return sentence


# --- answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, "", " ", "\t\r\n", "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}", []])
def test_null_blank_text_and_an_empty_array_are_no_answer(value: Any) -> None:
    assert not answered(value)
    for type in get_args(FieldType):
        assert refusal(type, value) == "Must not be empty."


@pytest.mark.parametrize("value", [0, 0.0, False, "0", " x ", [""], {}])
def test_zero_and_false_are_answers(value: Any) -> None:
    assert answered(value)


def test_an_entry_is_a_snapshot_of_label_type_and_visibility() -> None:
    taken = entry(field("text", label="Badge name", visible_to_customer=True), "Ada", "en")
    assert taken == CustomEntry(
        value="Ada", formatted_value="Ada", label="Badge name", type="text", visible=True
    )
    assert not entry(field("text"), "Ada", "en").visible


@pytest.mark.parametrize(
    ("type", "value", "en", "de"),
    [
        ("text", " Ada  L. ", " Ada  L. ", " Ada  L. "),
        ("long_text", "one\r\ntwo\n", "one\r\ntwo\n", "one\r\ntwo\n"),
        ("number", 12, "12", "12"),
        ("number", 1234.5, "1234.5", "1234,5"),
        ("number", -0.1, "-0.1", "-0,1"),
        ("number", 1e-7, "0.0000001", "0,0000001"),
        ("number", 10**15, "1000000000000000", "1000000000000000"),
        ("boolean", True, "Yes", "Ja"),
        ("boolean", False, "No", "Nein"),
        ("date", "2026-04-15", "2026-04-15", "15.04.2026"),
        ("choice", "red", "red", "red"),
        ("choices", ["red"], "red", "red"),
        ("choices", ["blue", "red"], "blue, red", "blue, red"),
    ],
)
def test_each_type_keeps_its_value_and_shows_it_in_the_language(
    type: str, value: Any, en: str, de: str
) -> None:
    assert kept(type, value, "en") == (value, en)
    assert kept(type, value, "de") == (value, de)


@pytest.mark.parametrize(("written", "same"), [(2.0, 2), (-0.0, 0), (1e15, 10**15)])
def test_a_whole_number_is_kept_whole_however_it_was_written(written: float, same: int) -> None:
    value, shown = kept("number", written)
    assert (type(value), value, shown) == (int, same, str(same))


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "value", "sentence"),
    [
        *((type, value, "Must be a string.") for type in ("text", "long_text") for value in (1, True, ["a"], {"a": 1})),
        *(("number", value, NUMBER) for value in ("12", True, False, float("nan"), float("inf"), -float("inf"), [1], {}, Decimal(1))),
        *(("boolean", value, "Must be true or false.") for value in (0, 1, 0.0, "true", [True], {})),
        *(("date", value, DATE) for value in (20260415, "15.04.2026", "20260415", "2026-W16-3", "2026-4-5", "2026-04-15T00:00")),
        *(("date", value, DATE) for value in ("2026-02-29", "2026-13-01", "2026-04-31", "0000-01-01", " 2026-04-15", "2026-04-15\n", "٢٠٢٦-04-15")),
        *(("choice", value, "Must be one of: 'red', 'green', 'blue'.") for value in ("Red", "red ", 1, True, ["red"], {})),
        *(("choices", value, "Must be an array that contains only these values: 'red', 'green', 'blue'.") for value in ("red", ["pink"], [1], [["red"]], [{}], {})),
        ("choices", ["red", "blue", "red"], "Must not contain the same choice twice."),
    ],
)  # fmt: skip
def test_what_is_not_of_the_type_is_refused(type: str, value: Any, sentence: str) -> None:
    assert refusal(type, value) == sentence


@pytest.mark.parametrize(
    ("type", "limits", "good", "bad", "sentence"),
    [
        ("text", {}, "x" * 200, "x" * 201, "Must not be longer than 200 characters."),
        ("long_text", {}, "x" * 5_000, "x" * 5_001, "Must not be longer than 5000 characters."),
        ("text", {"max_length": 3}, "äöü", "äöüß", "Must not be longer than 3 characters."),
        ("text", {"max_length": 300}, "x" * 300, "x" * 301, "Must not be longer than 300 characters."),
        ("long_text", {"max_length": 3}, "a\nb", "a\r\nb", "Must not be longer than 3 characters."),
        ("number", {}, 10**15, 10**15 + 1, "Must be at most 1000000000000000."),
        ("number", {}, -(10**15), -(10**15) - 1, "Must be at least -1000000000000000."),
        ("number", {}, 1e15, 1e300, "Must be at most 1000000000000000."),
        ("number", {"minimum": 0}, 0, -1e-9, "Must be at least 0."),
        ("number", {"maximum": Decimal("0.1")}, 0.1, 0.11, "Must be at most 0.1."),
        ("number", {"maximum": 0}, 0, 1, "Must be at most 0."),
        ("date", {}, "1900-01-01", "1899-12-31", "Must not be before 1900-01-01."),
        ("date", {}, "2199-12-31", "2200-01-01", "Must not be after 2199-12-31."),
        ("date", {"earliest": "2026-04-15"}, "2026-04-15", "2026-04-14", "Must not be before 2026-04-15."),
        ("date", {"latest": "2026-04-15"}, "2026-04-15", "2026-04-16", "Must not be after 2026-04-15."),
        (
            "choices",
            {"most_choices": 2},
            ["red", "blue"],
            ["red", "blue", "green"],
            "Must contain at most 2 choices.",
        ),
    ],
)
def test_a_limit_takes_what_is_on_it_and_refuses_what_is_beyond(
    type: str, limits: dict[str, Any], good: Any, bad: Any, sentence: str
) -> None:
    assert kept(type, good, **limits)[0] == good
    assert refusal(type, bad, **limits) == sentence


def test_a_number_beyond_floats_and_text_is_refused_like_any_other() -> None:
    assert refusal("number", 10**5_000) == "Must be at most 1000000000000000."


@pytest.mark.parametrize("unseen", ["\x00", "\t", "\x1b", "\x7f", "\x85", "\ud800", "\u2028", "\u2029"])
def test_text_has_no_control_character_and_no_half_of_a_pair(unseen: str) -> None:
    assert refusal("text", f"a{unseen}b") == LINE
    assert (
        refusal("long_text", f"a{unseen}b") == "Must not contain control characters other than line breaks."
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_only_long_text_has_line_ends(end: str) -> None:
    assert kept("long_text", f"a{end}b")[0] == f"a{end}b"
    assert refusal("text", f"a{end}b") == LINE


def test_a_refusal_names_at_most_ten_choices() -> None:
    many = [f"c{i}" for i in range(11)]
    assert refusal("choice", "x", choices=many[:10]).startswith("Must be one of: ")
    ten = refusal("choice", "x", choices=many)
    assert ten.startswith("Must be one of the allowed values, such as ")
    assert ten.endswith("'c8', 'c9'.")


@given(st.text(max_size=20) | st.text(alphabet="a\n\r\t\u2028\x85\ud800", max_size=8))
@example("a\nb")
def test_text_is_kept_verbatim_or_refused(text: str) -> None:
    bad = {c for c in text if category(c) in ("Cc", "Cs", "Zl", "Zp")}
    for type, allowed in (("text", set[str]()), ("long_text", {"\r", "\n"})):
        if answered(text) and bad <= allowed:
            assert kept(type, text) == (text, text)
        else:
            refusal(type, text)


@given(st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15))
def test_the_text_of_a_number_is_exactly_that_number(number: float) -> None:
    value, en = kept("number", number)
    de = kept("number", number, "de")[1]
    assert Decimal(en) == Decimal(de.replace(",", ".")) == Decimal(str(value))
    assert set(en) <= set("-0123456789.")
    assert value == number


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_of_three_centuries_is_a_date(day: date) -> None:
    assert kept("date", day.isoformat(), "de") == (day.isoformat(), f"{day:%d.%m.%Y}")


@given(st.dates(date(1900, 1, 2), date(2199, 12, 30)), st.integers(-400, 400))
def test_a_date_is_within_its_bounds_or_refused(bound: date, days: int) -> None:
    day = min(max(bound + timedelta(days), date(1900, 1, 1)), date(2199, 12, 31)).isoformat()
    for limit, good in (("earliest", day >= bound.isoformat()), ("latest", day <= bound.isoformat())):
        if good:
            assert kept("date", day, **{limit: bound})[0] == day
        else:
            refusal("date", day, **{limit: bound})


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["red", "green", "2026-04-15", "1", "true"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@pytest.mark.parametrize("type", get_args(FieldType))
@given(value=_JSON)
@example(value=True)
@example(value=1)
@example(value=1.5)
@example(value="1")
@example(value=["red", "green"])
def test_any_json_is_refused_in_a_sentence_or_comes_back_from_the_store_as_it_was_kept(
    type: str, value: Any
) -> None:
    try:
        taken = entry(field(type), value, "en")
    except ValueError:
        refusal(type, value)
        return
    stored = CustomEntry.model_validate(json.loads(taken.model_dump_json()))
    assert stored == taken
    # With == alone, True would equal 1.
    assert repr(stored) == repr(taken)
    assert formatted(stored.type, stored.value, "en") == taken.formatted_value


# --- what can be asked -------------------------------------------------------------------------------------------

LIMITS: dict[str, Any] = {
    "max_length": 5,
    "minimum": 0,
    "maximum": 0,
    "choices": ["a"],
    "most_choices": 1,
    "earliest": "2026-04-15",
    "latest": "2026-04-15",
}
PLACES = {
    ("max_length", "text"), ("max_length", "long_text"), ("minimum", "number"), ("maximum", "number"), ("choices", "choice"),
    ("choices", "choices"), ("most_choices", "choices"), ("earliest", "date"), ("latest", "date"),
}  # fmt: skip


@pytest.mark.parametrize("type", get_args(FieldType))
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_taken_only_where_it_makes_sense(limit: str, type: str) -> None:
    if (limit, type) in PLACES:
        field(type, **{limit: LIMITS[limit]})
    else:
        with pytest.raises(ValidationError, match="limits_misplaced"):
            field(type, **{limit: LIMITS[limit]})


@pytest.mark.parametrize(
    ("type", "limits", "message"),
    [
        ("choice", {"choices": []}, "choices_missing"),
        ("choices", {"choices": []}, "choices_missing"),
        ("choice", {"choices": ["a", "b", "a"]}, "choices_repeated"),
        ("choice", {"choices": ["a", " "]}, "blank_or_lines"),
        ("choice", {"choices": ["a\nb"]}, "blank_or_lines"),
        ("choice", {"choices": ["\ud800"]}, "choices"),
        ("choice", {"choices": ["x" * 201]}, "at most 200"),
        ("choice", {"choices": [str(i) for i in range(201)]}, "at most 200"),
        ("choices", {"most_choices": 0}, "greater than or equal to 1"),
        ("text", {"max_length": 0}, "greater than or equal to 1"),
        ("long_text", {"max_length": 5_001}, "less than or equal to 5000"),
        ("number", {"minimum": 2, "maximum": 1}, "minimum_above_maximum"),
        ("number", {"minimum": float("nan")}, "finite"),
        ("number", {"maximum": 10**15 + 1}, "less than or equal"),
        ("number", {"minimum": -(10**15) - 1}, "greater than or equal"),
        ("date", {"earliest": "2026-04-16", "latest": "2026-04-15"}, "earliest_after_latest"),
        ("date", {"earliest": "1899-12-31"}, "greater than or equal"),
        ("date", {"latest": "2200-01-01"}, "less than or equal"),
        ("text", {"label": " "}, "blank_or_lines"),
        ("text", {"label": "a\nb"}, "blank_or_lines"),
        ("text", {"label": "\ud800"}, "label"),
        ("text", {"label": "x" * 201}, "at most 200"),
        ("color", {}, "type"),
        ("text", {"required": True}, "Extra inputs"),
    ],
)
def test_a_field_that_can_not_be_asked_is_refused(type: str, limits: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        field(type, **limits)


@pytest.mark.parametrize(
    "asked",
    [
        field("number", minimum=Decimal("0.1"), maximum=Decimal("99.95")),
        field("number", minimum=1, maximum=1),
        field("date", earliest="2026-04-15", latest="2026-04-15"),
        field("choices", most_choices=2, archived=True),
    ],
)
def test_a_field_comes_back_from_the_store_as_it_was(asked: CustomField) -> None:
    assert CustomField.model_validate(json.loads(asked.model_dump_json())) == asked
