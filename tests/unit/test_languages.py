"""German errors: nothing that the source can say is without a translation, and none is lost on the way."""

import string
import time
from typing import get_args

import pytest

from frontdesk.domain.orders.order import BookingStatus, OrderStatus
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.problems import Problem
from frontdesk.languages import de
from frontdesk.languages.translation import in_language, translated
from tests.problems import HOLE, Source

# Of files to import: written into their results, where nobody has said a language.
OF_FILES = ("domain/imports/rows.py", "usecases/imports.py")
# What a reader or validator says, as a sentence: see `Source.errors`.
SAID = {f"{HOLE}{HOLE}.", HOLE, f"{HOLE}: {HOLE}"}
FIXED = [
    "resource_id required",
    "service_id required",
    "slot unavailable",
    "customer not found",
    "unauthorized",
]

SOURCE = Source()
TEXTS = [texts for texts in SOURCE.texts() if not texts.where.startswith(OF_FILES)]
GUIDE = Problem(
    "slot_unavailable",
    "slot unavailable",
    "Room has 1 of 4 left from 2030-04-15T07:00:00+00:00 to 2030-04-15T08:00:00+00:00; the booking takes 2.",
)


def german(text: str, texts: dict[str, str]) -> str | None:
    """A value fits every shape if it is a number."""
    return translated(text.replace(HOLE, "7"), texts, de.WORDS)


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:].removesuffix(".") + "."


@pytest.mark.parametrize("texts", TEXTS, ids=lambda texts: texts.where)
def test_every_problem_in_the_source_has_german(texts) -> None:
    assert texts.titles, "no title could be read from the source"
    assert texts.details, "no detail could be read from the source"
    missing = [text for text in texts.titles if not german(text, de.TITLES)]
    missing += [text for text in texts.details - SAID if not german(text, de.DETAILS)]
    assert missing == [], "add these to frontdesk/languages/de.py"


def test_what_readers_and_validators_say_has_german() -> None:
    said = SOURCE.errors("domain", "api")

    assert {"must be true or false", "Must not be empty."} <= said
    assert [text for text in said if not german(sentence(text), de.DETAILS)] == []


def test_the_source_is_read_through_helpers_branches_and_returned_texts() -> None:
    titles = {title for texts in TEXTS for title in texts.titles}
    details = {detail for texts in TEXTS for detail in texts.details}

    assert {*FIXED, "voucher expired", "timeslot series not found", "parameter required"} <= titles
    assert {
        "This is not a URL.",
        f"The voucher was valid until {HOLE}.",
        f"Say where to: {HOLE} is missing.",
    } <= details
    assert len(TEXTS) > 60


@pytest.mark.parametrize("texts", [de.TITLES, de.DETAILS])
def test_a_translation_keeps_the_values_and_is_used(texts: dict[str, str]) -> None:
    for english, translation in texts.items():
        names = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in (english, translation)
        ]
        assert names[0] == names[1], english


def test_every_status_that_is_shown_has_a_word() -> None:
    statuses = {*get_args(OrderStatus), *get_args(BookingStatus)} - {*INVISIBLE, "canceling"}

    assert de.WORDS["status"].keys() == statuses


def test_a_problem_is_the_same_but_for_its_texts() -> None:
    problem = GUIDE._replace(pointer="/bookings/0", meta={"capacity": 4})

    assert in_language(problem, "en") == problem
    assert in_language(problem, "de") == problem._replace(
        title="Zeitraum nicht verfügbar",
        detail="Room hat von 2030-04-15T07:00:00+00:00 bis 2030-04-15T08:00:00+00:00 noch 1 von 4 frei; die Buchung braucht 2.",
    )


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        (
            "The order is canceled; only a draft can be completed.",
            "Der Auftrag ist storniert; nur ein Entwurf kann abgeschlossen werden.",
        ),
        ("Size: Must be one of: S, M and more.", "Size: Muss einer dieser Werte sein: S, M und weitere."),
        ("How: so: Must not be empty.", "How: so: Darf nicht leer sein."),
        ("Must be 'refuse' or 'skip'.", "Muss 'refuse' oder 'skip' sein."),
        (
            "There is no customer '{0}\n%s' in this organization.",
            "In dieser Organisation gibt es keinen Kunden '{0}\n%s'.",
        ),
        (
            "Send a valid token: Authorization: Bearer {token}.",
            "Bitte ein gültiges Token mitsenden: Authorization: Bearer {token}.",
        ),
    ],
)
def test_details_keep_what_is_said_of_whom(english: str, expected: str) -> None:
    assert in_language(Problem("code", "invalid value", english), "de").detail == expected


def test_what_has_no_translation_stays_english() -> None:
    problem = Problem("teapot", "short and stout", "Tip me over: and pour me out.")

    assert in_language(problem, "de") == problem


@pytest.mark.parametrize(
    "detail",
    [
        "x: " * 1000,
        "x: " * 1000 + "Must not be empty.",
        "a has 1 of 2 left from " * 100,
        "b is not offered on " * 150,
        "'" * 3000,
        "There is no " * 300,
    ],
)
def test_a_hostile_name_is_looked_at_in_no_time(detail: str) -> None:
    started = time.process_time()
    problem = Problem("code", "invalid value", detail)

    assert in_language(problem, "de").detail == detail
    assert time.process_time() - started < 0.2
