"""What a request asks of a list or a resource. Source: shared conventions, "Answers"."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from frontdesk.api.routes import Route
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.time.intervals import read_date

USUAL_SIZE, MAX_SIZE = 25, 100
MAX_NUMBER = 10**6
LONGEST_ID = 128


class Query(NamedTuple):
    """`includes` are paths of relationships, `fields` by type what of its attributes and relationships is shown, `sorts`
    (name, descending), `filters` by name as they were read."""

    includes: tuple[tuple[str, ...], ...] = ()
    fields: Mapping[str, Collection[str]] = {}
    sorts: tuple[tuple[str, bool], ...] = ()
    filters: Mapping[str, Any] = {}
    number: int = 1
    size: int = USUAL_SIZE


def read_query(
    route: Route,
    parameters: Mapping[str, str],
    *,
    includes: Collection[str] = (),
    sorts: Collection[str] = (),
    readers: Mapping[str, Callable[[str], Any]] | None = None,
) -> Query:
    """Reads the parameters of a request, all of which its route takes; `readers` of its filters raise ValueError.

    Raises FrontdeskError 400 with everything that is not right.
    """
    problems: list[Problem] = []
    read: dict[str, Any] = {}
    included, sorted_by, fields = (
        list[tuple[str, ...]](),
        list[tuple[str, bool]](),
        dict[str, Collection[str]](),
    )
    numbers = {"page[number]": 1, "page[size]": USUAL_SIZE}
    reader_of = {name: (readers or {})[name] for name in route.filters}

    def refuse(name: str, detail: str) -> None:
        problems.append(Problem("invalid_parameter", "invalid parameter", detail, 400, parameter=name))

    for name, text in parameters.items():
        in_brackets = re.fullmatch(r"(filter|fields)\[([^\[\]]+)\](?:\[\])?", name)
        kind, of = in_brackets.groups() if in_brackets else (name, "")
        if name in numbers:
            most = MAX_SIZE if name == "page[size]" else MAX_NUMBER
            if re.fullmatch(r"\d{1,9}", text, re.ASCII) and 1 <= int(text) <= most:
                numbers[name] = int(text)
            else:
                refuse(name, f"Must be a whole number from 1 to {most}.")
        elif name == "include":
            for path in names_in(text):
                if path in includes:
                    included.append(tuple(path.split(".")))
                else:
                    refuse(name, f"{path[:100]!r} can not be included; {', '.join(includes)} can.")
        elif name == "sort":
            for each in names_in(text):
                if each.removeprefix("-") in sorts:
                    sorted_by.append((each.removeprefix("-"), each.startswith("-")))
                else:
                    refuse(name, f"{each[:100]!r} is nothing to sort by; {', '.join(sorts)} are.")
        elif kind == "fields":
            fields[of] = frozenset(names_in(text))
        elif kind == "filter":
            try:
                read[of] = reader_of[of](text.strip())
            except ValueError as error:
                refuse(name, f"{str(error)[:1].upper()}{str(error)[1:]}.")
    if problems:
        raise FrontdeskError(*problems)
    return Query(
        tuple(included), fields, tuple(sorted_by), read, numbers["page[number]"], numbers["page[size]"]
    )


# Values


def names_in(text: str) -> list[str]:
    """What a text names, with commas between."""
    return list(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def ids_in(text: str) -> tuple[str, ...]:
    ids = tuple(names_in(text))
    if any(len(id) > LONGEST_ID for id in ids):
        raise ValueError(f"an id has at most {LONGEST_ID} characters")
    return ids


def one_of(*values: str) -> Callable[[str], frozenset[str]]:
    """Reads some of the values."""

    def read(text: str) -> frozenset[str]:
        named = frozenset(names_in(text))
        if not named <= frozenset(values):
            raise ValueError(f"must be one of {', '.join(values)}, or some of them with commas")
        return named

    return read


def text_of(most: int) -> Callable[[str], str | None]:
    """Reads a text; a blank one is none."""

    def read(text: str) -> str | None:
        if len(text) > most:
            raise ValueError(f"must not be longer than {most} characters")
        return text or None

    return read


def is_on(text: str) -> bool:
    flags = {"1": True, "true": True, "0": False, "false": False}
    if text.lower() not in flags:
        raise ValueError("must be true or false")
    return flags[text.lower()]


def read_day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError("must be a date like 2026-04-15")
    return read_date(f"{text}T00:00").date()


def read_moment(text: str) -> date | datetime:
    """A date alone, which is the whole of its day, or a time; the plus of its offset may have come as a space."""
    return (
        read_day(text)
        if len(text) == len("2026-04-15")
        else read_date(re.sub(r"(?<=:\d\d) (?=\d\d:?\d\d$)", "+", text))
    )
