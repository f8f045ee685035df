"""Lists through DynamoDB's indexes compared with a plain model: random orders, random queries, and complete walks along `next`."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integration.conftest import new_moto_world
from tests.integration.test_admin_orders import BOOKINGS, IN_ROOM, ORDERS, Desk, bookings_of
from tests.support.demo import ADA, BERND, DESKS, NINE, ROOM, desks, meeting

NAMES = {ADA.id: ADA.full_name, BERND.id: BERND.full_name}
MAILS = {ADA.id: str(ADA.email), BERND.id: str(BERND.email)}
Shown = dict[str, Any]


class Office:
    """Orders, blockers, and canceled and deleted bookings at random times, each as its `GET` shows it."""

    def __init__(self, desk: Desk, dice: random.Random) -> None:
        self.desk = desk
        placed = []
        for _ in range(16):
            parts = [self._booking(dice) for _ in range(dice.choice([1, 1, 2, 3]))]
            whose = dice.choice([ADA.id, BERND.id])
            order = desk.places(
                *parts, order_customer_id=whose, check_availability=False, notify_customer=False
            )
            placed.append(order["id"])
            if dice.random() < 0.2:
                desk.call("POST", f"{ORDERS}/{order['id']}/cancel")
            elif dice.random() < 0.3:
                how, id = dice.choice(["POST", "DELETE"]), dice.choice(bookings_of(order))
                desk.call(how, f"{BOOKINGS}/{id}" + ("/cancel" if how == "POST" else ""))
        for _ in range(4):
            start = NINE + timedelta(hours=dice.randrange(2_000))
            times = {"start_date": start.isoformat(), "end_date": (start + timedelta(hours=2)).isoformat()}
            desk.books({**times, "is_blocker": True}, {"resource": IN_ROOM["resource"]})
        self.orders: list[Shown] = [desk.get(f"{ORDERS}/{id}").data for id in placed]
        ids = [id for order in self.orders for id in bookings_of(order)]
        blockers = [
            each["id"]
            for each in desk.get(BOOKINGS, page_size="500").data
            if each["attributes"]["is_blocker"]
        ]
        self.bookings: list[Shown] = [desk.get(f"{BOOKINGS}/{id}").data for id in (*ids, *blockers)]

    @staticmethod
    def _booking(dice: random.Random) -> Shown:
        start = NINE + timedelta(hours=dice.randrange(-200, 20_000))
        return meeting(start) if dice.random() < 0.5 else desks(1, start)

    def walk(self, path: str, asked: dict[str, str]) -> list[str]:
        ids: list[str] = []
        following: str | None = f"{path}?{urlencode(asked)}"
        while following:
            page = self.desk.get(following)
            assert page.status == 200, page.document
            assert "capped" not in page.document["meta"]
            ids += page.ids
            following = page.document["links"].get("next")
            assert following is None or len(page.ids) == int(asked["page[size]"])
        assert len(ids) == page.document["meta"]["page"]["total"]
        return ids


def whose(each: Shown) -> str | None:
    customer = each["relationships"]["customer"]["data"]
    return customer and customer["id"]


def moment(each: Shown, name: str) -> datetime:
    return datetime.fromisoformat(each["attributes"][name])


def rooms_of(each: Shown) -> set[str]:
    return {room["id"] for room in each["relationships"]["resources"]["data"]}


def questions(dice: random.Random, of_bookings: bool) -> Iterator[tuple[str, str, Callable[[Shown], bool]]]:
    """Yields parameters, and a function that says which items they match."""
    person, start = dice.choice([ADA.id, BERND.id]), NINE + timedelta(days=dice.randrange(800))
    end = start + timedelta(days=dice.choice([1, 300]))
    state = dice.choice(["canceled", "accepted" if of_bookings else "completed"])
    room = dice.choice([ROOM.id, DESKS.id])
    yield "filter[customer]", person, lambda each: whose(each) == person
    yield "filter[email]", MAILS[person].upper(), lambda each: whose(each) == person
    yield "filter[search]", NAMES[person].split()[0].upper(), lambda each: whose(each) == person
    yield "filter[status]", state, lambda each: each["attributes"]["status"] == state
    yield "filter[start_date]", start.isoformat(), lambda each: moment(each, "end_date") > start
    yield "filter[end_date]", end.isoformat(), lambda each: moment(each, "start_date") < end
    if of_bookings:
        yield "filter[resources]", room, lambda each: room in rooms_of(each)
        yield "filter[hide_blocker]", "1", lambda each: not each["attributes"]["is_blocker"]


@pytest.mark.parametrize("seed", [1])
def test_lists_on_the_wire_are_what_a_plain_model_says(seed: int) -> None:
    dice, found = random.Random(seed), 0
    with new_moto_world() as made:
        office = Office(Desk(made, made.demo["token"]), dice)
        for _ in range(30):
            of_bookings = dice.random() < 0.6
            path, items = (BOOKINGS, office.bookings) if of_bookings else (ORDERS, office.orders)
            asked, expected = {"page[size]": dice.choice(["1", "7", "25"])}, items
            for name, value, fits in questions(dice, of_bookings):
                # Only a few filters, so that something is found.
                if dice.random() < 0.2:
                    asked[name] = value
                    expected = [each for each in expected if fits(each)]
            if asked["page[size]"] == "1" and len(expected) > 9:
                asked["page[size]"] = "7"
            by = dice.choice(["start_date", "end_date", "total", "created_at"])
            down = dice.random() < 0.5
            asked["sort"] = f"-{by}" if down else by
            ids = office.walk(path, asked)
            known = {each["id"]: each["attributes"][by] for each in expected}
            assert (len(ids), {*ids}) == (len(known), {*known}), asked
            assert [known[id] for id in ids] == sorted(known.values(), reverse=down), asked
            found += len(ids)
    assert found > 90, "hardly anything was found"
