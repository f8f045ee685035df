"""Workbooks as other programs than Excel write them, and as nobody but an attacker does.

Kinds found in the test files of SheetJS (`wtf_path`) and calamine (`issue_530`, `minimal_package`); the workbooks here are our own.
"""

import io
import re
from collections.abc import Callable
from typing import Any
from unittest.mock import patch
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.tables import sheets
from frontdesk.domain.imports.tables.sheets import sheet_table

SHEET = "xl/worksheets/sheet1.xml"


def workbook() -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    page = book.add_worksheet()
    page.write_row(0, 0, ["Raum", "Beginn"])
    page.write_row(1, 0, ["Raum Süd", "9:00"])
    book.close()
    return content.getvalue()


def repacked(change: Callable[[str, bytes], tuple[str, bytes]]) -> io.BytesIO:
    """The workbook with each part under another name or with other content."""
    content = io.BytesIO()
    with ZipFile(io.BytesIO(workbook())) as old, ZipFile(content, "w", ZIP_DEFLATED) as new:
        for entry in old.infolist():
            name, body = change(entry.filename, old.read(entry))
            # A ZipInfo made of a name replaces backslashes on some systems only.
            new.writestr(name, body)
    return content


def cells(content: io.BytesIO) -> list[list[str]]:
    return [list(row.cells) for row in sheet_table(content, None).rows()]


def refusal(content: io.BytesIO) -> str:
    with pytest.raises(BadFile) as refused:
        cells(content)
    return refused.value.problem.code


def in_folder(folder: str) -> io.BytesIO:
    def change(name: str, body: bytes) -> tuple[str, bytes]:
        to = folder.encode()
        return name.replace("xl/", folder), body.replace(b'"/xl/', b'"/' + to).replace(b'"xl/', b'"' + to)

    return repacked(change)


@pytest.mark.parametrize("folder", ["wtf/", "", "xl/sub/"])
def test_the_parts_of_a_workbook_are_in_any_folder(folder: str) -> None:
    assert cells(in_folder(folder)) == [["Raum", "Beginn"], ["Raum Süd", "9:00"]]


def test_the_names_of_parts_have_backslashes() -> None:
    content = repacked(lambda name, body: (name.replace("/", "\\"), body))
    assert cells(content) == [["Raum", "Beginn"], ["Raum Süd", "9:00"]]


def test_a_zip_file_of_something_else_is_no_workbook() -> None:
    content = io.BytesIO()
    with ZipFile(content, "w") as packed:
        packed.writestr("week.csv", "Raum;Beginn")
    assert refusal(content) == "packed_file"


MACROS = b"""<xm:macrosheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><sheetData><row r="1"><c r="A1"><f>RETURN()</f><v>0</v></c></row>
    </sheetData></xm:macrosheet>"""


def test_a_workbook_with_macro_sheets_is_called_that() -> None:
    kind = b"http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
    relation = (
        b'<Relationship Id="rId90" Type="' + kind + b'" Target="macrosheets/sheet1.xml"/></Relationships>'
    )

    def change(name: str, body: bytes) -> tuple[str, bytes]:
        body = body.replace(b"</sheets>", b'<sheet name="Macro1" sheetId="2" r:id="rId90"/></sheets>')
        return name, body.replace(b"</Relationships>", relation) if name.endswith(
            "workbook.xml.rels"
        ) else body

    content = repacked(change)
    with ZipFile(content, "a") as packed:
        packed.writestr("xl/macrosheets/sheet1.xml", MACROS)
    assert refusal(content) == "workbook_macros"
    # What nothing refers to is in nobody's way.
    content = repacked(lambda name, body: (name, body))
    with ZipFile(content, "a") as packed:
        packed.writestr("xl/macrosheets/sheet1.xml", MACROS)
    assert cells(content) == [["Raum", "Beginn"], ["Raum Süd", "9:00"]]


FAR = b"<v>1</v></c></row></sheetData>"


@pytest.mark.parametrize(
    "cell",
    [
        b'<row r="900"><c r="ZZ900">',
        b"<row r='900'><c r='ZZ900'>",
        b'<row r = "900"><c\n r = "zz0900">',
        b'<row r="900"><c r="ZY900"/><c>',
        b'<row r="899"></row><row><c r="ZZ1"><v>1</v></c><c>',
        b'<x:row r="900"><x:c r="ZZ900">',
    ],
)
@pytest.mark.parametrize("folder", ["xl/", "elsewhere/"])
def test_a_far_cell_is_found_however_it_is_written(
    cell: bytes, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MAX_CELLS", 600_000)

    def change(name: str, body: bytes) -> tuple[str, bytes]:
        return name.replace("xl/worksheets/", folder), body.replace(b"</sheetData>", cell + FAR)

    assert refusal(repacked(change)) == "sheet_too_wide"


@pytest.mark.parametrize(
    "cell",
    [
        b'<row><c a=">" r="ZZ900">',
        b'<row><c a="<" r="ZZ900">',
        b"<row><c" + b" " * 2_000_000 + b'r="ZZ900">',
    ],
)
def test_a_tag_that_hides_its_place_is_refused(cell: bytes) -> None:
    def change(name: str, body: bytes) -> tuple[str, bytes]:
        return name, body.replace(b"</sheetData>", cell + FAR)

    assert refusal(repacked(change)) == "workbook_broken"


def test_rows_that_are_only_formatted_take_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_CELLS", 100)
    empty = b'<row r="1048576" ht="15"><c r="A1048576" s="1"/></row></sheetData>'
    content = repacked(lambda name, body: (name, body.replace(b"</sheetData>", empty)))
    assert cells(content)[:2] == [["Raum", "Beginn"], ["Raum Süd", "9:00"]]


def with_texts(texts: str, row: str) -> io.BytesIO:
    """The workbook with these shared texts, and this row below its header."""
    head = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    shown = "".join(f"<si><t>{text}</t></si>" for text in ("Raum", "Beginn", "Raum Süd", "9:00")).encode()

    def change(name: str, body: bytes) -> tuple[str, bytes]:
        if name == "xl/sharedStrings.xml":
            return name, head + shown + texts.encode() + b"</sst>"
        if name == SHEET:
            return name, body.replace(b"</sheetData>", f'<row r="3">{row}</row></sheetData>'.encode())
        return name, body

    return repacked(change)


LONG = f"<si><t>{'x' * 60_000}</t></si>"


@pytest.mark.parametrize(
    ("texts", "cell"),
    [
        (LONG, '<c r="{at}" t="s"><v>4</v></c>'),
        (LONG, "<c t = 's' r='{at}'><f>x</f><v>0</v><v >004</v></c>"),
        (LONG, '<x:c r="{at}" t="s"><x:v>4</x:v></x:c>'),
        (f"<si/><!-- <si> -->{LONG}", '<c r="{at}" t="s"><v>5</v></c>'),
        (f"<x:si><x:r><x:t>{'x' * 30_000}</x:t></x:r><x:r><x:t>{'x' * 30_000}</x:t></x:r></x:si>", '<c r="{at}" t="s"><v>4</v></c>'),
        # No well-formed XML, but the library reads it.
        (f"{LONG}<si><t>\v</t></si>", '<c r="{at}" t="s"><v>4</v></c>'),
    ],
)  # fmt: skip
def test_a_text_counts_in_each_cell_that_shows_it(
    monkeypatch: pytest.MonkeyPatch, texts: str, cell: str
) -> None:
    """A file of 30 KB, whose 3,000 cells share one text of a megabyte, took 3 GB of memory."""
    monkeypatch.setattr(sheets, "MAX_INFLATED", 400_000)
    monkeypatch.setattr(sheets, "_BLOCK", 64)
    few, many = (
        with_texts(texts, "".join(cell.format(at=f"{chr(65 + n)}3") for n in range(count)))
        for count in (1, 7)
    )
    assert refusal(many) == "workbook_too_large"
    assert len(cells(few)) == 3


def test_a_text_that_few_cells_show_leaves_room_for_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_INFLATED", 400_000)
    row = "".join(f'<c r="{chr(65 + n)}3" t="s"><v>{4 if n == 9 else 1}</v></c>' for n in range(20))
    row += '<c r="U3"><v>4</v></c>' * 1_000
    assert len(cells(with_texts(LONG, row))[2][9]) == 60_000


def test_a_part_with_cells_and_texts_is_refused() -> None:
    def change(name: str, body: bytes) -> tuple[str, bytes]:
        return name, body + b"<sst><si><t>x</t></si></sst>" if name == SHEET else body

    assert refusal(repacked(change)) == "workbook_broken"


@pytest.mark.parametrize("name", ["content.xml", "xl/workbook.bin"])
def test_a_workbook_of_another_kind_is_refused(name: str) -> None:
    """The library would read it, but its cells are not counted: one may stand for a billion."""
    content = io.BytesIO(workbook())
    with ZipFile(content, "a") as packed:
        packed.writestr(name, "x")
    assert refusal(content) == "workbook_broken"


USUAL = [
    b'<row r="7" spans="1:3">', b'<row r="2"/>', b'<c r="AB12" s="1" t="s">', b'<c r="ZZ3"/>', b'<c r="C9">',
    b"<v>1</v></c></row><cols><c:x>",
]  # fmt: skip
ODD = [
    b"<row>",
    b"<c>",
    b"<c/>",
    b"<c s='1' r='Q8'>",
    b'<x:c r="d4">',
    b'<c r="E5" t="it\'s">',
    b"<c a='r=\"B2\"'>",
    b"<c ",
]


@given(
    st.lists(st.sampled_from(USUAL)),
    st.lists(st.sampled_from([*USUAL, *ODD]), max_size=4),
    st.integers(1, 40),
)
def test_rows_and_cells_taken_at_once_give_what_they_give_one_by_one(
    usual: list[bytes], others: list[bytes], cut: int
) -> None:
    def extent() -> Any:
        found, tail = sheets._Extent(), b"<sheetData>"  # noqa: SLF001
        text = b"".join([*usual, *others])
        try:
            for at in range(0, len(text), cut):
                tail = found.look(tail + text[at : at + cut])
        except BadFile as refused:
            return refused.problem.code
        return found.rows, found.columns, found.cells, found._row, found._column  # noqa: SLF001

    at_once = extent()
    with patch.object(sheets, "_USUAL", re.compile(rb"(?!)")):
        assert at_once == extent()
