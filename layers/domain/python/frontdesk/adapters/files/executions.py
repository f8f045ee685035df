"""Executions of the import's state machine."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

_UNKNOWN = frozenset({"ExecutionDoesNotExist", "InvalidArn"})


class StepFunctionsExecutions:
    """Implements `usecases.ports.Executions`. `machine` is the ARN of the import's state machine."""

    def __init__(self, machine: str = "") -> None:
        self._machine = machine

    def is_running(self, execution: str) -> bool:
        """Whether Step Functions reports the execution as running. False for an unknown one."""
        try:
            return bool(self._client.describe_execution(executionArn=execution)["status"] == "RUNNING")
        except ClientError as error:
            if error.response["Error"]["Code"] in _UNKNOWN:
                return False
            raise

    def start(self, asked: Mapping[str, Any]) -> str:
        """Starts the state machine with the input `asked`, and returns the ARN of the execution."""
        started = self._client.start_execution(stateMachineArn=self._machine, input=json.dumps(asked))
        return str(started["executionArn"])

    @cached_property
    def _client(self) -> Any:
        return botocore.session.get_session().create_client("stepfunctions")
