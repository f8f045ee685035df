"""Stops an operation at each of its calls in turn, in every way that a call can go wrong, and looks at what is left.

The calls are counted by running the operation once, so that a new one is covered the day it appears. What must come out is not
written down either: a run without fault, and one in which nobody even tried, say what the items look like with and without it.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, get_args

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from frontdesk.adapters.dynamodb.items import catalog_row
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem, Customer, Voucher
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.context import Context
from tests.support.aftermath import findings
from tests.support.demo import CATALOG, ORGANIZATION
from tests.support.engine import Table
from tests.support.faults import events_of, refusal
from tests.support.turns import Clock, Crash, Time

Fault = Literal["dies before it", "dies after it", "its answer is lost", "it is throttled", "it conflicts"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
DEADLY = FAULTS[:2]

TWICE = Voucher(id="twice", code="TWICE", percent=10, max_redemptions=2, max_redemptions_per_customer=1)
_names = count()


@dataclass
class Run:
    """An organization of its own, in a table that many share, with a fault at one of its calls (-1: none)."""

    table: Table
    store: DynamoStore
    at: int = -1
    fault: Fault = "dies before it"
    time: Time = field(default_factory=Time)
    made: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    counting: bool = False
    organization_id: str = field(default_factory=lambda: f"o{next(_names)}")

    def __post_init__(self) -> None:
        catalog: list[CatalogItem] = [item for item in CATALOG if item != ORGANIZATION]
        catalog += [ORGANIZATION.model_copy(update={"id": self.organization_id}), TWICE]
        self.table.put(catalog_row(self.organization_id, item) for item in catalog)

    @property
    def clock(self) -> Clock:
        return Clock(self.time, lambda: None)

    @property
    def context(self) -> Context:
        return Context(self.organization_id, self.clock)

    def items(self) -> list[tuple[Key, Any]]:
        """Everything of the organization, parsed from the raw items."""
        return list(self.table.objects(self.organization_id))

    def remove(self) -> None:
        """Deletes the organization's items: the table is scanned once for every run."""
        self.table.remove(self.table.items(self.organization_id))

    def everything(self, clock: Any) -> Iterator[tuple[str, Key, Any]]:
        return ((self.organization_id, key, item) for key, item in self.items())

    def __getattr__(self, name: str) -> Any:
        """To the sweep this is a store with nothing but the organization in it."""
        return getattr(self.store, name)

    def sweep(self) -> None:
        sweep(self, self.clock)  # type: ignore[arg-type]

    # A call, to DynamoDB or to SES

    @contextmanager
    def faulty(self) -> Iterator[None]:
        """Counts calls from here on, and lets one of them go wrong."""
        events = events_of(self.store)
        hooks = {"before-send.dynamodb": self._before_send, "after-call.dynamodb": self._after_call}
        for name, hook in hooks.items():
            events.register_first(name, hook)
        self.counting = True
        try:
            yield
        finally:
            self.counting = False
            for name, hook in hooks.items():
                events.unregister(name, hook)

    def call(self, make: Callable[[], Any], name: str = "SES") -> Any:
        """One that is not to DynamoDB."""
        if not self.counting:
            return make()
        self._count(name)
        answer = make()
        self._after_call()
        return answer

    def _count(self, name: str) -> bool:
        """Whether this call is the one that goes wrong."""
        self.made.append(name)
        hit = len(self.made) - 1 == self.at
        if hit and self.fault == "dies before it":
            raise Crash
        return hit

    def _before_send(self, request: Any, **_: Any) -> AWSResponse | None:
        if not self._count(request.headers["X-Amz-Target"].decode().partition(".")[2]):
            return None
        if self.fault == "it is throttled":
            return refusal(request, "ThrottlingException")
        if self.fault == "it conflicts":
            actions = json.loads(request.body)["TransactItems"]
            return refusal(
                request,
                "TransactionCanceledException",
                ["TransactionConflict", *["None"] * (len(actions) - 1)],
            )
        return None

    def _after_call(self, **_: Any) -> None:
        if len(self.made) - 1 == self.at:
            if self.fault == "dies after it":
                raise Crash
            if self.fault == "its answer is lost":
                raise ReadTimeoutError(endpoint_url="injected")


@dataclass(frozen=True)
class Operation:
    """What is done once before, what is tried (and tried again, as a client would), and what comes after all."""

    name: str
    act: Callable[[Run], Any]
    prepare: Callable[[Run], Any] = lambda _: None
    then: Callable[[Run], Any] = lambda _: None
    in_steps: bool = False
    # False for what would happen anyway in the end.
    changes: bool = True
    # False for what is many orders, each of them whole or not at all: stopped for good, some of them are there.
    whole: bool = True


def crash_points(operation: Operation, table: Table) -> int:
    """Runs the operation with every fault at every call. Returns how many there were."""
    store = table.new_store()
    with_it, calls = _outcome(operation, Run(table, store), tries=1)
    without_it, _ = _outcome(operation, Run(table, store), tries=0)
    assert (with_it != without_it) == operation.changes
    points = 0
    for at, call in enumerate(calls):
        for fault in _faults(call):
            for tries in (1, 3) if fault in DEADLY and operation.whole else (3,):
                run = Run(table, store, at, fault)
                try:
                    found, made = _outcome(operation, run, tries)
                    assert made[: at + 1] == calls[: at + 1], "the fault was there"
                    # Nobody came again: it is there whole, or not at all.
                    assert found in ((with_it, without_it) if tries == 1 else (with_it,))
                except BaseException as error:
                    error.add_note(f"{operation.name}: call {at} of {calls}: {fault}; {tries} tries")
                    raise
                points += 1
    return points


def _faults(call: str) -> tuple[Fault, ...]:
    """What can go wrong with a call. To die after a reading is to die before the next call."""
    match call:
        case "TransactWriteItems":
            return FAULTS
        case "UpdateItem" | "PutItem":
            return FAULTS[:4]
        case "SES" | "S3":
            return DEADLY
        case _:
            return ("dies before it", "its answer is lost", "it is throttled")


def _outcome(operation: Operation, run: Run, tries: int) -> tuple[Any, list[str]]:
    """What the items say in the end, and the calls that the first try made."""
    operation.prepare(run)
    if tries:
        with suppress(Crash, FrontdeskError), run.faulty():
            operation.act(run)
    for _ in range(tries - 1):
        try:
            operation.act(run)
            break
        except FrontdeskError:
            # Whoever was first may seem to be at it still, until the deadline.
            run.time.now += 61
    with suppress(FrontdeskError):
        operation.then(run)
    run.time.now += 7200
    run.sweep()
    items = run.items()
    assert findings(items, run.time.now) == []
    run.remove()
    return _summary(items), run.made


def _summary(items: list[tuple[Key, Any]]) -> Any:
    """What matters of the items, without ids and times of their own."""
    orders = {key.id: item for key, item in items if isinstance(item, Order)}
    bookings: dict[str, list[Booking]] = {id: [] for id in orders}
    for _, item in items:
        if isinstance(item, Booking):
            bookings[item.order_id].append(item)
    mails = [cause.text for order in orders.values() for cause in order.causes]
    return (
        sorted(
            (
                order.status,
                order.active_bookings,
                order.amounts.total,
                sorted(
                    (b.status, b.start, b.end, b.resource_ids, b.weight, b.deleted)
                    for b in bookings[order.id]
                ),
            )
            for order in orders.values()
        ),
        sorted(mails),
        sorted(
            (key.id, getattr(item, "redemptions", item))
            for key, item in items
            if key.kind in ("voucher", "voucher_use")
        ),
        sorted(item.full_name for _, item in items if isinstance(item, Customer)),
        sorted((item.name, len(item.children)) for _, item in items if isinstance(item, Token)),
    )
