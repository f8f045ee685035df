"""Finishes interrupted operations (`sweep`), and finds broken invariants (`audit`).

Both functions work on the whole table, one organization, or one resource of an organization.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from frontdesk.domain.audit import Audit, may_be_unfinished
from frontdesk.domain.findings import Finding
from frontdesk.domain.ledger import LedgerKey
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import Busy
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.orders.staged import abandon, expire, settle
from frontdesk.usecases.ports import Store

# After this many retries, an order is left to the next sweep, so that others get their turn.
_MAX_ROUNDS = 12
# Items with the same versions in the first and third pass did not change in between: the second pass read them as if at one moment.
_PASSES = 3
# Between two passes, the index of a resource's bookings needs time to catch up: this many pauses, some seconds in total.
_INDEX_PAUSES = 12


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of an audit, and how many items of each kind it examined (`looked_at`). Both are grouped by organization id."""

    findings: Mapping[str, list[Finding]]
    looked_at: Mapping[str, Mapping[str, int]]

    def __iter__(self) -> Iterator[tuple[str, Finding]]:
        return (
            (organization_id, finding)
            for organization_id, found in self.findings.items()
            for finding in found
        )

    @property
    def summary(self) -> dict[str, dict[str, int]]:
        """Returns how many findings there are of each code, and how many items of each kind were examined, over all organizations."""
        looked_at = sum(map(Counter, self.looked_at.values()), Counter[str]())
        return {"findings": dict(Counter(finding.code for _, finding in self)), "looked_at": dict(looked_at)}


def sweep(
    store: Store, clock: Clock, organization_id: str | None = None, resource_id: str | None = None
) -> int:
    """Finishes interrupted orders, and ends drafts whose deadline has passed. Returns the number of orders that it tried to finish.

    Skips an order on Busy: the next sweep tries it again. Raises other failures at the end, in an
    ExceptionGroup.
    """
    count, failures = 0, list[Exception]()
    # Keeps only unfinished orders in memory, so the size of the table does not matter.
    for organization, seen in _look(store, clock, organization_id, resource_id, may_be_unfinished).items():
        context = Context(organization, _Patience(clock))
        for order_id in sorted(seen.unseen()):
            try:
                if found := store.order(context, order_id):
                    seen.add(Key("order", order_id), found[0])
            except Busy:
                continue
            except Exception as error:
                count += 1
                failures.append(error)
        for order_id, days in seen.unfinished().items():
            count += 1
            try:
                _finish(context, order_id, days, store)
            except Busy:
                continue
            except Exception as error:
                failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {count} orders could not be finished", failures)
    return count


def audit(
    store: Store, clock: Clock, organization_id: str | None = None, resource_id: str | None = None
) -> Report:
    """Finds broken invariants while the table is in use.

    Makes up to three passes, because a write during a pass can look like a broken invariant. Reports only
    findings that occur in every pass. The items that a finding is about must have the same versions in every pass.
    """
    looked_at: Mapping[str, Mapping[str, int]] = {}
    standing: Mapping[str, list[Finding]] = {}
    for number in range(_PASSES):
        for _ in range(_INDEX_PAUSES if number and resource_id else 0):
            clock.pause(_INDEX_PAUSES)
        seen = _look(store, clock, organization_id, resource_id)
        before = {
            (organization, _same(finding)) for organization, found in standing.items() for finding in found
        }
        standing = {
            organization: found
            for organization, one in seen.items()
            if (
                found := [
                    finding
                    for finding in one.findings()
                    if not number or (organization, _same(finding)) in before
                ]
            )
        }
        looked_at = {organization: one.looked_at for organization, one in seen.items()}
        if not standing:
            break
    return Report(standing, looked_at)


def _look(
    store: Store,
    clock: Clock,
    organization_id: str | None,
    resource_id: str | None,
    wanted: Callable[[Any], bool] = lambda _: True,
) -> Mapping[str, Audit]:
    seen: defaultdict[str, Audit] = defaultdict(lambda: Audit(clock.now(), resource_id))
    found = (
        store.of_resource(Context(organization_id, clock), resource_id)
        if organization_id and resource_id
        else store.everything(clock)
    )
    for organization, key, item in found:
        if organization_id in (None, organization) and wanted(item):
            seen[organization].add(key, item)
    return seen


def _same(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.key, finding.evidence


def _finish(context: Context, order_id: str, days: Iterable[LedgerKey], store: Store) -> None:
    found = store.order(context, order_id)
    if found is None:
        return
    order, bookings = found
    if (
        order.status in ("placing", "draft")
        and not order.canceling
        and context.clock.now() < (order.expires_at or 0)
    ):
        return  # Another attempt has replaced the order since the sweep saw it, and that attempt is not due yet.
    if order.status == "placing":
        abandon(context, order, store)
    elif order.status == "draft" and not order.canceling:
        expire(context, order, bookings, store, days)
    else:
        settle(context, order, bookings, store, days)


class _Patience:
    """A clock that allows _MAX_ROUNDS retries, and then raises Busy."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> int:
        return self._clock.now()

    def pause(self, attempt: int) -> None:
        if attempt >= _MAX_ROUNDS:
            raise Busy
        self._clock.pause(attempt)
