"""Requests with an `Idempotency-Key`: what they make is made once, however often they are sent.

An order is found under an id that is made of its key (`usecases.orders.place.Idempotency`). Everything else comes with an
item that remembers the request for KEPT_SECONDS.
"""

import hashlib
from typing import NamedTuple

KEPT_SECONDS = 7 * 86_400


class Once(NamedTuple):
    """A request by its key. `id` stands for the key, the token and the call, `fingerprint` for the body."""

    organization_id: str
    id: str
    fingerprint: str

    @classmethod
    def of(cls, organization_id: str, caller: str, call: str, key: str, body: bytes) -> "Once":
        """`call` is method and path; `body` in a canonical form, so that the same request in other white space is the same."""
        name = "\0".join([caller, call, key]).encode()
        return cls(organization_id, _digest(name), _digest(body))

    def made(self, made_id: str, now: int, *, shows_secret: bool = False) -> "Made":
        return Made(self, made_id, shows_secret, now + KEPT_SECONDS)


class Made(NamedTuple):
    """What came of a request, until `kept_until` (epoch seconds). `shows_secret`: its answer had one, which nobody can repeat."""

    once: Once
    made_id: str
    shows_secret: bool
    kept_until: int


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]
