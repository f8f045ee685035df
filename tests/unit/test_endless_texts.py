"""Texts that keep a parser busy. Each took minutes, or never ended."""

from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO
from unicodedata import normalize

import pytest
from pydantic import ValidationError

from frontdesk.domain import search
from frontdesk.domain.catalog.addresses import email_key
from frontdesk.domain.catalog.items import Resource, shown_code
from frontdesk.domain.catalog.message_rules import Words, filled
from frontdesk.domain.catalog.slugs import slug_of
from frontdesk.domain.imports.columns.amounts import read_amount, read_duration, read_truth
from frontdesk.domain.imports.columns.dates import read_written
from frontdesk.domain.imports.columns.hours import read_hours
from frontdesk.domain.imports.columns.names import Directory, Names, NotFound
from frontdesk.domain.imports.columns.people import person_of
from frontdesk.domain.imports.headers.folding import folded, folded_value
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.rows import read_table
from frontdesk.domain.imports.tables.calendars import calendar_table
from frontdesk.domain.imports.tables.repeats import MAX_TIMES
from frontdesk.domain.imports.tables.sheets import _Extent
from frontdesk.domain.search import Sought
from frontdesk.domain.texts import normal
from tests.support.work import ends_soon

MANY = 5_000
# The limit of a line in a file.
MOST = 1_000_000


@pytest.mark.parametrize(
    "text", ["{" + " " * (MANY - 1), "{" * MANY, "{ " * (MANY // 2), "}" * MANY, "{a" * (MANY // 2)]
)
def test_no_braces_keep_a_rule_busy(text: str) -> None:
    ends_soon(lambda: filled(text, {}))


def test_what_is_filled_in_is_no_longer_than_a_mail_may_be() -> None:
    """500 times the names of a hundred services made a mail of 156 MB, which took half a minute."""
    text = filled("{service}" * 500, {"service": "S" * 20_000}, 10_000)
    assert len(text) == 10_000
    assert text.endswith("\N{HORIZONTAL ELLIPSIS}")


def test_placeholders_are_what_they_were() -> None:
    values = {"customer_name": "Ada", "date": "Monday"}
    assert (
        filled("{customer_name} {{ date }} {\tdate}} {count} {nothing} { } {{a}", values)
        == "Ada Monday Monday    "
    )
    assert Words(before="{ customer_name }").before == "{ customer_name }"
    with pytest.raises(ValidationError):
        Words(before="{ name of nobody }")


UNITS = (
    " ",
    "1",
    "1 ",
    "a",
    "a ",
    "9:00 ",
    "mo-",
    "mobis",
    "mo, ",
    "h",
    "-",
    "to ",
    "1h ",
    ".",
    "9 - ",
    "1.",
    "p",
    "(",
)
AROUND = (("", ""), ("9 ", "a"), ("1", "!"), ("(", ")"), ("mo ", "x"))


@pytest.mark.parametrize("read", [read_amount, read_duration, read_hours, read_truth, read_written])
def test_no_cell_keeps_an_import_busy(read: Any) -> None:
    for most in (90, 1_900, MOST):
        for unit in UNITS:
            for before, after in AROUND:
                ends_soon(partial(read, before + unit * (most // len(unit)) + after))


@pytest.mark.parametrize(
    "text", ["a" * MOST + " @", "a@" * (MOST // 2), "@" * MOST, "<" + "a," * (MOST // 2) + "@"]
)
def test_no_address_keeps_an_import_busy(text: str) -> None:
    ends_soon(lambda: person_of({"email": text}, text, "", "file"))


def test_names_that_are_no_names_are_not_compared() -> None:
    names = Names(Resource(id=f"r{n}", name=f"Meeting Room {n}" + "x" * 100) for n in range(1_000))
    missing = [names.find(f"Meeting Rom {n}" + "x" * most) for n, most in enumerate((60, 100, 180))]
    assert [each.nearest for each in missing if isinstance(each, NotFound)] == [[], (), ()]


@pytest.mark.parametrize("unit", [b"<c ", b'<c r="A1" ', b'<c r="A1', b"<c" * 5, b'r="A1" ', b"<c x:c "])
@pytest.mark.parametrize("before", [b"<sheetData>", b"<sheetData><c "])
def test_no_sheet_keeps_its_first_look_busy(unit: bytes, before: bytes) -> None:
    def look() -> None:
        with suppress(BadFile):
            _Extent().look(before + unit * (MOST // len(unit)))

    ends_soon(look)


def test_what_a_sheet_holds_is_seen() -> None:
    extent = _Extent()
    extent.look(
        b'<sheetData><row><c r="B2" t="s"><v>1</v></c><x:c s="1" r="AA7"><v/></x:c><c r="XFD9"/><c t="n" r="C3" ></c></row>'
    )
    assert (extent.rows, extent.columns) == (7, 27)


def calendar(*lines: str, repeated: int = 1) -> BinaryIO:
    event = "BEGIN:VEVENT\r\nUID:u\r\nDTSTART:20310106T090000Z\r\nDTEND:20310106T100000Z\r\n"
    events = (event + "\r\n".join(lines) + "\r\nEND:VEVENT\r\n") * repeated
    return BytesIO(f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n".encode())


NEVER = "BYMONTH=2;BYMONTHDAY=30"
EVERY_SECOND = ";".join(
    f"BY{part}={','.join(map(str, range(most)))}"
    for part, most in (("HOUR", 24), ("MINUTE", 60), ("SECOND", 60))
)


@pytest.mark.parametrize(
    "lines",
    [
        *([f"RRULE:FREQ={often};{NEVER}"] for often in ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "YEARLY")),
        [f"RRULE:FREQ=DAILY;{EVERY_SECOND}"],
        ["RRULE:FREQ=DAILY;COUNT=1000000000", "EXDATE:20310107T090000Z"],
        ["RRULE:FREQ=DAILY", "EXDATE:" + ",".join(["20310107T090000Z"] * 20_000)],
        ["RDATE:" + ",".join(f"2032{n // 28 % 12 + 1:02}{n % 28 + 1:02}T{n // 336 % 24:02}{n // 8064:02}00Z" for n in range(20_000))],
        ["DURATION:P99999999999D"],
    ],
)  # fmt: skip
def test_no_calendar_keeps_an_import_busy(lines: list[str]) -> None:
    for row in ends_soon(lambda: list(calendar_table(calendar(*lines)).rows()), 3)[1:]:
        assert len(row.times) <= MAX_TIMES + 1


def test_a_calendar_full_of_rules_that_never_apply_ends_soon() -> None:
    for of in (f"RRULE:FREQ=DAILY;{NEVER}", f"RRULE:FREQ=YEARLY;{NEVER}\r\nEXDATE:20310106T090000Z"):
        ends_soon(lambda of=of: calendar_table(calendar(of, repeated=100)), 5)


def test_events_that_are_moved_belong_to_one_event() -> None:
    """Among many repeating events with one id, each used to examine all moved ones."""
    moved = "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID:20310107T090000Z\r\nDTSTART:20310107T100000Z\r\nDTEND:20310107T110000Z"
    rows = ends_soon(
        lambda: list(calendar_table(calendar("RRULE:FREQ=DAILY;COUNT=3", moved, repeated=500)).rows()), 3
    )
    assert [len(row.times) for row in rows[1:]].count(3) >= 1


def test_no_width_of_a_file_keeps_an_import_busy() -> None:
    """Each of 100,000 cells in a line used to be compared with all column names, for each separator and kind of file."""
    names = ("Room", "Service", "Start", "End", *(f"c{n}" for n in range(100_000)))
    wide = "".join(",".join(f"v{row}.{n}" for n in range(100_000)) + "\n" for row in range(3))
    row = "Red,Cut,2031-04-15 09:00,2031-04-15 10:00\n"

    def read() -> list[Any]:
        reading = read_table("week.csv", BytesIO(f"{','.join(names)}\n{row}{wide}".encode()), ImportMapping())
        return list(reading.pieces(Directory(), "week.csv", "en"))

    assert [bool(piece.problems) for piece in ends_soon(read, 3)] == [True] * 4


@pytest.mark.parametrize("marks", ["\u0316\u0300", "\u0f73\u0f71", "\uff9e\u0300"])
@pytest.mark.parametrize(
    "compare",
    [folded, folded_value, search.folded, search.sort_key, Sought.of, slug_of, shown_code, email_key],
    ids=lambda each: f"{each.__module__}.{each.__qualname__}",
)
def test_no_marks_keep_a_comparison_busy(compare: Any, marks: str) -> None:
    """Normalization sorts the marks in a row, one by one: a voucher's code of a megabyte took minutes before it was refused."""
    if compare is slug_of:
        compare = partial(slug_of, otherwise="r")
    ends_soon(lambda: compare("a" + marks * (MOST // 50)), 0.5)


def test_what_languages_write_is_normalized_as_ever() -> None:
    for text in [
        "Zo\u0308e\u0301 \u1e9b\u0323",
        "\u0e01\u0e33\u0e49" * 20,
        "\ud55c\u1112\u1161\u11ab" * 20,
        "a" + "\u0300" * 30,
    ]:
        for form in ("NFC", "NFKC", "NFKD"):
            assert normal(form, text) == normalize(form, text)
