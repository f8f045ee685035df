"""Imports one row of customers, resources or services: creates the item, changes it, or leaves it unchanged."""

from typing import Any

from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.imports.columns.people import person_id
from frontdesk.domain.imports.entries import Entry
from frontdesk.domain.imports.runs import ImportRun, Result, Wording, row_results
from frontdesk.domain.orders.snapshot import Key, external_key
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.catalog import TYPES, CatalogDocument, CatalogType, ItemData, changed
from frontdesk.domain.requests.order import Reading
from frontdesk.usecases.catalog import Office, change_item, new_item
from frontdesk.usecases.customers import customer_of

# Several tries, because another request may create the same item meanwhile.
_TRIES = 4


def import_item(entry: Entry, run: ImportRun, office: Office, created: set[str]) -> list[dict[str, Any]]:
    """Imports a row and returns its results.

    Finds an existing item by external id, or else by email, slug or name, so that repeating a row creates nothing twice. `created` has
    the ids of items that earlier rows of the chunk created. If this row creates an item, adds the item's id to `created`.
    """
    wording = Wording.of(run)
    if entry.item is None or entry.problems:
        return row_results(entry, "refused", wording=wording)
    of = TYPES[entry.item["type"]]
    data = ItemData(attributes=entry.item["attributes"], relationships=entry.item.get("relationships"))
    reading = Reading(CatalogDocument(data=data))
    retries = office.context.retries()
    for attempt in range(_TRIES):
        try:
            result, id = _settle(of, entry.item, data, reading, office, run)
            if (
                id
                and result == "unchanged"
                and id not in created
                and _is_own(of, entry.item, id, office, run)
            ):
                result = "created"
            if id and result == "created":
                created.add(id)
            return row_results(entry, result, wording=wording, more={"id": id} if id else {})
        except FrontdeskError as error:
            if error.retry_after is not None:
                raise
            if attempt + 1 < _TRIES and any(problem.code in _TAKEN for problem in error.problems):
                next(retries)
                continue
            problems = [_in_terms_of_columns(problem) for problem in error.problems]
            return row_results(entry, "refused", problems=problems, wording=wording)
    raise AssertionError


# Trying again finds the item that caused these problems.
_TAKEN = frozenset({"email_taken", "external_id_taken", "slug_taken", "id_taken"})


def _settle(
    of: CatalogType,
    item: dict[str, Any],
    data: ItemData,
    reading: Reading[CatalogDocument],
    office: Office,
    run: ImportRun,
) -> tuple[Result, str | None]:
    dry = run.is_dry
    seen = _seen(of, item, office)
    if seen is not None and dry:
        after = changed(of, seen, data, office.organization())
        if isinstance(after, list):
            raise FrontdeskError(*after)
        return ("unchanged" if after == seen else "updated"), seen.id
    if seen is not None:
        before, after = change_item(of, seen.id, reading, office)
        return ("unchanged" if after == before else "updated"), seen.id
    own = {"id": _id_of(item, of, office), "import_id": run.id}
    made = new_item(of, reading, office, office.organization(), **own)
    if dry:
        return "created", None
    taken = office.catalog.add(office.context, [made])
    if taken:
        codes = {"customer_email": "email_taken", "external_id": "external_id_taken", "slug": "slug_taken"}
        kind = next(iter(taken)).kind
        raise FrontdeskError(
            Problem(codes.get(kind, "external_id_taken"), pointer="/data/attributes/external_id")
        )
    return "created", made.id


def _is_own(of: CatalogType, item: dict[str, Any], id: str, office: Office, run: ImportRun) -> bool:
    """Whether this row of this run created the item before an interruption, and the item has not changed since."""
    key = Key(of.kind, id)
    there = office.read([key])[key] if id == _id_of(item, of, office) else None
    return there is not None and there.version == 0 and there.import_id == run.id


def _id_of(item: dict[str, Any], of: CatalogType, office: Office) -> str:
    """Returns the id for the new item of a row. A row that is imported again gets the same id, so that the import finds the item."""
    return person_id(office.context.organization_id, f"{of.kind} {item['key']}")


def _seen(of: CatalogType, item: dict[str, Any], office: Office) -> CatalogItem | None:
    attributes = item["attributes"]
    ids: list[str] = []
    if external_id := attributes.get("external_id"):
        claim = external_key(of.kind, str(external_id))
        ids += [owner for owner in office.read([claim]).values() if owner]
    if not ids and of.kind == "customer" and (email := attributes.get("email")):
        owner = customer_of(str(email), office.read)
        ids += [owner] if owner else []
    ids += [item["id"]] if item.get("id") and not ids else []
    ids += [_id_of(item, of, office)] if not ids else []
    key = Key(of.kind, ids[0])
    found: CatalogItem | None = office.read([key])[key]
    return found


def _in_terms_of_columns(problem: Problem) -> Problem:
    """Translates a problem's pointer from a document's attribute to the file's column: `/data/attributes/name` becomes `/name`."""
    parts = (problem.pointer or "").split("/")
    return problem._replace(pointer=f"/{parts[3]}" if len(parts) > 3 else None)
