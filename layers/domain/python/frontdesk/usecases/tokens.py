"""Creates and revokes tokens, and creates organizations with their first token.

A token can create tokens, organizations and webhook subscriptions. Each creation is one transaction. The
transaction also increments the version of the creating token, and fails if the creating token no longer exists.
So a revoked token creates nothing.

The children of a token are the tokens that it has created. A revocation first reads the children. The revocation
fails if the token's version has changed since then. So a revocation misses no child.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple
from uuid import uuid4

from frontdesk.domain.catalog.access import Scope, Token, new_token, read_token
from frontdesk.domain.catalog.items import Organization
from frontdesk.domain.orders.snapshot import Key, catalog_key
from frontdesk.domain.problems import FrontdeskError, Problem, Revoked
from frontdesk.domain.requests.catalog import TYPES, CatalogDocument
from frontdesk.domain.requests.once import Once
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.webhooks.subscriptions import Subscription, disabled
from frontdesk.errors import Phrase
from frontdesk.usecases.catalog import MAX_EXAMINED, Office, find_item, new_item, refuse_taken
from frontdesk.usecases.ports import Revocation
from frontdesk.usecases.webhooks.needs import Webhooks

# The most tokens that one token can create. An item can have 409,600 bytes, and the id of a created token takes 67.
MAX_CHILDREN = 1_000
# How many tokens one call revokes: each takes a transaction, and all of them are read first.
MAX_FAMILY = 2_000
# How many subscriptions are disabled in the same transaction as their token: each takes two of 100 actions. Others are disabled before.
_MAX_SWITCHED_OFF = 40
_REVOKED = "The token that answers for it was revoked."
_TOKENS, _ORGANIZATIONS = TYPES["api-tokens"], TYPES["organizations"]


def create_token(
    reading: Reading[CatalogDocument], maker: Token, office: Office, asked: Once | None = None
) -> tuple[Token, str]:
    """Creates a token. Returns the token and its text, which cannot be read again later.

    Without an expiry in the document, the new token expires together with `maker`, the token that creates it. Raises the errors of
    `create_item`, and 403 if the new token would outlast `maker` or have scopes that `maker` lacks.
    """
    text = new_token(office.context.organization_id)
    own = {"id": _digest(text), "organization_id": office.context.organization_id, "parent_id": maker.id}
    token: Token = new_item(_TOKENS, reading, office, office.organization(), **own)
    _refuse_beyond(token, maker.allows)
    if token.expires_at is not None and token.expires_at <= office.context.clock.now():
        reason = Phrase("not_in_the_future")
        raise FrontdeskError(
            Problem("invalid_value", {"reason": reason}, pointer="/data/attributes/expires_at")
        )
    if token.expires_at is None:
        token = token.model_copy(update={"expires_at": maker.expires_at})
    if token.outlasts(maker):
        reason = Phrase("ends_beyond")
        raise FrontdeskError(
            Problem("unauthorized", {"reason": reason}, pointer="/data/attributes/expires_at")
        )
    found = _present([maker.id], office)
    if not found:
        raise Revoked
    if len(found[0].children) >= MAX_CHILDREN:
        raise FrontdeskError(Problem("too_many_tokens", {"most": MAX_CHILDREN}))
    made = asked and asked.made(token.id, office.context.clock.now(), shows_secret=True)
    refuse_taken(office.catalog.add(office.context, [token], by=maker, made=made))
    return token, text


def create_organization(
    reading: Reading[CatalogDocument], maker: Token, office: Office, asked: Once | None = None
) -> tuple[Organization, str]:
    """Creates an organization with a first token that has all scopes.

    Returns the organization and the token's text, which cannot be read again later. Raises the errors of `create_item`.
    """
    text = new_token(id := str(uuid4()))
    organization: Organization = new_item(_ORGANIZATIONS, reading, office, None, id=id)
    made = {"created_at": organization.created_at, "updated_at": organization.updated_at}
    own = {"id": _digest(text), "organization_id": id, "name": "first", "scopes": frozenset({"*"})}
    token = Token.model_validate(own | made)
    context = office.context._replace(organization_id=id)
    request = asked and asked.made(id, context.clock.now(), shows_secret=True)
    office.catalog.add(context, [organization, token], by=maker, made=request)
    return organization, text


@dataclass
class Ended:
    """The result of a revocation: the ids of revoked tokens, of disabled subscriptions, and of the token's children that remain valid."""

    revoked: list[str] = field(default_factory=list)
    switched_off: list[str] = field(default_factory=list)
    children: list[str] = field(default_factory=list)

    @property
    def is_all(self) -> bool:
        """Whether the token was revoked alone: it has no valid children, and no subscription was disabled."""
        return len(self.revoked) == 1 and not self.switched_off and not self.children


def revoke_token(id: str, maker: Token, office: Office, webhooks: Webhooks, *, cascade: bool) -> Ended:
    """Deletes a token and disables its subscriptions. With `cascade`, also revokes the token's descendants.

    Descendants are the tokens created from the token, the tokens created from those, and so on.

    Raises FrontdeskError 404 if the token does not exist. Raises FrontdeskError 403 if the token has scopes that
    the caller lacks.

    Raises FrontdeskError 409 if the organization would have no token left that can create tokens. Raises
    FrontdeskError 409 also if `cascade` would revoke more than MAX_FAMILY tokens.
    """
    ended = Ended()
    retries = office.context.retries()
    while True:
        token = find_item(_TOKENS, id, office)
        assert isinstance(token, Token)
        _refuse_beyond(token, maker.allows)
        family = [token]
        for each in family:
            # The list grows during the iteration.
            family += _present(each.children, office) if cascade else ()
            if len(family) > MAX_FAMILY:
                raise FrontdeskError(Problem("too_many_descendants", {"most": MAX_FAMILY}))
        going = {each.id for each in family}
        witness = _witness(going, maker, office)
        # If a token creates a subscription from now on, that prevents the token's revocation.
        subscriptions = list(webhooks.subscriptions(office.context))
        revoking = _Revoking(witness, maker, office, webhooks, subscriptions, going, ended)
        # Descendants first, so that an interrupted call can be repeated.
        if all(map(revoking.revoke, reversed(family))):
            ended.children = [] if cascade else sorted(each.id for each in _present(token.children, office))
            return ended
        next(retries)


def _witness(going: set[str], maker: Token, office: Office) -> Token:
    """Returns a token that can still create tokens after the tokens in `going` are deleted: `maker` if possible, otherwise another.

    Raises FrontdeskError `last_token` if there is none.
    """
    if maker.id not in going:
        return maker
    keys = office.catalog.listed(office.context, "token", archived=False, newest_first=False)
    known = _present((key.id for key in islice(keys, MAX_EXAMINED)), office)
    now = office.context.clock.now()
    left = [
        each for each in known if each.id not in going and each.allows("tokens:write") and each.is_valid(now)
    ]
    if not left:
        raise FrontdeskError(Problem("last_token"))
    return next((each for each in left if not any(other.outlasts(each) for other in left)), left[0])


class _Revoking(NamedTuple):
    """The data that all revocations of one call share. `going` are the ids of the tokens that the call revokes."""

    witness: Token
    maker: Token
    office: Office
    webhooks: Webhooks
    subscriptions: Sequence[Subscription]
    going: Collection[str]
    ended: Ended

    def revoke(self, token: Token) -> bool:
        """Deletes one token and returns True. Returns False if something has changed: the caller must then read again and retry."""
        office, witness, ended = self.office, self.witness, self.ended
        now = office.context.clock.now()
        switched_off = [
            (seen, disabled(seen, _REVOKED, now))
            for seen in self.subscriptions
            if seen.maker_id == token.id and seen.is_active
        ]
        while len(switched_off) > _MAX_SWITCHED_OFF:
            if not self.webhooks.change(office.context, *switched_off[-1]):
                return False
            ended.switched_off.append(switched_off.pop()[0].id)
        # A parent that will be revoked next no longer needs a list of its children.
        parents = [token.parent_id] if token.parent_id and token.parent_id not in self.going else []
        parent = next(iter(_present(parents, office)), None)
        in_the_way = office.catalog.revoke(office.context, Revocation(token, witness, parent, switched_off))
        if witness.id == self.maker.id and catalog_key(self.maker) in in_the_way:
            raise Revoked
        if not in_the_way:
            ended.revoked.append(token.id)
            ended.switched_off += [seen.id for seen, _ in switched_off]
        return not in_the_way


def _present(ids: Iterable[str], office: Office) -> list[Token]:
    found = office.read([Key("token", id) for id in ids])
    return [token for token in found.values() if token is not None]


def _digest(text: str) -> str:
    presented = read_token(text)
    assert presented is not None
    return presented.digest


def _refuse_beyond(token: Token, allows: Callable[[Scope], bool]) -> None:
    beyond = sorted(scope for scope in token.scopes if not allows(scope))
    if beyond:
        reason = Phrase("scopes_beyond", {"scopes": beyond})
        raise FrontdeskError(Problem("unauthorized", {"reason": reason}, pointer="/data/attributes/scopes"))
