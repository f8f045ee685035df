"""Idempotency: a request with an `Idempotency-Key` takes effect once, however often it is sent.

An order's id derives from the key (`usecases.orders.place.Idempotency`). For other requests, a record (`Made`) is stored for KEPT_SECONDS.
"""

import hashlib
from typing import NamedTuple

KEPT_SECONDS = 7 * 86_400


class Once(NamedTuple):
    """Identifies a request. `id` is a digest of the key, the token and the call; `fingerprint` is a digest of the body."""

    organization_id: str
    id: str
    fingerprint: str

    @classmethod
    def of(cls, organization_id: str, caller: str, call: str, key: str, body: bytes) -> "Once":
        """Identifies a request. `call` is method and path. `body` is canonical JSON, so that white space makes no difference."""
        name = "\0".join([caller, call, key]).encode()
        return cls(organization_id, _digest(name), _digest(body))

    def made(self, made_id: str, now: int, *, shows_secret: bool = False) -> "Made":
        """Returns the record to store for this request, which has created the item with the id `made_id`."""
        return Made(self, made_id, shows_secret, now + KEPT_SECONDS)


class Made(NamedTuple):
    """The remembered result of a request, kept until `kept_until` (epoch seconds).

    With `shows_secret`, the answer contained a secret. A repeated request does not get this answer again.
    """

    once: Once
    made_id: str
    shows_secret: bool
    kept_until: int


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]
