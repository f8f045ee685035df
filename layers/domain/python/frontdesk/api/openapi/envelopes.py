"""Makes the schemas of documents, which are the envelopes of resources. Answers with the same type of resource share a schema."""

from collections.abc import Mapping
from typing import Any

from frontdesk.api.negotiation import Json
from frontdesk.api.openapi.contract import Answer, Contract, name_of
from frontdesk.api.openapi.examples import example_of
from frontdesk.api.openapi.schemas import ADDRESS, key_of, reference


def add_envelopes(contract: Contract, schemas: dict[str, Json], of_types: Mapping[str, Json]) -> None:
    """Adds the documents of all answers to the schemas. Raises LookupError if two different documents have the same name."""
    by_name: dict[str, list[Answer]] = {}
    for operation in contract.operations:
        for answer in operation.answers.values():
            if answer.resource:
                by_name.setdefault(answer.document, []).append(answer)
    for name, answers in by_name.items():
        if len({(answer.has_link, _needed(answer.meta), name_of(answer.resource)) for answer in answers}) > 1:
            raise LookupError(f"{name} is the name of two documents")
        schemas[name] = _document(answers, of_types)
    # The examples need schemas that exist only now. A list has no example, because it would repeat one of these.
    for name, answers in by_name.items():
        if not isinstance(answers[0].content, list):
            schemas[name]["examples"] = [_example(schemas[name], schemas)]


def _needed(meta: Any) -> Any:
    """Returns `meta`, the type of a document's member `meta`, if it has required keys. Otherwise, returns None."""
    return meta if meta and meta.__required_keys__ else None


def _document(answers: list[Answer], of_types: Mapping[str, Json]) -> Json:
    [several] = {isinstance(answer.content, list) for answer in answers}
    data = reference(name_of(answers[0].resource))
    needed: Json = {"data": {"type": "array", "items": data} if several else data}
    others: Json = {}
    if several:
        needed |= {"links": reference("PageLinks"), "meta": reference("PageMeta")}
    elif answers[0].has_link:
        needed["links"] = reference("SelfLink")
    metas = {key_of(answer.meta): answer.meta for answer in answers if answer.meta}
    for key, meta in metas.items():
        (needed if _needed(meta) else others)["meta"] = of_types[key]
    includes = list(dict.fromkeys(name_of(each) for answer in answers for each in answer.includes))
    if includes:
        others["included"] = _included(includes)
    needed["jsonapi"] = reference("JsonApi")
    return {"type": "object", "required": [*needed], "properties": needed | others}


def _included(names: list[str]) -> Json:
    """Returns the schema of the list `included`. All resources in it have one schema.

    A union of schemas would be more precise, but TypeScript clients misread it, and Go clients need a package for it.
    """
    told = ", ".join(f"`{name}`" for name in names)
    return {
        "type": "array",
        "description": f"The included resources, each once. Their schemas: {told}.",
        "items": reference("IncludedResource"),
        "examples": [[]],
    }


def _example(schema: Json, schemas: Mapping[str, Json]) -> Any:
    """Returns an example of a document. The document and its resource have the same `self` link."""
    example = example_of(schema, schemas)
    data = example["data"]
    for each in (example, data):
        if "links" in each:
            each["links"] = {"self": f"{ADDRESS}/api/v1/{data['type']}/{data['id']}"}
    return example
