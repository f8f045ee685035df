"""Runs servers on this machine, each on 127.0.0.1 for the duration of a `with` block."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REGION = "eu-central-1"
START_SECONDS = 60
STOP_SECONDS = 30
# Disk space for the local cloud: deployed code, which is unpacked for each process of each function, and its data.
DISK_BYTES = 500_000_000


# Put before programs that would continue to run if this process were killed.
TIED: tuple[str | Path, ...] = (sys.executable, "-I", ROOT / "local/tied_child.py")


class ServerError(Exception):
    """A server could not be started, or has stopped. The error's text is for the terminal."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `endpoint` is http://127.0.0.1:port, and `log` is the file with its output."""

    endpoint: str
    process: subprocess.Popen[bytes]
    log: Path


def client_environment(endpoint: str) -> dict[str, str]:
    """Returns environment variables with which AWS clients can reach only the server at `endpoint`.

    Leaves out the user's profile, credentials and proxy.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.upper().startswith("AWS_") and not key.upper().endswith("_PROXY")
    }
    return kept | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def need_disk(folder: Path) -> None:
    """Raises ServerError if the disk of `folder` has too little space. Without this check, functions would fail without saying why."""
    free = shutil.disk_usage(folder).free
    if free < DISK_BYTES:
        raise ServerError(
            f"The disk is full: {folder} has {free // 10**6} MB left, and the local cloud needs {DISK_BYTES // 10**6} MB."
        )


def free_port() -> int:
    """Returns a port of 127.0.0.1 that is free now. Another process may take it before it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def ministack(port: int, state: Path, *, persist: bool = True) -> Iterator[Server]:
    """Runs MiniStack, an emulator of AWS. Stores its data below the folder `state` and, if `persist`, keeps it between runs."""
    # MiniStack unpacks functions here, and never removes them.
    temporary = state / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    endpoint = f"http://127.0.0.1:{port}"
    # MiniStack's functions inherit its environment.
    environment = client_environment(endpoint) | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        # As on AWS, functions have only the permissions of their roles. The key "test" is the account's root.
        "AUTH": "true",
        # A request that waits for its function occupies a thread, and each call that the function makes needs another.
        "MINISTACK_WORKER_THREADS": "512",
        "PERSIST_STATE": "1" if persist else "0",
        "S3_PERSIST": "1" if persist else "0",
        "STATE_DIR": str(state / "state"),
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(temporary),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    # These belong to the project's environment, not to the functions'.
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        environment.pop(name, None)
    command: list[str | Path] = [ROOT / ".tools/bin/python", "-P", ROOT / "local/ministack_child.py"]
    log, health = state / "ministack.log", "/_ministack/health"
    # Without persistence, nothing must be saved.
    stop_seconds = STOP_SECONDS if persist else 2
    with serving(command, environment, port, log, health, stop_seconds=stop_seconds) as server:
        yield server


@contextmanager
def roto(port: int, state: Path) -> Iterator[Server]:
    """Runs Roto, a second implementation of DynamoDB, in memory."""
    command: list[str | Path] = [
        *TIED,
        Path(sys.executable).with_name("roto-server"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--ephemeral",
    ]
    with serving(command, dict(os.environ), port, state / "roto.log", "/") as server:
        yield server


@contextmanager
def amazons(port: int, state: Path, command: Path) -> Iterator[Server]:
    """Runs Amazon's DynamoDB Local. `command` is the path of a program that starts it and takes the port as its argument."""
    with serving(
        [*TIED, command, str(port)], dict(os.environ), port, state / "dynamodb-local.log", "/"
    ) as server:
        yield server


@contextmanager
def serving(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    port: int,
    log: Path,
    path: str,
    seconds: float = START_SECONDS,
    stop_seconds: float = STOP_SECONDS,
) -> Iterator[Server]:
    """Runs a program that serves 127.0.0.1:`port`. Raises ServerError if it does not answer at `path` within `seconds`.

    Its output goes to the file `log`. After the `with` block, the program has `stop_seconds` to stop before it is killed.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServerError(
                f"127.0.0.1:{port} is taken by another program. Stop it, or choose another port with FRONTDESK_PORT or SAM_PORT."
            ) from error
    with log.open("wb") as output:
        # In a session of its own, so that Ctrl-C reaches only the parent, which then stops the server properly.
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        server = Server(f"http://127.0.0.1:{port}", process, log)
        _wait_until_it_answers(server, path, seconds)
        yield server
    finally:
        _stop(process, stop_seconds)


def _wait_until_it_answers(server: Server, path: str, seconds: float) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            direct.open(server.endpoint + path, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return  # Any status shows that it is running.
        except OSError:
            time.sleep(0.05)
    tail = "\n".join(server.log.read_text(errors="replace").splitlines()[-15:])
    raise ServerError(f"{server.endpoint} did not start:\n{tail}")


def _stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Stops the server, or kills it if it still runs after `seconds`. Then kills the other processes of its process group."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin:
        process.stdin.close()
