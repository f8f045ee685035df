"""Completes drafts, and cancels orders or bookings. Each change is all or nothing, and can safely be repeated."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from frontdesk.domain.booking.changes import (
    as_read,
    as_written,
    begun,
    canceled,
    claims_by_ledger,
    completed,
    dropped_holds,
    families_of,
    hidden_of,
    hiding,
    in_transactions,
    live,
    recorded,
    released,
    uncounted,
    with_deleted,
)
from frontdesk.domain.booking.placement import counted, fits_one_transaction
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    CheckedVoucher,
    VoucherCount,
    Write,
)
from frontdesk.domain.catalog.custom_fields import answered, entry, without
from frontdesk.domain.catalog.items import voucher_code_key
from frontdesk.domain.ledger import LedgerKey
from frontdesk.domain.orders.order import Booking, Cause, Order, booking_id, ordinal_of
from frontdesk.domain.orders.pricing import amounts_of
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.orders.states import (
    booking_after,
    is_over,
    order_after,
    shown_booking_status,
    shown_status,
)
from frontdesk.domain.problems import Busy, FrontdeskError, Places, Problem, pointer
from frontdesk.domain.requests.change import CompletionConfig, OrderDocument
from frontdesk.domain.requests.envelope import contradictions
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.sizes import MAX_ACTIONS
from frontdesk.domain.trail import Action
from frontdesk.errors import Invalid, Phrase, Value
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.find import Found, find_booking, find_order, find_order_of
from frontdesk.usecases.orders.place import total_differs
from frontdesk.usecases.orders.staged import ends_as_shown, expire, settle, write_freeing
from frontdesk.usecases.ports import Store


def complete_order(
    context: Context, order_id: str, reading: Reading[CompletionConfig], store: Store
) -> tuple[Order, Sequence[Booking]]:
    """Completes a draft, filling in answers to custom fields. Returns an already completed order unchanged.

    Raises FrontdeskError 404; 409 for an expired or canceled order; 422 for a missing answer, another total than expected, or a voucher
    used up meanwhile.
    """
    retries = context.retries()
    while True:
        order, bookings = find_order(context, order_id, store)
        now = context.clock.now()
        if order.status == "completed":
            return order, bookings
        if (status := shown_status(order, now)) == "expired":
            raise conflict("order_expired", reason=Phrase("draft_expired"))
        if status != "draft":
            raise conflict(
                "order_canceled",
                reason=Phrase("only_drafts_complete", {"status": Phrase(f"status_{status}")}),
            )
        claims = claims_by_ledger(live(bookings))
        if len(claims) + len(live(bookings)) > MAX_ACTIONS:
            claims = {}  # The ledgers are then written step by step.
        known = Snapshot(store.read(context, _keys(order, claims), consistent=True))
        ready, ready_bookings = _answered(order, bookings, reading, known)
        if (expected := reading.config.expected_total) is not None:
            total = amounts_of(line for booking in live(bookings) for line in booking.lines).total
            if problems := list(total_differs(expected, total, order.currency)):
                raise FrontdeskError(*problems)
        after = completed(ready, known, now)
        entry = recorded(context.entry("completed"), order, after)
        head: list[Write] = [ChangedOrder(order, after), entry, *counted(after.voucher, known, +1)]
        of_bookings = [
            ChangedBooking(b, booking_after(ready_bookings[b.id], "accepted", now)) for b in live(bookings)
        ]
        writes = [*head, *of_bookings, *dropped_holds(order, (known.ledger(key) for key in claims))]
        if claims and fits_one_transaction(writes):
            lost = store.write(context, writes)
        else:
            lost = _complete_in_steps(context, after, head, bookings, ready_bookings, store)
        if lost is None:
            return as_written(order, bookings, writes)
        if _is_used_up(head, lost):
            raise FrontdeskError(Problem("voucher_exhausted", {"reason": Phrase("voucher_used_up_since")}))
        next(retries)


def cancel_order(
    context: Context,
    order_id: str,
    store: Store,
    *,
    notify: bool = False,
    include_past: bool = False,
) -> Found:
    """Cancels an order with its bookings. Frees the slots, and gives the voucher's use back.

    Without `include_past`, past bookings are not canceled. If the order has past bookings, its other bookings are canceled, but the order
    keeps its status. Returns a canceled order unchanged. Raises FrontdeskError 404.
    Raises FrontdeskError 409 for an expired draft, and if only past bookings are left.
    """

    def find() -> Found:
        return find_order(context, order_id, store)

    return _cancel(context, find, None, store, notify=notify, include_past=include_past)


def undo_order(context: Context, find: Callable[[], Found], store: Store) -> Found:
    """Cancels all bookings of an imported order, even past ones. `find` reads the order, and raises an error if it must stay unchanged."""
    return _cancel(context, find, None, store, notify=False, include_past=True, undoes=True)


def cancel_booking(
    context: Context,
    booking_id: str,
    store: Store,
    *,
    notify: bool = False,
    include_past: bool = False,
) -> tuple[Booking, Order, list[Booking]]:
    """Cancels a booking with its sub-bookings. If no other booking is left, cancels the order too.

    Returns the booking, its order, and all bookings of the order. Options and errors are those of `cancel_order`.
    """

    def find() -> Found:
        return find_order_of(context, booking_id, store)

    order, bookings = _cancel(context, find, booking_id, store, notify=notify, include_past=include_past)
    return find_booking(bookings, booking_id), order, bookings


def remove_booking(
    context: Context,
    booking_id: str,
    store: Store,
    *,
    notify: bool = False,
    include_past: bool = False,
) -> None:
    """Hides a booking with its sub-bookings from the API. If it is not canceled, first cancels it like `cancel_booking`.

    Raises FrontdeskError 404, also if the booking is hidden already; 409 for a past booking.
    """

    def find() -> Found:
        return find_order_of(context, booking_id, store)

    retries = context.retries()
    while True:
        order, bookings = find()
        now, booking = context.clock.now(), find_booking(bookings, booking_id)
        if shown_booking_status(booking, order, now) != "canceled":
            _cancel(context, find, booking_id, store, notify=notify, include_past=include_past, deletes=True)
            return
        if order.status == "draft" and shown_status(order, now) == "expired":
            # Its bookings explain its holds, so they are hidden only after the draft has expired in the table.
            if not expire(context, order, bookings, store):
                next(retries)
            continue
        parts = [
            each
            for each in bookings
            if each.super_booking == booking_id and shown_booking_status(each, order, now) == "canceled"
        ]
        some, writes = hiding(order, [booking, *parts], context.entry("deleted"))
        if store.write(context, writes) is not None:
            next(retries)
        elif booking in some:
            return


def annotate_order(
    context: Context,
    order_id: str,
    reading: Reading[OrderDocument],
    store: Store,
    present: Callable[[Order, Sequence[Booking], int], Mapping[str, Any]] | None = None,
) -> Found:
    """Changes an order's note and erases answers to its custom fields, as the document requests. The order may be canceled or expired.

    `present` returns the order as the API shows it. Read-only values in the document must equal the values shown.

    Raises FrontdeskError 404 if the order does not exist. Raises FrontdeskError 422 if the document has problems, and reports all of them.
    """
    retries = context.retries()
    while True:
        order, bookings = find_order(context, order_id, store)
        now = context.clock.now()
        problems = list(reading.problems)
        if present and any(reading.echoes):
            problems += contradictions(reading.echoes, present(order, bookings, now))
        if problems:
            raise FrontdeskError(*problems)
        data = reading.config.data
        change = data.attributes if data else None
        if change is None:
            return order, bookings
        note = change.note if "note" in change.model_fields_set else order.note
        entries = without(order.custom_entries, change.order_custom_fields)
        if (note, entries) == (order.note, order.custom_entries):
            return order, bookings
        if ends_as_shown(context, order, bookings, store):
            after = order_after(order, order.status, now, note=note, custom_entries=entries)
            entry = recorded(context.entry("changed"), order, after)
            if store.write(context, [ChangedOrder(order, after), entry]) is None:
                return after, bookings
        next(retries)


def _cancel(
    context: Context,
    find: Callable[[], Found],
    booking_id: str | None,
    store: Store,
    *,
    notify: bool,
    include_past: bool,
    deletes: bool = False,
    undoes: bool = False,
) -> Found:
    retries = context.retries()
    while True:
        order, bookings = find()
        asked = live(
            bookings if booking_id is None else [b for b in bookings if booking_id in (b.id, b.super_booking)]
        )
        if booking_id is not None and find_booking(bookings, booking_id).status == "canceled":
            return order, bookings
        if order.status == "canceled":
            return order, bookings
        now = context.clock.now()
        if shown_status(order, now) == "expired":
            raise conflict("order_expired", reason=Phrase("draft_expired_already"))
        families = families_of(bookings)
        leaving = [b for b in asked if include_past or not is_over(b, order, families, now)]
        if not leaving:
            raise conflict("nothing_to_cancel")
        cause = None
        if notify and order.status == "completed":
            numbers = tuple(sorted(ordinal_of(booking.id) for booking in leaving))
            cause = Cause(version=order.version + 1, kind="cancellation", ordinals=numbers)
        claims = claims_by_ledger(leaving)
        # Parts that were canceled before are hidden too.
        parts = [b for b in bookings if b.super_booking == booking_id and b.status == "canceled"]
        marked = (
            with_deleted(order, [*leaving, *parts])
            if deletes
            else order.model_copy(update={"undone": undoes})
        )
        after, of_bookings = canceled(marked, leaving, len(leaving), now, cause)
        of_bookings += hidden_of(marked, parts, now)
        action: Action = "deleted" if deletes else "undone" if undoes else "canceled"
        entry = recorded(context.entry(action), order, after, of_bookings)
        writes: list[Write] = [ChangedOrder(order, after), *of_bookings, *uncounted(order, after), entry]
        whole: list[Write] = []
        if fits_one_transaction(writes, len(claims)):
            known = Snapshot(store.read(context, map(ledger_item, claims), consistent=True))
            whole = [*writes, *released(order, claims, known)]
        if whole and fits_one_transaction(whole):
            lost = write_freeing(context, whole, store)
            if lost is None:
                return as_written(order, bookings, writes)
        else:
            started = begun(order, after, leaving, now, cause)
            seen = as_read(leaving, now)
            if store.write(context, [ChangedOrder(order, started), entry, *seen]) is None:
                # The cancellation is decided and visible. Any later request can finish the rest.
                with suppress(Busy):
                    settle(context, started, bookings, store)
                    if not undoes and not deletes:
                        return find()
                return started, list(bookings)
        next(retries)


def _complete_in_steps(
    context: Context,
    order: Order,
    head: Sequence[Write],
    bookings: Sequence[Booking],
    ready: Mapping[str, Booking],
    store: Store,
) -> Mapping[Key, Any] | None:
    """Completes a draft in several transactions. Returns None, or the items that made a transaction fail."""
    answers = [
        ChangedBooking(b, booking_after(ready[b.id], "reserved", order.updated_at))
        for b in bookings
        if ready[b.id] != b
    ]
    for group in in_transactions(answers, MAX_ACTIONS):
        lost = store.write(context, group)
        if lost is not None:
            return lost
    lost = store.write(context, head)
    if lost is None:
        # From now on, the order is completed. If no time is left to change its bookings, the sweep does so.
        with suppress(Busy):
            settle(context, *find_order(context, order.id, store), store)
    return lost


def _is_used_up(head: Iterable[Write], lost: Mapping[Key, Any]) -> bool:
    """Whether the completion failed only because the voucher has reached its limit.

    Returns False if the order changed too: another request may have completed it, and counted this use of the voucher.
    """
    versions = {
        write.key: write.version for write in head if isinstance(write, CheckedVoucher | VoucherCount)
    }
    return all(
        key.kind == "voucher_use"
        or (key.kind == "voucher" and present is not None and present.version == versions[key])
        for key, present in lost.items()
    )


def _keys(order: Order, claims: Iterable[LedgerKey]) -> set[Key]:
    keys = {Key("organization", order.organization_id), *map(ledger_item, claims)}
    keys.update(Key("custom_field", id) for id, _ in _lacking(order))
    if order.voucher:
        keys.add(Key("voucher", voucher_code_key(order.voucher.code)))
    return keys


def _answered(
    order: Order, bookings: Sequence[Booking], reading: Reading[CompletionConfig], known: Snapshot
) -> tuple[Order, dict[str, Booking]]:
    """Adds the answers in `reading`. Returns the order, and its bookings by id. Raises FrontdeskError if a required answer is missing."""
    organization, problems = known.organization(), list(reading.problems)
    is_unread = Places(reading.problems).touch
    assert organization is not None, "an order belongs to an organization"
    ready = {booking.id: booking for booking in bookings}
    given = {"service_custom_fields": dict(reading.config.service_custom_fields or {})}
    given["order_custom_fields"] = dict(reading.config.order_custom_fields or {})
    for field_id, ordinals in _lacking(order):
        kind = "service_custom_fields" if ordinals else "order_custom_fields"
        value, field, at = (
            given[kind].pop(field_id, None),
            known.custom_field(field_id),
            pointer(kind, field_id),
        )
        if field is None:
            continue  # The field is no longer required.
        if not answered(value):
            if not is_unread(kind, field_id):
                problems.append(Problem("custom_field_required", {"label": field.label}, pointer=at))
            continue
        try:
            made = {field_id: entry(field, value, organization.language)}
        except Invalid as error:
            values = {"label": field.label, "reason": error.reason}
            problems.append(Problem("invalid_custom_field", values, pointer=at))
            continue
        if not ordinals:
            order = order.model_copy(update={"custom_entries": order.custom_entries | made})
        for id in (booking_id(order.id, ordinal) for ordinal in ordinals):
            ready[id] = ready[id].model_copy(update={"custom_entries": ready[id].custom_entries | made})
    for kind, unasked in given.items():
        for id in unasked:
            reason = Phrase("no_answer_lacking", {"id": id})
            problems.append(Problem("custom_field_not_found", {"reason": reason}, pointer=pointer(kind, id)))
    if problems:
        raise FrontdeskError(*problems)
    return order, ready


def _lacking(order: Order) -> list[tuple[str, tuple[int, ...]]]:
    """Returns, for example, [("a", (1, 3)), ("b", ())]: bookings 1 and 3 lack an answer to field "a"; the order lacks an answer to "b"."""
    ordinals: dict[str, tuple[int, ...]] = {}
    for missing in order.unanswered:
        for id in missing.field_ids:
            ordinals[id] = (*ordinals.get(id, ()), *missing.ordinals)
    return list(ordinals.items())


def conflict(code: str, **values: Value) -> FrontdeskError:
    """Returns an error with this code and these values."""
    return FrontdeskError(Problem(code, values))
