"""What a request asks of a list or a resource, and the document of a list. Source: shared conventions, "Answers"."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from frontdesk.api.documents import Json
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.time.intervals import read_date
from frontdesk.errors import Invalid, Phrase

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
    parameters: Mapping[str, str],
    *,
    includes: Collection[str] = (),
    sorts: Collection[str] = (),
    filters: Mapping[str, Callable[[str], Any]] | None = None,
    others: Collection[str] = (),
    paged: bool = True,
) -> Query:
    """Reads the parameters of a request; `filters` say how each is read (Invalid: how not), `others` are the caller's own.

    Raises FrontdeskError 400 with everything that is not known or not right. What `fields` names and is not there is none.
    """
    problems: list[Problem] = []
    read: dict[str, Any] = {}
    included, sorted_by, fields = (
        list[tuple[str, ...]](),
        list[tuple[str, bool]](),
        dict[str, Collection[str]](),
    )
    numbers = {"page[number]": 1, "page[size]": USUAL_SIZE}

    def refuse(parameter: str, reason: Phrase) -> None:
        problems.append(Problem("invalid_parameter", {"reason": reason}, parameter=parameter))

    for name, text in parameters.items():
        in_brackets = re.fullmatch(r"(filter|fields)\[([^\[\]]+)\](?:\[\])?", name)
        kind, of = in_brackets.groups() if in_brackets else (name, "")
        if paged and name in numbers:
            most = MAX_SIZE if name == "page[size]" else MAX_NUMBER
            if re.fullmatch(r"\d{1,9}", text, re.ASCII) and 1 <= int(text) <= most:
                numbers[name] = int(text)
            else:
                refuse(name, Phrase("not_whole_between", {"least": 1, "most": most}))
        elif name == "include" and includes:
            for path in names_in(text):
                if path in includes:
                    included.append(tuple(path.split(".")))
                else:
                    refuse(name, Phrase("not_included", {"name": path[:100], "names": list(includes)}))
        elif name == "sort" and sorts:
            for each in names_in(text):
                if each.removeprefix("-") in sorts:
                    sorted_by.append((each.removeprefix("-"), each.startswith("-")))
                else:
                    refuse(name, Phrase("not_sorted", {"name": each[:100], "names": list(sorts)}))
        elif kind == "fields":
            fields[of] = frozenset(names_in(text))
        elif kind == "filter" and of in (filters or {}):
            try:
                read[of] = (filters or {})[of](text.strip())
            except Invalid as error:
                refuse(name, error.reason)
        elif name != "o" and name not in others:
            problems.append(Problem("unknown_parameter", {"name": name[:100]}, parameter=name))
    if problems:
        raise FrontdeskError(*problems)
    return Query(
        tuple(included), fields, tuple(sorted_by), read, numbers["page[number]"], numbers["page[size]"]
    )


def with_fields(resource: Json, query: Query) -> Json:
    """The resource with those of its attributes and relationships that were asked for."""
    shown = query.fields.get(resource["type"])
    if shown is None:
        return resource
    parts = {
        part: {name: value for name, value in resource[part].items() if name in shown}
        for part in ("attributes", "relationships")
        if part in resource
    }
    return {name: value for name, value in (resource | parts).items() if value or name not in parts}


def document(resource: Json, query: Query, included: Iterable[Json] = ()) -> Json:
    """The document of one resource."""
    beside = {"included": _others([resource], included, query)} if query.includes else {}
    return {
        "data": with_fields(resource, query),
        **beside,
        "links": {"self": resource["links"]["self"]},
        "jsonapi": {"version": "1.1"},
    }


def list_document(
    resources: Sequence[Json],
    total: int,
    query: Query,
    url: str,
    parameters: Mapping[str, str],
    included: Iterable[Json] = (),
    *,
    capped: bool = False,
) -> Json:
    """A page of a list of `total` resources; `capped`: of at least so many. Links keep the other parameters."""
    last, start = max(1, -(-total // query.size)), (query.number - 1) * query.size
    page = {
        "current-page": query.number,
        "per-page": query.size,
        "from": start + 1 if resources else None,
        "to": start + len(resources) if resources else None,
        "total": total,
        "last-page": last,
    }
    pages = {"first": 1, "prev": min(query.number - 1, last), "next": query.number + 1} | (
        {} if capped else {"last": last}
    )
    links = {
        name: f"{url}?{urlencode({**parameters, 'page[number]': at})}"
        for name, at in pages.items()
        if 1 <= at <= last
    }
    beside = {"included": _others(resources, included, query)} if query.includes else {}
    return {
        "data": [with_fields(resource, query) for resource in resources],
        **beside,
        "links": {"self": f"{url}?{urlencode(parameters)}" if parameters else url, **links},
        # Clients were seen to read the number of the page there.
        "meta": {"page": page, "current_page": query.number, **({"capped": True} if capped else {})},
        "jsonapi": {"version": "1.1"},
    }


def page_document(
    resources: Sequence[Json], query: Query, url: str, parameters: Mapping[str, str], *, capped: bool = False
) -> Json:
    """The page of resources that are all there already; `capped`: there are more of them than are listed at all."""
    start = (query.number - 1) * query.size
    return list_document(
        resources[start : start + query.size], len(resources), query, url, parameters, capped=capped
    )


def _others(resources: Iterable[Json], included: Iterable[Json], query: Query) -> list[Json]:
    """What is included, each once and nothing that is in the document anyway."""
    shown = {(resource["type"], resource["id"]) for resource in resources}
    others = {(resource["type"], resource["id"]): resource for resource in included}
    return [with_fields(resource, query) for key, resource in others.items() if key not in shown]


# Values


def names_in(text: str) -> list[str]:
    """What a text names, with commas between."""
    return list(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def ids_in(text: str) -> tuple[str, ...]:
    ids = tuple(names_in(text))
    if any(len(id) > LONGEST_ID for id in ids):
        raise Invalid("id_too_long", most=LONGEST_ID)
    return ids


def one_of(*values: str) -> Callable[[str], frozenset[str]]:
    """Reads some of the values."""

    def read(text: str) -> frozenset[str]:
        named = frozenset(names_in(text))
        if not named <= frozenset(values):
            raise Invalid("one_or_some_of", choices=values)
        return named

    return read


def text_of(most: int) -> Callable[[str], str | None]:
    """Reads a text; a blank one is none."""

    def read(text: str) -> str | None:
        if len(text) > most:
            raise Invalid("too_many_characters", most=most)
        return text or None

    return read


def is_on(text: str) -> bool:
    flags = {"1": True, "true": True, "0": False, "false": False}
    if text.lower() not in flags:
        raise Invalid("not_flag")
    return flags[text.lower()]


def read_day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise Invalid("not_day")
    return read_date(f"{text}T00:00").date()


def read_moment(text: str) -> date | datetime:
    """A date alone, which is the whole of its day, or a time; the plus of its offset may have come as a space."""
    return (
        read_day(text)
        if len(text) == len("2026-04-15")
        else read_date(re.sub(r"(?<=:\d\d) (?=\d\d:?\d\d$)", "+", text))
    )
