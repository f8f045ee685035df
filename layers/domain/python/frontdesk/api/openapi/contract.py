"""How operations are described for the OpenAPI document, beside what their routes declare already."""

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
    """One of the query, or a header. `example` is what the operation's example sends; an array's values have commas between."""

    name: str
    description: str
    schema: Json
    example: str | None = None
    required: bool = False
    place: str = "query"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes if all is well: the type of one resource, a list of it ([type]), or a type that the body is read as.

    `includes` may come beside resources; `meta` is the document's. `always_json_api`: there is no normalized form.
    """

    description: str
    content: Any = None
    media_type: str = JSON_API
    headers: tuple[str, ...] = ()
    includes: tuple[Any, ...] = ()
    meta: Any = None
    has_link: bool = True
    always_json_api: bool = False

    @property
    def resource(self) -> Any:
        """The type of its resources, if it has any."""
        found = self.content[0] if isinstance(self.content, list) else self.content
        return found if is_resource(found) else None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a status means for every operation; `name` is its response's in the document."""

    name: str
    description: str
    example: Errors


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What the route of this `name` does. `parameters` are what is to be said of some of its parameters only here.

    `refusals` are statuses beside those that follow from scope, body and path. `example`: the body that its example sends.
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
        return BY_NAME[self.name]

    @property
    def method(self) -> str:
        return self.route.method

    @property
    def path(self) -> str:
        return self.route.path

    @property
    def scope(self) -> Access:
        return self.route.scope

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it."""
        return self.path.replace("<", "{").replace(">", "}")

    @property
    def path_parameters(self) -> list[str]:
        return re.findall(r"<(\w+)>", self.path)

    @property
    def statuses(self) -> list[int]:
        """All that it can answer with, the gateway's among them."""
        found = {*self.answers, *self.refusals, 429, 500, 504}
        found |= {400, 401, 403, 406, 503} if self.scope != PUBLIC else set()
        found |= {413, 415, 422} if self.body else set()
        found |= {404} if self.path_parameters else set()
        return sorted(found)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """All that is described.

    `fields` say what the fields of requests are, `needed` which there must be, `inputs` what a validator takes that its
    type does not tell. `parameters` are by name, `refusals` by status. `version` is the document's.
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


def is_resource(of: Any) -> bool:
    return isinstance(of, type) and of.__name__.endswith("Resource")


def name_of(resource: Any) -> str:
    """The name of a resource's schema."""
    name: str = resource.__name__
    return name.removesuffix("Resource")
