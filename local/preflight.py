"""Checks an AWS account for settings that would make a deployment fail, or would later limit the system.

Runs before the deployment, and changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from local.first_deploy import covers

# docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: this much concurrency must remain for functions without a reserve.
UNRESERVED = 100
# Functions that answer requests, each with ApiReservedConcurrency.
API_FUNCTIONS = 5
# docs.aws.amazon.com/amazondynamodb: a new on-demand table accepts 4,000 writes a second, in four partitions with one shard each.
_SHARDS = 4
_STUCK = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "DELETE_FAILED"})


class Found(NamedTuple):
    """A finding for the person who deploys. With `stops`, the deployment must not begin, because it would fail."""

    stops: bool
    text: str


def preflight(stack: str, given: Mapping[str, str], client: Callable[[str], Any]) -> list[Found]:
    """Returns the findings for a deployment of `stack`. `given` has every parameter of the template.

    `client` returns a boto3 client for the name of an AWS service.
    """
    known = _stack(client("cloudformation"), stack)
    return [
        *_of_the_stack(stack, known),
        *_of_the_log_role(given, known, client("apigateway")),
        *_of_mail(given, known, client("sesv2")),
        *_of_concurrency(given, known, client("lambda")),
    ]


class _Known(NamedTuple):
    """The existing stack: its status (None if it does not exist), and which of the template's resources it has."""

    status: str | None
    resources: frozenset[str]


def _stack(formation: Any, name: str) -> _Known:
    try:
        status = formation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        pages = formation.get_paginator("list_stack_resources").paginate(StackName=name)
        summaries = [each for page in pages for each in page["StackResourceSummaries"]]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return _Known(None, frozenset())
    there = {
        each["LogicalResourceId"] for each in summaries if not each["ResourceStatus"].startswith("DELETE")
    }
    return _Known(status, frozenset(there))


def _of_the_stack(name: str, known: _Known) -> Iterator[Found]:
    if known.status in _STUCK:
        yield Found(
            True,
            f"The stack {name} is {known.status}: an earlier deployment has failed, and the stack can only be deleted."
            f" Its events say why. Then run: aws cloudformation delete-stack --stack-name {name}",
        )
    elif known.status and known.status.endswith("_IN_PROGRESS"):
        yield Found(True, f"The stack {name} is {known.status}. Wait until that has finished.")


def _of_the_log_role(given: Mapping[str, str], known: _Known, gateway: Any) -> Iterator[Found]:
    role = gateway.get_account().get("cloudwatchRoleArn")
    wanted = given["CreateApiGatewayLogRole"] == "true"
    if not role and not wanted:
        yield Found(
            True,
            "API Gateway has no role for writing logs in this region, and refuses an API with access logs. Add"
            " CreateApiGatewayLogRole=true to samconfig.toml: the stack then creates a role for all APIs of the region,"
            " and keeps it when it is deleted.",
        )
    if role and wanted and "ApiGatewayAccount" not in known.resources:
        yield Found(
            True,
            f"API Gateway writes logs as {role} in this region, for all of its APIs. CreateApiGatewayLogRole=true would"
            " replace that. Remove it from samconfig.toml.",
        )


def _of_mail(given: Mapping[str, str], known: _Known, ses: Any) -> Iterator[Found]:
    sender, identity = given["SenderEmail"], given["SenderIdentity"]
    if not covers(identity, sender):
        yield Found(True, f"SenderEmail {sender} does not belong to SenderIdentity {identity}.")
    try:
        there = ses.get_email_identity(EmailIdentity=identity)
    except ses.exceptions.NotFoundException:
        there = None
    makes = given["CreateSenderIdentity"] == "true"
    if there and makes and "Sender" not in known.resources:
        yield Found(
            True,
            f"SES has the identity {identity} already. Add CreateSenderIdentity=false to samconfig.toml, so that"
            " the stack uses it.",
        )
    if not there and not makes:
        yield Found(
            True, f"SES has no identity {identity}. Remove CreateSenderIdentity=false from samconfig.toml."
        )
    if there and not there.get("VerifiedForSendingStatus"):
        yield Found(
            False,
            f"SES has not verified {identity} yet, and sends no mail. Check its DNS records, or click the link in the mail from SES.",
        )
    if "@" in identity:
        yield Found(
            False,
            f"Mails of {identity} are not signed by its domain. Receivers that enforce DMARC reject them or treat them as"
            " spam. Set SenderIdentity to the domain.",
        )
    account = ses.get_account()
    if not account.get("ProductionAccessEnabled"):
        yield Found(
            False,
            "SES is in its sandbox. It sends only to verified addresses, at most 200 mails a day. Request production access in"
            " the SES console.",
        )


def _of_concurrency(given: Mapping[str, str], known: _Known, functions: Any) -> Iterator[Found]:
    limits = functions.get_account_settings()["AccountLimit"]
    most, unreserved = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    reserve = int(given["ApiReservedConcurrency"])
    # Concurrency that the stack already reserves is available to its next deployment.
    left = unreserved if "FromConfigFunction" not in known.resources else most
    if reserve and left - API_FUNCTIONS * reserve < UNRESERVED:
        yield Found(
            True,
            f"ApiReservedConcurrency={reserve} reserves {API_FUNCTIONS * reserve} of {left} concurrent executions, but Lambda requires"
            f" {UNRESERVED} to remain. Lower it, or request more (Service Quotas: Concurrent executions of Lambda).",
        )
    lanes = 2 * _SHARDS * int(given["StreamParallelization"])
    background = lanes + int(given["WebhookConcurrency"]) + int(given["ImportConcurrency"])
    if not reserve and most - background < most / 2:
        yield Found(
            False,
            f"This account runs {most} functions at the same time. Mails and events may take {lanes} of them, webhooks"
            f" {given['WebhookConcurrency']}, and imports {given['ImportConcurrency']} for each file. Requests are refused"
            " when none is left. Request 1,000 (Service Quotas: Concurrent executions of Lambda), then set"
            " ApiReservedConcurrency.",
        )
