"""Access: bearer tokens and their scopes. A token belongs to one organization and is stored as a digest."""

import hashlib
import secrets
from typing import Annotated, ClassVar, Literal, NamedTuple

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

    `id` is the digest of the token's text. Without `expires_at` (epoch seconds), the token never expires. `parent_id` is the id of the
    token that created this one. `children` are the ids of the unrevoked tokens that this one created.
    """

    # An unknown attribute may restrict the token.
    is_read_in_part: ClassVar[bool] = False
    organization_id: str
    name: Name
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    expires_at: Instant | None = None
    parent_id: str | None = None
    children: frozenset[str] = frozenset()

    def is_valid(self, now: int) -> bool:
        """Whether the token has not expired at `now`. Revoked tokens are deleted, so this does not check for them."""
        return self.expires_at is None or now < self.expires_at

    def outlasts(self, other: "Token") -> bool:
        """Whether this token expires later than the other. False if the other never expires."""
        return other.expires_at is not None and (
            self.expires_at is None or self.expires_at > other.expires_at
        )

    def allows(self, scope: Scope) -> bool:
        """Whether the token's scopes include this one, by name or by `*`, which covers all scopes except `organizations:write`."""
        return scope in self.scopes or ("*" in self.scopes and scope != "organizations:write")


class Presented(NamedTuple):
    """A token as received from a caller: the id of its organization, and the digest under which it is stored."""

    organization_id: str
    digest: str


def new_token(organization_id: str, secret: str | None = None) -> str:
    """Returns the text of a new bearer token. It contains the organization's id, which is needed to find the stored token."""
    return f"{_PREFIX}.{organization_id}.{secret or secrets.token_urlsafe(32)}"


def read_token(text: str) -> Presented | None:
    """Parses a token's text. Returns None if it cannot be a token. Does not check that the token exists."""
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
