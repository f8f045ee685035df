"""Deploys `template.yaml` to the local cloud, with the same `sam deploy` that deploys it to AWS."""

import fcntl
import re
import runpy
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from local.progress import step
from local.servers import ROOT, Server, ServerError, client_environment

STACK = "frontdesk"
# The path of an API in MiniStack. Functions fill in the API and the stage of the request.
API_PATH = "/_aws/execute-api/{api_id}/{stage}"
ANY_METHOD = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"


def deploy(
    server: Server, state: Path, source: Path = ROOT, parameters: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Deploys if anything differs from the last deployment, and returns the stack's outputs by name.

    `source` is the folder to deploy. `parameters` are added to those in samconfig.toml. `state` is the folder for logs.
    """
    layout = ROOT / ".build/host"
    layout.parent.mkdir(exist_ok=True)
    # Test runs and the demo use the same folder, so they take turns.
    with (ROOT / ".build/host.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        recipe = runpy.run_path(str(ROOT / "layers/build.py"))
        with step("Build the layers"):
            digest = recipe["build"]("host", layout, source)
        # Answers contain the server's address, so another port requires another deployment.
        given = {
            **template_parameters(layout),
            "PublicBaseUrl": f"{server.endpoint}{API_PATH}",
            **(parameters or {}),
        }
        given["Release"] = recipe["release"](digest, given)
        outputs = _outputs(server, given["Release"])
        if outputs is None:
            with step("Deploy the template"):
                _sam_deploy(server, state, layout, given)
                _complete_the_api(server)
            outputs = _outputs(server, given["Release"])
    if outputs is None:
        raise ServerError(f"The deployment did not finish. Its log: {state / 'deploy.log'}")
    return outputs


def _sam_deploy(server: Server, state: Path, layout: Path, parameters: Mapping[str, str]) -> None:
    environment = client_environment(server.endpoint) | {
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
        "__SAM_CLI_APP_DIR": str(state / "sam"),  # otherwise in the user's home
    }
    command: list[str | Path] = [ROOT / ".tools/bin/sam", "deploy", "--config-env", "local"]
    command += ["--tags", f"release={parameters['Release']}"]
    command += ["--parameter-overrides", *overrides(parameters)]
    log = state / "deploy.log"
    with log.open("wb") as output:
        done = subprocess.run(
            command, cwd=layout, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise ServerError(f"sam deploy failed ({log}):\n{tail}")


def overrides(parameters: Mapping[str, str]) -> list[str]:
    """Returns the arguments of SAM CLI's --parameter-overrides, such as `Name="value"`.

    The quotes are necessary: without quotes, SAM CLI would split the value at each space.
    """
    quoted = {name: value.replace('"', r"\"") for name, value in parameters.items()}
    return [f'{name}="{value}"' for name, value in quoted.items()]


def parameters_of(config: str, environment: str) -> dict[str, str]:
    """Returns the template's parameters for an environment from `config`, the text of samconfig.toml.

    Raises KeyError for an unknown environment.
    """
    listed: list[str] = tomllib.loads(config)[environment]["deploy"]["parameters"]["parameter_overrides"]
    return dict(part.split("=", 1) for part in listed)


def template_parameters(layout: Path) -> dict[str, str]:
    """Returns the template's parameters for the local cloud from the samconfig.toml in the folder `layout`."""
    return parameters_of((layout / "samconfig.toml").read_text(encoding="utf-8"), "local")


def _outputs(server: Server, release: str) -> dict[str, str] | None:
    """Returns the outputs of the local cloud's stack by name, or None if `release` is not deployed."""
    return stack_outputs(client_of(server.endpoint, "cloudformation"), STACK, release)


def stack_outputs(formation: Any, name: str, release: str | None = None) -> dict[str, str] | None:
    """Returns a stack's outputs by name, or None if the stack does not exist, is incomplete, or is not of this `release`."""
    try:
        stack = formation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError:
        return None
    complete = stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    if not complete or (
        release is not None and {"Key": "release", "Value": release} not in stack.get("Tags", [])
    ):
        return None
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _complete_the_api(server: Server) -> None:
    """Adds the parts of the API that MiniStack 1.5.33 leaves out when it imports an API: ANY methods and gateway responses."""
    formation, gateway = (
        client_of(server.endpoint, "cloudformation"),
        client_of(server.endpoint, "apigateway"),
    )
    template = formation.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
    physical = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in formation.describe_stack_resources(StackName=STACK)["StackResources"]
    }
    api = physical["Api"]
    definition = template["Resources"]["Api"]["Properties"]["Body"]
    ids = {
        resource["path"]: resource["id"]
        for resource in gateway.get_resources(restApiId=api, limit=500)["items"]
    }

    def resolve(uri: str) -> str:
        """Returns an integration's URI. Replaces its references by ARNs, and the placeholder for the region by the region."""
        return re.sub(
            r"\$\{(\w+)\}",
            lambda found: physical[found[1]],
            uri.replace("${AWS::Region}", gateway.meta.region_name),
        )

    for path, operations in definition["paths"].items():
        if ANY_METHOD in operations:
            integration = operations[ANY_METHOD][INTEGRATION]
            method = {"restApiId": api, "resourceId": ids[path], "httpMethod": "ANY"}
            gateway.put_method(**method, authorizationType="NONE")
            gateway.put_integration(
                **method,
                type=integration["type"].upper(),
                integrationHttpMethod=integration["httpMethod"],
                uri=resolve(integration["uri"]["Fn::Sub"]),
            )
    for response_type, response in definition[GATEWAY_RESPONSES].items():
        gateway.put_gateway_response(restApiId=api, responseType=response_type, **response)
    gateway.create_deployment(restApiId=api, stageName="live")


def client_of(endpoint: str, service: str) -> Any:
    """Returns a boto3 client that can reach only the server at `endpoint`, whatever the user's AWS settings are."""
    environment = client_environment(endpoint)
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
