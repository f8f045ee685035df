"""Fails a test if the product copies a model with an unknown field, or with a value that the field does not accept."""

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PydanticUserError, TypeAdapter

PACKAGE = str(Path(__file__).parent.parent.parent / "layers/domain/python/frontdesk")


@cache
def _values(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    type = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    try:
        return TypeAdapter(type, config=ConfigDict(strict=True, arbitrary_types_allowed=True))
    except PydanticUserError:
        # A model has its own configuration.
        return TypeAdapter(type)


def check(model: type[BaseModel], update: Mapping[str, Any]) -> None:
    """Raises AssertionError for an unknown field, and pydantic's ValidationError for a value that its field does not accept."""
    unknown = update.keys() - model.model_fields.keys()
    assert not unknown, f"{model.__name__} has no {', '.join(sorted(unknown))}"
    if model.__module__.startswith("frontdesk.domain.requests"):
        # These validators read what a caller sends; the values here were read before.
        return
    for name, value in update.items():
        _values(model, name).validate_python(value, strict=True)


def hold_copies_to_their_models() -> None:
    copy = BaseModel.model_copy

    def model_copy(
        self: BaseModel, *, update: Mapping[str, Any] | None = None, deep: bool = False
    ) -> BaseModel:
        if update and sys._getframe(1).f_code.co_filename.startswith(PACKAGE):  # noqa: SLF001
            check(type(self), update)
        return copy(self, update=update, deep=deep)

    BaseModel.model_copy = model_copy  # type: ignore[assignment, method-assign]
