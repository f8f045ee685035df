"""The permissions of each function in template.yaml, and the permissions that IAM requires for its requests. Enforces them in tests."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from pathlib import PurePath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import yaml
from botocore import handlers
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID

from local.servers import REGION, ROOT

logger = logging.getLogger(__name__)
STACK = "frontdesk"
SENDER = "bookings@frontdesk.example"
BUCKET = "imports"
_HERE = f"{REGION}:{DEFAULT_ACCOUNT_ID}"
IMPORTS = f"arn:aws:states:{_HERE}:stateMachine:{STACK}-imports"
_TABLE = f"arn:aws:dynamodb:{_HERE}:table/frontdesk"
# The template's names, as in the tests.
_VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": DEFAULT_ACCOUNT_ID,
    "AWS::StackName": STACK,
    "SenderEmail": SENDER,
    # An identity that is an address. For a domain, IAM checks the domain.
    "SenderIdentity": SENDER,
    "MailConfigurationSet": f"{STACK}-mail",
    "Table.Arn": _TABLE,
    "Table.StreamArn": f"{_TABLE}/stream/1",
    "ImportBucket.Arn": f"arn:aws:s3:::{BUCKET}",
    "Imports": IMPORTS,
    "FailedNotificationsQueue.Arn": f"arn:aws:sqs:{_HERE}:failed-notifications",
    "LostStreamRecordsQueue.Arn": f"arn:aws:sqs:{_HERE}:lost-stream-records",
    "WebhooksQueue.Arn": f"arn:aws:sqs:{_HERE}:webhooks",
    "ExportsQueue.Arn": f"arn:aws:sqs:{_HERE}:exports",
}
_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


class Request(NamedTuple):
    """A permission that IAM requires: an action on a resource, with partition keys for DynamoDB."""

    action: str
    resource: str
    keys: tuple[str, ...] = ()


class Grant(NamedTuple):
    """An allowed action on a resource, possibly limited to partition keys of these patterns."""

    action: str
    resource: str
    keys: tuple[str, ...] = ()

    def allows(self, request: Request) -> bool:
        return (
            self.action == request.action
            and fnmatchcase(request.resource, self.resource)
            and (
                not self.keys
                or all(any(fnmatchcase(key, pattern) for pattern in self.keys) for key in request.keys)
            )
        )


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads template.yaml, with the names in `!Ref`, `!Sub` and the like replaced by the values in `_VALUES`."""

    def value(self, tag: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return self.construct_sequence(node, deep=True)
        text = str(self.construct_scalar(node))  # type: ignore[arg-type]
        if tag == "Sub":
            return re.sub(r"\$\{([\w:.]+)\}", lambda found: _VALUES.get(found[1], found[0]), text)
        return _VALUES.get(text, text)


_Loader.add_multi_constructor("!", _Loader.value)


@cache
def granted() -> dict[str, frozenset[Grant]]:
    """Returns the permissions of each function by its folder."""
    template = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # noqa: S506
    functions = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Serverless::Function"
    ]
    return {
        PurePath(function["CodeUri"]).name: frozenset(_grants(function["Policies"])) for function in functions
    }


def _grants(policies: list[dict[str, Any]]) -> Iterator[Grant]:
    for statement in (statement for policy in policies for statement in policy["Statement"]):
        keys: tuple[str, ...] = ()
        if "Condition" in statement:
            [(operator, condition)] = statement["Condition"].items()
            [(name, patterns)] = condition.items()
            assert (operator, name) == ("ForAllValues:StringLike", "dynamodb:LeadingKeys")
            keys = tuple(_listed(patterns))
        assert statement["Effect"] == "Allow"
        for action in _listed(statement["Action"]):
            assert "*" not in action
            yield from (Grant(action, resource, keys) for resource in _listed(statement["Resource"]))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Refused(ClientError):
    """A function's role does not allow a request."""

    def __init__(self, function: str, request: Request, operation: str) -> None:
        message = f"functions/{function} may not do {request.action} on {request.resource} {request.keys}: see its Policies in template.yaml"
        # The function's own log and answer do not show it.
        logger.error(message)
        super().__init__({"Error": {"Code": "AccessDeniedException", "Message": message}}, operation)


class Role:
    """A function's role while it handles an event. `asked` collects the permissions that its requests needed."""

    def __init__(self, function: str, grants: frozenset[Grant]) -> None:
        self.function, self.grants = function, grants
        self.asked: set[Request] = set()

    def check(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        for request in requests_of(service, operation, parameters):
            self.asked.add(request)
            if not any(grant.allows(request) for grant in self.grants):
                raise Refused(self.function, request, operation)

    @contextmanager
    def without(self, action: str) -> Iterator[None]:
        """Removes an action from the role for the duration of the block."""
        grants = self.grants
        self.grants = frozenset(grant for grant in grants if grant.action != action)
        try:
            yield
        finally:
            self.grants = grants


_acting: list[Role] = []


@contextmanager
def acting(role: Role) -> Iterator[None]:
    """Checks every AWS request of this process against a role."""
    _acting.append(role)
    try:
        yield
    finally:
        _acting.pop()


def _check(params: dict[str, Any], model: Any, **_: Any) -> None:
    if _acting:
        _acting[-1].check(model.service_model.service_name, model.name, params)


# Applies to every session created from now on.
handlers.BUILTIN_HANDLERS.append(("before-parameter-build", _check))


def requests_of(service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[Request]:
    """Yields the permissions for an operation, by AWS's service authorization reference. Raises KeyError for an unknown one."""
    match service, operation:
        case "dynamodb", "TransactWriteItems":
            for item in parameters["TransactItems"]:
                [(kind, action)] = item.items()
                assert action["TableName"] == "frontdesk"
                yield Request(
                    f"dynamodb:{_IN_TRANSACTIONS[kind]}",
                    _TABLE,
                    (action["Item" if kind == "Put" else "Key"]["pk"]["S"],),
                )
        case "dynamodb", "BatchGetItem":
            [(table, asked)] = parameters["RequestItems"].items()
            assert table == "frontdesk"
            yield Request(
                "dynamodb:BatchGetItem", _TABLE, tuple(sorted({key["pk"]["S"] for key in asked["Keys"]}))
            )
        case "dynamodb", "UpdateItem":
            yield Request("dynamodb:UpdateItem", _TABLE, (parameters["Key"]["pk"]["S"],))
        case "dynamodb", "PutItem":
            yield Request("dynamodb:PutItem", _TABLE, (parameters["Item"]["pk"]["S"],))
        case "dynamodb", "Query":
            [(name, value)] = re.findall(r"(#\w+) = (:\w+)", parameters["KeyConditionExpression"])
            assert parameters["ExpressionAttributeNames"][name].endswith("pk")
            index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
            yield Request(
                "dynamodb:Query", _TABLE + index, (parameters["ExpressionAttributeValues"][value]["S"],)
            )
        case "dynamodb", "Scan":
            yield Request("dynamodb:Scan", _TABLE)
        case "sesv2", "SendEmail":
            # Sending a raw mail requires both actions, although the operation has the name of one.
            actions = ["ses:SendEmail", *(["ses:SendRawEmail"] if "Raw" in parameters["Content"] else [])]
            for action in actions:
                yield Request(action, f"arn:aws:ses:{_HERE}:identity/{parameters['FromEmailAddress']}")
                yield Request(
                    action, f"arn:aws:ses:{_HERE}:configuration-set/{parameters['ConfigurationSetName']}"
                )
        case "sesv2", "GetAccount":
            yield Request("ses:GetAccount", "*")
        case "sqs", _:
            name = PurePath(urlsplit(parameters["QueueUrl"]).path).name
            yield Request(f"sqs:{operation.removesuffix('Batch')}", f"arn:aws:sqs:{_HERE}:{name}")
        case "s3", "ListObjectsV2":
            yield Request("s3:ListBucket", f"arn:aws:s3:::{parameters['Bucket']}")
        case "s3", "CopyObject":
            read, write = (
                f"arn:aws:s3:::{unquote(parameters['CopySource'])}",
                f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}",
            )
            tagging = [""] if parameters.get("TaggingDirective") == "REPLACE" else ["", "Tagging"]
            for of in tagging:
                yield Request(f"s3:GetObject{of}", read)
                yield Request(f"s3:PutObject{of}", write)
        case "s3", _:
            action = {name: name for name in ("GetObject", "PutObject", "DeleteObject")} | {
                "HeadObject": "GetObject",
                **dict.fromkeys(
                    ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), "PutObject"
                ),
            }
            yield Request(
                f"s3:{action[operation]}", f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}"
            )
        case "stepfunctions", "StartExecution":
            yield Request("states:StartExecution", parameters["stateMachineArn"])
        case "stepfunctions", "DescribeExecution":
            yield Request("states:DescribeExecution", parameters["executionArn"])
        case _:
            raise KeyError(f"{service} {operation}")
