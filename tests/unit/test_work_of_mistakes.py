"""Twice as many mistakes in a request are twice the work to tell them: no mistake is compared with all others."""

from typing import Any

import pytest

from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import Service
from frontdesk.domain.problems import MAX_PROBLEMS, FrontdeskError
from frontdesk.domain.requests.catalog import TYPES, ItemData, changed
from frontdesk.domain.requests.change import CompletionConfig
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import complete_order
from frontdesk.usecases.orders.place import place_order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.work import steps_of
from tests.unit.builders import ADA, NOW, ORGANIZATION, ROOM, booking, order

ASKS = [CustomField(id=f"f{n}", label="F", field_type="text") for n in range(20)]
MEETING = {
    "id": "asks",
    "name": "M",
    "price": 1,
    "tax_rate": 0,
    "resource_ids": {"room"},
    "custom_fields": {field.id: True for field in ASKS},
}


def work(bookings: list[dict[str, Any]]) -> int:
    store = FakeStore("o", (ORGANIZATION, ADA, ROOM, Service.model_validate(MEETING), *ASKS))

    def ask() -> None:
        with pytest.raises(FrontdeskError):
            place_order(Context("o", FakeClock(NOW)), read_config(order(*bookings)), store)

    return steps_of(ask)


@pytest.mark.parametrize(
    "wrong",
    [
        {"unknown": 0},
        {"unknown": 0, "sub_bookings": [None] * 4},
        {"unknown": 0, "sub_bookings": [{}] * 4},
        {"unknown": 0, "booking_add_ons": [None] * 4},
        booking(service_id={"asks": 1}, booking_add_ons=[{"add_on_id": "none"}] * 2),
        booking(service_id={"asks": 1}, order_custom_fields={"none": 1}),
    ],
)
def test_twice_as_many_mistakes_are_twice_the_work(wrong: dict[str, Any]) -> None:
    """A thousand bookings with one unknown field and five empty parts each took fourteen seconds."""
    assert work([wrong] * 160) < 2.3 * work([wrong] * 80)


def test_no_more_mistakes_of_an_item_are_put_into_words_than_an_answer_has() -> None:
    """90,000 wrong scopes of a token took three seconds."""
    asked = ItemData(attributes={"name": "R", "closed_dates": ["never"] * 3 * MAX_PROBLEMS})
    found = changed(TYPES["resources"], None, asked, ORGANIZATION, id="r")
    assert len(found) == MAX_PROBLEMS + 1, (
        "one more than are shown, so that the answer says that there are more"
    )


def test_mistakes_of_a_completion_are_looked_at_once_for_all_fields_that_lack_an_answer() -> None:
    wrong = read_as(CompletionConfig, {f"unknown{n}": 0 for n in range(400)})

    def work_of(fields: int) -> int:
        asking = MEETING | {"custom_fields": dict.fromkeys([field.id for field in ASKS[:fields]], True)}
        store = FakeStore("o", (ORGANIZATION, ADA, ROOM, Service.model_validate(asking), *ASKS))
        context = Context("o", FakeClock(NOW))
        draft = order(booking(service_id={"asks": 1}), complete_order=False)
        id = place_order(context, read_config(draft), store).order.id

        def complete() -> None:
            with pytest.raises(FrontdeskError):
                complete_order(context, id, wrong, store)

        return steps_of(complete)

    assert work_of(20) < work_of(10) + 1_000
