"""Imports one row of customers, resources or services: creates the item, changes it, or leaves it unchanged.

For a dry run, `rehearsed` keeps in memory what would be written.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import uuid4

from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.imports.columns.people import person_id
from frontdesk.domain.imports.entries import Entry
from frontdesk.domain.imports.runs import ImportRun, Result, Wording, row_results
from frontdesk.domain.orders.snapshot import Key, catalog_key, claims_of, external_key, former_claims_of
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.catalog import TYPES, CatalogDocument, CatalogType, ItemData
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.sizes import ReadingRoom
from frontdesk.errors import Phrase
from frontdesk.usecases.catalog import Office, change_item, new_item
from frontdesk.usecases.context import Context
from frontdesk.usecases.customers import customer_of
from frontdesk.usecases.ports import Catalog, Store

# Several tries, because another request may create the same item meanwhile.
_TRIES = 4


def import_item(entry: Entry, run: ImportRun, office: Office, created: set[str]) -> list[dict[str, Any]]:
    """Imports a row and returns its results.

    Finds an existing item by external id, or else by email, slug or name, so that repeating a row creates nothing twice. An item that has
    another external id is never changed. `created` has the ids of items that earlier rows of the chunk created. If this row creates an
    item, adds the item's id to `created`. For a dry run, `office` must be `rehearsed`.
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
            result, id = _settle(of, entry.item, reading, office, run)
            if result == "unchanged" and id not in created and _is_own(of, entry.item, id, office, run):
                result = "created"
            if result == "created":
                created.add(id)
            more = {} if run.is_dry and id in created else {"id": id}
            return row_results(entry, result, wording=wording, more=more)
        except FrontdeskError as error:
            if error.retry_after is not None:
                raise
            is_final = run.is_dry or isinstance(error, _AnotherCustomer) or attempt + 1 == _TRIES
            if not is_final and any(problem.code in _TAKEN for problem in error.problems):
                next(retries)
                continue
            problems = [_in_terms_of_columns(problem) for problem in error.problems]
            return row_results(entry, "refused", problems=problems, wording=wording)
    raise AssertionError


# Trying again finds the item that caused these problems.
_TAKEN = frozenset({"email_taken", "external_id_taken", "slug_taken", "id_taken", "precondition_failed"})
# The code and the attribute of a claim that another item has.
_CLAIMS = {"customer_email": ("email_taken", "email"), "slug": ("slug_taken", "slug")}


class _AnotherCustomer(FrontdeskError):
    """A customer with another external id has the row's email address."""

    def __init__(self) -> None:
        reason = Phrase("address_in_row_taken")
        super().__init__(Problem("email_taken", {"reason": reason}, pointer="/data/attributes/email"))


def _settle(
    of: CatalogType,
    item: dict[str, Any],
    reading: Reading[CatalogDocument],
    office: Office,
    run: ImportRun,
) -> tuple[Result, str]:
    found, external_id = _found(of, item, office), item["attributes"].get("external_id")
    if not isinstance(found, str):
        # Another chunk may give the item another external id meanwhile.
        before, after = change_item(
            of, found.id, reading, office, matches=lambda seen: not _is_another(seen, external_id)
        )
        return ("unchanged" if after == before else "updated"), found.id
    made = new_item(of, reading, office, office.organization(), id=found, import_id=run.id)
    taken = office.catalog.add(office.context, [made])
    if taken:
        code, name = _CLAIMS.get(next(iter(taken)).kind, ("external_id_taken", "external_id"))
        raise FrontdeskError(Problem(code, pointer=f"/data/attributes/{name}"))
    return "created", made.id


def _is_own(of: CatalogType, item: dict[str, Any], id: str, office: Office, run: ImportRun) -> bool:
    """Whether this row of this run created the item before an interruption, and the item has not changed since."""
    key = Key(of.kind, id)
    there = office.read([key])[key] if id == _id_of(item, of, office) else None
    return there is not None and there.version == 0 and there.import_id == run.id


def _id_of(item: dict[str, Any], of: CatalogType, office: Office) -> str:
    """Returns the id for the new item of a row. A row that is imported again gets the same id, so that the import finds the item."""
    return person_id(office.context.organization_id, f"{of.kind} {item['key']}")


def _found(of: CatalogType, item: dict[str, Any], office: Office) -> CatalogItem | str:
    """Returns the item that a row describes. If there is none, returns the id for the new item.

    Raises _AnotherCustomer if a customer with another external id has the row's email address.
    """
    external_id, email = item["attributes"].get("external_id"), item["attributes"].get("email")
    if external_id:
        claim = external_key(of.kind, str(external_id))
        if seen := _item(of, office.read([claim])[claim], office):
            return seen
    if of.kind == "customer" and email and (seen := _item(of, customer_of(str(email), office.read), office)):
        if _is_another(seen, external_id):
            raise _AnotherCustomer
        return seen
    seen = _item(of, item.get("id"), office)
    if seen and not _is_another(seen, external_id):
        return seen
    id = _id_of(item, of, office)
    seen = _item(of, id, office)
    if seen is None:
        return id
    # The item that was created for this external id may have another one by now.
    return str(uuid4()) if _is_another(seen, external_id) else seen


def _item(of: CatalogType, id: str | None, office: Office) -> CatalogItem | None:
    if id is None:
        return None
    key = Key(of.kind, id)
    found: CatalogItem | None = office.read([key])[key]
    return found


def _is_another(item: CatalogItem, external_id: Any) -> bool:
    """Whether the item has another external id than the row. A row may also name an item by its id in Frontdesk."""
    own = getattr(item, "external_id", None)
    return bool(external_id and own) and str(external_id).strip() not in (own, item.id)


def _in_terms_of_columns(problem: Problem) -> Problem:
    """Translates a problem from a document to a file. For example, the pointer `/data/attributes/name` becomes `/name`."""
    parts = (problem.pointer or "").split("/")
    if problem.code == "email_taken":
        problem = problem._replace(values={"reason": Phrase("address_in_row_taken")})
    return problem._replace(pointer=f"/{parts[3]}" if len(parts) > 3 else None)


def rehearsed(office: Office) -> Office:
    """Returns an office that creates and changes items in memory only. Its other methods are missing, as importing items needs none."""
    rehearsal = _Rehearsal(office.store)
    return office._replace(store=cast(Store, rehearsal), catalog=cast(Catalog, rehearsal))


class _Rehearsal:
    """Stands in for the store and the catalog. `_kept` has the items and claims as they would be. A claim that is given up is None."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[Key, Any] = {}

    def read(
        self, context: Context, keys: Iterable[Key], *, consistent: bool, room: ReadingRoom | None = None
    ) -> dict[Key, Any]:
        """Works like `Store.read`."""
        named = list(keys)
        unknown = [key for key in named if key not in self._kept]
        found = self._store.read(context, unknown, consistent=consistent, room=room) if unknown else {}
        return {key: self._kept[key] if key in self._kept else found[key] for key in named}

    def add(self, context: Context, items: Sequence[CatalogItem]) -> frozenset[Key]:
        """Works like `Catalog.add`."""
        wanted = {
            key: each for item in items for key, each in (claims_of(item) | {catalog_key(item): item}).items()
        }
        return self._keep(context, wanted, wanted.keys())

    def change(self, context: Context, seen: CatalogItem, item: CatalogItem) -> frozenset[Key]:
        """Works like `Catalog.change`."""
        before, after = former_claims_of(seen) | claims_of(seen), claims_of(item)
        given_up = self.read(context, before.keys() - after.keys(), consistent=True)
        free: dict[Key, Any] = {claim: None for claim, owner in given_up.items() if owner == before[claim]}
        return self._keep(context, free | after | {catalog_key(item): item}, after.keys() - before.keys())

    def _keep(self, context: Context, wanted: dict[Key, Any], unique: Iterable[Key]) -> frozenset[Key]:
        """Keeps `wanted`, and returns an empty set. If a key in `unique` exists, keeps nothing, and returns the keys that exist."""
        taken = {
            key for key, there in self.read(context, unique, consistent=True).items() if there is not None
        }
        if not taken:
            self._kept |= wanted
        return frozenset(taken)
