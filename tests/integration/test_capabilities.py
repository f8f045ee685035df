"""What a token creates may do no more than the token, and ends with it: tokens, subscriptions, secrets, organizations."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from frontdesk import bootstrap
from frontdesk.adapters.dynamodb import catalog
from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.transaction import Transaction
from frontdesk.adapters.dynamodb.webhooks import WebhookTable
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.access import Token, new_token, read_token
from frontdesk.domain.time.intervals import iso
from frontdesk.domain.webhooks.subscriptions import MAX_SUBSCRIPTIONS
from frontdesk.usecases import tokens
from frontdesk.usecases.context import Context
from tests.integration.client import Answer, Client
from tests.integration.conftest import MotoWorld

TOKENS, HOOKS, ORGANIZATIONS = (
    f"/api/v1/{name}" for name in ("api-tokens", "webhook-subscriptions", "organizations")
)


def digest(text: str) -> str:
    presented = read_token(text)
    assert presented
    return presented.digest


@dataclass(frozen=True)
class Holder(Client):
    """Somebody with a token."""

    @property
    def id(self) -> str:
        return digest(self.token)

    def makes(self, *scopes: str, **attributes: Any) -> "Holder":
        answer = self.asks_for_token(*scopes, **attributes)
        assert answer.status == 201, answer.document
        return replace(self, token=answer.document["meta"]["token"])

    def asks_for_token(self, *scopes: str, **attributes: Any) -> Answer:
        given = {"name": "child", "scopes": scopes, **attributes}
        return self.call("POST", TOKENS, {"data": {"type": "api-tokens", "attributes": given}})

    def revokes(self, other: "Holder", **query: str) -> Answer:
        return self.call("DELETE", f"{TOKENS}/{other.id}", **query)

    def subscribes(self, *events: str, **attributes: Any) -> Answer:
        given = {"url": "https://hooks.example.com/in", "events": events, **attributes}
        return self.call("POST", HOOKS, {"data": {"type": "webhook-subscriptions", "attributes": given}})

    def changes(self, hook: str, **attributes: Any) -> Answer:
        body = {"data": {"type": "webhook-subscriptions", "id": hook, "attributes": attributes}}
        return self.call("PATCH", f"{HOOKS}/{hook}", body)

    def is_active(self, hook: str) -> bool:
        active: bool = self.get(f"{HOOKS}/{hook}").data["attributes"]["is_active"]
        return active

    @property
    def is_let_in(self) -> bool:
        """Whether a function that has never seen the token accepts it."""
        world.cache_clear()
        return self.get("/api/v1/user").status == 200

    def is_gone_from_the_table(self) -> None:
        """Deletes the token as if another function had revoked it. This function still has it in its cache."""
        organization_id = self.token.split(".")[1]
        key = {"pk": {"S": f"{organization_id}#token#{self.id}"}, "sk": {"S": "token"}}
        boto3.client("dynamodb").delete_item(TableName="frontdesk", Key=key)


@pytest.fixture
def anybody(moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes holders of tokens with these scopes, by default in the demo organization."""
    monkeypatch.setenv("ENVIRONMENT", "staging")
    bootstrap.world.cache_clear()

    def made(*scopes: str, organization_id: str = "", **more: Any) -> Holder:
        organization_id = organization_id or moto_world.demo["organization_id"]
        text = new_token(organization_id)
        fields = {"id": digest(text), "organization_id": organization_id, "name": "test", "scopes": scopes}
        token = Token.model_validate({**fields, **more})
        world().store.put_catalog(Context(organization_id, SystemClock(5)), [token])
        return Holder(moto_world, text)

    yield made
    bootstrap.world.cache_clear()


@pytest.fixture
def owner(anybody: Any) -> Holder:
    holder: Holder = anybody("*")
    return holder


UNAUTHORIZED = ("unauthorized", "/data/attributes/events")


TO_STAFF = {"event": "confirmation", "recipients": ["staff"], "staff_emails": ["thief@example.com"]}


def test_nobody_has_bookings_mailed_to_them_that_the_token_cannot_read(anybody: Any) -> None:
    """A rule that mails staff tells them who books what, just as a subscription does."""
    thief, reader = anybody("catalog:write"), anybody("catalog:write", "orders:read")
    refused = [("unauthorized", "/data/attributes/staff_emails")]

    def asks(of: Holder, rule: str = "", **attributes: Any) -> Answer:
        data = {"type": "message-rules", "attributes": attributes} | ({"id": rule} if rule else {})
        path = "/api/v1/message-rules" + (f"/{rule}" if rule else "")
        return of.call("PATCH" if rule else "POST", path, {"data": data})

    assert asks(thief, name="Mine", **TO_STAFF).refusals == refused
    assert asks(thief, name="Thanks", event="confirmation").status == 201
    rule = asks(reader, name="Staff", **TO_STAFF).data["id"]
    for more in ({"staff_emails": ["other@example.com"]}, {"event": "change"}):
        assert asks(thief, rule, **more).refusals == refused
    for less in ({"name": "Colleagues"}, {"words": {"en": {"subject": "Booked"}}}, {"enabled": False}):
        assert asks(thief, rule, **less).status == 200
    assert asks(thief, rule, enabled=True).refusals == refused
    assert asks(reader, rule, enabled=True).status == 200
    assert thief.call("DELETE", f"/api/v1/message-rules/{rule}").status == 204
    assert asks(thief, rule, archived=False).refusals == refused


@pytest.mark.parametrize(
    ("scopes", "pattern", "status"),
    [
        ((), "*", 403),
        ((), "orders.created", 403),
        ((), "bookings.*", 403),
        ((), "customers.*", 403),
        (("orders:read",), "orders.*", 201),
        (("orders:read",), "bookings.canceled", 201),
        (("orders:read",), "customers.deleted", 403),
        (("orders:read",), "*", 403),
        (("catalog:read",), "customers.*", 201),
        (("catalog:read",), "orders.*", 403),
        (("orders:read", "catalog:read"), "*", 201),
    ],
)
def test_nobody_is_told_of_what_the_token_cannot_read(
    anybody: Any, scopes: tuple[str, ...], pattern: str, status: int
) -> None:
    answer = anybody("catalog:write", *scopes).subscribes(pattern)
    assert answer.status == status
    assert status == 201 or answer.refusals == [UNAUTHORIZED]


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://elsewhere.example.com/"},
        {"events": ["*"]},
        {"events": ["orders.*"]},
        {"is_active": True},
    ],
)
def test_nobody_leads_events_elsewhere_that_the_token_cannot_read(
    owner: Holder, anybody: Any, change: dict[str, Any]
) -> None:
    hook = owner.subscribes("orders.*", "customers.*", is_active="is_active" not in change).data["id"]
    assert anybody("catalog:write").changes(hook, **change).refusals == [UNAUTHORIZED]
    assert anybody("catalog:write", "catalog:read", "orders:read").changes(hook, **change).status == 200


def test_whoever_keeps_subscriptions_may_name_and_stop_them(owner: Holder, anybody: Any) -> None:
    hook, keeper = owner.subscribes("*").data["id"], anybody("catalog:write")
    assert keeper.changes(hook, name="ERP", is_active=False).status == 200
    assert keeper.call("DELETE", f"{HOOKS}/{hook}").status == 204


def test_a_secret_is_shown_only_to_who_may_read_what_it_signs(owner: Holder, anybody: Any) -> None:
    hook = owner.subscribes("*").data["id"]
    assert anybody("catalog:write").call("POST", f"{HOOKS}/{hook}/rotate-secret").refusals == [UNAUTHORIZED]
    assert owner.call("POST", f"{HOOKS}/{hook}/rotate-secret").status == 200


def test_another_address_has_another_secret(owner: Holder) -> None:
    made = owner.subscribes("*").data
    same = owner.changes(made["id"], name="ERP").data["attributes"]
    other = owner.changes(made["id"], url="https://elsewhere.example.com/").data["attributes"]
    assert "secret" not in same
    assert other["secret"] not in (None, made["attributes"]["secret"])


def test_a_revoked_token_that_is_remembered_makes_nothing(owner: Holder, anybody: Any) -> None:
    hook, thief = owner.subscribes("*").data["id"], owner.makes("*")
    assert thief.get("/api/v1/user").status == 200
    thief.is_gone_from_the_table()
    assert thief.get("/api/v1/user").status == 200
    for answer in (
        thief.asks_for_token("*"),
        thief.subscribes("*"),
        thief.changes(hook, url="https://elsewhere.example.com/"),
        thief.call("POST", f"{HOOKS}/{hook}/rotate-secret"),
        thief.revokes(owner),
    ):
        assert answer.refusals == [("unauthenticated", "Authorization")]
    assert owner.is_let_in


def test_a_revoked_operator_makes_no_organization(anybody: Any) -> None:
    operator = anybody("organizations:write", organization_id="operator")
    given = {"name": "Loft", "timezone": "Europe/Berlin", "currency": "EUR"}
    body = {"data": {"type": "organizations", "attributes": given}}
    assert operator.call("POST", ORGANIZATIONS, body).status == 201
    operator.is_gone_from_the_table()
    assert operator.call("POST", ORGANIZATIONS, body).refusals == [("unauthenticated", "Authorization")]


def test_a_child_ends_no_later_than_its_parent(anybody: Any) -> None:
    end = SystemClock(5).now() + 100
    parent = anybody("*", expires_at=end)
    assert parent.asks_for_token("*", expires_at=iso(end + 1)).refusals == [
        ("unauthorized", "/data/attributes/expires_at")
    ]
    for given in ({}, {"expires_at": None}, {"expires_at": iso(end)}):
        attributes = parent.asks_for_token("*", **given).data["attributes"]
        assert (attributes["expires_at"], attributes["parent_id"]) == (iso(end), parent.id)
    assert parent.asks_for_token("*", expires_at=iso(end - 1)).data["attributes"]["expires_at"] == iso(
        end - 1
    )


def test_nobody_says_whose_child_a_token_is(owner: Holder) -> None:
    assert owner.asks_for_token("*", parent_id="x").refusals == [("read_only", "/data/attributes/parent_id")]


def test_a_revoked_token_leaves_its_children_and_says_which(owner: Holder) -> None:
    parent = owner.makes("*")
    child = parent.makes("*")
    grandchild = child.makes("orders:read")
    answer = owner.revokes(parent)
    assert (answer.status, answer.document["meta"]) == (
        200,
        {
            "revoked": [{"type": "api-tokens", "id": parent.id}],
            "children": [{"type": "api-tokens", "id": child.id}],
            "switched_off": [],
        },
    )
    assert [each.is_let_in for each in (parent, child, grandchild)] == [False, True, True]


def test_with_cascade_all_that_came_of_a_token_is_revoked(owner: Holder) -> None:
    parent = owner.makes("*")
    child = parent.makes("*")
    grandchild, other = child.makes("orders:read"), owner.makes("*")
    meta = owner.revokes(parent, cascade="true").document["meta"]
    assert {each["id"] for each in meta["revoked"]} == {parent.id, child.id, grandchild.id}
    assert meta["children"] == []
    assert [each.is_let_in for each in (parent, child, grandchild, other)] == [False, False, False, True]


def test_a_family_is_revoked_with_one_look_at_the_subscriptions(
    owner: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of a thousand tokens looked at all fifty."""
    parent = owner.makes("*")
    children = [parent.makes("*") for _ in range(5)]
    looks: list[int] = []
    subscriptions = WebhookTable.subscriptions

    def counted(*about: Any) -> Any:
        looks.append(1)
        return subscriptions(*about)

    monkeypatch.setattr(WebhookTable, "subscriptions", counted)
    meta = owner.revokes(parent, cascade="true").document["meta"]
    assert len(meta["revoked"]) == 1 + len(children)
    assert len(looks) == 1


def test_a_family_that_is_too_large_is_revoked_in_parts(
    owner: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token may have a thousand children, and each of them as many: all were read before the first was revoked."""
    monkeypatch.setattr(tokens, "MAX_FAMILY", 3)
    parent = owner.makes("*")
    first, second = parent.makes("*"), parent.makes("*")
    grandchild = first.makes("*")
    refused = owner.revokes(parent, cascade="true")
    assert (refused.status, refused.refusals) == (409, [("too_many_descendants", None)])
    assert all(each.is_let_in for each in (parent, first, second, grandchild))

    assert owner.revokes(first, cascade="true").status == 200
    assert owner.revokes(parent, cascade="true").status == 200
    assert not any(each.is_let_in for each in (parent, first, second, grandchild))


def test_a_child_may_revoke_its_parent_and_itself_with_it(owner: Holder, anybody: Any) -> None:
    child = owner.makes("*")
    assert child.revokes(owner, cascade="true").status == 200
    assert [owner.is_let_in, child.is_let_in] == [False, False]


def test_a_child_that_is_gone_is_nobodys_child(owner: Holder) -> None:
    parent = owner.makes("*")
    child = parent.makes("*")
    assert owner.revokes(child).status == 204
    assert owner.revokes(parent).status == 204


def test_a_subscription_ends_with_its_token_and_not_with_its_time(owner: Holder, anybody: Any) -> None:
    maker, other = owner.makes("*"), owner.makes("*")
    its, others = maker.subscribes("*").data["id"], other.subscribes("*").data["id"]
    assert owner.revokes(maker).document["meta"]["switched_off"] == [
        {"type": "webhook-subscriptions", "id": its}
    ]
    attributes = owner.get(f"{HOOKS}/{its}").data["attributes"]
    assert attributes["is_active"] is False
    assert attributes["disabled_at"] is not None
    assert "revoked" in attributes["disabled_reason"]
    assert owner.is_active(others)


def test_whoever_switches_a_subscription_on_again_answers_for_it(owner: Holder) -> None:
    maker = owner.makes("*")
    hook = maker.subscribes("*").data["id"]
    owner.revokes(maker)
    second = owner.makes("*")
    assert second.changes(hook, is_active=True).status == 200
    assert owner.is_active(hook)
    owner.revokes(second)
    assert not owner.is_active(hook)


def test_a_token_with_as_many_subscriptions_as_can_be_is_revoked(owner: Holder) -> None:
    maker = owner.makes("*")
    hooks = [maker.subscribes("bookings.created").data["id"] for _ in range(MAX_SUBSCRIPTIONS)]
    switched_off = owner.revokes(maker).document["meta"]["switched_off"]
    assert sorted(each["id"] for each in switched_off) == sorted(hooks)
    assert not any(map(owner.is_active, hooks))
    assert maker.subscribes("bookings.created").status == 401


def test_the_last_token_that_makes_tokens_cannot_be_revoked(anybody: Any, moto_world: MotoWorld) -> None:
    operator = anybody("organizations:write", organization_id="operator")
    given = {"name": "Loft", "timezone": "Europe/Berlin", "currency": "EUR"}
    made = operator.call("POST", ORGANIZATIONS, {"data": {"type": "organizations", "attributes": given}})
    first = replace(operator, token=made.document["meta"]["token"])
    first.makes("orders:read")
    child = first.makes("tokens:write")
    assert first.revokes(first, cascade="true").refusals == [("last_token", None)]
    assert child.is_let_in
    assert first.revokes(child).status == 204
    assert first.revokes(first).refusals == [("last_token", None)]
    assert first.is_let_in


def between(monkeypatch: pytest.MonkeyPatch, name: str, happens: Any) -> None:
    """Lets something happen once, just before the catalog's table writes."""
    write = getattr(CatalogTable, name)

    def late(self: CatalogTable, *args: Any, **more: Any) -> Any:
        monkeypatch.setattr(CatalogTable, name, write)
        happens()
        return write(self, *args, **more)

    monkeypatch.setattr(CatalogTable, name, late)


def test_of_two_that_revoke_each_other_one_is_left(
    owner: Holder, anybody: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = owner.makes("*"), owner.makes("*")
    between(monkeypatch, "revoke", lambda: other.revokes(one))
    assert one.revokes(other).status == 401
    assert [one.is_let_in, other.is_let_in] == [False, True]


def test_control_one_after_the_other_both_may(owner: Holder) -> None:
    one, other = owner.makes("*"), owner.makes("*")
    assert one.revokes(other).status == 204
    assert one.is_let_in
    assert owner.revokes(one).status == 204


def test_two_that_revoke_themselves_do_not_lock_everybody_out(
    anybody: Any, moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = anybody("organizations:write", organization_id="operator")
    given = {"name": "Loft", "timezone": "Europe/Berlin", "currency": "EUR"}
    made = operator.call("POST", ORGANIZATIONS, {"data": {"type": "organizations", "attributes": given}})
    one = replace(operator, token=made.document["meta"]["token"])
    other = one.makes("*")
    between(monkeypatch, "revoke", lambda: other.revokes(other))
    assert one.revokes(one).refusals == [("last_token", None)]
    assert [one.is_let_in, other.is_let_in] == [True, False]


def test_what_is_made_while_its_maker_is_revoked_does_not_outlive_it(
    owner: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker, made = owner.makes("*"), []

    def creates() -> None:
        made.append(maker.makes("*"))
        made.append(maker.subscribes("*").data["id"])

    between(monkeypatch, "revoke", creates)
    meta = owner.revokes(maker, cascade="true").document["meta"]
    child, hook = made
    assert {each["id"] for each in meta["revoked"]} == {maker.id, child.id}
    assert [each["id"] for each in meta["switched_off"]] == [hook]
    assert not child.is_let_in
    assert not owner.is_active(hook)


def test_a_maker_that_is_revoked_meanwhile_makes_nothing(
    owner: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = owner.makes("*")
    between(monkeypatch, "add", lambda: owner.revokes(maker))
    assert maker.asks_for_token("*").status == 401


def test_control_without_the_witness_two_that_revoke_themselves_lock_everybody_out(
    anybody: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = anybody("organizations:write", organization_id="operator")
    given = {"name": "Loft", "timezone": "Europe/Berlin", "currency": "EUR"}
    made = operator.call("POST", ORGANIZATIONS, {"data": {"type": "organizations", "attributes": given}})
    one = replace(operator, token=made.document["meta"]["token"])
    other = one.makes("*")
    monkeypatch.setattr(Transaction, "check", lambda *_: None)
    between(monkeypatch, "revoke", lambda: other.revokes(other))
    one.revokes(one)
    assert [one.is_let_in, other.is_let_in] == [False, False]


def test_control_a_maker_that_is_no_part_of_the_write_makes_what_outlives_it(
    owner: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = owner.makes("*")
    monkeypatch.setattr(catalog, "note_maker", lambda *_: None)
    between(monkeypatch, "add", lambda: owner.revokes(maker))
    child = maker.makes("*")
    assert child.is_let_in


def test_of_two_that_revoke_a_token_one_is_in_the_log(owner: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, first, second = owner.makes("orders:read"), owner.makes("*"), owner.makes("*")
    between(monkeypatch, "revoke", lambda: first.revokes(gone))
    assert second.revokes(gone).status == 404
    log = owner.get("/api/v1/audit-log", filter_subject=gone.id).data
    # In the same second, in any order.
    told = sorted((each["attributes"]["action"], each["attributes"]["actor"]["id"]) for each in log)
    assert told == [("created", owner.id), ("revoked", first.id)]


def test_a_creation_that_loses_against_a_revocation_is_not_in_the_log(
    owner: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = owner.makes("*")
    between(monkeypatch, "add", lambda: owner.revokes(maker))
    assert maker.asks_for_token("*").status == 401
    log = owner.get("/api/v1/audit-log", filter_actor=maker.id).data
    assert log == []
