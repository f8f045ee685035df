"""What the auditor says at the end of a test, when nobody has an excuse any more."""

from collections.abc import Iterable
from typing import Any

from frontdesk.domain.audit import DRAFT_GRACE, GRACE, Audit
from frontdesk.domain.findings import Finding
from frontdesk.domain.orders.snapshot import Key


def findings(items: Iterable[tuple[Key, Any]], now: int) -> list[Finding]:
    """Of all items of an organization, long after they were swept; what the sweep left undone is an error of its own."""
    audit = Audit(now + GRACE + DRAFT_GRACE)
    for key, item in items:
        audit.add(key, item)
    assert audit.unfinished() == {}, "the sweep leaves nothing"
    return audit.findings()
