"""Makes AWS clients quick to create: botocore repeats work for each client, and tests create thousands.

The clients behave the same. tests/integration/test_botocore.py uses clients without these changes.
"""

import os
from collections.abc import Callable
from functools import cache, partial
from inspect import CO_VARKEYWORDS
from threading import local
from types import FunctionType, MethodType
from typing import Any

from botocore import hooks
from botocore.hooks import EventAliaser, NodeList
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session
from pynamodb.connection import base


def make_clients_quickly() -> None:
    _read_services_once()
    _register_handlers_quickly()
    _make_sessions_once()


def _read_services_once() -> None:
    """Each session searches for and reads the descriptions of its services again, which takes most of the time."""
    load, exists, listed = JSONFileLoader.load_file, JSONFileLoader.exists, Loader.list_available_services
    once, there = cache(partial(load, JSONFileLoader())), cache(partial(exists, JSONFileLoader()))
    known: dict[Any, list[str]] = {}

    def list_available_services(loader: Loader, type_name: str) -> list[str]:
        of = (type_name, *loader.search_paths)
        if of not in known:
            known[of] = listed(loader, type_name)
        return known[of]

    JSONFileLoader.load_file = lambda _, path: once(path)  # type: ignore[method-assign]
    JSONFileLoader.exists = lambda _, path: there(path)  # type: ignore[method-assign]
    Loader.list_available_services = list_available_services  # type: ignore[method-assign]


def _register_handlers_quickly() -> None:
    """A session registers 250 handlers and inspects their signatures, and each client copies them all."""
    name_of, accepts = EventAliaser._alias_event_name, hooks.accepts_kwargs  # noqa: SLF001
    names: dict[str, str] = {}

    def alias_event_name(aliaser: Any, event: str) -> str:
        if event not in names:
            names[event] = name_of(aliaser, event)
        return names[event]

    def accepts_kwargs(handler: Callable[..., Any]) -> Any:
        function = handler.__func__ if isinstance(handler, MethodType) else handler
        if isinstance(function, FunctionType) and not hasattr(function, "__wrapped__"):
            return function.__code__.co_flags & CO_VARKEYWORDS
        return accepts(handler)

    def copied(node: dict[str, Any]) -> dict[str, Any]:
        result = {}
        for name, value in node.items():
            if type(value) is dict:
                value = copied(value)
            elif type(value) is NodeList:
                value = NodeList(value.first[:], value.middle[:], value.last[:])
            result[name] = value
        return result

    EventAliaser._alias_event_name = alias_event_name  # type: ignore[attr-defined]  # noqa: SLF001
    hooks.accepts_kwargs = accepts_kwargs  # type: ignore[attr-defined]
    hooks._PrefixTrie._recursive_copy = lambda _, node: copied(node)  # type: ignore[attr-defined]  # noqa: SLF001


def _make_sessions_once() -> None:
    """Shares the sessions from which stores create their clients. Each client copies its session's handlers."""
    new_session, made = base.get_session, local()

    def get_session() -> Session:
        of = frozenset(each for each in os.environ.items() if each[0].startswith("AWS_"))
        sessions: dict[Any, Session] = made.__dict__.setdefault("sessions", {})
        if of not in sessions:
            sessions[of] = new_session()
        return sessions[of]

    base.get_session = get_session  # type: ignore[attr-defined]
