"""Every test checks copies of models against their fields."""

import pytest
from pydantic import ValidationError

from tests.support import copied
from tests.support.demo import ROOM


@pytest.mark.parametrize("update", [{"quantiti": 2}, {"quantity": "two"}])
def test_a_copy_has_the_fields_of_its_model_and_their_values(update: dict[str, object]) -> None:
    copied.check(type(ROOM), {"quantity": 2})
    with pytest.raises((AssertionError, ValidationError)):
        copied.check(type(ROOM), update)


def test_the_products_copies_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[object] = []
    monkeypatch.setattr(copied, "check", lambda model, update: looked_at.append((model, update)))
    source = compile("copy = item.model_copy(update={'quantity': 2})", f"{copied.PACKAGE}/x.py", "exec")

    exec(source, {"item": ROOM})  # noqa: S102

    assert looked_at == [(type(ROOM), {"quantity": 2})]
