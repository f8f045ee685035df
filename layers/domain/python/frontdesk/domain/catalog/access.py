"""Access: bearer tokens and their scopes. A token belongs to one organization and is stored as a digest."""

import hashlib
import secrets
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from frontdesk.domain.catalog.items import CatalogItem, Instant, Name

# `*` covers everything within an organization. It does not cover `organizations:write`, which creates organizations.
Scope = Literal[
    "orders:write", "orders:read", "orders:notify", "orders:price", "catalog:read", "catalog:write", "imports:write", "tokens:write",
    "audit:read", "exports:read", "exports:write", "*",
    "organizations:write",
]  # fmt: skip

_PREFIX = "fd"


class Token(CatalogItem):
    """A stored token.

    `id` is the digest of the token's text. `expires_at` is in epoch seconds; None means that it never expires. `parent_id` is the token
    that created this one, and `children` are the tokens it created that still exist.
    """

    organization_id: str
    name: Name
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    expires_at: Instant | None = None
    parent_id: str | None = None
    children: frozenset[str] = frozenset()

    def is_valid(self, now: int) -> bool:
        """Whether the token is still unexpired at `now`. A revoked token no longer exists."""
        return self.expires_at is None or now < self.expires_at

    def outlasts(self, other: "Token") -> bool:
        """Whether this token expires later than the other. False if the other never expires."""
        return other.expires_at is not None and (
            self.expires_at is None or self.expires_at > other.expires_at
        )

    def allows(self, scope: Scope) -> bool:
        """Whether the token's scopes include this one, by name or by `*`."""
        return scope in self.scopes or ("*" in self.scopes and scope != "organizations:write")


class Presented(NamedTuple):
    """A token as a caller sends it: the organization it names, and the digest under which it is stored."""

    organization_id: str
    digest: str


def new_token(organization_id: str, secret: str | None = None) -> str:
    """Returns a new bearer token. The token names its organization, because its DynamoDB key contains the organization's id."""
    return f"{_PREFIX}.{organization_id}.{secret or secrets.token_urlsafe(32)}"


def read_token(text: str) -> Presented | None:
    """Parses a token. Returns None for a text that cannot be one. Does not check that the token exists."""
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
