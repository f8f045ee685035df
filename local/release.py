"""Deploys to AWS, shows what a deployment would change, or deletes the stack. Uses your own credentials (AWS_PROFILE).

    python -m local.release deploy|plan|undeploy staging|production arm64|x86_64 [Parameter=value ...]

Parameters given here apply to this deployment only. Permanent ones belong in samconfig.toml.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from layers.build import build, release
from local import cost
from local.deploy import overrides, parameters_of
from local.expanded import expanded
from local.first_deploy import CONFIG, ask_what_is_missing
from local.preflight import Found, preflight
from local.servers import ROOT

ACTIONS = ("deploy", "plan", "undeploy")


def settings(environment: str) -> dict[str, Any]:
    """Returns the settings of a deployment in samconfig.toml: stack_name, region, ..."""
    found: dict[str, Any] = tomllib.loads(CONFIG.read_text())[environment]["deploy"]["parameters"]
    return found


def report(found: list[Found]) -> bool:
    """Prints the findings. Returns False if any of them stops the deployment."""
    for each in found:
        print(f"{'Stop' if each.stops else 'Note'}: {each.text}")
    return not any(each.stops for each in found)


def command(action: str, environment: str, parameters: dict[str, str]) -> list[str | Path]:
    """Returns the command that runs SAM CLI. The command must run in the folder that `layers/build.py` has made."""
    sam: list[str | Path] = [ROOT / ".tools/bin/sam", "deploy", "--config-env", environment]
    if action == "plan":
        sam += ["--no-execute-changeset", "--no-confirm-changeset"]
    return [*sam, "--parameter-overrides", *overrides(parameters)]


def commit(folder: Path) -> str:
    """Returns the commit of a folder, with `-dirty` if files differ from it, or "unknown" if git cannot tell."""
    git = shutil.which("git") if (folder / ".git").exists() else None
    if git is None:
        return "unknown"
    described = [git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    done = subprocess.run(described, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def stamped(parameters: dict[str, str], content: str) -> dict[str, str]:
    """Returns the parameters and two more: `Release` (the digest of the content and the parameters) and `Commit`."""
    return {**parameters, "Release": release(content, parameters), "Commit": commit(ROOT)}


def deploy(action: str, environment: str, architecture: str, given: dict[str, str]) -> int:
    """Checks the account, builds, and then deploys or (with the action "plan") shows the changes. Returns the exit code.

    `given` are parameters of the template for this deployment only.
    """
    ask_what_is_missing(environment)
    chosen = settings(environment)
    parameters = parameters_of(CONFIG.read_text(), environment) | {"Architecture": architecture, **given}
    stack = expanded({**parameters, "Release": "0" * 64})
    session = boto3.Session(region_name=chosen["region"])
    if not report(preflight(chosen["stack_name"], stack.values, session.client)):
        return 1
    layout = ROOT / ".build" / architecture
    parameters = stamped(parameters, build(architecture, layout))
    if action == "plan":
        print(cost.table(list(cost.at_rest(stack))), flush=True)
    environ = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    return subprocess.run(
        command(action, environment, parameters), cwd=layout, env=environ, check=False
    ).returncode


KEPT = {
    "AWS::DynamoDB::Table": "it has orders, customers and tokens; delete it by hand when you no longer need them",
    "AWS::S3::Bucket": "it has imported files and their results, which contain names of customers",
    "AWS::SES::EmailIdentity": "other applications may send mail with it; set CreateSenderIdentity=false for the next deployment",
    "AWS::ApiGateway::Account": "all APIs of the region use it to write logs",
    "AWS::IAM::Role": "the account settings of API Gateway refer to it",
}


def kept(resources: list[dict[str, str]]) -> list[str]:
    """Returns a line for each resource that remains after the stack is deleted, with the reason."""
    stays = {"Table", "ImportBucket", "Sender", "ApiGatewayAccount", "ApiGatewayLogRole"}
    return [
        f"{each['ResourceType']} {each['PhysicalResourceId']}: {KEPT[each['ResourceType']]}"
        for each in resources
        if each["LogicalResourceId"] in stays
    ]


def undeploy(environment: str) -> int:
    """Deletes the stack after confirmation. Returns the exit code."""
    chosen = settings(environment)
    name = chosen["stack_name"]
    formation = boto3.Session(region_name=chosen["region"]).client("cloudformation")
    try:
        pages = formation.get_paginator("list_stack_resources").paginate(StackName=name)
        resources = [each for page in pages for each in page["StackResourceSummaries"]]
    except ClientError as error:
        if "does not exist" in str(error):
            print(f"The stack {name} does not exist.")
            return 0
        raise
    print(f"This deletes the stack {name}, which has {len(resources)} resources. These are kept:")
    print("\n".join(f"  {line}" for line in kept(resources)))
    if input(f"Type {name} to delete it: ") != name:
        print("Nothing was deleted.")
        return 1
    formation.delete_stack(StackName=name)
    formation.get_waiter("stack_delete_complete").wait(StackName=name)
    print("Deleted.")
    return 0


def main(arguments: list[str]) -> int:
    """Reads the arguments and returns the exit code."""
    if len(arguments) < 3 or arguments[0] not in ACTIONS or not all("=" in each for each in arguments[3:]):
        sys.exit(__doc__)
    action, environment, architecture, *given = arguments
    try:
        if action == "undeploy":
            return undeploy(environment)
        return deploy(action, environment, architecture, dict(each.split("=", 1) for each in given))
    except KeyError as error:
        sys.exit(f"samconfig.toml has no {error}.")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS did not carry out a request: {error}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
