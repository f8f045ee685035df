"""`sam local`: the functions in Lambda's own image, in Docker, against the local cloud's DynamoDB, SQS, S3 and SES.

    python -m local.sam serve       the API on 127.0.0.1:3000 (or SAM_PORT) with warm containers, until Ctrl-C
    python -m local.sam invoke      every file of events/, in a separate cloud; the exit code is 1 for an unexpected answer

`serve` uses the cloud that `make serve` runs, or starts it. That cloud's own functions continue to send mails and webhooks.
"""

import json
import os
import platform
import re
import runpy
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud import (
    STATE,
    Details,
    cloud,
    in_its_own_process,
    running_details,
    stop_once,
    this_checkouts_cloud,
)
from local.deploy import STACK, client_of, overrides, template_parameters
from local.progress import step
from local.relay import reachable_by_containers
from local.servers import ROOT, Server, ServerError, client_environment, free_port, serving

PORT = int(os.environ.get("SAM_PORT", "3000"))
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
# Lambda's image may have to be downloaded first. Another image with the layers is then built from it.
START_SECONDS = 600
# With less memory than this, containers start only when they are called. Each takes 4 MB after its start, and 50 MB once it was called. A
# large import or audit takes 3 GB.
EAGER_MEMORY = 4 * 2**30

NO_FAILURES: dict[str, Any] = {"batchItemFailures": []}
# The expected answers to the files of events/: an API's status, or the result of another function. The events of one stage run in
# parallel.
STAGES: tuple[dict[str, Any], ...] = (
    {
        "calculate": 200,
        "change_order": 200,
        # The path does not allow the request's method.
        "admin": 405,
        "publish_events": NO_FAILURES,
        "deliver_webhooks": NO_FAILURES,
        # No export was requested.
        "make_export": NO_FAILURES,
        "plan_import": {
            "next": None,
            "runs": [
                {
                    "organization_id": "5f0c6f0a-6d3b-4a52-9c1e-0d5a3f7b1c01",
                    "run_id": "20260601T030000-137f7139ce31",
                }
            ],
        },
    },
    {
        "from_config": 201,
        "deliver_notifications": NO_FAILURES,
        "bulk_import": {"created": 2, "updated": 0, "unchanged": 0, "skipped": 0, "refused": 1, "failed": 0},
    },
    {
        "send_notification": 200,
        "send_due_messages": {"reminders": 0},
        "hear_of_mails": {"state": None},
        "audit": {},
    },
)
EXPECTED = {name: expected for stage in STAGES for name, expected in stage.items()}


@dataclass(frozen=True, slots=True)
class Sam:
    """Runs `sam local` for one local cloud, with common arguments and a common environment. `state` is the folder for logs."""

    arguments: Sequence[str | Path]
    environment: Mapping[str, str]
    state: Path

    def invoke(self, name: str, event: Any) -> Any:
        """Returns the answer of functions/`name` to an event, in a new container. Appends its log to sam-invoke.log."""
        command = [_SAM, "local", "invoke", function_of(name), "--event", "-", *self.arguments]
        with (self.state / "sam-invoke.log").open("ab") as log:
            done = subprocess.run(
                command,
                env=self.environment,
                input=json.dumps(event).encode(),
                stdout=-1,
                stderr=log,
                check=False,
            )
        lines = done.stdout.decode().strip().splitlines()
        if done.returncode or not lines:
            raise ServerError(
                f"sam local invoke of {name} ended with exit code {done.returncode}. Its log: {log.name}"
            )
        return json.loads(lines[-1])

    @contextmanager
    def api(self, port: int, warm: str) -> Iterator[Server]:
        """Serves the API on 127.0.0.1:`port`. `warm` is EAGER (a container for each function from the start) or LAZY."""
        command = [
            _SAM,
            "local",
            "start-api",
            "--port",
            str(port),
            "--warm-containers",
            warm,
            *self.arguments,
        ]
        log = self.state / "sam-local.log"
        log.write_bytes(b"")
        try:
            with serving(command, self.environment, port, log, "/", START_SECONDS) as server:
                yield server
        finally:
            # SAM CLI 1.167 ends before it has removed all containers.
            docker("rm", "--force", *containers(log))


_SAM = ROOT / ".tools/bin/sam"


@contextmanager
def sam_local(details: Details, state: Path, base_url: str = "") -> Iterator[Sam]:
    """Builds everything needed to run the functions in Docker with the local cloud of `details`.

    `state` is the folder for logs. Links in answers begin with `base_url`, by default the URL of the request.
    """
    architecture = ARCHITECTURES[platform.machine().lower()]
    layout = ROOT / ".build" / architecture
    with step("Build the layers"):
        recipe = runpy.run_path(str(ROOT / "layers/build.py"))
        digest = recipe["build"](architecture, layout)
    endpoint = details["dynamodb_endpoint"]
    with reachable_by_containers(int(endpoint.rpartition(":")[2])) as host:
        variables = state / "sam-variables.json"
        variables.write_text(json.dumps(_variables(endpoint, host, base_url), indent=2) + "\n")
        parameters = {**template_parameters(layout), "Architecture": architecture}
        parameters["Release"] = recipe["release"](digest, parameters)
        arguments: list[str | Path] = ["--template", layout / "template.yaml", "--env-vars", variables]
        if _has_image(architecture):
            # Without this, SAM CLI asks the registry for a newer image each time.
            arguments.append("--skip-pull-image")
        environment = client_environment(endpoint) | {
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(state / "sam"),
        }
        yield Sam([*arguments, "--parameter-overrides", *overrides(parameters)], environment, state)


def function_of(name: str) -> str:
    """Returns the name that template.yaml gives to functions/`name`: from_config becomes FromConfigFunction."""
    return "".join(part.capitalize() for part in name.split("_")) + "Function"


def load_event(name: str) -> Any:
    """Returns the content of events/`name`.json."""
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


def run_events(sam: Sam, details: Details) -> Iterator[tuple[str, Any]]:
    """Writes the data for the events into a new local cloud. Invokes each function and yields (name, answer)."""
    endpoint, outputs = details["dynamodb_endpoint"], details["outputs"]
    _stop_the_clouds_own(endpoint)
    in_its_own_process(
        "local.sample",
        "place_sample_order",
        client_environment(endpoint) | {"TABLE_NAME": details["table_name"]},
    )
    week = f"incoming/{details['organization_id']}/week.csv"
    sample = (ROOT / "docs/import_sample.csv").read_bytes()
    client_of(endpoint, "s3").put_object(Bucket=outputs["ImportBucketName"], Key=week, Body=sample)

    def answer(name: str) -> Any:
        event = load_event(name)
        if name == "bulk_import":
            # The file has been found, but not yet divided into chunks.
            sam.invoke("plan_import", {"step": "plan", **event})
        return sam.invoke(name, event)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for stage in STAGES:
            yield from zip(stage, pool.map(answer, stage), strict=True)


def outcome(name: str, answer: Any) -> Any:
    """Returns the part of an answer that is compared with EXPECTED."""
    if name == "audit":
        return answer["findings"]
    return answer.get("statusCode", answer)


def _variables(endpoint: str, host: str, base_url: str) -> dict[str, dict[str, str]]:
    """Returns the environment of each function as deployed on the local cloud, with addresses that containers can reach."""
    formation, functions = client_of(endpoint, "cloudformation"), client_of(endpoint, "lambda")
    found = {}
    for resource in formation.describe_stack_resources(StackName=STACK)["StackResources"]:
        if resource["ResourceType"] == "AWS::Lambda::Function":
            deployed = functions.get_function_configuration(FunctionName=resource["PhysicalResourceId"])[
                "Environment"
            ]["Variables"]
            found[resource["LogicalResourceId"]] = {
                name: value.replace("//127.0.0.1:", f"//{host}:")
                for name, value in {**deployed, "AWS_ENDPOINT_URL": endpoint}.items()
            } | {"PUBLIC_BASE_URL": base_url}
    return found


def _stop_the_clouds_own(endpoint: str) -> None:
    """Disconnects the local cloud's own functions from the stream and the queue, because containers run the functions instead."""
    functions = client_of(endpoint, "lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def docker(*arguments: str) -> str | None:
    """Returns the output of a Docker command. Returns None if it fails, or Docker is missing."""
    program = shutil.which("docker")
    if program is None:
        return None
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def containers(log: Path) -> list[str]:
    """Returns the ids of the containers that `sam local start-api` has started, from its log."""
    return re.findall(r"SAM_CONTAINER_ID: (\w+)", log.read_text())


def has_docker() -> bool:
    """Whether Docker is running."""
    return docker("info") is not None


def _has_image(architecture: str) -> bool:
    return bool(
        docker("image", "ls", "--quiet", "--filter", f"reference=*/lambda/python:3.13-{architecture}")
    )


def mode() -> str:
    """Returns "EAGER" if Docker has enough memory to start a container for each function, otherwise "LAZY"."""
    return "EAGER" if int(docker("info", "--format", "{{.MemTotal}}") or 0) >= EAGER_MEMORY else "LAZY"


def serve() -> None:
    """Runs the API until Ctrl-C. Raises ServerError if `sam local` ends on its own."""
    with ExitStack() as running:
        details = running_details() or running.enter_context(this_checkouts_cloud())[1]
        sam = running.enter_context(sam_local(details, STATE, f"http://127.0.0.1:{PORT}"))
        with step(f"Start sam local with warm containers ({mode()})"):
            server = running.enter_context(sam.api(PORT, mode()))
        print(_welcome(details, server), flush=True)
        with server.log.open() as log:
            # Earlier output is not useful, and would scroll the welcome off the screen.
            log.seek(0, os.SEEK_END)
            while server.process.poll() is None:
                print(log.read(), end="", flush=True)
                time.sleep(0.2)
        raise ServerError(f"sam local has stopped unexpectedly. Its log: {server.log}")


def _welcome(details: Details, server: Server) -> str:
    body = json.dumps(json.loads(load_event("calculate")["body"]))
    return f"""
The API runs in the container image of Lambda. Its mails: {details["mailbox_url"]}. Press Ctrl-C to stop everything. Try:
  curl -i -X POST '{server.endpoint}/api/v1/orders/calculate?o={details["organization_id"]}' \\
    -H 'Authorization: Bearer {details["token"]}' -H 'Content-Type: application/vnd.api+json' \\
    -d '{body}'
"""


def invoke() -> int:
    """Invokes the functions with test events, and prints their answers. Returns how many are unexpected."""
    wrong, state = 0, STATE / "sam-invoke"
    with cloud(state, free_port(), persist=False) as (_, details), sam_local(details, state) as sam:
        for name, answer in run_events(sam, details):
            found, expected = outcome(name, answer), EXPECTED[name]
            print(f"  {name:<22} {json.dumps(found)}", flush=True)
            if found != expected:
                wrong += 1
                print(
                    f"    expected {json.dumps(expected)}. The whole answer: {json.dumps(answer)}",
                    flush=True,
                )
    print(
        f"{wrong} of {len(EXPECTED)} answers differ from what was expected."
        if wrong
        else "All answers are as expected.",
        flush=True,
    )
    return wrong


def main() -> None:
    """Reads the argument, and runs `serve` or `invoke`."""
    if sys.argv[1:] not in (["serve"], ["invoke"]):
        sys.exit(__doc__)
    if not has_docker():
        sys.exit("sam local requires Docker, which is not running (`docker info` fails).")
    stop_once()
    try:
        if sys.argv[1] == "serve":
            serve()
        elif invoke():
            sys.exit(1)
    except KeyboardInterrupt:
        print("\nStopped.")
    except ServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
