"""Rules for all tests: a unit test opens no socket, no test reaches AWS, and no function logs who a customer is."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_socket
from hypothesis import HealthCheck, settings

from tests.support import clients, copied, privacy

UNIT_TESTS = Path(__file__).parent / "unit"
# A deployment, the expanded template, what every function asks for, and the parsed source.
TOGETHER = (
    "tests/system/",
    "tests/template/",
    "tests/integration/test_permissions.py",
    "tests/unit/test_errors.py",
)

# FRONTDESK_HYPOTHESIS: few examples in `make test`, more in .ci/run, many in `make test-long`, and the fewest for each mutant. There
# are no deadlines, because a slow machine proves nothing about a rule.
settings.register_profile("few", max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("some", settings.get_profile("few"), max_examples=50)
settings.register_profile("many", settings.get_profile("few"), max_examples=500)
settings.register_profile("fewest", settings.get_profile("few"), max_examples=10)
settings.load_profile(os.environ.get("FRONTDESK_HYPOTHESIS", "few"))


def pytest_configure(config: pytest.Config) -> None:
    privacy.pytest_configure(config)
    copied.hold_copies_to_their_models()
    prepare()


def prepare() -> None:
    """Makes AWS clients quick to create, with invalid credentials in case one is created without an endpoint."""
    clients.make_clients_quickly()
    patch = pytest.MonkeyPatch()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        patch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        patch.delenv(name, raising=False)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Gives tests that share something costly to one of several workers, so that it is made once.

    xdist's own groups (3.8) have no effect with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((group for group in TOGETHER if nodeid.startswith(group)), nodeid)

        def _pending_of(self, workload: Any) -> int:
            """Forgets what is done. After each test, xdist would count everything done before it again."""
            for scope in [scope for scope, unit in workload.items() if all(unit.values())]:
                del workload[scope]
            return int(super()._pending_of(workload))

    return Scheduling(config, log)


def pytest_collection_finish() -> None:
    """Lets the garbage collector leave alone what stays to the end: modules and thousands of tests."""
    gc.freeze()
    gc.set_threshold(200_000)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if UNIT_TESTS in item.path.parents:
        pytest_socket.disable_socket()
    else:
        pytest_socket.enable_socket()
        pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


@pytest.fixture
def log_lines(request: pytest.FixtureRequest) -> list[str]:
    """Returns what the functions have logged since the test began."""
    watch = request.config.pluginmanager.get_plugin("log_watch")
    assert isinstance(watch, privacy.LogWatch)
    return watch.lines


@pytest.fixture(scope="session")
def memory_dynamodb() -> Iterator[None]:
    """Serves DynamoDB's clients in this process, without an endpoint."""
    from tests.support.dynamodb import dynamodb_in_memory

    with dynamodb_in_memory():
        yield


@pytest.fixture(scope="session")
def ministack_dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yields the endpoint of a separate MiniStack with nothing deployed."""
    from local.servers import free_port, ministack

    with ministack(free_port(), tmp_path_factory.mktemp("ministack"), persist=False) as server:
        yield server.endpoint


@pytest.fixture(scope="session")
def roto_dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yields the endpoint of Roto, a second implementation of DynamoDB."""
    from local.servers import free_port, roto

    with roto(free_port(), tmp_path_factory.mktemp("roto")) as server:
        yield server.endpoint


@pytest.fixture(scope="session")
def amazons_dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yields the endpoint of Amazon's DynamoDB Local. Skips the test if DYNAMODB_LOCAL names no program that runs it."""
    from local.servers import amazons, free_port

    command = os.environ.get("DYNAMODB_LOCAL", "")
    if not command:
        pytest.skip("DYNAMODB_LOCAL does not name a program that runs Amazon's DynamoDB Local")
    with amazons(free_port(), tmp_path_factory.mktemp("amazon"), Path(command)) as server:
        yield server.endpoint
