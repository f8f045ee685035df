"""Who may do what: bearer tokens, stored as digests, each bound to one organization."""

import hashlib
import secrets
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from frontdesk.domain.catalog.items import CatalogItem, Instant, Name

# `*` covers everything within an organization, so not `organizations:write`, which creates them.
Scope = Literal[
    "orders:write", "orders:read", "orders:notify", "orders:price", "catalog:read", "catalog:write", "imports:write", "tokens:write",
    "audit:read", "exports:read", "exports:write", "*",
    "organizations:write",
]  # fmt: skip

_PREFIX = "fd"


class Token(CatalogItem):
    """A token as it is stored.

    `id` is the digest of its text, `expires_at` in epoch seconds; None never expires. `parent_id` is the token that created it,
    `children` are the existing ones it created.
    """

    organization_id: str
    name: Name
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    expires_at: Instant | None = None
    parent_id: str | None = None
    children: frozenset[str] = frozenset()

    def is_valid(self, now: int) -> bool:
        """Whether the token has not expired at `now`. A revoked token no longer exists."""
        return self.expires_at is None or now < self.expires_at

    def outlasts(self, other: "Token") -> bool:
        """Whether it expires later than the other. False if the other never expires."""
        return other.expires_at is not None and (
            self.expires_at is None or self.expires_at > other.expires_at
        )

    def allows(self, scope: Scope) -> bool:
        """Whether the token's scopes include this one, by name or by `*`."""
        return scope in self.scopes or ("*" in self.scopes and scope != "organizations:write")


class Presented(NamedTuple):
    """What a caller presents: the organization named in the token, and the digest it is stored under."""

    organization_id: str
    digest: str


def new_token(organization_id: str, secret: str | None = None) -> str:
    """Returns a new bearer token. It names its organization, from which its DynamoDB key is made."""
    return f"{_PREFIX}.{organization_id}.{secret or secrets.token_urlsafe(32)}"


def read_token(text: str) -> Presented | None:
    """Returns None for a text that cannot be one of our tokens. Does not check that the token exists."""
    prefix, _, rest = text.partition(".")
    organization_id, _, secret = rest.rpartition(".")
    if (
        prefix != _PREFIX
        or not organization_id
        or not secret
        or len(text) > 512
        or not (text.isascii() and text.isprintable())
    ):
        return None
    return Presented(organization_id, hashlib.sha256(text.encode()).hexdigest())
