"""Adds two checks to a transaction that creates an item for a caller.

First, the caller's token must not have been revoked: see `note_maker`. Second, a request with an `Idempotency-Key` creates an item only
once:

    pk                     sk         item
    {org}#request#{id}     request    result of a request: fingerprint, made (an id), secret, delete_at
"""

from collections.abc import Collection, Sequence

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb.items import ItemKey, Raw, item_key, row
from frontdesk.adapters.dynamodb.transaction import ABSENT, Transaction
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.orders.snapshot import catalog_key
from frontdesk.domain.problems import Revoked
from frontdesk.domain.requests.once import Made, Once
from frontdesk.usecases.ports import AlreadyMade

_version, _delete_at = Path("version"), Path("delete_at")


def token_key(token: Token) -> ItemKey:
    """Returns the key under which a token is stored."""
    return item_key(token.organization_id, catalog_key(token))


def note_maker(transaction: Transaction, maker: Token, actions: Sequence[Action] = ()) -> None:
    """Adds a condition to a transaction that creates an item: `maker`, the caller's token, must still exist.

    Increments the token's version. A revocation that runs at the same time then fails. Otherwise, the
    revocation might overlook the new item.
    """
    transaction.update(token_key(maker), [_version.set(_version + 1), *actions], _version.exists())


def refuse_revoked(maker: Token | None, lost: Collection[ItemKey]) -> None:
    """Raises Revoked if the token's key is in `lost` (the keys whose conditions failed)."""
    if maker is not None and token_key(maker) in lost:
        raise Revoked


def request_key(once: Once) -> ItemKey:
    """Returns the key under which the record of a request is stored."""
    return ItemKey(f"{once.organization_id}#request#{once.id}", "request")


def note_request(transaction: Transaction, made: Made | None, now: int) -> None:
    """Adds a request's record, `made`, to the transaction. The transaction then fails if the request already has a record."""
    if made is None:
        return
    # DynamoDB may keep an expired item for some days.
    condition = ABSENT | (_delete_at <= now)
    key, secret = request_key(made.once), "shown" if made.shows_secret else None
    kept = {"fingerprint": made.once.fingerprint, "made": made.made_id, "secret": secret}
    transaction.put(row(key, **kept, delete_at=made.kept_until), condition)


def refuse_repeated(made: Made | None, lost: Collection[ItemKey]) -> None:
    """Raises AlreadyMade if the key of the record `made` is in `lost` (the keys whose conditions failed)."""
    if made is not None and request_key(made.once) in lost:
        raise AlreadyMade


def to_made(once: Once, raw: Raw) -> Made:
    """Converts the stored record of what a request created to a `Made`."""
    of = once._replace(fingerprint=raw["fingerprint"]["S"])
    return Made(of, raw["made"]["S"], "secret" in raw, int(raw["delete_at"]["N"]))
