"""A token that makes something is part of the transaction: who is revoked makes nothing, and a revocation sees what was made."""

from collections.abc import Collection, Sequence

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb.items import ItemKey, item_key
from frontdesk.adapters.dynamodb.transaction import Transaction
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.orders.snapshot import catalog_key
from frontdesk.domain.problems import Revoked

_version = Path("version")


def token_key(token: Token) -> ItemKey:
    return item_key(token.organization_id, catalog_key(token))


def note_maker(transaction: Transaction, maker: Token, actions: Sequence[Action] = ()) -> None:
    """Has a transaction fail if its maker is not there, and gives the maker another version.

    A revocation is of the version that it has read, before it reads what came of the token.
    """
    transaction.update(token_key(maker), [_version.set(_version + 1), *actions], _version.exists())


def refuse_revoked(maker: Token | None, lost: Collection[ItemKey]) -> None:
    """Raises Revoked if the maker is among what stood against a transaction."""
    if maker is not None and token_key(maker) in lost:
        raise Revoked
