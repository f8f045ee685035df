"""The checks before a deployment, on accounts of every kind. Answers are validated by botocore's own models."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from local.preflight import Found, preflight

GIVEN = {
    "SenderEmail": "desk@loft.example",
    "SenderIdentity": "loft.example",
    "CreateSenderIdentity": "true",
    "CreateApiGatewayLogRole": "false",
    "ApiReservedConcurrency": "0",
    "StreamParallelization": "1",
    "WebhookConcurrency": "5",
    "ImportConcurrency": "4",
}
ROLE = "arn:aws:iam::123456789012:role/logs"
STACK = "arn:aws:cloudformation:eu-central-1:123456789012:stack/frontdesk-staging/1"


def account(
    *,
    status: str | None = None,
    resources: tuple[str, ...] = (),
    role: str | None = ROLE,
    identity: bool | None = None,
    production: bool = True,
    most: int = 1000,
    unreserved: int | None = None,
) -> Callable[[str], Any]:
    """Returns an account. `status` and `resources` are the stack's; `identity` says whether it is verified, None without one."""

    def client(service: str) -> Any:
        made = boto3.client(
            service, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        stub = Stubber(made)
        if service == "cloudformation":
            if status is None:
                message = "Stack with id frontdesk-staging does not exist"
                stub.add_client_error("describe_stacks", "ValidationError", message)
            else:
                stack = {
                    "StackName": "frontdesk-staging",
                    "StackStatus": status,
                    "CreationTime": "2026-11-01T00:00:00Z",
                }
                stub.add_response("describe_stacks", {"Stacks": [stack]})
                summaries = [
                    {
                        "LogicalResourceId": name,
                        "ResourceType": "AWS::X::Y",
                        "ResourceStatus": "CREATE_COMPLETE",
                        "LastUpdatedTimestamp": "2026-11-01T00:00:00Z",
                    }
                    for name in resources
                ]
                stub.add_response("list_stack_resources", {"StackResourceSummaries": summaries})
        elif service == "apigateway":
            stub.add_response("get_account", {"cloudwatchRoleArn": role} if role else {})
        elif service == "sesv2":
            if identity is None:
                stub.add_client_error("get_email_identity", "NotFoundException")
            else:
                stub.add_response("get_email_identity", {"VerifiedForSendingStatus": identity})
            stub.add_response("get_account", {"ProductionAccessEnabled": production})
        else:
            limits = {
                "ConcurrentExecutions": most,
                "UnreservedConcurrentExecutions": most if unreserved is None else unreserved,
            }
            stub.add_response("get_account_settings", {"AccountLimit": limits})
        stub.activate()
        return made

    return client


def found(account: Callable[[str], Any], **given: str) -> list[Found]:
    return preflight("frontdesk-staging", {**GIVEN, **given}, account)


def test_nothing_is_said_of_an_account_that_is_ready() -> None:
    assert found(account()) == []
    assert found(account(status="UPDATE_COMPLETE", resources=("Sender",), identity=True)) == []


@pytest.mark.parametrize(
    ("there", "given", "says"),
    [
        (account(role=None), {}, "CreateApiGatewayLogRole=true"),
        (account(), {"CreateApiGatewayLogRole": "true"}, "would replace that"),
        (account(identity=True), {}, "CreateSenderIdentity=false"),
        (
            account(identity=True, status="UPDATE_COMPLETE", resources=("Table",)),
            {},
            "CreateSenderIdentity=false",
        ),
        (account(), {"CreateSenderIdentity": "false"}, "has no identity"),
        (account(), {"SenderIdentity": "other.example"}, "does not belong"),
        (account(status="ROLLBACK_COMPLETE"), {}, "delete-stack"),
        (account(status="UPDATE_IN_PROGRESS"), {}, "Wait"),
        (account(most=10), {"ApiReservedConcurrency": "1"}, "requires 100 to remain"),
        (account(unreserved=300), {"ApiReservedConcurrency": "50"}, "reserves 250 of 300"),
    ],
)
def test_what_would_fail_stops_it(there: Callable[[str], Any], given: dict[str, str], says: str) -> None:
    stops = [each.text for each in found(there, **given) if each.stops]
    assert len(stops) == 1
    assert says in stops[0]


@pytest.mark.parametrize(
    ("there", "given", "says"),
    [
        (account(production=False), {}, "sandbox"),
        (account(identity=False), {"CreateSenderIdentity": "false"}, "not verified"),
        (account(), {"SenderIdentity": "desk@loft.example"}, "DMARC"),
        (account(most=10), {}, "runs 10 functions at the same time"),
        (account(most=30), {}, "runs 30 functions at the same time"),
    ],
)
def test_what_will_disappoint_is_said(there: Callable[[str], Any], given: dict[str, str], says: str) -> None:
    notes = [each for each in found(there, **given) if not each.stops]
    assert len(notes) == 1
    assert says in notes[0].text


def test_what_the_stack_has_made_itself_is_no_obstacle_to_its_next_deployment() -> None:
    mine = ("Sender", "ApiGatewayAccount", "FromConfigFunction")
    there = account(
        status="UPDATE_ROLLBACK_COMPLETE", resources=mine, identity=True, unreserved=100, most=1000
    )
    assert found(there, CreateApiGatewayLogRole="true", ApiReservedConcurrency="100") == []
