"""Announces an import whose file will be uploaded."""

from itertools import islice
from uuid import uuid4

from frontdesk.domain.catalog.access import Scope, Token
from frontdesk.domain.imports.runs import UPLOAD_WITHIN, ImportRun, run_id
from frontdesk.domain.imports.uploads import MAX_OPEN, Upload
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.once import Once
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Link, Links, Runs

# Seconds to wait when too many imports are open. By then, one of them may have ended.
_RETRY_AFTER = 60


def begin_import(
    context: Context, upload: Upload, may: tuple[Scope, ...], runs: Runs, asked: Once | None = None
) -> ImportRun:
    """Creates a run that waits for its file. `may` are the scopes that the file's rows may use.

    Raises FrontdeskError 403 without the necessary scope, or 429 if MAX_OPEN imports are unfinished. Raises AlreadyMade if an earlier
    request with the same idempotency key (`asked`) has created a run.
    """
    if "catalog:write" not in may and upload.mapping and upload.mapping.kind not in (None, "bookings"):
        reason = Phrase("without_scope", {"scope": "catalog:write"})
        raise FrontdeskError(Problem("unauthorized", {"reason": reason}, pointer=upload.kind_at))
    now = context.clock.now()
    # Older imports have missed their upload, or are stuck. They must not block new ones.
    # The list lags by some milliseconds, so concurrent requests may exceed the limit by a few.
    if len(list(islice(runs.unfinished(context, now - UPLOAD_WITHIN), MAX_OPEN))) == MAX_OPEN:
        raise FrontdeskError(Problem("too_many_imports", {"most": MAX_OPEN}), retry_after=_RETRY_AFTER)
    id = run_id(now, f"upload {uuid4()}", context.organization_id, upload.name, "")
    run = ImportRun(
        id=id,
        organization_id=context.organization_id,
        name=upload.name,
        etag="",
        execution="",
        status="waiting",
        upload=id,
        size=upload.size,
        may=may,
        maker_id=context.actor.id,
        options=upload.options,
        mapping=upload.mapping,
        dry_run=upload.dry_run,
        again=upload.again,
        language=upload.language or "en",
        wanted_language=upload.language,
        started_at=now,
    )
    runs.begin(context, run, asked and asked.made(id, now))
    return run


def upload_link(run: ImportRun, token: Token, links: Links, now: int) -> Link | None:
    """Returns a run's upload link, or None if the run is not waiting for its file, or if the token is not allowed to upload the file."""
    if run.status != "waiting" or run.size is None or not run.is_uploaded_by(token):
        return None
    return links.upload(run.incoming, run.size, now)
