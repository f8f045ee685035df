"""Catalog items that newer code stored are read by older code: after a rollback, or while a deployment runs both."""

import pytest
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from frontdesk.adapters.dynamodb import items
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem, Resource
from frontdesk.domain.catalog.message_rules import MessageRule, Words
from frontdesk.domain.orders.snapshot import catalog_key
from tests.unit.builders import ADA, COFFEE, MEETING, ORGANIZATION

RULE = MessageRule(id="m", name="Thanks", event="after_end", offset=0)


def read_with_more(item: CatalogItem) -> CatalogItem:
    """Stores the item with an attribute of a later version, and reads it."""
    row = items.catalog_row("o", item)
    body = {**from_json(row["body"]["S"]), "attribute_of_a_later_version": [1]}
    read: CatalogItem = items.to_item("o", catalog_key(item), row | {"body": {"S": to_json(body).decode()}})
    return read


@pytest.mark.parametrize(
    "item", [ORGANIZATION, ADA, COFFEE, MEETING, RULE], ids=lambda each: type(each).__name__
)
def test_an_attribute_of_a_later_version_is_left_out(item: CatalogItem) -> None:
    assert read_with_more(item) == item


def test_an_attribute_of_a_later_version_is_left_out_of_the_parts_of_an_item() -> None:
    """Otherwise one rule with such a text would keep all mails of its organization back."""
    rule = RULE.model_copy(update={"words": {"en": Words(subject="Thanks")}})
    row = items.catalog_row("o", rule)
    body = from_json(row["body"]["S"])
    body["words"]["en"]["text_of_a_later_version"] = "Bye"
    assert items.to_item("o", catalog_key(rule), row | {"body": {"S": to_json(body).decode()}}) == rule
    with pytest.raises(ValidationError):
        MessageRule.model_validate(body)


def test_a_token_with_an_attribute_of_a_later_version_is_not_read() -> None:
    """The attribute may restrict the token."""
    with pytest.raises(ValidationError):
        read_with_more(Token(id="t", name="T", organization_id="o", scopes=frozenset({"orders:read"})))


def test_an_item_that_is_not_stored_has_no_unknown_attributes() -> None:
    with pytest.raises(ValidationError):
        Resource.model_validate({"id": "r", "name": "R", "attribute_of_a_later_version": [1]})
