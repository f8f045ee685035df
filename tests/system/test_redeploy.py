"""A second deployment takes effect: the new code answers, with the new parameters."""

import shutil
from pathlib import Path

import httpx
import pytest

from local.cloud import cloud
from local.deploy import STACK, client_of, deploy
from local.servers import ROOT, free_port

SHARED = "layers/domain/python/frontdesk/errors/requests.py"
WAS, IS = '"There is nothing at this address. Check the path."', '"This is another release."'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the deployed folder with a changed domain layer."""
    for name in ("functions", "layers"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    text = (tmp_path / SHARED).read_text()
    assert text.count(WAS) == 1
    (tmp_path / SHARED).write_text(text.replace(WAS, IS))
    return tmp_path


def test_another_layer_and_another_parameter_are_live_after_the_next_deployment(
    source: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    state = tmp_path_factory.mktemp("cloud")
    with cloud(state, free_port(), persist=False) as (server, details):

        def answered() -> str:
            answer = httpx.get(f"{details['base_url']}/nowhere", timeout=60, trust_env=False)
            return str(answer.json()["errors"][0]["detail"])

        def levels() -> dict[str, str]:
            """Returns the log level of the function's live version."""
            formation, functions = (
                client_of(server.endpoint, "cloudformation"),
                client_of(server.endpoint, "lambda"),
            )
            listed = formation.describe_stack_resources(StackName=STACK)["StackResources"]
            live = {}
            for each in listed:
                if each["ResourceType"] == "AWS::Lambda::Function":
                    asked = {"FunctionName": each["PhysicalResourceId"], "Qualifier": "live"}
                    found = functions.get_function_configuration(**asked)
                    live[each["LogicalResourceId"]] = found["Environment"]["Variables"][
                        "POWERTOOLS_LOG_LEVEL"
                    ]
            return live

        assert answered() == WAS.strip('"')
        assert set(levels().values()) == {"INFO"}

        outputs = deploy(server, state, source, {"LogLevel": "WARNING"})

        assert outputs["ApiId"] == details["outputs"]["ApiId"]
        assert answered() == IS.strip('"')
        assert len(levels()) == len([*(ROOT / "functions").glob("*/app.py")])
        assert set(levels().values()) == {"WARNING"}
