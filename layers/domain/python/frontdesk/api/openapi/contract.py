"""The structures that describe operations for OpenAPI. They add texts, answers and examples to the routes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from frontdesk.api.answers.errors import Errors
from frontdesk.api.negotiation import JSON_API, Json
from frontdesk.api.routes import BY_NAME, PUBLIC, Access, Route


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter in the query, the path or a header. For an array, the values in `example` are separated by commas.

    With `is_shown`, the example call sends this parameter, although it is optional.
    """

    name: str
    description: str
    schema: Json
    example: str | None = None
    required: bool = False
    place: str = "query"
    is_shown: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A successful answer. `content` is the type of one resource, [type] for a list of resources, or the type of another body.

    `includes` are the types of included resources. `meta` is the type of the document's `meta`. Answers with
    the same `content` share a schema. An answer with a different `meta` needs its own schema, with the name
    `named`.
    """

    description: str
    content: Any = None
    media_type: str = JSON_API
    headers: tuple[str, ...] = ()
    includes: tuple[Any, ...] = ()
    meta: Any = None
    has_link: bool = True
    named: str | None = None

    @property
    def resource(self) -> Any:
        """The type of the answer's resources, or None if the answer has no resources."""
        found = self.content[0] if isinstance(self.content, list) else self.content
        return found if is_resource(found) else None

    @property
    def document(self) -> str:
        """The name of the schema of the answer's document, for example OrderDocument or OrderList."""
        usual = "List" if isinstance(self.content, list) else "Document"
        return self.named or name_of(self.resource) + usual


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The general meaning of an error status. `name` is the name of its response in the document."""

    name: str
    description: str
    example: Errors


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Describes the route with this `name`.

    `parameters` override the general descriptions in PARAMETERS. `example` is an example of the body.

    `refusals` has the error statuses that are special to the operation, for example (409,). Common error
    statuses, such as 401, are added automatically.
    """

    name: str
    tag: str
    summary: str
    answers: Mapping[int, Answer]
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: type[BaseModel] | None = None
    needs_body: bool = True
    example: Any = None
    refusals: tuple[int, ...] = ()

    @property
    def route(self) -> Route:
        """The route that has the operation's name."""
        return BY_NAME[self.name]

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.route.method

    @property
    def path(self) -> str:
        """The path, with its parameters in <>: /api/v1/orders/<order_id>."""
        return self.route.path

    @property
    def scope(self) -> Access:
        """The scope that the route requires, or PUBLIC or ANY_TOKEN."""
        return self.route.scope

    @property
    def scopes(self) -> tuple[Access, ...]:
        """All scopes that the operation requires."""
        return (self.route.scope, *self.route.also)

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it, with its parameters in {}: /api/v1/orders/{order_id}."""
        return self.path.replace("<", "{").replace(">", "}")

    @property
    def path_parameters(self) -> list[str]:
        """The names of the parameters in the path."""
        return re.findall(r"<(\w+)>", self.path)

    @property
    def statuses(self) -> list[int]:
        """All statuses of the operation's answers, including those of API Gateway."""
        found = {*self.answers, *self.refusals, 429, 500, 504}
        found |= {400, 401, 403, 406, 503} if self.scope != PUBLIC else set()
        # 409: the `type` in the body does not belong to this path.
        found |= {409, 413, 415, 422} if self.body else set()
        found |= {404} if self.path_parameters else set()
        return sorted(found)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Everything from which the OpenAPI document is made.

    `fields` has the descriptions of each model's fields. `needed` has the names of each model's required fields.

    Some fields accept more values than their type, for example a single id instead of a list of ids. The
    validator of such a field is a key in `inputs`. The value in `inputs` is a function. It takes the schema of
    the field's type, and returns the schema of all accepted values.
    """

    version: str
    about: str
    operations: tuple[Operation, ...]
    tags: Mapping[str, str]
    path_parameters: Mapping[str, tuple[str, str]]
    parameters: Mapping[str, Parameter]
    fields: Mapping[type[BaseModel], Mapping[str, str]]
    needed: Mapping[type[BaseModel], tuple[str, ...]]
    inputs: Mapping[Any, Callable[[Json], Json]]
    refusals: Mapping[int, Refusal]
    headers: Mapping[str, tuple[str, Json]]
    event: Any


# Names that would clash in generated code, or are unclear outside their module.
_SCHEMA_NAMES = {
    "Error": "ErrorObject",
    "ImportResource": "ImportRun",
    "IncludedResource": "IncludedResource",
    "Version": "JsonApi",
    "Identifier_str_": "Identifier",
    "ToOne_str_": "ToOne",
    "NewBookingAttributes": "BookingCreation",
    "NewBookingRelationships": "BookingCreationRelationships",
    "MoveRelationships": "BookingChangeRelationships",
    "_Identifier": "ResourceLink",
    "_ToOne": "MoveToResource",
    "_ToMany": "MoveToResources",
}
_GENERIC = re.compile(r"(ToOne|ToMany|Identifier)_Literal__([a-z-]+)___")


def schema_name(defined: str) -> str:
    """Returns the name of a schema in the document, such as "Order".

    `defined` is Pydantic's name for the schema, such as "OrderResource".
    """
    if defined in _SCHEMA_NAMES:
        return _SCHEMA_NAMES[defined]
    if found := _GENERIC.fullmatch(defined):
        kind, of = found[1], found[2]
        one, several = singular(of), camel(of)
        return {"ToOne": f"ToOne{one}", "ToMany": f"ToMany{several}", "Identifier": f"{one}Identifier"}[kind]
    if defined.startswith("_"):
        return defined[1:] if defined.startswith("_To") else f"{defined[1:]}Link"
    return defined.removesuffix("Resource") or defined


def camel(name: str) -> str:
    """Converts `add-ons` to AddOns."""
    return "".join(part[:1].upper() + part[1:] for part in re.findall(r"\w+", name.replace("_", "-")))


def singular(type_name: str) -> str:
    """Converts `add-ons` to AddOn."""
    # "Series" is singular already.
    return camel(type_name if type_name.endswith("series") else type_name.removesuffix("s"))


def is_resource(of: Any) -> bool:
    """Whether a type describes a JSON:API resource: its name ends with Resource."""
    return isinstance(of, type) and of.__name__.endswith("Resource")


def name_of(resource: Any) -> str:
    """Returns the name of the schema of a resource type."""
    return schema_name(resource.__name__)
