"""The auditor's findings at the end of a test, after every deadline."""

from collections.abc import Iterable
from typing import Any

from frontdesk.domain.audit import DRAFT_GRACE, GRACE, Audit
from frontdesk.domain.findings import Finding
from frontdesk.domain.orders.snapshot import Key


def findings(items: Iterable[tuple[Key, Any]], now: int) -> list[Finding]:
    """Returns the findings on an organization's items, long after a sweep. Anything that the sweep left undone is a finding too."""
    audit = Audit(now + GRACE + DRAFT_GRACE)
    for key, item in items:
        audit.add(key, item)
    assert audit.unfinished() == {}, "the sweep leaves nothing"
    return audit.findings()
