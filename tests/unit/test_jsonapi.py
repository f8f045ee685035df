"""The checker of JSON:API documents that other tests rely on. It must refuse what breaks the rules."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.jsonapi import assert_jsonapi

ORDER: dict[str, Any] = {"type": "orders", "id": "1"}


def order(**members: Any) -> dict[str, Any]:
    return {"data": {**ORDER, **members}}


def related(linkage: Any) -> dict[str, Any]:
    return order(relationships={"customer": {"data": linkage}})


GOOD: Mapping[str, Any] = {
    "a resource": order(
        attributes={"total": 5000, "custom entries": {"a-b": [{"c_d": None}]}, "größe": 1, "@note": 1},
        relationships={
            "bookings": {"data": [{"type": "bookings", "id": "1-1"}]},
            "customer": {"data": None, "links": {"related": "/customers/1"}},
            "voucher": {"meta": {"count": 1}},
        },
        links={"self": "http://127.0.0.1:4566/_aws/execute-api/x/live/api/v1/orders/1"},
        meta={"items": []},
    ),
    "a list of none": {"data": [], "links": {"self": "/orders?page%5Bnumber%5D=1", "next": None}},
    "nothing found": {"data": None, "jsonapi": {"version": "1.1"}},
    "meta alone": {"meta": {}},
    "errors": {
        "errors": [
            {
                "status": "422",
                "code": "x",
                "title": "x",
                "detail": "x",
                "source": {"pointer": "/a~1b/0"},
                "meta": {"a": 1},
            },
            {
                "source": {"parameter": "o"},
                "links": {"about": {"href": "https://example.com", "title": "About"}},
            },
            {"source": {"header": "Authorization"}},
            {"source": {"pointer": ""}},
        ]
    },
    "included, over two steps": {
        **related({"type": "customers", "id": "1"}),
        "included": [
            {"type": "companies", "id": "1"},
            {
                "type": "customers",
                "id": "1",
                "relationships": {"company": {"data": {"type": "companies", "id": "1"}}},
            },
        ],
    },
}

BAD: Mapping[str, Any] = {
    "no object": [],
    "no top-level member": {},
    "jsonapi alone": {"jsonapi": {"version": "1.1"}},
    "data and errors": {"data": None, "errors": [{"status": "400"}]},
    "an unknown top-level member": {"data": None, "total": 1},
    "a resource as text": {"data": "1"},
    "no type": {"data": {"id": "1"}},
    "no id": {"data": {"type": "orders"}},
    "a number as id": {"data": {"type": "orders", "id": 1}},
    "a number as type": {"data": {"type": 1, "id": "1"}},
    "a type that is no name": {"data": {"type": "orders!", "id": "1"}},
    "an unknown member of a resource": order(total=1),
    "attributes as a list": order(attributes=[]),
    "an attribute id": order(attributes={"id": "1"}),
    "an attribute type": order(attributes={"type": "x"}),
    "a relationship id": order(relationships={"id": {"data": None}}),
    "a name twice": order(attributes={"customer": 1}, relationships={"customer": {"data": None}}),
    "an empty relationship": order(relationships={"customer": {}}),
    "a relationship as a list": order(relationships={"customer": []}),
    "an unknown member of a relationship": order(relationships={"customer": {"data": None, "id": "1"}}),
    "relationship links without self or related": order(
        relationships={"customer": {"links": {"next": "/x"}}}
    ),
    "linkage as text": related("1"),
    "linkage without a type": related({"id": "1"}),
    "linkage with a number": related({"type": "customers", "id": 1}),
    "linkage with attributes": related({"type": "customers", "id": "1", "attributes": {}}),
    "a null in a list of linkage": related([None]),
    "one resource twice": {"data": [ORDER, ORDER]},
    "links as a list": order(links=[]),
    "a link as a number": order(links={"self": 1}),
    "a link with a space": order(links={"self": "/orders/1 2"}),
    "a link with braces": order(links={"self": "/orders/{id}"}),
    "a link object without href": order(links={"self": {"title": "x"}}),
    "an unknown member of a link object": order(links={"self": {"href": "/x", "to": "x"}}),
    "an unknown link": order(links={"elsewhere": "/x"}),
    "meta as a list": order(meta=[]),
    "top-level meta as text": {"meta": "x"},
    "errors as an object": {"errors": {}},
    "no errors in errors": {"errors": []},
    "an empty error": {"errors": [{}]},
    "an error as text": {"errors": ["x"]},
    "an unknown member of an error": {"errors": [{"message": "x"}]},
    "a number as status": {"errors": [{"status": 422}]},
    "a status that is none": {"errors": [{"status": "refused"}]},
    "a number as code": {"errors": [{"code": 1}]},
    "an unknown source": {"errors": [{"source": {"field": "x"}}]},
    "source as text": {"errors": [{"source": "/x"}]},
    "a pointer that is none": {"errors": [{"source": {"pointer": "bookings/0"}}]},
    "a pointer with a lone tilde": {"errors": [{"source": {"pointer": "/a~b"}}]},
    "a null parameter": {"errors": [{"source": {"parameter": None}}]},
    "error meta as a list": {"errors": [{"meta": []}]},
    "an unknown member of jsonapi": {"data": None, "jsonapi": {"name": "x"}},
    "a number as version": {"data": None, "jsonapi": {"version": 1.1}},
    "jsonapi as text": {"data": None, "jsonapi": "1.1"},
    "a name that begins with an underscore": order(attributes={"_total": 1}),
    "a name that ends with a hyphen": order(attributes={"total-": 1}),
    "an empty name": order(attributes={"": 1}),
    "a name with a dot, deep inside": order(attributes={"map": [{"a.b": 1}]}),
    "a name with a slash in meta": {"meta": {"a/b": 1}},
    "included without data": {"meta": {}, "included": []},
    "included that nothing links to": {**order(), "included": [{"type": "customers", "id": "1"}]},
    "included that links only to itself": {
        **order(),
        "included": [
            {
                "type": "customers",
                "id": "1",
                "relationships": {"self": {"data": {"type": "customers", "id": "1"}}},
            }
        ],
    },
    "included twice": {
        **related({"type": "customers", "id": "1"}),
        "included": [{"type": "customers", "id": "1"}] * 2,
    },
    "the primary resource included": {**related({"type": "orders", "id": "1"}), "included": [ORDER]},
    "included as an object": {**order(), "included": {}},
}


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD.keys())
def test_a_document_that_keeps_the_rules_passes(document: Any) -> None:
    assert_jsonapi(document)


@pytest.mark.parametrize("document", BAD.values(), ids=BAD.keys())
def test_a_document_that_breaks_a_rule_is_refused(document: Any) -> None:
    with pytest.raises(AssertionError, match=r"not JSON:API 1\.1"):
        assert_jsonapi(document)


def test_every_broken_rule_is_told_with_its_place() -> None:
    with pytest.raises(AssertionError) as refused:
        assert_jsonapi({"data": {"type": "orders", "id": 1, "attributes": {"id": "1"}}})
    assert "/data/id: must be there, as a string" in str(refused.value)
    assert "/data/attributes/id: no field may be called so" in str(refused.value)
