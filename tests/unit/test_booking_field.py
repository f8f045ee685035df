"""A new field of a booking, from the request to every place that shows it, on a copy of the package."""

from pathlib import Path

import pytest

from tests.support.copies import copy, insert, run  # noqa: F401

# As docs/architecture.md describes: the file, the text before which the new line goes, and the line.
EDITS = {
    "sent": ("domain/requests/order.py", "\n    @property\n    def kept(self)", "    wish: Text | None = None\n"),
    "kept": ("domain/orders/order.py", "    custom_entries: dict[str, CustomEntry] = {}\n    lines:", "    wish: str | None = None\n"),
    "declared": ("api/answers/orders.py", "    weight: Annotated[", "    wish: str | None\n"),
    "shown": ("api/answers/orders.py", '            "quantity": booking.quantity,\n            "weight"', '            "wish": booking.wish,\n'),
    "described": ("api/openapi/bodies.py", '    "booking_add_ons": "', '    "wish": "What else.",\n'),
    "described in a change": (
        "api/openapi/bodies.py", '        "blocker_start_date": ', '        "wish": "What else.",\n',
    ),
    "named in files": ("domain/imports/headers/words.py", '    "booking_add_ons": "booking add ons', '    "wish": "wish, wunsch",\n'),
}  # fmt: skip
FOLLOW = """
from frontdesk.api.answers.orders import BookingAttributes, BookingRelationships, booking_resource
from frontdesk.api.answers.webhooks import content
from frontdesk.api.openapi.operations import openapi_document
from frontdesk.domain.imports.headers.known import BOOKING as COLUMNS
from frontdesk.domain.requests.booking import read_new_booking
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.envelope import Shown, read_document
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.book import place_booking
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.orders.list import find_bookings
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import place_order
from frontdesk.usecases.orders.sources import BookingsWanted
from tests.support.demo import CATALOG, ORGANIZATION, ROOM, MEETING, meeting, order
from tests.support.fakes import FakeClock, FakeLists, FakeStore

context, store = Context(ORGANIZATION.id, FakeClock()), FakeStore(ORGANIZATION.id, CATALOG)
placed = place_order(context, read_config(order(meeting() | {"wish": "tea"})), store)
kept, bookings = find_order(context, placed.order.id, store)
print("answer", booking_resource(bookings[0], kept, "", 0)["attributes"]["wish"])
listed = find_bookings(context, BookingsWanted(), store, FakeLists(store)).found
print("list", booking_resource(*listed[0], "", 0)["attributes"]["wish"])
print("webhook", content(bookings[0], kept, gone=False)["wish"])
body = {"data": {"type": "bookings", "id": bookings[0].id, "attributes": {"wish": "milk"}}}
moved, of, _ = move_booking(context, bookings[0].id, read_document(BookingDocument, "bookings", body, bookings[0].id), store)
print("change", booking_resource(moved, of, "", 0)["attributes"]["wish"])
times = {"start_date": "2030-04-16T09:00:00+02:00", "end_date": "2030-04-16T10:00:00+02:00"}
given = {"resource_id": ROOM.id, "service_id": {MEETING.id: 1}, "wish": "cake", **times}
shown = Shown(BookingAttributes.__annotations__, BookingRelationships.__annotations__)
asked = read_new_booking({"data": {"type": "bookings", "attributes": given}}, shown, check_availability=True)
print("booking", place_booking(context, asked, store)[0].wish)
print("import", COLUMNS["wish"]("jam"))
schemas = openapi_document()["components"]["schemas"]
print("document", sorted(name for name, each in schemas.items() if "wish" in each.get("properties", {})))
"""


def edit(copied: Path, *left_out: str) -> None:
    for name, (file, before, line) in EDITS.items():
        if name not in left_out:
            insert(copied / "frontdesk" / file, before, line)


def test_a_new_field_reaches_every_place(copy: Path) -> None:  # noqa: F811
    edit(copy)
    done = run(copy, FOLLOW)
    assert done.returncode == 0, done.stderr
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    document = told.pop("document")
    assert told == {
        "answer": "tea",
        "list": "tea",
        "webhook": "tea",
        "change": "milk",
        "booking": "cake",
        "import": "jam",
    }
    assert all(
        name in document
        for name in ("BookingAttributes", "BookingChange", "BookingCreation", "BookingConfig")
    )


@pytest.mark.parametrize("left_out", ["kept", "shown", "declared"])
def test_a_field_that_is_forgotten_somewhere_fails(copy: Path, left_out: str) -> None:  # noqa: F811
    edit(copy, left_out)
    done = run(copy, FOLLOW)
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    assert done.returncode != 0 or "BookingAttributes" not in told["document"]
