"""Reads one item by its type and id."""

from typing import TypeVar

from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Snapshot, key_of
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Store

_I = TypeVar("_I", bound=CatalogItem | Order)


def read_one(
    context: Context, model: type[_I], id: str, store: Store, *, consistent: bool = True
) -> _I | None:
    """Returns the item of this type with this id, even if it is archived or canceled. Returns None if it does not exist."""
    found = store.read(context, [key_of(model, id)], consistent=consistent)
    return Snapshot(found).even_archived(model, id)


def is_revoked(context: Context, token_id: str | None, store: Store) -> bool:
    """Whether a token no longer exists because it was revoked. Returns False for an expired token, and if `token_id` is None."""
    return token_id is not None and read_one(context, Token, token_id, store) is None
