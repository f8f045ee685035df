"""A refused file shows how its columns were read, so that the user can correct this."""

import io
from typing import Any

import pytest

from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.rows import read_table
from frontdesk.domain.imports.runs import problem_record


@pytest.mark.parametrize(
    ("text", "code", "columns"),
    [
        # No column says what is booked.
        (
            "Thing;Leistung;Datum;Beginn\nRoom;Meeting;2031-01-13;09:00\n",
            "missing_columns",
            {"Thing": None, "Leistung": "service", "Datum": "date", "Beginn": "start_date"},
        ),
        # Every date can be read in both orders.
        (
            "Raum,Leistung,Datum,Beginn,Farbe\nA,Meeting,3/4/2031,09:00,red\n",
            "dates_undecided",
            {"Raum": "resource", "Leistung": "service", "Datum": "date", "Beginn": "start_date", "Farbe": None},
        ),
    ],
)  # fmt: skip
def test_what_is_not_accepted_says_how_it_was_read(text: str, code: str, columns: dict[str, Any]) -> None:
    with pytest.raises(BadFile) as refused:
        read_table("week.csv", io.BytesIO(text.encode()), ImportMapping())
    told = problem_record(refused.value.problem)
    assert (told["code"], told["columns"]) == (code, columns)


def test_of_endless_columns_some_are_told() -> None:
    header = ";".join(f"Column {n}" + "!" * 300 * (n == 7) for n in range(400))
    with pytest.raises(BadFile) as refused:
        read_table("week.csv", io.BytesIO(f"{header};Datum\n".encode() * 2), ImportMapping(kind="bookings"))
    told = problem_record(refused.value.problem)["columns"]
    assert (len(told), max(map(len, told))) == (100, len("Column 100"))
