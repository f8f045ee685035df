"""Executions of the import's state machine."""

from functools import cached_property
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

_UNKNOWN = frozenset({"ExecutionDoesNotExist", "InvalidArn"})


class StepFunctionsExecutions:
    """Implements `usecases.ports.Executions`."""

    def is_running(self, execution: str) -> bool:
        """Calls DescribeExecution."""
        try:
            return bool(self._client.describe_execution(executionArn=execution)["status"] == "RUNNING")
        except ClientError as error:
            if error.response["Error"]["Code"] in _UNKNOWN:
                return False
            raise

    @cached_property
    def _client(self) -> Any:
        return botocore.session.get_session().create_client("stepfunctions")
