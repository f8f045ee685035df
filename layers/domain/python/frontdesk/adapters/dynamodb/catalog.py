"""Writes and lists catalog items in DynamoDB. The module `items` describes how items are stored, and `indexes` describes the lists."""

from collections.abc import Iterator, Mapping, Sequence

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb.indexes import catalog_list_pk
from frontdesk.adapters.dynamodb.items import catalog_body, catalog_list, claim_row, item_key, key_of_row
from frontdesk.adapters.dynamodb.store import DynamoStore, add_item
from frontdesk.adapters.dynamodb.tokens import (
    note_maker,
    note_request,
    refuse_repeated,
    refuse_revoked,
    request_key,
    to_made,
    token_key,
)
from frontdesk.adapters.dynamodb.transaction import ABSENT, Transaction
from frontdesk.adapters.dynamodb.updates import record
from frontdesk.adapters.dynamodb.webhooks import WEBHOOKS, subscription_update
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem, Voucher
from frontdesk.domain.orders.snapshot import Key, Kind, catalog_key, claims_of, former_claims_of
from frontdesk.domain.problems import OutcomeUnknown
from frontdesk.domain.requests.catalog import TYPES
from frontdesk.domain.requests.once import Made, Once
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Revocation

_version, _body, _owner, _children = Path("version"), Path("body"), Path("owner"), Path("children")
_TYPES = {of.kind: of.name for of in TYPES.values()}


class CatalogTable:
    """Implements `usecases.ports.Catalog` on the DynamoDB table that `store` uses."""

    def __init__(self, store: DynamoStore) -> None:
        self._store = store

    def listed(self, context: Context, kind: Kind, *, archived: bool, newest_first: bool) -> Iterator[Key]:
        """Yields the keys of a kind's items in the order of creation. Queries the index `lists` page by page."""
        pk = catalog_list_pk(context.organization_id, kind, archived=archived)
        for raw in self._store.entries("lists", pk, context.clock, newest_first=newest_first):
            found = key_of_row(raw)
            yield Key(kind, found.pk.split("#", 2)[2])

    def add(
        self,
        context: Context,
        items: Sequence[CatalogItem],
        *,
        by: Token | None = None,
        made: Made | None = None,
    ) -> frozenset[Key]:
        """Puts items, claims and log entries in one transaction.

        Also succeeds if an earlier attempt, whose answer was lost, has already put these items.
        """
        transaction = Transaction(self._store.connection, self._store.table_name)
        note_request(transaction, made, context.clock.now())
        if by is not None:
            children = {item.id for item in items if isinstance(item, Token) and item.parent_id == by.id}
            note_maker(transaction, by, [_children.add(children)] if children else [])
        for item in items:
            add_item(transaction, context.organization_id, item)
            record(transaction, context, "created", _type_of(item), None, item)
        names = {
            item_key(context.organization_id, key): key
            for item in items
            for key in (catalog_key(item), *claims_of(item))
        }
        try:
            in_the_way = transaction.commit(context.clock)
        except OutcomeUnknown:
            if not self._store.has_put(transaction, context.clock):
                raise
            return frozenset()
        if any(raw is not None and raw == transaction.rows.get(key) for key, raw in in_the_way.items()):
            # The conflicting item equals the one to be written: an earlier request succeeded, but its answer was lost.
            return frozenset()
        refuse_revoked(by, in_the_way)
        refuse_repeated(made, in_the_way)
        return frozenset(names[key] for key in in_the_way)

    def made(self, context: Context, once: Once) -> Made | None:
        """Returns the record of the item that a request created, or None. Ignores an expired record that DynamoDB has not deleted yet."""
        key = request_key(once)
        raw = self._store.batch_get([key], context.clock, consistent=True).get(key)
        found = to_made(once, raw) if raw else None
        return found if found and found.kept_until > context.clock.now() else None

    def change(self, context: Context, seen: CatalogItem, item: CatalogItem) -> frozenset[Key]:
        """Updates the item, replaces the claims on changed values, and writes a log entry, in one transaction.

        Returns an empty set, or the keys that prevented the write.
        """
        key = catalog_key(item)
        transaction = Transaction(self._store.connection, self._store.table_name)
        actions: list[Action] = [_version.set(item.version), _body.set(catalog_body(item))]
        actions += [
            Path(name).remove() if value is None else Path(name).set(value)
            for name, value in catalog_list(context.organization_id, item).items()
        ]
        if isinstance(item, Voucher) and item.max_redemptions is not None:
            # From now on, uses are counted. The number counted so far stays.
            actions.append(Path("redemptions").set(Path("redemptions") | 0))
        transaction.update(item_key(context.organization_id, key), actions, _version == seen.version)
        archives = getattr(item, "archived", False) and not getattr(seen, "archived", False)
        record(transaction, context, "archived" if archives else "changed", _type_of(item), seen, item)
        before, after = claims_of(seen), claims_of(item)
        former = {claim: owner for claim, owner in former_claims_of(seen).items() if claim not in before}
        # Slugs from before 2026-11-29 have no claim.
        if former or any(claim.kind == "slug" for claim in before.keys() - after.keys()):
            before = self._held(context, before | former)
        for claim, owner in before.items() - after.items():
            transaction.delete(item_key(context.organization_id, claim), _owner == owner)
        for claim, owner in after.items() - before.items():
            transaction.put(claim_row(context.organization_id, claim, owner), ABSENT)
        names = {item_key(context.organization_id, each): each for each in (key, *before, *after)}
        return frozenset(names[each] for each in transaction.commit(context.clock))

    def _held(self, context: Context, claims: Mapping[Key, str]) -> dict[Key, str]:
        """Returns the claims that are stored with the expected owner.

        `claims` maps each claim to its expected owner. The result maps each returned claim to its owner.
        """
        names = {item_key(context.organization_id, claim): claim for claim in claims}
        found = self._store.batch_get(list(names), context.clock, consistent=True)
        held = {names[key]: raw["owner"]["S"] for key, raw in found.items()}
        return {claim: owner for claim, owner in claims.items() if held.get(claim) == owner}

    def revoke(self, context: Context, revocation: Revocation) -> frozenset[Key]:
        """Deletes the token, disables its webhook subscriptions, and removes it from its parent's list of children, in one transaction.

        `revocation.witness` is another token, which must remain. The transaction fails if the witness no longer exists.
        """
        token, witness, parent = revocation.token, revocation.witness, revocation.parent
        transaction = Transaction(self._store.connection, self._store.table_name)
        transaction.delete(token_key(token), _version == token.version)
        if parent is None or witness.id != parent.id:
            transaction.check(token_key(witness), _version.exists())
        if parent is not None:
            transaction.update(token_key(parent), [_children.delete({token.id})], _version.exists())
        record(transaction, context, "revoked", _type_of(token), token, None)
        for seen, after in revocation.switched_off:
            record(transaction, context, "changed", WEBHOOKS, seen, after)
            transaction.update(*subscription_update(token.organization_id, seen, after))
        tokens = {token_key(each): catalog_key(each) for each in (token, witness, parent) if each is not None}
        return frozenset(tokens.get(key, Key("token", token.id)) for key in transaction.commit(context.clock))


def _type_of(item: CatalogItem) -> str:
    return _TYPES[catalog_key(item).kind]
