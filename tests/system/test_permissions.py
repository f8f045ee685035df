"""The deployed functions have only their roles' permissions. See tests/integration/test_permissions.py for what each needs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from local.cloud import Details
from local.deploy import STACK
from local.servers import REGION
from tests.system.client import Api, Desk, Table


class Role:
    """The role of a function in the stack, with its one policy of the template."""

    def __init__(self, demo: Details, function: str) -> None:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        formation, self.iam = (
            boto3.client(name, endpoint_url=demo["dynamodb_endpoint"], region_name=REGION, **keys)  # type: ignore[call-overload]
            for name in ("cloudformation", "iam")
        )
        resources = formation.describe_stack_resources(StackName=STACK)["StackResources"]
        self.name = next(
            each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"] == f"{function}Role"
        )
        [self.policy] = self.iam.list_role_policies(RoleName=self.name)["PolicyNames"]

    @contextmanager
    def without(self, action: str) -> Iterator[None]:
        document = self.iam.get_role_policy(RoleName=self.name, PolicyName=self.policy)["PolicyDocument"]
        statements = [
            {**each, "Action": [name for name in each["Action"] if name != action]}
            for each in document["Statement"]
        ]
        assert statements != document["Statement"]
        self._allow({**document, "Statement": statements})
        try:
            yield
        finally:
            self._allow(document)

    def _allow(self, document: Any) -> None:
        self.iam.put_role_policy(
            RoleName=self.name, PolicyName=self.policy, PolicyDocument=json.dumps(document)
        )


@pytest.mark.parametrize("action", ["dynamodb:BatchGetItem", "dynamodb:PutItem"])
def test_a_function_fails_without_a_permission_and_works_again_with_it(
    demo: Details, api: Api, desk: Desk, table: Table, action: str
) -> None:
    body = desk.order(desk.meeting())
    before = table.items()
    with Role(demo, "FromConfigFunction").without(action):
        answer = api.place(body)
    assert (answer.status, answer.errors[0]["code"]) == (500, "internal_error")
    assert table.items() == before
    assert api.place(body).status == 201
