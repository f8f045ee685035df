"""Import files from spreadsheets and scripts: read completely, or refused with the wrong line."""

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.imports.chunks import Unit, cut
from frontdesk.domain.imports.columns.names import Directory
from frontdesk.domain.imports.entries import Entry, column_of, entry_of
from frontdesk.domain.imports.headers.known import COLUMNS
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.options import BadFile, ImportOptions, read_options
from frontdesk.domain.imports.pieces import Piece
from frontdesk.domain.imports.rows import form_of, read_json_lines, read_table
from frontdesk.domain.imports.runs import row_results
from frontdesk.domain.problems import Problem

HEADER = "external_id,resource_id,service_id,start_date,end_date"
ROW = "a1,room,meeting,2031-04-15T09:00,2031-04-15T10:00"


def read_pieces(
    name: str, lines: list[bytes], options: ImportOptions | None = None
) -> tuple[ImportOptions, list[Piece], bool]:
    if form_of(name) == "jsonl":
        found, rows = read_json_lines(lines, options)
        return found, list(rows), False
    reading = read_table(name, BytesIO(b"".join(lines)), ImportMapping())
    return options or ImportOptions(), list(reading.pieces(Directory(), name, "en")), True


def pieces(text: str | bytes, name: str = "week.csv") -> list[Piece]:
    content = text.encode() if isinstance(text, str) else text
    return list(read_pieces(name, content.splitlines(keepends=True))[1])


def refusal(text: str | bytes, name: str = "week.csv") -> tuple[str, int | None]:
    with pytest.raises(BadFile) as caught:
        pieces(text, name)
    problem = caught.value.problem
    assert problem.detail()
    return problem.code, problem.meta.get("line")


def entries(text: str, name: str = "week.csv") -> list[Entry]:
    options, found, columns = read_pieces(name, text.encode().splitlines(keepends=True))
    return [entry_of([piece], options, key="", columns=columns) for piece in found]


# CSV


def test_a_row_becomes_the_body_of_from_config() -> None:
    columns = {
        "external_id": "a1",
        "order_customer_id": "ada",
        "resource_id": "room;garden",
        "service_id": "meeting:2;cleaning",
        "start_date": "2031-04-15T09:00",
        "end_date": "2031-04-15T10:00",
        "quantity": "2",
        "note": " by the window ",
        "booking_add_ons": "coffee:3;projector",
        "recurring_frequency": "weekly",
        "recurring_count": "4",
        "recurring_by_day": "TU;TH",
        "notify_customer": "yes",
        "check_availability": "false",
        "service_custom_fields.shoe": "42",
        "order_custom_fields.why": "=SUM(A1)",
        "voucher_code": "SUMMER20",
        "sub_bookings": '"[{""resource_id"": ""table""}]"',
        "timezone": "Europe/Berlin",
        "#our own": "ignored",
    }
    (entry,) = entries(",".join(columns) + "\n" + ",".join(columns.values()) + "\n")
    assert entry.problems == ()
    assert entry.external_ids == ("a1",)
    assert entry.lines == (2,)
    assert entry.body == {
        "order_customer_id": "ada",
        "voucher_code": "SUMMER20",
        "notify_customer": True,
        "check_availability": False,
        "timezone": "Europe/Berlin",
        "bookings": [
            {
                "resource_id": ["room", "garden"],
                "service_id": {"meeting": 2, "cleaning": 1},
                "start_date": "2031-04-15T09:00",
                "end_date": "2031-04-15T10:00",
                "quantity": 2,
                "note": "by the window",
                "booking_add_ons": [
                    {"add_on_id": "coffee", "quantity": 3},
                    {"add_on_id": "projector", "quantity": 1},
                ],
                "sub_bookings": [{"resource_id": "table"}],
                "recurring": {"frequency": "weekly", "count": 4, "by_day": ["TU", "TH"]},
                "service_custom_fields": {"shoe": 42},
                "order_custom_fields": {"why": "=SUM(A1)"},
            }
        ],
    }


def test_what_is_no_number_stays_for_the_reader_of_orders_to_refuse() -> None:
    (entry,) = entries(f"{HEADER},quantity,complete_order\n{ROW},many,perhaps\n")
    assert entry.body["bookings"][0]["quantity"] == "many"
    assert entry.body["complete_order"] == "perhaps"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_spreadsheets_write_is_read(delimiter: str, mark: str, end: str) -> None:
    text = mark + end.join([HEADER, ROW, "", ",,,,", ROW]).replace(",", delimiter) + end
    assert [piece.line for piece in pieces(text)] == [2, 5]


def test_a_cell_may_have_lines_of_its_own() -> None:
    found = pieces(f'{HEADER},note\n{ROW},"one\ntwo"\n{ROW},three\n')
    assert [(piece.line, piece.bookings[0]["note"]) for piece in found] == [(2, "one\ntwo"), (4, "three")]


def test_customers_are_given_by_email() -> None:
    (entry,) = entries(
        f"{HEADER},customer_email,customer_given_name,create_customer\n{ROW},ada@example.com,Ada,1\n"
    )
    assert entry.customer == {"email": "ada@example.com", "given_name": "Ada", "create": True}


def test_a_row_with_too_many_or_too_few_cells_is_refused_by_itself() -> None:
    first, second, third = pieces(f"{HEADER}\n{ROW},more\na1,room\n{ROW}\n")
    assert [code for piece in (first, second) for code, _, _ in piece.problems] == [
        "wrong_number_of_cells"
    ] * 2
    assert third.problems == ()


def test_every_column_is_read() -> None:
    dates = {"start_date": "2031-04-15T09:00", "end_date": "2031-04-15T10:00"}
    text = ",".join(COLUMNS) + "\n" + ",".join(dates.get(column, "1") for column in COLUMNS) + "\n"
    (entry,) = entries(text)
    assert entry.problems == ()


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (f"{HEADER}\n{ROW}\n".encode() + b"\xe4\x81,room,meeting,x,y\n", "wrong_encoding", 3),
        (f"{HEADER}\n{ROW}\n\0,room,meeting,x,y\n", "wrong_encoding", 3),
        (b"\x1f\x8b\x08\x00rest", "packed_file", None),
        (b"PK\x03\x04rest", "packed_file", None),
        ("external_id,resource_id\na,b\n", "missing_columns", 1),
        (f"{HEADER},note,note\n", "repeated_columns", 1),
        (f'{HEADER}\n{ROW}\na1,"room,meeting,x,y\n{ROW}\n{ROW}\n', "unclosed_quote", 3),
        (f'{HEADER}\na1,"room"x,meeting,x,y\n', "malformed_csv", 2),
        (f'{HEADER},note\n{ROW},"{"x" * 200_000}\n', "unclosed_quote", 2),
        (f"{HEADER}\n{'x' * 1_000_001}\n", "line_too_long", 2),
    ],
)
def test_a_file_whose_rows_can_not_be_told_apart_is_refused_with_its_line(
    text: str | bytes, code: str, line: int | None
) -> None:
    assert refusal(text) == (code, line)


def test_all_that_is_wrong_with_the_header_is_said_at_once() -> None:
    with pytest.raises(BadFile) as caught:
        pieces("external_id,resource_id,resource_id,custmer\n")
    assert caught.value.problem.detail() == (
        "The column 'resource_id' appears twice."
        " No column contains 'service'. In the mapping, assign a column to 'service' ('columns'), or set a value for all rows ('defaults')."
        " No column contains 'start_date'. In the mapping, assign a column to 'start_date' ('columns'), or set a value for all rows ('defaults')."
        " The file's columns: 'external_id', 'resource_id', 'resource_id', 'custmer'."
    )


@pytest.mark.parametrize("name", ["week.xls", "week.csv.gz", "week", "week.json"])
def test_other_kinds_of_files_are_refused_by_their_name(name: str) -> None:
    assert refusal(f"{HEADER}\n{ROW}\n", name)[0] == "unknown_file_type"


# Orders of several rows


ORDER_HEADER = f"{HEADER},order_ref,order_customer_id,customer_email"


def order_of(text: str) -> Entry:
    options, found, columns = read_pieces(
        "week.csv", f"{ORDER_HEADER}\n{text}".encode().splitlines(keepends=True)
    )
    return entry_of(list(found), options, key="", columns=columns)


def test_rows_of_one_order_say_once_what_is_of_the_whole_order() -> None:
    entry = order_of(f"{ROW},o1,ada,\n,garden,meeting,2031-04-15T09:00,2031-04-15T10:00,o1,,\n")
    assert entry.body["order_customer_id"] == "ada"
    assert len(entry.body["bookings"]) == 2
    assert entry.lines == (2, 3)
    assert entry.external_ids == ("a1", None)
    assert entry.problems == ()


def test_rows_of_one_order_that_differ_in_it_are_refused() -> None:
    entry = order_of(
        f"{ROW},o1,ada,a@example.com\nb2,garden,meeting,2031-04-15T09:00,2031-04-15T10:00,o1,bernd,b@example.com\n"
    )
    assert [(line, code, at) for line, code, at, _ in entry.problems] == [
        (3, "order_column_differs", "/order_customer_id"),
        (3, "order_column_differs", "/customer/email"),
        (2, "external_id_differs", "/external_id"),
        (3, "external_id_differs", "/external_id"),
    ]


def test_an_error_is_told_at_its_row_and_column() -> None:
    entry = order_of(f"{ROW},o1,ada,\n,garden,meeting,2031-04-15T09:00,2031-04-15T10:00,o1,,\n")
    problems = [
        Problem("in_the_past", pointer="/bookings/1/start_date"),
        Problem("voucher_not_applicable", pointer="/voucher_code"),
    ]
    first, second = row_results(entry, "refused", problems=problems)
    assert first["errors"] == [
        {
            "code": "voucher_not_applicable",
            "column": "voucher_code",
            "detail": "The voucher does not apply to any of these services. Leave out the voucher's code.",
        }
    ]
    assert second["errors"] == [
        {
            "code": "in_the_past",
            "column": "start_date",
            "detail": "The booking would start in the past. Choose a later time.",
        },
        *first["errors"],
    ]
    first, second = row_results(entry, "refused", problems=problems[:1])
    assert first["errors"] == [
        {
            "code": "order_refused",
            "column": None,
            "detail": "Other rows of this order were refused: 3. Correct them first.",
        }
    ]


@pytest.mark.parametrize(
    ("at", "column"),
    [
        ("/bookings/0/recurring/count", "recurring_count"),
        ("/bookings/0/recurring", "recurring"),
        ("/bookings/0/service_id/x~1y", "service_id"),
        ("/bookings/0/service_custom_fields/a~1b", "service_custom_fields.a/b"),
        ("/bookings/0/booking_add_ons/1/quantity", "booking_add_ons"),
        ("/bookings/7/note", "note"),
        ("/bookings/0", "start_date"),
        ("/bookings", None),
        ("/customer/create", "create_customer"),
        ("/external_id", "external_id"),
        ("", None),
        (None, None),
    ],
)
def test_pointers_become_columns(at: str | None, column: str | None) -> None:
    assert column_of(at, order_of(f"{ROW},o1,ada,\n"))[1] == column


def test_the_customer_of_a_row_by_email_is_pointed_at_there() -> None:
    assert column_of("/order_customer_id", order_of(f"{ROW},o1,,a@example.com\n"))[1] == "customer_email"


# JSON Lines


def test_a_line_is_a_body_with_an_id() -> None:
    (entry,) = entries(
        '{"external_id": 7, "bookings": [{}], "customer": {"email": "a@b.c"}, "voucher_code": "X"}\n',
        "week.jsonl",
    )
    assert entry.external_ids == ("7",)
    assert entry.customer == {"email": "a@b.c"}
    assert entry.body == {"bookings": [{}], "voucher_code": "X"}


def test_what_is_wrong_with_a_line_is_of_that_line() -> None:
    lines = ["{", "[]", '{"external_id": "", "customer": 1}', '{"bookings": NaN}', "", '{"bookings": []}']
    found = pieces("\n".join(lines) + "\n", "week.ndjson")
    assert [(piece.line, [code for code, _, _ in piece.problems]) for piece in found] == [
        (1, ["malformed_json"]),
        (2, ["invalid_type"]),
        (3, ["invalid_value", "invalid_value"]),
        (4, ["malformed_json"]),
        (6, []),
    ]


@pytest.mark.parametrize("line", ['{"options": {"dry_run": true}}', '{"dry_run": true}'])
def test_options_in_the_first_line(line: str) -> None:
    options, found, _ = read_pieces("week.jsonl", [line.encode() + b"\n", b'{"bookings": []}\n'])
    assert options.dry_run
    assert [piece.line for piece in found] == [2]


def test_a_first_row_is_not_taken_for_options() -> None:
    options, found, _ = read_pieces("week.jsonl", [b'{"timezone": "UTC", "bookings": []}\n'])
    assert options == ImportOptions()
    assert len(list(found)) == 1


def test_options_in_both_places_are_refused() -> None:
    with pytest.raises(BadFile) as caught:
        read_pieces("week.jsonl", [b'{"options": {}}\n'], ImportOptions())
    assert caught.value.problem.code == "options_twice"


@pytest.mark.parametrize(
    "options", [{"dry": True}, {"dry_run": 1}, [], {"report_to": "nobody"}, {"on_conflict": "ask"}]
)
def test_options_that_make_no_sense_refuse_the_file(options: Any) -> None:
    with pytest.raises(BadFile) as caught:
        read_options(options)
    assert caught.value.problem.code == "invalid_options"


def test_only_the_options_that_an_order_can_have_are_for_orders() -> None:
    """That a row's own value comes first is tested with an import."""
    options = ImportOptions(check_availability=False, on_conflict="skip", dry_run=True, timezone="UTC")
    assert options.for_orders == {
        "notify_customer": False,
        "check_availability": False,
        "on_conflict": "skip",
    }


def test_the_time_zone_of_the_file_is_part_of_what_its_rows_say() -> None:
    piece = Piece(line=1, order={}, bookings=[{"start_date": "2031-04-15T09:00"}])
    berlin, utc = (
        entry_of([piece], ImportOptions(timezone=zone), key="", columns=False)
        for zone in ("Europe/Berlin", "UTC")
    )
    assert berlin.content != utc.content
    assert entry_of([piece], ImportOptions(check_availability=False), key="", columns=False).content not in (
        berlin.content,
        utc.content,
    )


# Problems of a row


@pytest.mark.parametrize(
    ("text", "said"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-x", "'-x"), ("-5", "-5"), ("+49 30", "'+49 30"), ("a=1", "a=1")],
)
def test_results_hold_nothing_that_a_spreadsheet_takes_for_a_formula(text: str, said: str) -> None:
    entry = Entry(lines=(1,), external_ids=(text,))
    (result,) = row_results(entry, "refused", problems=[Problem("unauthorized", {"reason": text})])
    assert (result["external_id"], result["errors"][0]["detail"]) == (said, said)


# Chunks


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 4), st.integers(1, 9), st.integers(1, 30)), max_size=60
    )
)
def test_chunks_hold_everything_in_order_and_are_no_larger_than_they_may_be(
    sizes: list[tuple[int, int, int, int]],
) -> None:
    units = [Unit(str(place), *measures) for place, *measures in sorted(sizes, key=lambda size: size[0])]
    chunks = list(cut(units, 10, 20, 50))
    assert [at for chunk in chunks for at in chunk] == list(range(len(units)))
    for chunk in chunks:
        inside = [units[at] for at in chunk]
        assert len(inside) == 1 or (
            sum(u.rows for u in inside) <= 10
            and sum(u.weight for u in inside) <= 20
            and sum(u.size for u in inside) <= 50
        )


def test_rows_that_meet_stay_together_where_they_fit() -> None:
    units = [Unit(place, 1, 1) for place in "aaaaaabbbbbb"]
    assert list(cut(units, 10, 100, 100)) == [range(6), range(6, 12)]


def test_a_piece_survives_the_way_through_a_chunk() -> None:
    piece = pieces(
        '{"bookings": [{"resource_id": "r", "recurring": {"count": 5}}, 1], "x": null}\n', "a.jsonl"
    )[0]
    assert Piece.model_validate_json(piece.model_dump_json(exclude_defaults=True)) == piece
    assert piece.weight == 5
    assert json.loads(piece.model_dump_json())["order"] == {"x": None}
