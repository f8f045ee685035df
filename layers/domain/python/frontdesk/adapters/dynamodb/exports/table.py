"""Stores exports in DynamoDB, and reads the lists that only exports need.

pk                         sk             item
{org}#exports#{month}      {export id}    export: status, version, delete_at. Its id begins with the time of its creation

An unfinished export is also in two lists (see `adapters.dynamodb.indexes`):

list_pk               list2_pk    list_sk
{org}#open-exports    #exports    {export id}
"""

from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb.indexes import catalog_list_pk
from frontdesk.adapters.dynamodb.items import ItemKey, Raw, row
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.adapters.dynamodb.tokens import note_request, refuse_repeated
from frontdesk.adapters.dynamodb.transaction import ABSENT, Transaction
from frontdesk.adapters.dynamodb.updates import record
from frontdesk.domain.exports.export import ENDED, LISTED_SECONDS, Export
from frontdesk.domain.problems import OutcomeUnknown
from frontdesk.domain.requests.once import Made
from frontdesk.domain.time.intervals import DAY, day_of
from frontdesk.usecases.context import Clock, Context

_MONTHS = LISTED_SECONDS // (30 * DAY) + 1
_ELSEWHERE = {"id", "organization_id", "status", "version"}
_status, _version, _body = Path("status"), Path("version"), Path("body")
_OPEN_EVERYWHERE = "#exports"
# The API's type of an export.
_EXPORTS = "exports"


class ExportTable:
    """Implements `usecases.exports.needs.Exports` on the DynamoDB table that `store` uses."""

    def __init__(self, store: DynamoStore) -> None:
        self._store = store

    def add(self, context: Context, export: Export, *, made: Made | None = None) -> None:
        """Puts the export and a log entry in one transaction.

        Also succeeds if an earlier attempt, whose answer was lost, has already put this export.
        """
        transaction = Transaction(self._store.connection, self._store.table_name)
        note_request(transaction, made, context.clock.now())
        transaction.put(_row(export), ABSENT)
        record(transaction, context, "created", _EXPORTS, None, export)
        try:
            lost = transaction.commit(context.clock)
        except OutcomeUnknown:
            if not self._store.has_put(transaction, context.clock):
                raise
            return
        if _key(export.organization_id, export.id) not in lost:
            # Ids are unique. So if the request was not repeated, this very call put the export, and its answer was lost.
            refuse_repeated(made, lost)

    def export(self, context: Context, export_id: str) -> Export | None:
        """Returns an export, or None if it does not exist. Makes one consistent read."""
        key = _key(context.organization_id, export_id)
        raw = self._store.batch_get([key], context.clock, consistent=True).get(key)
        return None if raw is None else _to_export(context.organization_id, raw)

    def change(self, context: Context, seen: Export, export: Export) -> bool:
        """Updates the export if its version is still that of `seen`. Otherwise returns False."""
        changes: list[Action] = [
            _status.set(export.status),
            _version.set(export.version),
            _body.set(_body_of(export)),
            *(
                Path(name).remove() if value is None else Path(name).set(value)
                for name, value in _listed(export).items()
            ),
        ]
        key = _key(export.organization_id, export.id)
        if self._store.update(key, changes, _version == seen.version, context.clock):
            return True
        # An earlier try may have succeeded although its answer was lost.
        return self.export(context, export.id) == export

    def recent(self, context: Context) -> Iterator[Export]:
        """Yields an organization's exports, the newest first. Queries month by month."""
        year, month = map(int, day_of(context.clock.now()).split("-")[:2])
        for back in range(_MONTHS):
            at = 12 * year + month - 1 - back
            pk = _month(context.organization_id, f"{at // 12:04}{at % 12 + 1:02}")
            for raw in self._store.partition(pk, context.clock, newest_first=True):
                yield _to_export(context.organization_id, raw)

    def unfinished(self, context: Context) -> Iterator[str]:
        """Yields the ids of an organization's unfinished exports from the index `lists`."""
        pk = _open(context.organization_id)
        return (raw["list_sk"]["S"] for raw in self._store.entries("lists", pk, context.clock))

    def unfinished_everywhere(self, clock: Clock) -> Iterator[tuple[str, str]]:
        """Yields (organization id, export id) of all unfinished exports from the index `lists2`."""
        for raw in self._store.entries("lists2", _OPEN_EVERYWHERE, clock):
            yield raw["pk"]["S"].rsplit("#", 2)[0], raw["sk"]["S"]

    def customers(self, context: Context, after: str | None, *, archived: bool) -> Iterator[tuple[str, str]]:
        """Yields (customer id, cursor) for each customer in the index `lists`, starting after the cursor `after`."""
        pk = catalog_list_pk(context.organization_id, "customer", archived=archived)
        # The key also contains the customer's search text, which must not be stored elsewhere. The cursor ends before that text.
        within = None if after is None else Path("list_sk") > f"{after}~"
        for raw in self._store.entries("lists", pk, context.clock, within):
            created, id = raw["list_sk"]["S"].split("#", 2)[:2]
            yield id, f"{created}#{id}"


def _open(organization_id: str) -> str:
    return f"{organization_id}#open-exports"


def _listed(export: Export) -> dict[str, str | None]:
    if export.status in ENDED:
        return dict.fromkeys(("list_pk", "list2_pk", "list_sk"))
    return {
        "list_pk": _open(export.organization_id),
        "list2_pk": _OPEN_EVERYWHERE,
        "list_sk": export.id,
    }


def _month(organization_id: str, month: str) -> str:
    return f"{organization_id}#exports#{month}"


def _key(organization_id: str, export_id: str) -> ItemKey:
    return ItemKey(_month(organization_id, export_id[:6]), export_id)


def _body_of(export: Export) -> str:
    return export.model_dump_json(exclude=_ELSEWHERE, exclude_defaults=True)


def _row(export: Export) -> Raw:
    return row(
        _key(export.organization_id, export.id),
        status=export.status,
        version=export.version,
        delete_at=export.delete_at,
        **_listed(export),
        body=_body_of(export),
    )


def _to_export(organization_id: str, raw: Raw) -> Export:
    fields: dict[str, Any] = from_json(raw["body"]["S"])
    return Export.model_validate(
        fields
        | {
            "id": raw["sk"]["S"],
            "organization_id": organization_id,
            "status": raw["status"]["S"],
            "version": int(raw["version"]["N"]),
        }
    )
