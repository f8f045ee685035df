"""What the desk takes for granted of the API and of imports."""

import json
import re

import pytest

from frontdesk.domain.imports.headers.known import KNOWN
from local.servers import ROOT


def test_the_desk_offers_columns_that_an_import_knows() -> None:
    text = (ROOT / "console/src/files/mapping.jsx").read_text()
    block = text[text.index("TARGETS = {") : text.index("};")]
    offered = {
        kind: re.findall(r'"(\w+)"', names) for kind, names in re.findall(r"(\w+): \[(.*?)\]", block, re.S)
    }
    assert offered.keys() == KNOWN.keys()
    assert {kind: [name for name in names if name not in KNOWN[kind]] for kind, names in offered.items()} == {
        kind: [] for kind in KNOWN
    }
    # Each kind offers what must be there.
    assert all(len(names) > 5 for names in offered.values())


SAYS = dict(
    re.findall(
        r'(\w+): "(.*?)"',
        re.search(r"const SAYS = \{(.*)\};", (ROOT / "console/src/catalog/schema.js").read_text())[1],  # type: ignore[index]
    )
)
DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text())["components"]["schemas"]


def said(mark: str, schema: str) -> set[str]:
    """The fields of a schema whose descriptions have the words."""
    properties = DOCUMENT[schema]["properties"].items()
    return {name for name, field in properties if SAYS[mark] in field.get("description", "")}


@pytest.mark.parametrize(
    ("mark", "schema", "fields"),
    [
        ("shown", "CustomerChange", {"email_status", "full_name", "uuid", "version", "created_at", "updated_at"}),
        ("shown", "VoucherChange", {"redemptions", "created_at", "updated_at"}),
        ("shown", "ResourceChange", {"created_at", "updated_at"}),
        ("fixed", "VoucherChange", {"code"}),
        ("fixed", "CustomFieldChange", {"field_type"}),
        ("money", "ServiceCreation", {"price", "starting_fee"}),
        ("money", "VoucherCreation", {"amount", "min_total"}),
        ("money", "AddOnCreation", {"price"}),
        ("clock", "MessageRuleCreation", {"local_time"}),
    ],
)  # fmt: skip
def test_the_document_says_what_the_forms_go_by(mark: str, schema: str, fields: set[str]) -> None:
    """The catalog's forms are made from schemas, which do not say of themselves what is money or can't be set."""
    assert said(mark, schema) == fields
