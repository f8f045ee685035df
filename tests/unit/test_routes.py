"""A route is the only declaration of an operation: what derives from it, and what an operation requires."""

import re
from pathlib import Path
from typing import get_args

import pytest

from frontdesk.api.openapi.document import parameters_of
from frontdesk.api.openapi.operations import CONTRACT, OPERATIONS
from frontdesk.api.routes import ANY_TOKEN, CATALOG, INCLUDED, PUBLIC, ROUTES, allowed_methods
from frontdesk.domain.catalog.access import Scope
from frontdesk.domain.requests.catalog import TYPES
from tests.support.copies import copy, insert, run  # noqa: F401


def test_names_and_addresses_are_of_one_route_each() -> None:
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert len({(route.method, re.sub(r"<\w+>", "<>", route.path)) for route in ROUTES}) == len(ROUTES)


def test_every_route_says_who_may_call_it() -> None:
    assert {route.scope for route in ROUTES} <= {*get_args(Scope), ANY_TOKEN, PUBLIC} - {"*"}
    assert [route.name for route in ROUTES if route.scope == PUBLIC] == [
        "read_docs",
        "read_docs_file",
        "read_console",
        "read_console_file",
    ]
    assert [route.name for route in ROUTES if route.scope == ANY_TOKEN] == ["read_user"]


def test_the_catalogs_routes_are_of_its_types() -> None:
    assert CATALOG.keys() == TYPES.keys()
    related = {
        of.name: [
            next(each.name for each in TYPES.values() if each.kind == kind) for _, kind in of.related.values()
        ]
        for of in TYPES.values()
        if of.related
    }
    # Customers have no relationships: clients include their addresses.
    assert {name: [included] for name, included in INCLUDED.items() if name != "customers"} == related


def test_every_parameter_and_nothing_else_is_described() -> None:
    for operation in OPERATIONS:
        route = operation.route
        assert [each.name for each in parameters_of(operation, CONTRACT)] == [
            *route.parameters,
            *route.headers,
        ]
    routed = {name for route in ROUTES for name in (*route.parameters, *route.headers)}
    assert CONTRACT.parameters.keys() - routed == {"o"}


def test_a_method_that_no_route_has_is_told_with_those_that_it_has() -> None:
    assert allowed_methods("/api/v1/orders/calculate") == ["POST"]
    assert allowed_methods("/api/v1/orders/1") == ["GET", "PATCH"]
    assert allowed_methods("/api/v1/nothing") == []


@pytest.mark.parametrize(
    ("name", "parameter", "is_taken"),
    [
        ("place_order", "o", True),
        ("place_order", "include", False),
        ("list_orders", "filter[status][]", True),
        ("list_orders", "filter[colour]", False),
        ("list_orders", "fields[anything]", True),
        ("list_orders", "fields[]", False),
        ("list_orders", "sort[]", False),
        ("check_in", "fields[orders]", False),
        ("list_available_starts", "s[]", True),
        ("list_free_periods", "s[]", True),
        ("list_free_periods", "duration", False),
        ("list_available_starts", "service_id[0]", True),
    ],
)
def test_what_may_stand_in_the_query(name: str, parameter: str, is_taken: bool) -> None:
    [route] = [route for route in ROUTES if route.name == name]
    assert route.takes(parameter) == is_taken


# How an operation is added, on a copy

ROUTE = '    Route("read_weather", "GET", "/api/v1/weather", "admin", "orders:read", ("timezone",)),\n'
HANDLER = """
    @api.handles("read_weather")
    def read_weather(caller: Caller) -> Answer:
        return api.plain({"weather": "fair"})
"""
DESCRIPTION = """
    Operation(
        name="read_weather", tag="Catalog", summary="The weather",
        answers={200: Answer(description="It.", content=dict[str, Any], media_type="application/json")},
    ),
"""
# Calls the operation without a token, without its scope, with another parameter, and correctly.
ASK = """
import json
from types import SimpleNamespace
from frontdesk.api.app import Api
from frontdesk.api.authentication import Authenticator
from frontdesk.api.handlers import imports
from frontdesk.api.openapi.operations import openapi_document
from frontdesk.api.routes import allowed_methods
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.access import Token, new_token, read_token

tokens = {}
for scope in ("orders:read", "orders:write"):
    text = new_token("o")
    digest = read_token(text).digest
    tokens[scope] = text, Token(id=digest, organization_id="o", name="t", scopes=frozenset({scope}))
kept = {token.id: token for _, token in tokens.values()}
store = SimpleNamespace(token=lambda organization_id, digest, clock: kept.get(digest))
world = SimpleNamespace(authenticator=Authenticator(store), clock=lambda context: SystemClock(10))
api = Api(lambda: world)
imports.include(api)
context = SimpleNamespace(
    function_name="admin", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="1",
    get_remaining_time_in_millis=lambda: 9000,
)
def ask(scope, **query):
    event = json.load(open("events/admin.json")) | {
        "path": "/api/v1/weather", "httpMethod": "GET", "queryStringParameters": query,
        "multiValueQueryStringParameters": None, "multiValueHeaders": None,
        "headers": {"Authorization": f"Bearer {tokens[scope][0]}"} if scope else {},
    }
    return api(event, context)["statusCode"]
described = openapi_document()["paths"]["/api/v1/weather"]["get"]
print(json.dumps([
    ask(None), ask("orders:write"), ask("orders:read", colour="red"), ask("orders:read", timezone="UTC"),
    allowed_methods("/api/v1/weather"), [described["x-scope"]], [p["$ref"].rpartition("/")[2] for p in described["parameters"]],
    sorted(described["responses"]),
]))
"""


def test_a_route_without_a_scope_is_none(copy: Path) -> None:  # noqa: F811
    without = ROUTE.replace(', "orders:read", ("timezone",)', "")
    insert(copy / "frontdesk/api/routes.py", '    Route("read_docs", ', without)

    done = run(copy, "import frontdesk.api.routes")

    assert "missing 1 required positional argument: 'scope'" in done.stderr


def test_an_operation_is_a_route_a_handler_and_a_description(copy: Path) -> None:  # noqa: F811
    insert(copy / "frontdesk/api/routes.py", '    Route("read_docs", ', ROUTE)
    done = run(copy, "from frontdesk.api.openapi.operations import openapi_document; openapi_document()")
    assert "read_weather is not described" in done.stderr

    insert(
        copy / "frontdesk/api/openapi/operations.py",
        '    Operation(\n        name="read_docs",',
        DESCRIPTION.lstrip("\n"),
    )
    insert(
        copy / "frontdesk/api/handlers/imports.py",
        '    @api.handles("read_import")',
        HANDLER.lstrip("\n") + "\n",
    )
    done = run(copy, ASK)

    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()[-1]
    assert told.startswith(
        '[401, 403, 400, 200, ["GET"], ["orders:read"], ["Timezone", "O"], ["200", "400", "401", "403"'
    ), told
