"""`make audit` on tables whose pages take long."""

from argparse import Namespace
from typing import Any

import pytest

from frontdesk.usecases import audit as module
from local import audit


def test_an_audit_waits_longer_for_a_page_than_a_function_waits_for_an_item(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stores: list[Any] = []
    monkeypatch.setattr(audit, "reach", lambda _: ("table", "eu-central-1", "http://127.0.0.1:1"))
    monkeypatch.setattr(module, "audit", lambda store, *_: stores.append(store))
    audit._audit(Namespace(table="table", organization=None, resource=None))  # noqa: SLF001
    assert stores[0].connection.client.meta.config.read_timeout == audit.ANSWER_SECONDS > 30
