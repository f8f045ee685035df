"""Bearer tokens: who is accepted, for what, and for how long a token is cached."""

import pytest

from frontdesk.api import authentication
from frontdesk.api.authentication import CACHE_SECONDS, Authenticator
from frontdesk.domain.catalog.access import Scope, Token, new_token, read_token
from frontdesk.domain.problems import FrontdeskError
from tests.support.demo import ORGANIZATION
from tests.support.fakes import FakeClock, FakeStore

CLOCK = FakeClock()


class Door:
    def __init__(self, *scopes: Scope, expires_at: int | None = None) -> None:
        self.text = new_token(ORGANIZATION.id)
        presented = read_token(self.text)
        assert presented
        self.store = FakeStore(ORGANIZATION.id)
        self.digest = presented.digest
        self.store.tokens[self.digest] = Token(
            id=self.digest,
            organization_id=ORGANIZATION.id,
            name="test",
            scopes=frozenset(scopes),
            expires_at=expires_at,
        )
        self.time = 0.0
        self.authenticator = Authenticator(self.store, lambda: self.time)

    def knock(
        self, authorization: str | None = None, organization: str | None = None, scope: Scope = "orders:write"
    ) -> object:
        try:
            header = f"Bearer {self.text}" if authorization is None else authorization
            return self.authenticator.caller(header, organization, scope, CLOCK).organization_id
        except FrontdeskError as error:
            return error.problems[0].status


def test_a_token_with_the_scope_is_let_in_to_its_own_organization() -> None:
    assert Door("orders:write").knock() == ORGANIZATION.id
    assert Door("*").knock(organization=ORGANIZATION.id) == ORGANIZATION.id


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "Bearer fd..",
        "Bearer fd.x.y",
        f"Bearer fd.{ORGANIZATION.id}.wrong",
        "Bearer " + "x" * 9999,
    ],
)
def test_without_a_known_token_401(authorization: str) -> None:
    assert Door("*").knock(authorization) == 401


@pytest.mark.parametrize(
    "text", ["fd..x", "fd.x.", "fd.x", "ab.x.y", f"fd.x.{'y' * 508}", "fd.x.\u00e4", "fd.x.y\0"]
)
def test_what_can_not_be_a_token_is_not_looked_for(text: str) -> None:
    assert read_token(text) is None


def test_the_scheme_is_read_without_case() -> None:
    door = Door("*")

    assert door.knock(f"bearer  {door.text}") == ORGANIZATION.id


def test_without_the_scope_403() -> None:
    assert Door("orders:read").knock() == 403


def test_for_another_organization_403() -> None:
    assert Door("*").knock(organization="another") == 403


@pytest.mark.parametrize(("expires_at", "outcome"), [(CLOCK.at, 401), (CLOCK.at + 1, ORGANIZATION.id)])
def test_a_token_expires_at_its_second(expires_at: int, outcome: object) -> None:
    assert Door("*", expires_at=expires_at).knock() == outcome


def test_a_revoked_token_is_remembered_for_a_minute_at_most() -> None:
    door = Door("*")
    door.knock()
    del door.store.tokens[door.digest]

    door.time = CACHE_SECONDS - 1
    assert door.knock() == ORGANIZATION.id
    door.time = CACHE_SECONDS
    assert door.knock() == 401


def test_a_token_that_is_not_there_is_not_remembered_as_such() -> None:
    door = Door("*")
    made = door.store.tokens.pop(door.digest)
    assert door.knock() == 401

    door.store.tokens[door.digest] = made
    assert door.knock() == ORGANIZATION.id


def test_no_more_tokens_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "_MAX_CACHED", 1)
    door, other = Door("*"), Door("*")
    door.store.tokens |= other.store.tokens
    door.knock()
    door.knock(f"Bearer {other.text}")
    door.store.tokens.clear()

    assert (door.knock(f"Bearer {other.text}"), door.knock()) == (ORGANIZATION.id, 401)


def test_a_token_is_kept_as_a_hash_only() -> None:
    door = Door("*")

    assert door.text not in repr(door.store.tokens)
    assert door.text.rpartition(".")[2] not in repr(door.store.tokens)
