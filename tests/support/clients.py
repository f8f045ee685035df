"""Makes AWS clients quick to create: botocore repeats work for each client, and tests create thousands.

The clients behave the same. tests/integration/test_botocore.py uses clients without these changes.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property, partial
from inspect import CO_VARKEYWORDS
from threading import local
from types import FunctionType, MethodType
from typing import Any
from unittest.mock import patch

import boto3
import botocore.session
from botocore import hooks, regions
from botocore.hooks import EventAliaser, NodeList
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session
from pynamodb.connection import base


def make_clients_quickly() -> None:
    _read_services_once()
    _read_endpoints_once()
    _register_handlers_quickly()
    _make_sessions_once()


def _read_services_once() -> None:
    """Caches the files that describe AWS services. Without this, each session would search for and read them again."""
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


def _read_endpoints_once() -> None:
    """Shares the parsed endpoint rules of a service. Without this, each client would parse hundreds of rules."""
    make = regions.EndpointProvider
    # The rules are kept, so that no others get their id.
    made: dict[Any, tuple[Any, ...]] = {}

    def provider(ruleset_data: Any, partition_data: Any, excluded_params: Any = None) -> Any:
        of = (id(ruleset_data), id(partition_data), frozenset(excluded_params or ()))
        if of not in made:
            given = (ruleset_data, partition_data, excluded_params)
            made[of] = (make(*given), given)
        return made[of][0]

    regions.EndpointProvider = provider  # type: ignore[attr-defined]


def _register_handlers_quickly() -> None:
    """Makes it quicker to register the 250 handlers of a session, and to copy them for each client."""
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
    """Shares the sessions from which stores create their clients. A client copies its session's handlers, so that hooks stay separate."""
    new_session, made = base.get_session, local()

    def get_session() -> Session:
        of = _settings()
        sessions: dict[Any, Session] = made.__dict__.setdefault("sessions", {})
        if of not in sessions:
            sessions[of] = new_session()
        return sessions[of]

    base.get_session = get_session  # type: ignore[attr-defined]


def _settings() -> frozenset[tuple[str, str]]:
    """Returns what a client reads from the environment."""
    return frozenset(each for each in os.environ.items() if each[0].startswith("AWS_"))


_made: dict[Any, Any] = {}


def _once(of: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    of = (_settings(), *of)
    if of not in _made:
        _made[of] = make()
    return _made[of]


class _Session:
    """Replaces a botocore session. Creates one client for each service and its settings; anything else is done by a real session.

    Stores do not use this class: each has a client of its own, because tests hook into the client's requests.
    """

    @cached_property
    def _real(self) -> Session:
        return Session()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_client(self, service: str, config: Any = None, **more: Any) -> Any:
        if more:
            return self._real.create_client(service, config=config, **more)
        options = repr(config and sorted(config._user_provided_options.items()))  # noqa: SLF001
        return _once((service, options), lambda: base.get_session().create_client(service, config=config))


def _client(service: str) -> Any:
    return _once((service,), lambda: boto3.Session(botocore_session=Session()).client(service))


@contextmanager
def shared_clients() -> Iterator[None]:
    """Shares all clients of the same service and settings, for the duration of the block. For mocked services only."""
    with (
        patch.object(botocore.session, "get_session", _Session),
        patch.object(boto3, "client", _client),
    ):
        yield
