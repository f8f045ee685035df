"""Reads the query parameters of a request for a list or a resource."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from frontdesk.api.includes import MAX_PATHS, leading_somewhere, wrong_with
from frontdesk.api.routes import BOOKINGS, ORDERS, Route, needs_value
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.time.intervals import read_date
from frontdesk.errors import Invalid, Phrase

USUAL_SIZE, MAX_SIZE = 25, 100
# These lists allow larger pages, because clients request the largest page that they can get.
_LARGE = {ORDERS: 500, BOOKINGS: 500}
MAX_NUMBER = 10**6
LONGEST_ID = 128


class Query(NamedTuple):
    """The parsed query parameters.

    `includes` has the paths in the parameter `include`. If the parameter was not sent, `includes` is None.
    `paths` has the same paths, but a path ends before a relationship that is always empty.

    For example, a booking's category is always empty, because Frontdesk has no categories. If a client sends
    `include=bookings.category`, `includes` is (("bookings", "category"),), and `paths` is (("bookings",),).

    `fields` maps each type to the members to show. `sorts` has tuples (name, is_descending). `filters` maps
    the names of filters to parsed values.
    """

    includes: tuple[tuple[str, ...], ...] | None = None
    paths: tuple[tuple[str, ...], ...] = ()
    fields: Mapping[str, Collection[str]] = {}
    sorts: tuple[tuple[str, bool], ...] = ()
    filters: Mapping[str, Any] = {}
    number: int = 1
    size: int = USUAL_SIZE


def with_values(sent: Mapping[str, str]) -> dict[str, str]:
    """Leaves out the parameters without a value, as if they were not sent.

    Keeps an empty `include` or `fields`, which means "none". Keeps an empty filter that needs a value, so that it is refused later.
    """
    return {
        name: text
        for name, text in sent.items()
        if text.strip() or name == "include" or name.startswith("fields[") or needs_value(name)
    }


def largest_page(path: str) -> int:
    """Returns the largest page size of a list."""
    return _LARGE.get(path, MAX_SIZE)


def smaller_page(query: Query, most: int) -> Query:
    """Returns a page that begins at the same item as the page of `query`, and has at most `most` items.

    For example, `query` asks for page 3 of size 20, which begins after 40 items, and `most` is 15. The new size
    must divide 40 and be at most 15, so it is 10. The result is page 5 of size 10, which also begins after 40 items.
    """
    start = (query.number - 1) * query.size
    size = next(each for each in range(max(1, most), 0, -1) if start % each == 0)
    return query._replace(size=size, number=start // size + 1)


def read_query(
    route: Route,
    parameters: Mapping[str, str],
    *,
    included_in: str = "nothing",
    sorts: Collection[str] = (),
    readers: Mapping[str, Callable[[str], Any]] | None = None,
) -> Query:
    """Parses a request's parameters. `Api.admit` must have checked that the route takes them.

    `included_in` is the type whose relationships may be included (`api.includes`). `readers` maps each filter
    to a function that parses its value or raises Invalid. Raises FrontdeskError 400 with every mistake.
    """
    problems: list[Problem] = []
    read: dict[str, Any] = {}
    included, sorted_by, fields = (
        list[tuple[str, ...]](),
        list[tuple[str, bool]](),
        dict[str, Collection[str]](),
    )
    numbers = {"page[number]": 1, "page[size]": USUAL_SIZE}
    texts: dict[str, tuple[str, str]] = {}
    reader_of = {name: (readers or {})[name] for name in route.filters}

    def refuse(parameter: str, reason: Phrase) -> None:
        problems.append(Problem("invalid_parameter", {"reason": reason}, parameter=parameter))

    for name, text in parameters.items():
        in_brackets = re.fullmatch(r"(filter|fields)\[([^\[\]]+)\](?:\[\])?", name)
        kind, of = in_brackets.groups() if in_brackets else (name, "")
        if name in numbers:
            most = largest_page(route.path) if name == "page[size]" else MAX_NUMBER
            if re.fullmatch(r"\d{1,9}", text, re.ASCII) and 1 <= int(text) <= most:
                numbers[name] = int(text)
            else:
                refuse(name, Phrase("not_whole_between", {"least": 1, "most": most}))
        elif name == "include":
            for path in names_in(text):
                if (wrong := wrong_with(included_in, path)) is not None:
                    refuse(name, wrong)
                else:
                    included.append(tuple(path.split(".")))
            if len(included) > MAX_PATHS:
                refuse(name, Phrase("too_many_includes", {"most": MAX_PATHS}))
        elif name == "sort":
            for each in names_in(text):
                if each.removeprefix("-") in sorts:
                    sorted_by.append((each.removeprefix("-"), each.startswith("-")))
                else:
                    refuse(name, Phrase("not_sorted", {"name": each[:100], "names": list(sorts)}))
        elif kind == "fields":
            fields[of] = frozenset(names_in(text)).union(fields.get(of, ()))
        elif kind == "filter":
            # Clients send several values with commas or repeated, and with or without `[]`.
            texts[of] = (name, ",".join(filter(None, (texts.get(of, ("", ""))[1], text.strip()))))
    for of, (name, text) in texts.items():
        if not names_in(text) and needs_value(name):
            refuse(name, Phrase("empty"))
            continue
        try:
            read[of] = reader_of[of](text)
        except Invalid as error:
            refuse(name, error.reason)
    if problems:
        raise FrontdeskError(*problems)
    return Query(
        tuple(included) if "include" in parameters else None,
        tuple(dict.fromkeys(way for path in included if (way := leading_somewhere(included_in, path)))),
        fields,
        tuple(sorted_by),
        read,
        numbers["page[number]"],
        numbers["page[size]"],
    )


# Values


def names_in(text: str) -> list[str]:
    """Splits a text at commas. Returns each part once."""
    return list(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def ids_in(text: str) -> tuple[str, ...]:
    """Parses ids separated by commas. Raises Invalid if one is too long."""
    ids = tuple(names_in(text))
    if any(len(id) > LONGEST_ID for id in ids):
        raise Invalid("id_too_long", most=LONGEST_ID)
    return ids


def texts_in(most: int) -> Callable[[str], tuple[str, ...]]:
    """Returns a function that parses texts of at most `most` characters, separated by commas."""

    def read(text: str) -> tuple[str, ...]:
        texts = tuple(names_in(text))
        if any(len(each) > most for each in texts):
            raise Invalid("too_many_characters", most=most)
        return texts

    return read


def one_of(*values: str) -> Callable[[str], frozenset[str]]:
    """Returns a function that parses one or more of these values, separated by commas."""

    def read(text: str) -> frozenset[str]:
        named = frozenset(names_in(text))
        if not named <= frozenset(values):
            raise Invalid("one_or_some_of", choices=values)
        return named

    return read


def text_of(most: int) -> Callable[[str], str | None]:
    """Returns a function that parses one text of at most `most` characters. A blank text becomes None."""

    def read(text: str) -> str | None:
        if len(text) > most:
            raise Invalid("too_many_characters", most=most)
        return text or None

    return read


def is_on(text: str) -> bool:
    """Parses a flag: `1` and `true` mean True, `0` and `false` mean False. Raises Invalid."""
    flags = {"1": True, "true": True, "0": False, "false": False}
    if text.lower() not in flags:
        raise Invalid("not_flag")
    return flags[text.lower()]


def read_day(text: str) -> date:
    """Parses a date such as 2026-04-15. Raises Invalid."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise Invalid("not_day")
    return read_date(f"{text}T00:00").date()


def read_moment(text: str) -> date | datetime:
    """Parses a date, or a date with a time such as 2026-04-15T09:00:00+02:00. Raises Invalid.

    Accepts a space instead of the plus, because a plus that is not encoded in a URL means a space.
    """
    return (
        read_day(text)
        if len(text) == len("2026-04-15")
        else read_date(re.sub(r"(?<=:\d\d) (?=\d\d:?\d\d$)", "+", text))
    )
