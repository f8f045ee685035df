"""Who may do what: bearer tokens, kept as hashes, bound to one organization."""

import hashlib
import secrets
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from frontdesk.domain.catalog.items import CatalogItem, Instant, Name

# `*` is everything within the organization, so all but the last, which makes new ones.
Scope = Literal[
    "orders:write", "orders:read", "orders:notify", "orders:price", "catalog:read", "catalog:write", "imports:write", "tokens:write",
    "audit:read", "*",
    "organizations:write",
]  # fmt: skip

_PREFIX = "fd"


class Token(CatalogItem):
    """A token as it is kept; `id` is the digest of the whole text, `expires_at` in epoch seconds.

    `parent_id` is the token that made it, and `children` are those that it has made and that are there.
    """

    organization_id: str
    name: Name
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    expires_at: Instant | None = None
    parent_id: str | None = None
    children: frozenset[str] = frozenset()

    def is_valid(self, now: int) -> bool:
        return self.expires_at is None or now < self.expires_at

    def outlasts(self, other: "Token") -> bool:
        return other.expires_at is not None and (
            self.expires_at is None or self.expires_at > other.expires_at
        )

    def allows(self, scope: Scope) -> bool:
        return scope in self.scopes or ("*" in self.scopes and scope != "organizations:write")


class Presented(NamedTuple):
    """What a caller shows: the organization that the token names, and the digest under which it is kept."""

    organization_id: str
    digest: str


def new_token(organization_id: str, secret: str | None = None) -> str:
    """A bearer token; it names its organization, so that its key carries it too."""
    return f"{_PREFIX}.{organization_id}.{secret or secrets.token_urlsafe(32)}"


def read_token(text: str) -> Presented | None:
    """None if it can not be a token of ours."""
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
