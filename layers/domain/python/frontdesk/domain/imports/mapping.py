"""The mapping that a user provides for a file. It says what the file's columns and values mean. Pure."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from frontdesk.domain.imports.columns.dates import Order, order_of_format
from frontdesk.domain.imports.headers.words import Kind
from frontdesk.domain.problems import reason_of
from frontdesk.errors import Invalid, Phrase, Value

_Cell = Annotated[str, StringConstraints(max_length=1_000)]


def _order(value: Any) -> Any:
    order = order_of_format(value) if isinstance(value, str) else None
    if order is None:
        raise Invalid("not_date_format")
    return order


def _separator(value: Any) -> Any:
    return (
        {"comma": ",", "komma": ",", "point": ".", "punkt": "."}.get(value, value)
        if isinstance(value, str)
        else value
    )


def _values(value: Any) -> Any:
    """Converts numbers and booleans in a mapping to the text that a spreadsheet's cell shows."""
    if isinstance(value, Mapping):
        return {str(key): _values(each) for key, each in value.items()}
    return (
        {True: "yes", False: "no"}[value]
        if isinstance(value, bool)
        else str(value)
        if isinstance(value, int | float)
        else value
    )


class ImportMapping(BaseModel):
    """How to read a file.

    `columns` maps the file's columns to Frontdesk's, or to None to ignore a column. `values` translates cells by column, `defaults` fills
    in empty cells. `past` says whether to book rows in the past, `missing` whether to create unknown customers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    kind: Kind | None = None
    sheet: _Cell | None = None
    columns: Annotated[dict[str, _Cell | None], Field(max_length=500)] = Field(default_factory=dict)
    values: Annotated[dict[str, dict[str, _Cell]], BeforeValidator(_values), Field(max_length=100)] = Field(
        default_factory=dict
    )
    date_format: Annotated[Order, BeforeValidator(_order)] | None = None
    decimal: Annotated[Literal[",", "."], BeforeValidator(_separator)] | None = None
    defaults: Annotated[dict[str, _Cell], BeforeValidator(_values), Field(max_length=100)] = Field(
        default_factory=dict
    )
    past: Literal["book", "skip"] | None = None
    missing: Literal["create", "refuse"] | None = None


def read_mapping(content: Any) -> ImportMapping | list[Phrase]:
    """Returns the mapping, or a list with one phrase for each mistake in `content`."""
    try:
        return ImportMapping.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    wrong: list[Phrase] = []
    for each in found:
        values: dict[str, Value] = {
            "name": ".".join(map(str, each["loc"])) or "mapping",
            "reason": reason_of(each),
        }
        wrong.append(Phrase("option_wrong", values))
    return wrong
