"""The catalogue of errors: it has every error that is raised and no other, and each text shows all of its values."""

import re
import string
import time
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core.core_schema import ErrorType

from frontdesk.domain.orders.order import BookingStatus, OrderStatus
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.problems import Problem, reason_of
from frontdesk.domain.requests.catalog import TYPES, CatalogType
from frontdesk.errors import Instant, Invalid, Language, Money, Phrase
from frontdesk.errors.catalog import REQUIRED
from frontdesk.errors.catalogue import ERRORS, PHRASES
from frontdesk.errors.entries import Error, Said, Text
from frontdesk.errors.formats import phrase
from frontdesk.errors.requests import GATEWAY
from frontdesk.usecases.catalog import _not_found
from local.error_table import FILE, table, written
from tests.support.copies import copy, run  # noqa: F401
from tests.support.errors import Use, names_in, sources, uses

LANGUAGES: tuple[Language, ...] = get_args(Language)
# The wording of the guide's table of errors.
GUIDE = {
    "resource_id required": "resource_id_required",
    "service_id required": "service_id_required",
    "slot unavailable": "slot_unavailable",
    "customer not found": "customer_not_found",
    "unauthorized": "unauthorized",
}
NO_ROOM = Problem(
    "slot_unavailable",
    {
        "owner": "Room",
        "left": 1,
        "quantity": 4,
        "start": "2030-04-15T07:00:00+00:00",
        "end": "2030-04-15T08:00:00+00:00",
        "weight": 2,
    },
    pointer="/bookings/0",
)


@cache
def modules() -> dict[str, str]:
    return sources()


# Parsing the package takes seconds, which workers without these tests save.
@cache
def codes() -> list[Use]:
    return uses(modules(), "Problem")


@cache
def reasons() -> list[Use]:
    return uses(modules(), "Phrase", "Invalid")


def wrong(found: list[Use], texts: dict[str, frozenset[str]]) -> list[str]:
    """Returns calls with unknown keys, and texts whose values differ from those given."""
    missing = [f"{use.where}: no {use.key}" for use in found if not any(use.names(key) for key in texts)]
    return missing + [
        f"{use.where}: {use.key} has {sorted(use.values)}, and its text {sorted(texts[use.key])}"
        for use in found
        if use.values is not None and use.key in texts and use.values != texts[use.key]
    ]


def unused(found: list[Use], keys: set[str]) -> set[str]:
    return {key for key in keys if not any(use.names(key) for use in found)}


def test_every_error_that_is_raised_is_in_the_catalogue_with_its_values() -> None:
    assert len({use.where for use in codes()}) > 90
    assert wrong(codes(), {code: names_in(error.en.detail) for code, error in ERRORS.items()}) == []


def test_every_phrase_that_is_said_is_in_the_catalogue_with_its_values() -> None:
    assert len({use.where for use in reasons()}) > 90
    assert wrong(reasons(), {key: names_in(said.en) for key, said in PHRASES.items()}) == []


def test_nothing_in_the_catalogue_is_never_raised() -> None:
    assert unused(codes(), ERRORS.keys() - GATEWAY) == set()
    assert unused(reasons(), PHRASES.keys() - set(get_args(ErrorType))) == set()


def test_codes_that_are_put_together_are_those_of_the_fields() -> None:
    required = {
        name
        for of in TYPES.values()
        for name, field in of.model.model_fields.items()
        if field.is_required() and name in of.attributes
    }
    assert set(REQUIRED) == required
    statuses = {*get_args(OrderStatus), *get_args(BookingStatus)} - {*INVISIBLE, "canceling"}
    assert {key for key in PHRASES if key.startswith("status_")} == {f"status_{each}" for each in statuses}


@pytest.mark.parametrize("of", TYPES.values(), ids=lambda of: of.name)
def test_an_item_that_is_not_there_is_said_of_every_type(of: CatalogType) -> None:
    problem = _not_found(of.kind, "x" * 200, status=404)
    assert "x" * 100 in problem.detail()
    assert "x" * 100 in problem.detail("de")
    assert problem.status in (ERRORS[problem.code].status, *ERRORS[problem.code].also)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('raise FrontdeskError(Problem("teapot"))', "new.py:1: no teapot"),
        ('Problem("in_the_past", {"moment": 1})', "new.py:1: in_the_past has ['moment'], and its text []"),
        (
            'values = {"id": 1, "name": 2}\nProblem("service_not_found", values)',
            "new.py:2: service_not_found has",
        ),
        (
            'def refuse(code: str, **values): return Problem(code, values)\nrefuse("teapot")',
            "new.py:2: no teapot",
        ),
        ('def f(a, code): return Problem(code)\nf(1, "short" if a else "stout")', "new.py:2: no short"),
        (
            'class Bad:\n def __init__(self, code: str, **values): Problem(code, values)\nBad("teapot")',
            "no teapot",
        ),
        ('Problem(f"{thing}_boiled_over")', "new.py:1: no *_boiled_over"),
    ],
)
def test_what_the_catalogue_lacks_is_found(source: str, complaint: str) -> None:
    texts = {code: names_in(error.en.detail) for code, error in ERRORS.items()}
    found = wrong(uses({"new.py": source}, "Problem"), texts)
    assert any(complaint in each for each in found), found


def test_what_nobody_raises_is_found() -> None:
    assert unused(codes(), {*ERRORS, "teapot"} - GATEWAY) == {"teapot"}
    assert unused(reasons(), {"short_and_stout"}) == {"short_and_stout"}


def test_an_error_without_german_can_not_be_made() -> None:
    text = Text("short and stout", "Tip me over.")
    with pytest.raises(TypeError, match="de"):
        Error(418, en=text, at="", when="")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="de"):
        Said("Tip me over.")  # type: ignore[call-arg]


def test_all_languages_say_the_same_values() -> None:
    for entry in (*ERRORS.values(), *PHRASES.values()):
        assert_alike(entry)


def assert_alike(entry: Error | Said) -> None:
    texts = [getattr(entry, language) for language in LANGUAGES]
    assert set(LANGUAGES) <= set(entry._fields)
    details = [text.detail if isinstance(text, Text) else text for text in texts]
    assert all(details)
    assert len({names_in(detail) for detail in details}) == 1
    for detail in details:
        for _, name, form, conversion in string.Formatter().parse(detail):
            assert name is None or name.isidentifier(), detail
            assert conversion is None
            assert form in (None, "", "q", "or", " ") or form.count("|") == 1, detail
    assert all(text.title and names_in(text.title) == set() for text in texts if isinstance(text, Text))


def test_titles_of_the_guide_are_word_for_word() -> None:
    assert {ERRORS[code].en.title: code for code in GUIDE.values()} == GUIDE


# How values are formatted


def test_a_problem_says_its_values_in_a_language() -> None:
    assert (NO_ROOM.title(), NO_ROOM.status) == ("slot unavailable", 422)
    assert NO_ROOM.title("de") == "Zeitraum nicht verfügbar"
    span = ("2030-04-15T07:00:00+00:00", "2030-04-15T08:00:00+00:00")
    assert (
        NO_ROOM.detail()
        == f"From {span[0]} to {span[1]}, Room has 1 of 4 units free; the booking needs 2. Choose another time."
    )
    assert (
        NO_ROOM.detail("de")
        == f"Von {span[0]} bis {span[1]} hat Room noch 1 von 4 Einheiten frei; die Buchung braucht 2."
        " Bitte wählen Sie eine andere Zeit."
    )


def said(text: str, language: Language, monkeypatch: pytest.MonkeyPatch, **values: Any) -> str:
    monkeypatch.setitem(PHRASES, "teapot", Said(text, text))  # type: ignore[arg-type]
    return phrase(Phrase("teapot", values), language)


# The first two are issue 16's. The amounts with other minor units are ISO 4217's.
@pytest.mark.parametrize(
    ("amount", "currency", "english", "german"),
    [
        (5000, "EUR", "50.00 EUR", "50,00 EUR"),
        (123456789, "EUR", "1,234,567.89 EUR", "1.234.567,89 EUR"),
        (5, "EUR", "0.05 EUR", "0,05 EUR"),
        (-100005, "USD", "-1,000.05 USD", "-1.000,05 USD"),
        (1500, "JPY", "1,500 JPY", "1.500 JPY"),
        (1500, "KWD", "1.500 KWD", "1,500 KWD"),
        (0, "ISK", "0 ISK", "0 ISK"),
    ],
)
def test_amounts_are_written_in_their_currency(
    amount: int, currency: str, english: str, german: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    money = Money(amount, currency)
    assert said("{money}", "en", monkeypatch, money=money) == english
    assert said("{money}", "de", monkeypatch, money=money) == german


def test_minor_units_are_those_that_babel_knows() -> None:
    from babel.core import get_global
    from babel.numbers import get_currency_precision

    from frontdesk.errors.formats import _DIGITS

    # CLDR also covers cash. Where both say something other than two digits, they agree.
    known = {
        code: get_currency_precision(code) for code in get_global("currency_fractions") if code != "DEFAULT"
    }
    assert {code: known[code] for code in _DIGITS if known.get(code, 2) > 2} == {
        code: digits for code, digits in _DIGITS.items() if known.get(code, 2) > 2
    }


def test_moments_are_written_on_the_clock_of_their_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    # 2026-12-08T08:00:00+00:00 is nine o'clock in Berlin.
    moment = Instant(1796716800, "Europe/Berlin")
    assert said("{moment}", "en", monkeypatch, moment=moment) == "8 December 2026, 09:00"
    assert said("{moment}", "de", monkeypatch, moment=moment) == "08.12.2026, 09:00 Uhr"


@pytest.mark.parametrize(("count", "english"), [(0, "0 minutes"), (1, "1 minute"), (2, "2 minutes")])
def test_a_number_has_the_word_for_one_or_for_several(
    count: int, english: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said("{count:minute|minutes}", "en", monkeypatch, count=count) == english


def test_lists_and_phrases_are_written_within_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said("{names}", "en", monkeypatch, names=["a", 2]) == "a, 2"
    assert said("{names:or}", "en", monkeypatch, names=["a", "b", "c"]) == "a, b or c"
    assert said("{names:or}", "de", monkeypatch, names=["a", "b"]) == "a oder b"
    assert said("{names:or}", "de", monkeypatch, names=["a"]) == "a"
    assert said("{names:q}", "en", monkeypatch, names=["a", "b, c"]) == "'a', 'b, c'"
    assert said("{names:q}", "de", monkeypatch, names=["a"]) == "'a'"
    assert said("{why: }", "de", monkeypatch, why=[Phrase("empty"), Phrase("not_object")]) == (
        "Darf nicht leer sein. Muss ein Objekt sein."
    )
    size = Problem(
        "invalid_custom_field", {"label": "How: so", "reason": Phrase("one_of_many", {"choices": ("S", "M")})}
    )
    assert size.detail("de") == "'How: so': Muss einer der möglichen Werte sein, zum Beispiel 'S', 'M'."


@pytest.mark.parametrize("text", ["{value.real}", "{value[0]}", "{value!r}", "{value.__class__}"])
def test_a_text_reaches_nothing_but_its_values(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((KeyError, ValueError)):
        said(text, "en", monkeypatch, value=7)


@pytest.mark.parametrize("name", ["{id}", "{0}\n%s", "x: " * 1000, "'" * 3000, "{" * 500, "\x00"])
def test_a_hostile_name_is_only_a_name(name: str) -> None:
    started = time.process_time()
    problem = Problem("service_not_found", {"id": name})
    assert problem.detail() == f"This organization has no service {name!r}. Check the id."
    assert problem.detail("de") == f"Diese Organisation hat keine Leistung {name!r}. Bitte prüfen Sie die ID."
    assert time.process_time() - started < 0.2


# Texts of pydantic's errors


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


@pytest.mark.parametrize(
    ("annotation", "value", "english", "german"),
    [
        (bool, "x", "Must be true or false.", "Muss true oder false sein."),
        (
            int,
            "x",
            "Must be a whole number.",
            "Muss eine ganze Zahl sein.",
        ),
        (
            int,
            1.5,
            "Must be a whole number.",
            "Muss eine ganze Zahl sein.",
        ),
        (int, None, "Must be a whole number.", "Muss eine ganze Zahl sein."),
        (float, "x", "Must be a number.", "Muss eine Zahl sein."),
        (str, 1, "Must be a string.", "Muss eine Zeichenkette sein."),
        (Decimal, "x", "Must be a decimal number.", "Muss eine Dezimalzahl sein."),
        (date, "soon", "Must be a date such as 2026-04-15.", "Muss ein Datum wie 2026-04-15 sein."),
        (list[int], 1, "Must be an array.", "Muss ein Array sein."),
        (frozenset[int], 1, "Must be an array.", "Muss ein Array sein."),
        (tuple[int, ...], 1, "Must be an array.", "Muss ein Array sein."),
        (dict[str, int], 1, "Must be an object.", "Muss ein Objekt sein."),
        (Model, 1, "Must be an object.", "Muss ein Objekt sein."),
        (Model, {}, "This field is required.", "Dieses Feld ist erforderlich."),
        (
            Model,
            {"name": "x", "b": 1},
            "This field does not exist. Leave it out.",
            "Dieses Feld gibt es nicht. Bitte lassen Sie es weg.",
        ),
        (Literal["a", "b", "c"], "d", "Must be 'a', 'b' or 'c'.", "Muss 'a', 'b' oder 'c' sein."),
        (Literal["a"], "d", "Must be 'a'.", "Muss 'a' sein."),
        (Annotated[int, Field(ge=1)], 0, "Must be at least 1.", "Muss mindestens 1 sein."),
        (Annotated[int, Field(gt=1)], 0, "Must be greater than 1.", "Muss größer als 1 sein."),
        (Annotated[int, Field(le=1)], 2, "Must be at most 1.", "Darf höchstens 1 sein."),
        (Annotated[int, Field(lt=1)], 2, "Must be less than 1.", "Muss kleiner als 1 sein."),
        (
            Annotated[str, Field(max_length=2)],
            "abc",
            "Must not be longer than 2 characters.",
            "Darf nicht länger als 2 Zeichen sein.",
        ),
        (Annotated[str, Field(min_length=1)], "", "Must not be empty.", "Darf nicht leer sein."),
        (
            Annotated[list[int], Field(max_length=1)],
            [1, 2],
            "Must have at most 1 characters or elements.",
            "Darf höchstens 1 Zeichen oder Elemente haben.",
        ),
        (
            Annotated[Decimal, Field(decimal_places=2)],
            "1.234",
            "Must not have more than 2 decimal places.",
            "Darf nicht mehr als 2 Nachkommastellen haben.",
        ),
        # Not one of ours: any other error has a text in both languages too.
        (type[int], 1, "Not a valid value.", "Kein gültiger Wert."),
    ],
)
def test_what_pydantic_says_is_said_in_terms_of_json(
    annotation: Any, value: Any, english: str, german: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(annotation).validate_python(value)
    (error,) = caught.value.errors(include_url=False, include_input=False)
    assert [phrase(reason_of(error), language) for language in LANGUAGES] == [english, german]


def test_what_a_validator_says_is_its_reason() -> None:
    def refuse(_: Any) -> Any:
        raise Invalid("too_many_choices", most=3)

    from pydantic import AfterValidator

    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Annotated[int, AfterValidator(refuse)]).validate_python(1)
    (error,) = caught.value.errors()
    assert phrase(reason_of(error), "de") == "Darf höchstens 3 Werte enthalten."


def test_no_validator_says_anything_by_itself() -> None:
    """A ValueError of Python's own has no text in the catalogue."""
    of_models = [
        name
        for name in modules()
        if name.startswith(("domain/requests", "domain/catalog", "domain/time", "api"))
    ]
    assert [name for name in of_models if "raise ValueError" in modules()[name]] == []


# docs/api.md


def test_the_document_has_the_errors_of_the_catalogue() -> None:
    text = FILE.read_text()
    assert written(text) == text, "make errors writes them into docs/api.md"
    assert all(f"| `{code}` |" in table() for code in ERRORS)


def test_a_document_that_is_behind_is_found() -> None:
    text = FILE.read_text()
    assert written(text.replace("| `slot_unavailable` | 422 |", "| `slot_unavailable` | 409 |")) == text
    with pytest.raises(ValueError, match="needs one"):
        written("# API")


def test_an_error_without_a_text_in_a_language_fails(copy: Path) -> None:  # noqa: F811
    orders = copy / "frontdesk/errors/orders.py"
    source = orders.read_text()
    german = re.search(r"^        de=.*\n", source, re.MULTILINE)
    assert german
    orders.write_text(source.replace(german.group(), "", 1))

    done = run(copy, "import frontdesk.errors.catalogue")

    assert "missing 1 required positional argument: 'de'" in done.stderr


def test_a_language_more_needs_a_text_for_every_error(copy: Path) -> None:  # noqa: F811
    entries = copy / "frontdesk/errors/entries.py"
    entries.write_text(entries.read_text().replace("    de: Text\n", "    de: Text\n    fr: Text\n"))

    done = run(copy, "import frontdesk.errors.catalogue")

    assert "missing 1 required positional argument: 'fr'" in done.stderr
