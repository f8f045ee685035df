"""Keeps answers within Lambda's limit of 6 MB, which applies to the body as an escaped JSON string.

An answer about one order is never refused, because the order may just have been placed. The answer is shortened instead:
`meta.cut` says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypeVar
from urllib.parse import urlencode

from pydantic import Field
from pydantic_core import to_json
from typing_extensions import TypedDict

from frontdesk.api.answers.errors import error
from frontdesk.api.negotiation import Json
from frontdesk.api.query import Query, smaller_page
from frontdesk.domain.orders.order import order_id_of
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.sizes import TooMuchRead
from frontdesk.errors import Language

MAX_ANSWER = 6_000_000
# The most bytes of a page of a list.
MAX_PAGE = 5_000_000
_T = TypeVar("_T")
# The share of the limit, in percent, for the parts that can be shortened. Plain JSON repeats included resources, so the final size is
# not known beforehand: each share is tried in turn until the answer fits.
_PARTS = (90, 40, 10, 1, 0)


class Shown(TypedDict):
    """How many items of a list are shown."""

    shown: int
    total: int


class Cut(TypedDict):
    """The parts that were shortened, because the whole answer would be too large. Relationships are never shortened."""

    included: NotRequired[Shown]
    items: NotRequired[Shown]
    conflicts: NotRequired[Shown]
    rest: NotRequired[Annotated[str, Field(description="The URL of the order's bookings, page by page.")]]


class CutMeta(TypedDict):
    """Says whether the answer was shortened."""

    cut: NotRequired[
        Annotated[
            Cut,
            Field(description="Present if the answer is shortened, because it would exceed 6,000,000 bytes."),
        ]
    ]


def encoded(
    document: Mapping[str, Any], shown: Callable[[Json], Any], base_url: Callable[[], str], language: Language
) -> str:
    """Applies `shown` to a document, and encodes the result as JSON.

    Shortens a document of errors, or of one resource, if it is too large. Raises FrontdeskError 400 for a list that is too large.
    """
    body = to_json(shown({**document}))
    # Lambda encodes the body as a JSON string, in which each byte of the body takes at most two.
    if 2 * len(body) <= MAX_ANSWER or sent_bytes(body) <= MAX_ANSWER:
        return body.decode()
    for percent in () if isinstance(document.get("data"), list) else _PARTS:
        body = to_json(shown(_cut(document, MAX_ANSWER * percent // 100, base_url, language)))
        if sent_bytes(body) <= MAX_ANSWER:
            return body.decode()
    raise FrontdeskError(Problem("answer_too_large", {"most": MAX_ANSWER}))


def page_that_fits(
    query: Query,
    found: Sequence[_T],
    asked: Mapping[str, str],
    show: Callable[[Query, Sequence[_T], Mapping[str, str]], Json],
    read: int | None = None,
) -> Json:
    """Returns the document of a page, with fewer items if all of them would exceed MAX_PAGE bytes.

    The link `next` continues after the last item shown. `asked` are the parameters for the page's links.
    `show` makes the document, and raises TooMuchRead if the included resources are too large.

    Usually `found` has all items of the page, and `read` is None. If the items together are too large to be
    loaded, `found` has only the first items of the page. The page then becomes smaller: it has at most `read` items.
    """
    most = read
    while True:
        if most is not None:
            query = smaller_page(query, most)
            found = found[: query.size]
            asked = {**asked, "page[number]": f"{query.number}", "page[size]": f"{query.size}"}
        try:
            document = show(query, found, asked)
            size = sent_bytes(to_json(document))
        except TooMuchRead:
            if query.size == 1:
                raise FrontdeskError(Problem("answer_too_large", {"most": MAX_ANSWER})) from None
            most = min(query.size, len(found)) // 2
            continue
        if query.size == 1 or size <= MAX_PAGE:
            return document
        most = min(query.size - 1, len(found) * MAX_PAGE // size)


def sent_bytes(body: bytes) -> int:
    """Returns the size of a body as Lambda sends it: as a JSON string within JSON."""
    return len(body) + body.count(b'"') + body.count(b"\\")


def _fitting(values: Sequence[Any], room: int) -> tuple[Sequence[Any], int]:
    """Returns the leading values that fit into `room` bytes, and the bytes left."""
    for n, each in enumerate(values):
        size = sent_bytes(to_json(each)) + 1
        if size > room:
            return values[:n], room
        room -= size
    return values, room


def _cut(document: Mapping[str, Any], room: int, base_url: Callable[[], str], language: Language) -> Json:
    if "errors" in document:
        return {**document, "errors": _fewer(document["errors"], room, language)}
    data = document["data"]
    if data["type"] == "order-calculations":
        bookings, cut = _priced(data["attributes"]["bookings"], room)
        attributes = {**data["attributes"], "bookings": bookings}
        return _told({**document, "data": {**data, "attributes": attributes}}, cut)
    cut = {}
    changed = {**document}
    if "items" in data.get("meta", {}):
        # The lines get half of the room. Included resources get the other half, and what the lines leave.
        items, left = _fitting(data["meta"]["items"], room // 2)
        room -= room // 2 - left
        cut |= _of(items=(items, data["meta"]["items"]))
        changed["data"] = {**data, "meta": {**data["meta"], "items": items}}
    if "included" in document:
        # Keeps the first ones. JSON:API requires a reference to each of them. The reference comes earlier in the document, so it stays.
        changed["included"], _ = _fitting(document["included"], room)
        cut |= _of(included=(changed["included"], document["included"]))
    if data["type"] in ("orders", "bookings"):
        order_id = data["id"] if data["type"] == "orders" else order_id_of(data["id"])
        cut["rest"] = f"{base_url()}/api/v1/bookings?{urlencode({'filter[order]': order_id})}"
    return _told(changed, cut)


def _told(document: Json, cut: Json) -> Json:
    return {**document, "meta": {**document.get("meta", {}), "cut": cut}}


def _of(**parts: tuple[Sequence[Any], Sequence[Any]]) -> Json:
    return {
        name: {"shown": len(kept), "total": len(whole)}
        for name, (kept, whole) in parts.items()
        if len(kept) < len(whole)
    }


def _priced(bookings: Iterable[Json], room: int) -> tuple[list[Json], Json]:
    """Returns (bookings, cut). All bookings keep their price and availability, but only the first ones keep their items and conflicts.

    If items or conflicts are left out, `cut` says how many are still shown. For example, it is
    {"items": {"shown": 3, "total": 9}} if three of nine items are shown.
    """
    found = []
    kept: dict[str, list[Any]] = {"items": [], "conflicts": []}
    whole: dict[str, list[Any]] = {"items": [], "conflicts": []}
    for booking in bookings:
        shown = {}
        for name in kept:
            shown[name], room = _fitting(booking[name], room)
            kept[name] += shown[name]
            whole[name] += booking[name]
        found.append({**booking, **shown})
    return found, _of(**{name: (kept[name], whole[name]) for name in kept})


def _fewer(errors: Sequence[Json], room: int, language: Language) -> list[Any]:
    """Returns the errors that fit: the first ones in full, the next ones without `meta`. If some are left out, the last error says so."""
    whole, left = _fitting(errors, room // 2)
    plain = [{name: part for name, part in each.items() if name != "meta"} for each in errors[len(whole) :]]
    short, _ = _fitting(plain, room - room // 2 + left)
    told = [*whole, *short]
    if len(told) == len(errors):
        return told
    more = Problem("too_many_errors", {"most": len(told)}, int(errors[0]["status"]), pointer="")
    return [*told, error(more, language)]
