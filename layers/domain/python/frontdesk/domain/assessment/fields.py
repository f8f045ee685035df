"""Reads the answers to custom fields, and finds required fields without an answer. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from frontdesk.domain.assessment.lookup import Lookup
from frontdesk.domain.assessment.plan import Path, Plan
from frontdesk.domain.catalog.custom_fields import CustomEntry, answered, entry
from frontdesk.domain.catalog.items import Service
from frontdesk.domain.orders.snapshot import Snapshot
from frontdesk.domain.problems import Problem, pointer
from frontdesk.domain.requests.order import BookingConfig
from frontdesk.errors import Invalid, Phrase

# Limits in bytes: the answers of one booking, and the answers of the order.
MAX_ENTRY_BYTES = 20_000
# The beginning of a pointer to a part of any booking.
_ANY_BOOKING = re.compile(r"/bookings/\d+")


def order_entries(lookup: Lookup) -> dict[str, CustomEntry]:
    """Returns the answers to the custom fields of the order as a whole, by field id.

    Any booking of the request may contain them. If two bookings answer one field, their answers must be equal.
    """
    answers: dict[str, tuple[Any, CustomEntry]] = {}
    for i, booking in enumerate(lookup.config.bookings or ()):
        for id, value in (booking.order_custom_fields or {} if booking else {}).items():
            path = ("bookings", i, "order_custom_fields", id)
            if id in answers:
                if answers[id][0] != value or type(answers[id][0]) is not type(value):
                    lookup.refuse("custom_field_differs", *path)
                continue
            made = _entry(lookup, id, value, lookup.organization.order_custom_fields, *path)
            if made:
                answers[id] = (value, made)
    _check_size(lookup, [made for _, made in answers.values()], "bookings")
    return {id: made for id, (_, made) in answers.items()}


def service_entries(
    lookup: Lookup, config: BookingConfig, services: Iterable[tuple[Service, int]], *here: str | int
) -> dict[str, CustomEntry]:
    """Returns the answers to the custom fields of the services, by field id.

    Adds a problem to `lookup` for each invalid answer, and one if the answers together are too large.
    """
    asked = {id for service, _ in services for id in service.custom_fields}
    path = (*here, "service_custom_fields")
    made = {
        id: _entry(lookup, id, value, asked, *path, id)
        for id, value in (config.service_custom_fields or {}).items()
    }
    entries = {id: each for id, each in made.items() if each}
    _check_size(lookup, entries.values(), *path)
    return entries


def unanswered_fields(
    lookup: Lookup, plans: Sequence[Plan], entries: Mapping[str, CustomEntry]
) -> Iterator[tuple[Path, str]]:
    """Yields (path, field id) of each required field without an answer.

    A field whose answer was refused is not reported again as missing.
    """
    refused = {problem.pointer or "" for problem in lookup.problems}
    refused_of_order = {_ANY_BOOKING.sub("", at) for at in refused}
    for id, required in lookup.organization.order_custom_fields.items():
        if (
            required
            and plans
            and id not in entries
            and pointer("order_custom_fields", id) not in refused_of_order
        ):
            yield ("bookings", 0, "order_custom_fields", id), id
    for plan in plans:
        if plan.occurrence not in (None, 1):
            continue
        services = [service for each in (plan, *plan.parts) for service, _ in each.services]
        for id in dict.fromkeys(
            id for service in services for id, required in service.custom_fields.items() if required
        ):
            path = (*plan.path, "service_custom_fields", id)
            if id not in (plan.entries or {}) and pointer(*path) not in refused:
                yield path, id


def unanswered_together(unanswered: Iterable[tuple[Path, str]]) -> dict[frozenset[Path], list[str]]:
    """Returns the ids of unanswered fields, grouped by the bookings that must answer them.

    The keys are sets of the bookings' paths. Fields of the order as a whole have the empty set as key.
    """
    paths: dict[str, set[Path]] = {}
    for (*booking, kind, _), id in unanswered:
        of = paths.setdefault(id, set())
        if kind == "service_custom_fields":
            of.add(tuple(booking))
    together: dict[frozenset[Path], list[str]] = {}
    for id, of in paths.items():
        together.setdefault(frozenset(of), []).append(id)
    return together


def field_required(path: Path, id: str, known: Snapshot) -> Problem:
    """Returns the problem `custom_field_required`. It names the field by its label or, if the field no longer exists, by its id."""
    field = known.custom_field(id)
    label = field.label if field else id
    return Problem("custom_field_required", {"label": label}, pointer=pointer(*path))


def _entry(lookup: Lookup, id: str, value: Any, asked: Iterable[str], *path: str | int) -> CustomEntry | None:
    field = lookup.known.custom_field(id)
    if field is None or id not in asked:
        lookup.refuse("custom_field_not_found", *path, reason=Phrase("no_custom_field", {"id": id}))
        return None
    if not answered(value):
        return None
    try:
        return entry(field, value, lookup.organization.language)
    except Invalid as error:
        lookup.refuse("invalid_custom_field", *path, label=field.label, reason=error.reason)
        return None


def _check_size(lookup: Lookup, entries: Iterable[CustomEntry], *path: str | int) -> None:
    size = sum(len(each.model_dump_json()) for each in entries)
    if size > MAX_ENTRY_BYTES:
        lookup.refuse("custom_fields_too_large", *path, size=size, most=MAX_ENTRY_BYTES)
