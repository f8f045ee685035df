"""Requests an export, and finds exports."""

from itertools import islice
from uuid import uuid4

from frontdesk.domain.catalog.access import Token
from frontdesk.domain.exports.export import (
    MAX_OPEN,
    SCOPES,
    Export,
    export_id,
    is_export_id,
    needs_message,
    shown,
)
from frontdesk.domain.exports.request import ExportDocument, wanted_of
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.once import Once
from frontdesk.domain.requests.order import Reading
from frontdesk.usecases.catalog import Office
from frontdesk.usecases.context import Context
from frontdesk.usecases.exports.needs import Exports, Orders
from frontdesk.usecases.ports import Links

MAX_LISTED = 1_000
# Seconds to wait when too many exports are open. By then, one of them may have ended.
_RETRY_AFTER = 60


def ask_for_export(
    office: Office,
    reading: Reading[ExportDocument],
    token: Token,
    exports: Exports,
    queue: Orders,
    asked: Once | None = None,
) -> Export:
    """Creates an export and queues it.

    Raises FrontdeskError 403 for data that the token may not read, 422 with every problem of the document, or 429 if MAX_OPEN exports are
    unfinished. Raises AlreadyMade if an earlier request with the same idempotency key created an export.
    """
    context = office.context
    now = context.clock.now()
    wanted = wanted_of(reading, office.organization(), token)
    # The list lags by some milliseconds, so concurrent requests may exceed the limit by a few.
    if len(list(islice(exports.unfinished(context), MAX_OPEN))) == MAX_OPEN:
        raise FrontdeskError(Problem("too_many_exports", {"most": MAX_OPEN}), retry_after=_RETRY_AFTER)
    export = Export(
        id=export_id(now, uuid4().hex[:12]),
        organization_id=context.organization_id,
        wanted=wanted,
        by=token.name,
        maker_id=token.id,
        created_at=now,
        updated_at=now,
    )
    exports.add(context, export, made=asked and asked.made(export.id, now))
    queue.send(context.organization_id, export.id, export.version)
    return export


def asked_again(context: Context, export_id: str, exports: Exports, queue: Orders) -> Export:
    """Returns the export that an earlier request with the same idempotency key created.

    Queues it again if no worker has it: the earlier request may have failed before queueing it.
    """
    export = find_export(context, export_id, exports)
    if needs_message(export, context.clock.now()):
        queue.send(context.organization_id, export_id, export.version)
    return export


def find_export(context: Context, export_id: str, exports: Exports) -> Export:
    """Returns an export. Raises FrontdeskError 404."""
    export = exports.export(context, export_id) if is_export_id(export_id) else None
    if export is None:
        raise FrontdeskError(Problem("export_not_found"))
    return export


def recent_exports(context: Context, exports: Exports) -> tuple[list[Export], bool]:
    """Returns the organization's newest exports, at most MAX_LISTED, and whether there are more."""
    found = list(islice(exports.recent(context), MAX_LISTED + 1))
    return found[:MAX_LISTED], len(found) > MAX_LISTED


def link_for(export: Export, token: Token, links: Links, now: int) -> str | None:
    """Returns a link to the file, or None if the export is not completed or the token may not read its content."""
    if shown(export, now)[0] != "completed" or not token.allows(SCOPES[export.wanted.kind]):
        return None
    return links.download(export.file, export.name, now).url
