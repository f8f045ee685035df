"""The local cloud: MiniStack with `template.yaml` deployed by `sam deploy`, and the demo organization in its table.

    python -m local.cloud          start it on 127.0.0.1:4566 (or FRONTDESK_PORT), until Ctrl-C

It keeps its data in .local between runs. `.local/demo.json` and, for a shell, `.local/demo.env` have all addresses and ids.
"""

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from local import mailbox
from local.deploy import API_PATH, deploy
from local.progress import step
from local.servers import ROOT, Server, ServerError, client_environment, ministack, need_disk

STATE = ROOT / ".local"
PORT = int(os.environ.get("FRONTDESK_PORT", "4566"))
Details = dict[str, Any]


@contextmanager
def cloud(state: Path, port: int, *, persist: bool = True) -> Iterator[tuple[Server, Details]]:
    """Starts a separate cloud, with everything deployed and the demo data written. Stores its data below `state`.

    Yields its server and the content of its `demo.json`.
    """
    state.mkdir(parents=True, exist_ok=True)
    need_disk(state)
    with ExitStack() as running:
        with step("Start MiniStack"):
            server = running.enter_context(ministack(port, state, persist=persist))
        outputs = deploy(server, state)
        environment = client_environment(server.endpoint) | {"TABLE_NAME": outputs["TableName"]}
        base_url = server.endpoint + API_PATH.format(api_id=outputs["ApiId"], stage="live")
        with step("Seed the demo organization"):
            details = in_its_own_process("local.seed", "seed", environment) | {
                "base_url": base_url,
                "docs_url": f"{base_url}/docs",
                "console_url": f"{base_url}/console",
                "mailbox_url": server.endpoint + mailbox.PATH,
                "mails_url": f"{server.endpoint}/_ministack/ses/messages",
                "dynamodb_endpoint": server.endpoint,
                "table_name": outputs["TableName"],
                "failed_notifications_queue_url": outputs["FailedNotificationsQueueUrl"],
                "outputs": outputs,
            }
        (state / "demo.json").write_text(json.dumps(details, indent=2) + "\n")
        texts = {name: value for name, value in details.items() if isinstance(value, str)}
        (state / "demo.env").write_text(
            "".join(f"{name}={shlex.quote(value)}\n" for name, value in texts.items())
        )
        if persist:
            _save(server)
        yield server, details


def _save(server: Server) -> None:
    """Makes MiniStack save everything that is deployed. Otherwise a kill would lose the deployment.

    The table needs no such call: it is saved soon after each change.
    """
    request = urllib.request.Request(f"{server.endpoint}/_frontdesk/save", method="POST")
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()


@contextmanager
def this_checkouts_cloud() -> Iterator[tuple[Server, Details]]:
    """Starts the one cloud of this checkout. Raises ServerError if another process runs it."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "running").open("a+") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServerError(
                "The local cloud of this checkout is already running in another terminal."
            ) from error
        claim.truncate(0)
        with cloud(STATE, PORT) as (server, details):
            claim.write("ready")
            claim.flush()
            yield server, details
            claim.truncate(0)


def running_details() -> Details | None:
    """Returns the details of this checkout's cloud, or None if no other process runs one. Waits for a cloud that is starting."""
    path = STATE / "running"
    while path.exists():
        with path.open() as claim:
            try:
                fcntl.flock(claim, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
            except BlockingIOError:
                if claim.read() == "ready":
                    return dict(json.loads((STATE / "demo.json").read_text()))
        time.sleep(0.2)
    return None


def stop_once() -> None:
    """Makes the first Ctrl-C or SIGTERM stop the program. Ignores later ones, which would interrupt the shutdown."""

    def stop(*_: object) -> NoReturn:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def in_its_own_process(module: str, function: str, environment: Mapping[str, str]) -> Details:
    """Calls a function in a separate process with this environment, and returns its result.

    A separate process is needed, because the domain layer reads its environment when it is imported.
    """
    program = f"import json; from {module} import {function}; print(json.dumps({function}()))"
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers/domain/python")])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"{module} failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Runs the cloud until Ctrl-C."""
    stop_once()
    try:
        with this_checkouts_cloud() as (server, details):
            environment = client_environment(server.endpoint) | {"TABLE_NAME": details["table_name"]}
            with step("Place a week of demo orders"):
                in_its_own_process("local.demo_day", "fill", environment)
            desk = in_its_own_process("local.seed", "desk_token", environment)["desk_token"]
            with step("Warm up the desk"):
                _warm(details, desk)
            print(_welcome(details, f"{details['console_url']}#token={desk}"), flush=True)
            while server.process.poll() is None:
                time.sleep(0.2)
            raise ServerError(f"MiniStack has stopped unexpectedly. Its log: {server.log}")
    except KeyboardInterrupt:
        print("\nStopped. Orders are kept for the next start. Mails are not.")
    except ServerError as error:
        sys.exit(str(error))


def _warm(details: Details, token: str) -> None:
    """Calls the function that serves the desk, so that its first page does not wait for a cold start."""
    url = f"{details['base_url']}/api/v1/plan?start_date={time.strftime('%Y-%m-%d')}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with suppress(OSError):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()


def _welcome(details: Details, desk_url: str) -> str:
    names = (
        "base_url", "organization_id", "token", "read_only_token", "customer_id", "german_customer_id", "resource_id",
        "second_resource_id", "desk_area_id", "service_id", "desk_service_id", "add_on_id", "voucher_code",
        "single_use_voucher_code", "docs_url", "mailbox_url", "dynamodb_endpoint", "table_name",
    )  # fmt: skip
    tomorrow = time.strftime("%Y-%m-%d", time.localtime(time.time() + 86400))
    order = {
        "order_customer_id": details["customer_id"],
        "bookings": [
            {
                "resource_id": details["resource_id"],
                "service_id": {details["service_id"]: 1},
                "start_date": f"{tomorrow}T14:00:00",
                "end_date": f"{tomorrow}T15:00:00",
                "booking_add_ons": [{"add_on_id": details["add_on_id"], "quantity": 2}],
            }
        ],
        "voucher_code": details["voucher_code"],
        "timezone": "Europe/Berlin",
    }
    url = f"{details['base_url']}/api/v1/orders/from-config?o={details['organization_id']}"
    return "\n".join(
        [
            "",
            "Frontdesk is running. This link opens the desk, with a week of bookings, and signs you in for 12 hours:",
            f"  {desk_url}",
            "",
            "The values of the demo organization (`. .local/demo.env` sets them in a shell; .local/demo.json has them too):",
            *(f"  {name:<24} {details[name]}" for name in names),
            "",
            "This orders a meeting room for tomorrow. A repeat is refused. With orders/calculate, you get only the price:",
            f"  curl -i -X POST '{url}' \\",
            f"    -H 'Authorization: Bearer {details['token']}' -H 'Content-Type: application/vnd.api+json' \\",
            f"    -d '{json.dumps(order)}'",
            "",
            "More pages for the browser:",
            f"  {details['mailbox_url']}  every mail as its recipient sees it, with its calendar file",
            f"  {details['dynamodb_endpoint']}/docs     the documentation of every call",
            "",
            "The first call of each function takes some seconds. Press Ctrl-C to stop everything.",
            "Orders are kept for the next start. Mails are not. A hard kill loses the orders of the last seconds.",
        ]
    )


if __name__ == "__main__":
    main()
