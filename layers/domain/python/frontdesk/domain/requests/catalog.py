"""The types of catalog items in the API: their relationships, what answers show, and how a document changes an item.

A type's attributes derive from its model, and have the same names as the model's fields.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError
from pydantic_core import to_json

from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.addresses import kept_address
from frontdesk.domain.catalog.currencies import currency_in_use
from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import (
    AddOn,
    CatalogItem,
    Customer,
    Organization,
    Resource,
    Service,
    TimeslotSeries,
    Voucher,
    shown_code,
)
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.orders.snapshot import Key, Kind
from frontdesk.domain.problems import MAX_PROBLEMS, FrontdeskError, Problem, pointer
from frontdesk.domain.requests.envelope import STAMPS, UTC, contradictions, is_same, read_only
from frontdesk.domain.requests.order import Echoes, RequestModel, problem_of
from frontdesk.domain.search import searchable
from frontdesk.domain.texts import is_plain
from frontdesk.domain.time.intervals import iso, read_date, to_instant
from frontdesk.errors import Invalid, Phrase

_T = TypeVar("_T", bound=CatalogItem)
_TIMES = frozenset({"created_at", "updated_at"})
_OWN = frozenset({"id", "version", "organization_id", "children", "lowered", "import_id"}) | _TIMES
# Validates new values and returns their stored form. Stored values are not validated again.
_AT_ENTRY: dict[str, Callable[[str], str]] = {
    "email": kept_address,
    "currency": currency_in_use,
    "code": shown_code,
}
# The relationship of a resource that answers show and that its children decide.
CHILDREN = "children"
_MULTILINE = frozenset({"description", "notes", "words"})


class CatalogType(NamedTuple):
    """A type of catalog item in the API. `name` is its JSON:API type.

    `related` maps a field to its relationship: (name, kind of the related item). `asks` is the name of the field that contains the item's
    custom fields. The keys in this field are the ids of the custom fields. `fixed` fields cannot change after creation, `instants` have a
    date and time, `derived` fields are read-only.

    A document about something else, such as an order, may include the item. Tokens without `catalog:read` then see only the attributes in
    `shown_to_all`. None stands for all attributes. If `shown_to_all` is empty, these tokens do not see the item.
    """

    name: str
    kind: Kind
    model: type[CatalogItem]
    related: Mapping[str, tuple[str, Kind]] = {}
    asks: str | None = None
    fixed: frozenset[str] = frozenset()
    instants: frozenset[str] = frozenset()
    derived: frozenset[str] = frozenset()
    shown_to_all: frozenset[str] | None = None

    @property
    def attributes(self) -> Collection[str]:
        """The names of the fields that are writable attributes."""
        return [
            name
            for name in self.model.model_fields
            if name not in _OWN and name not in self.related and name not in self.derived
        ]


_RESOURCES: dict[str, tuple[str, Kind]] = {"resource_ids": ("resources", "resource")}
TYPES = {
    each.name: each
    for each in (
        CatalogType(
            "organizations",
            "organization",
            Organization,
            asks="order_custom_fields",
            fixed=frozenset({"currency"}),
            derived=frozenset({"slug"}),
            shown_to_all=frozenset({"name"}),
        ),
        CatalogType(
            "customers",
            "customer",
            Customer,
            derived=frozenset({"uuid", "full_name", "email_status", "version"}),
            shown_to_all=frozenset(
                {
                    "uuid",
                    "version",
                    "full_name",
                    "given_name",
                    "family_name",
                    "email",
                    "phone",
                    "mobile",
                    "company",
                }
            ),
        ),
        CatalogType("resources", "resource", Resource, {"parent_id": ("parent", "resource")}),
        CatalogType(
            "services", "service", Service, _RESOURCES, asks="custom_fields", derived=frozenset({"currency"})
        ),
        CatalogType("add-ons", "add_on", AddOn, derived=frozenset({"currency"})),
        CatalogType(
            "vouchers",
            "voucher",
            Voucher,
            {"service_ids": ("services", "service")},
            fixed=frozenset({"code"}),
            instants=frozenset({"valid_from", "valid_until"}),
            derived=frozenset({"redemptions"}),
            shown_to_all=frozenset(),
        ),
        CatalogType("custom-fields", "custom_field", CustomField, fixed=frozenset({"field_type"})),
        CatalogType("timeslot-series", "timeslot_series", TimeslotSeries, _RESOURCES),
        CatalogType(
            "message-rules",
            "message_rule",
            MessageRule,
            {"service_ids": ("services", "service")},
            shown_to_all=frozenset(),
        ),
        CatalogType(
            "api-tokens",
            "token",
            Token,
            fixed=frozenset({"scopes"}),
            instants=frozenset({"expires_at"}),
            derived=frozenset({"parent_id"}),
        ),
    )
}
_BY_MODEL = {each.model: each for each in TYPES.values()}


def type_of(item: CatalogItem) -> CatalogType:
    """Returns the type of an item."""
    return _BY_MODEL[type(item)]


def title_of(item: CatalogItem) -> str:
    """Returns the item's display name."""
    match item:
        case Customer():
            return item.full_name or item.email or ""
        case Voucher():
            return item.code
        case CustomField():
            return item.label
        case _:
            return str(getattr(item, "name", ""))


def text_of(item: CatalogItem) -> str:
    """Returns the item's searchable text. `Sought.is_in` decides whether a search finds this text."""
    values = [value for name, value in item if name not in _OWN and isinstance(value, str)]
    phones = (item.phone, item.mobile) if isinstance(item, Customer) else ()
    return searchable([title_of(item), *values], phones)


def attributes_of(item: CatalogItem, currency: str | None = None) -> dict[str, Any]:
    """Returns the attributes that an answer shows. `currency` is the currency of the prices."""
    of = type_of(item)
    shown = {name: _shown(getattr(item, name), is_instant=name in of.instants) for name in of.attributes}
    derived = {"uuid": item.id, "currency": currency}
    more = {name: derived.get(name, getattr(item, name, None)) for name in sorted(of.derived)}
    times = (
        {"created_at": iso(item.created_at), "updated_at": iso(item.updated_at)} if item.created_at else {}
    )
    return {**shown, **more, **times}


def _shown(value: Any, *, is_instant: bool) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if is_instant and value is not None:
        return iso(value)
    return sorted(value) if isinstance(value, frozenset) else value


# Changes


class ItemData(RequestModel):
    """The attributes and relationships of a document, as sent. `changed` validates them."""

    attributes: dict[str, Any] | None = None
    relationships: dict[str, Any] | None = None


class CatalogDocument(RequestModel):
    """The JSON:API document of a catalog item of any type."""

    data: ItemData | None = None


def changed(
    of: CatalogType,
    seen: CatalogItem | None,
    data: ItemData,
    organization: Organization | None,
    children: Collection[str] = (),
    **own: Any,
) -> Any:
    """Returns the item as changed by a document, or a list of the document's problems.

    `seen` is the stored item, `children` are the ids of a resource's child resources. `own` are fields that the server sets. Does not check
    whether the items that the document refers to exist.
    """
    writable = of.attributes
    known = attributes_of(seen, organization.currency if organization else None) if seen else {}
    values: dict[str, Any] = seen.model_dump(mode="json") if seen else {}
    problems: list[Problem] = []
    echoes: dict[str, Any] = {}
    for name, value in (data.attributes or {}).items():
        at = pointer("data", "attributes", name)
        is_shown = name in of.derived or name in _TIMES
        if name not in writable and name in STAMPS and is_shown:
            continue
        if seen is None and value is None and name in writable:
            # Generated clients send null for each attribute that nobody has set.
            continue
        if name in known and is_same(name, value, known[name], organization.zone if organization else UTC):
            # Clients may send back everything that an answer contained.
            continue
        if name not in writable and is_shown and (seen is None or value is not None):
            # What an answer showed for another item, or for an earlier state of this one, must be true of the result.
            echoes[name] = value
            continue
        if name not in writable:
            problems.append(read_only(name, at) if is_shown else _unknown(name, at))
        elif name in of.fixed and seen is not None:
            problems.append(Problem("fixed", {"name": name}, pointer=at))
        elif (wrong := _unprintable(value, name)) is not None:
            problems.append(Problem("invalid_value", {"reason": wrong}, pointer=at))
        elif name in of.instants and value is not None:
            try:
                values[name] = _instant(value, organization)
            except Invalid as error:
                problems.append(Problem("invalid_value", {"reason": error.reason}, pointer=at))
                values.pop(name, None)
        elif name in _AT_ENTRY and isinstance(value, str):
            try:
                values[name] = _AT_ENTRY[name](value)
            except Invalid as error:
                problems.append(Problem("invalid_value", {"reason": error.reason}, pointer=at))
                values.pop(name, None)
        else:
            values[name] = value
    related: dict[str, Any] = {}
    for name, relationship in (data.relationships or {}).items():
        if name == CHILDREN and of.kind == "resource":
            related[name] = relationship
        else:
            problems += _relate(of, name, relationship, values)
    wrong_already = {problem.pointer for problem in problems}
    try:
        item = of.model.model_validate_json(to_json({**values, **own}), strict=True)
    except ValidationError as error:
        for entry in error.errors(include_url=False, include_input=False)[: MAX_PROBLEMS + 1]:
            problem = _problem(of, entry)
            if problem.pointer not in wrong_already:
                problems.append(problem)
        return problems + (contradictions(Echoes(echoes, {}), {"attributes": known}) if seen else [])
    shown = {
        "attributes": attributes_of(item, organization.currency if organization else None),
        "relationships": {CHILDREN: {"data": [{"type": "resources", "id": id} for id in children]}},
    }
    problems += contradictions(Echoes(echoes, related), shown)
    return problems or item


def _unknown(name: str, at: str) -> Problem:
    return Problem("unknown_field", {"reason": Phrase("no_field", {"name": name[:100]})}, pointer=at)


def _unprintable(value: Any, name: str) -> Phrase | None:
    """Returns a reason if a text in `value` has characters that cannot be displayed, otherwise None."""
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        return next((wrong for each in value if (wrong := _unprintable(each, name))), None)
    allowed = "\r\n\t" if name in _MULTILINE else ""
    if isinstance(value, str) and not is_plain(value, allowed):
        return Phrase("controls" if allowed else "controls_or_lines")
    return None


def _instant(value: Any, organization: Organization | None) -> int:
    if not isinstance(value, str) or organization is None:
        raise Invalid("not_instant")
    instant = to_instant(read_date(value), organization.zone)
    if instant is None:
        raise Invalid("skipped_by_clock", zone=organization.timezone)
    return instant


def _relate(of: CatalogType, name: str, relationship: Any, values: dict[str, Any]) -> Iterator[Problem]:
    """Reads a relationship, and writes its ids into `values`. Yields a problem for each mistake."""
    at = pointer("data", "relationships", name)
    found = next(((field, kind) for field, (of_field, kind) in of.related.items() if of_field == name), None)
    if found is None:
        reason = Phrase("no_relationship", {"name": name[:100]})
        yield Problem("unknown_field", {"reason": reason}, pointer=at)
        return
    field, kind = found
    type_name = next(each.name for each in TYPES.values() if each.kind == kind)
    several, one = field.endswith("_ids"), f'{{"type": "{type_name}", "id": ...}}'
    linkage = relationship.get("data", ...) if isinstance(relationship, dict) else ...
    if linkage is ... or isinstance(linkage, list) != several:
        shape = f'{{"data": {f"[{one}, ...]" if several else f"{one} or null"}}}'
        yield Problem("invalid_value", {"reason": Phrase("not_linkage", {"shape": shape})}, pointer=at)
        return
    ids = []
    for number, each in enumerate(linkage if several else [linkage] if linkage is not None else []):
        id = each.get("id") if isinstance(each, dict) and each.get("type") == type_name else None
        if isinstance(id, bool) or not isinstance(id, str | int):
            place = f"{at}/data/{number}" if several else f"{at}/data"
            reason = Phrase("not_linkage", {"shape": one})
            yield Problem("invalid_value", {"reason": reason}, pointer=place)
        else:
            ids.append(str(id))
    values[field] = list(dict.fromkeys(ids)) if several else next(iter(ids), None)


def _problem(of: CatalogType, entry: Any) -> Problem:
    first, *rest = entry["loc"] or ("",)
    if first in of.related:
        at = pointer("data", "relationships", of.related[first][0])
    elif first:
        # Deeper locations contain steps internal to Pydantic.
        at = pointer(
            "data",
            "attributes",
            first,
            *(part for part in rest if isinstance(part, int) or not part.startswith("[")),
        )
    else:
        at = "/data/attributes"
    if entry["type"] == "missing":
        return Problem(f"{first}_required", pointer=at)
    return problem_of(entry, at)


class Reference(NamedTuple):
    """A reference to another item: the key of that item, and the pointer to the reference in the document."""

    key: Key
    pointer: str


def references_of(of: CatalogType, item: CatalogItem, seen: CatalogItem | None) -> list[Reference]:
    """Returns the references that a change adds to an item. `seen` is the item before the change, or None for a new one."""
    found: list[Reference] = []
    for field, (name, kind) in of.related.items():
        at = pointer("data", "relationships", name, "data")
        found += [Reference(Key(kind, id), at) for id in sorted(_named(item, field) - _named(seen, field))]
    if of.asks:
        asked = _named(item, of.asks) - _named(seen, of.asks)
        found += [
            Reference(Key("custom_field", id), pointer("data", "attributes", of.asks, id))
            for id in sorted(asked)
        ]
    return found


def refuse_telling(item: CatalogItem, seen: CatalogItem | None, reads_orders: bool) -> None:
    """Raises FrontdeskError 403 if a message rule would send staff new mails about bookings, but the caller may not read bookings."""
    before = seen if isinstance(seen, MessageRule) else None
    if isinstance(item, MessageRule) and item.tells_more_than(before) and not reads_orders:
        reason = Phrase("without_scope", {"scope": "orders:read"})
        raise FrontdeskError(
            Problem("unauthorized", {"reason": reason}, pointer="/data/attributes/staff_emails")
        )


def _named(item: CatalogItem | None, field: str) -> set[str]:
    value = getattr(item, field, None)
    return {value} if isinstance(value, str) else {*(value or ())}
