"""Files at the desk in a real browser: checked before the import, corrected, followed and undone. Also exports."""

import csv
import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Api, Desk

Open = Callable[..., Desk]
# An import does not know the column `Thing`. One room is misspelled.
ROWS = """Thing;Leistung;Datum;Beginn;Ende;Kunde;E-Mail
Meeting Room 1;Meeting;{day};09:00;10:00;Rosalind Franklin;rosalind@example.com
Meeting Room 2;Meeting;{day};10:00;11:30;Bernd Beispiel;bernd@example.com
Meting Room 1;Meeting;{day};12:00;13:00;Ada Lovelace;ada@example.com
"""


def a_file(day: str) -> dict[str, Any]:
    return {"name": f"week-{day}.csv", "mimeType": "text/csv", "buffer": ROWS.format(day=day).encode()}


def test_a_file_is_looked_at_corrected_imported_and_taken_back(
    open_desk: Open, api: Api, day: str, tmp_path: Path
) -> None:
    desk = open_desk().go("/imports")
    page = desk.page
    page.set_input_files("input[type=file]", a_file(day))
    # The import cannot tell which room is meant, and says so.
    expect(page.get_by_role("alert")).to_contain_text("resource")
    assert api.bookings(day) == []
    page.get_by_label("Thing").select_option("resource")
    page.get_by_role("button", name="Check again").click()
    expect(page.locator(".counts .created")).to_have_text("2 would be created")
    expect(page.locator(".counts .refused")).to_have_text("1 would be refused")
    expect(page.locator(".run .problem")).to_contain_text("(line 4)")
    # The next step is visible without scrolling, however many columns there are.
    expect(page.get_by_role("button", name="Import 2 rows")).to_be_in_viewport(ratio=1)
    rows = page.locator(".rows tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("new")
    expect(rows.nth(2)).to_contain_text("Meting Room 1")
    page.get_by_label("Only rows with problems").check()
    expect(rows).to_have_count(1)
    assert api.bookings(day) == []

    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.locator(".counts .created")).to_have_text("2 created")
    assert {each["name"] for each in api.bookings(day)} == {"Rosalind Franklin", "Bernd Beispiel"}
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download the file with its results").click()
    kept.value.save_as(tmp_path / "marked.csv")
    marked = list(csv.reader(io.StringIO((tmp_path / "marked.csv").read_text("utf-8-sig")), delimiter=";"))
    assert [*marked[0][:2], *marked[0][-2:]] == ["Thing", "Leistung", "Result", "Problem"]
    assert [row[-2] for row in marked[1:]] == ["created", "created", "refused"]

    # What somebody has changed since stays, and is told.
    [first] = [each for each in api.bookings(day) if each["name"] == "Rosalind Franklin"]
    change = {"data": {"type": "bookings", "id": first["id"], "attributes": {"note": "Early"}}}
    api.call("PATCH", f"bookings/{first['id']}", change)
    page.get_by_role("button", name="Undo the import").click()
    page.locator(".sure").get_by_role("button", name="Undo the import").click()
    expect(page.locator(".run")).to_contain_text("1 undone")
    expect(page.locator(".run")).to_contain_text("1 were changed since, and stay")
    assert [each["name"] for each in api.bookings(day)] == ["Rosalind Franklin"]
    page.get_by_role("link", name="Imports").last.click()
    expect(page.locator(".found a", has_text=f"week-{day}.csv").first).to_be_visible()


def test_what_the_file_calls_otherwise_is_chosen_from_the_catalog(
    open_desk: Open, api: Api, day: str
) -> None:
    rows = [
        "Raum;Leistung;Datum;Beginn;Ende;Status",
        f"R1;Meeting;{day};09:00;10:00;",
        f"R2;Meeting;{day};09:00;10:00;fest",
    ]
    rows += [f"R1;Meeting;{day};{hour}:00;{hour + 1}:00;fest" for hour in (11, 13)]
    file = {"name": f"rooms-{day}.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page = open_desk(locale="de-DE").go("/imports").page
    page.set_input_files("input[type=file]", file)
    expect(page.locator(".counts .refused")).to_have_text("4 würden abgelehnt")
    expect(page.get_by_role("columnheader", name="Raum: unbekannte Werte")).to_be_visible()
    page.get_by_label("Status: fest").select_option("Bestätigt")
    # By keyboard: typing the letters of a name selects it.
    expect(page.get_by_label("Ressource: R1").locator("option", has_text="Meeting Room 1")).to_have_count(1)
    page.get_by_label("Ressource: R1").focus()
    page.keyboard.type("Meeting Room 1")
    page.get_by_role("button", name="Erneut prüfen").click()
    expect(page.locator(".counts .refused")).to_have_text("1 würde abgelehnt")
    # Problems are told in the desk's language, whatever the organization's.
    expect(page.locator(".run .problem")).to_contain_text("Raum 'R2': Es gibt keinen Eintrag")
    # The selection is kept.
    expect(page.get_by_label("Ressource: R1").locator("option:checked")).to_have_text("Meeting Room 1")
    page.get_by_label("Ressource: R2").select_option("Meeting Room 2")
    page.get_by_role("button", name="Erneut prüfen").click()
    page.get_by_role("button", name="4 Zeilen importieren").click()
    expect(page.locator(".counts .created")).to_have_text("4 angelegt")
    assert len(api.bookings(day)) == 4


def test_import_anyway_lasts_until_another_file_is_chosen(open_desk: Open, api: Api, day: str) -> None:
    rows = [
        "Room;Service;Date;Start;End",
        f"Desk Area;Desk;{day};09:00;10:00",
        f"Desk Area;Desk;{day};11:00;12:00",
        f"Desk Aera;Desk;{day};13:00;14:00",
    ]
    desk = open_desk().go("/imports")
    page = desk.page
    anyway = page.get_by_role("button", name="Import anyway")
    checked = page.get_by_role("button", name="Import 2 rows")

    def choose(name: str) -> None:
        file = {"name": f"{name}-{day}.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
        page.set_input_files("input[type=file]", file)

    choose("monday")
    checked.click()
    expect(page.locator(".counts .created")).to_have_text("2 created")
    desk.go("/imports")
    choose("tuesday")
    expect(page.get_by_role("alert")).to_contain_text(f"monday-{day}.csv")
    anyway.click()
    checked.click()
    expect(page.locator(".counts .created")).to_have_text("2 created")
    desk.go("/imports")
    # The user decides about one file, not about the next.
    for name in ("thursday", "friday"):
        choose(name)
        anyway.click()
        expect(checked).to_be_visible()
    page.get_by_label("Resource: Desk Aera").select_option("Desk Area")
    page.get_by_role("button", name="Check again").click()
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.locator(".counts .created")).to_have_text("3 created")
    assert len(api.bookings(day)) == 7


def test_a_file_that_is_dropped_during_an_upload_does_not_replace_the_file_that_is_checked(
    open_desk: Open, day: str
) -> None:
    page = open_desk().go("/imports").page
    held: list[Any] = []
    page.route("**/api/v1/imports", lambda route: held.append(route))  # The URL of the list has parameters.
    page.set_input_files("input[type=file]", a_file(day))
    expect(page.get_by_text("Uploading")).to_be_visible()
    other = page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['x'], 'other.csv')); return data }"
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": other})
    held[0].continue_()
    expect(page.get_by_role("alert")).to_contain_text("resource")
    expect(page.locator(".drop")).to_contain_text(f"week-{day}.csv")


@pytest.fixture
def bucket() -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """Serves another origin that accepts files, like S3 with the template's CORS rule. Yields the requests it received."""
    sent: list[tuple[str, str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            asked = self.headers.get("Access-Control-Request-Headers", "")
            sent.append(("OPTIONS", asked, b""))
            self.answer({"Access-Control-Allow-Methods": "PUT, GET"} if not asked else {})

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append(("PUT", self.headers.get("Content-Type", ""), body))
            self.answer({})

        def answer(self, headers: dict[str, str]) -> None:
            self.send_response(200)
            for name, value in (
                {"Access-Control-Allow-Origin": "*", "Content-Length": "0"} | headers
            ).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", sent
    server.shutdown()


@pytest.mark.parametrize("allowed", [True, False])
def test_files_go_to_the_bucket_s_origin_and_to_no_other(
    open_desk: Open, bucket: tuple[str, list[tuple[str, str, bytes]]], day: str, allowed: bool
) -> None:
    """On AWS, the bucket has another origin than the API. The desk must not send its token or an unsigned content type there."""
    origin, sent = bucket
    desk = open_desk(sign_in=False)
    page = desk.page

    def with_the_bucket(route: Any) -> None:
        answer = route.fetch()
        policy = answer.headers["content-security-policy"]
        if allowed:
            policy = policy.replace("connect-src 'self'", f"connect-src 'self' {origin}")
        route.fulfill(response=answer, headers=answer.headers | {"content-security-policy": policy})

    def announced(route: Any) -> None:
        answer = route.fetch()
        made = answer.json()
        made["data"]["attributes"]["upload"]["url"] = f"{origin}/uploads/week.csv?X-Amz-Signature=1"
        route.fulfill(response=answer, json=made)

    page.route("**/console", with_the_bucket)
    page.route("**/api/v1/imports", announced)  # The URL of the list has parameters.
    desk.sign_in().go("/imports")
    file = a_file(day)
    page.set_input_files("input[type=file]", file)
    if allowed:
        expect(page.get_by_role("progressbar")).to_be_visible()
        assert sent[-1] == ("PUT", "", file["buffer"])
        assert all(headers == "" for method, headers, _ in sent if method == "OPTIONS")
    else:
        expect(page.get_by_role("alert")).to_be_visible()
        assert sent == []
        desk.complaints.clear()


def test_an_export_is_chosen_made_and_downloaded(open_desk: Open, api: Api, day: str, tmp_path: Path) -> None:
    api.book(day, "09:00", "10:00")
    desk = open_desk().go("/exports")
    page = desk.page
    page.get_by_label("From").fill(day)
    page.get_by_label("Until").fill(day)
    page.get_by_label("Format").select_option("csv")
    page.get_by_role("button", name="Create the file").click()
    row = page.locator(".token", has_text="bookings").first
    expect(row).to_contain_text("1 row")
    with page.expect_download() as kept:
        row.get_by_role("button", name="Download").click()
    kept.value.save_as(tmp_path / "bookings.csv")
    text = (tmp_path / "bookings.csv").read_text("utf-8-sig")
    assert len(text.splitlines()) == 2
    assert "Meeting Room 1" in text
