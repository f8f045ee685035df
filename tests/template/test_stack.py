"""Properties of every environment's stack: permissions, logs, alarms, quotas, limits, and idle costs."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.domain.exports.export import KEPT_DAYS
from frontdesk.domain.exports.writing import MAX_SHEET_BYTES
from frontdesk.errors.catalogue import ERRORS
from local import cost, openapi
from local.expanded import Expanded
from local.servers import REGION, ROOT
from tests.support.permissions import granted
from tests.template.conftest import ENVIRONMENTS

API = {f"{name}Function" for name in ("Calculate", "FromConfig", "ChangeOrder", "SendNotification", "Admin")}
# Actions that support no single resource, or that AWS's own policies for every function contain.
ANYWHERE = {
    "dynamodb:ListStreams",
    "ses:GetAccount",
    *(f"logs:{name}LogDelivery" for name in ("Create", "Delete", "Get", "Update")),
    "logs:ListLogDeliveries",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
}
MANAGED = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess", "AWSXRayDaemonWriteAccess"}
OTHERS = {
    "CodeDeployServiceRole": "AWSCodeDeployRoleForLambda",
    "ApiGatewayLogRole": "AmazonAPIGatewayPushToCloudWatchLogs",
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(stack: Expanded) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in stack.of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in listed(policy["PolicyDocument"]["Statement"]):
                yield name, statement


def test_no_role_may_do_anything_or_reach_everything(stack: Expanded) -> None:
    for name, statement in statements(stack):
        actions = set(listed(statement["Action"]))
        assert not [action for action in actions if "*" in action], name
        if "*" in listed(statement["Resource"]):
            assert actions <= ANYWHERE, name
    for name, role in stack.of_type("AWS::IAM::Role").items():
        policies = {
            json.dumps(arn).rstrip('"}').rpartition("/")[2] for arn in role.get("ManagedPolicyArns", [])
        }
        assert policies <= ({OTHERS[name]} if name in OTHERS else MANAGED), name


def test_functions_have_the_roles_that_their_code_is_tried_with(stack: Expanded) -> None:
    """tests/integration/test_permissions.py checks the code against these statements; SAM adds none."""
    for function, grants in granted().items():
        role = "".join(part.capitalize() for part in function.split("_")) + "FunctionRole"
        found = {
            action for name, each in statements(stack) if name == role for action in listed(each["Action"])
        }
        assert found == {grant.action for grant in grants}, function


def test_the_state_machine_is_traced_as_the_others_are(stack: Expanded) -> None:
    """docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html: without all four, sampling rules are not read."""
    [allowed] = [
        set(each["Action"])
        for name, each in statements(stack)
        if name == "ImportsRole" and "*" in listed(each["Resource"])
    ]
    assert {action for action in allowed if action.startswith("xray:")} == {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    }


def test_no_trace_holds_the_address_of_a_request(stack: Expanded) -> None:
    """A search for a customer has their name in the query.

    docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-understanding-xray-traces.html: a stage's segment has the
    whole URL, `https://example.com/dev?username=demo&message=hellofromdemo/`, and the caller's IP address.
    """
    stages = stack.of_type("AWS::ApiGateway::Stage").values()
    assert [bool(stage.get("TracingEnabled")) for stage in stages] == [False]


def test_logs_are_kept_for_as_long_as_is_said(stack: Expanded) -> None:
    groups = stack.of_type("AWS::Logs::LogGroup")
    assert {group["RetentionInDays"] for group in groups.values()} == {stack.values["LogRetentionDays"]}
    used = [
        function["LoggingConfig"]["LogGroup"]["Ref"]
        for function in stack.of_type("AWS::Lambda::Function").values()
    ]
    assert sorted([*used, "ApiLogs", "ImportsLogs"]) == sorted(groups)


def test_only_what_answers_requests_starts_from_a_snapshot(staging: Expanded, production: Expanded) -> None:
    for stack, snapped in [(staging, set()), (production, API)]:
        functions = stack.of_type("AWS::Lambda::Function").items()
        assert {
            name
            for name, each in functions
            if each.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions"
        } == snapped


@pytest.mark.parametrize(("environment", "most"), [("staging", 10), ("production", 30)])
def test_an_environment_that_nobody_uses_is_cheap(
    all_stacks: dict[str, Expanded], environment: str, most: float
) -> None:
    costs = list(cost.at_rest(all_stacks[environment]))
    assert sum(each.usd for each in costs) < most, cost.table(costs)
    assert "total per month, without traffic" in cost.table(costs)
    [documented] = re.findall(
        r"^\| all \| ([\d.]+) \| ([\d.]+) \|$", (ROOT / "docs/scale.md").read_text(), re.M
    )
    assert (
        dict(zip(ENVIRONMENTS, documented, strict=True))[environment]
        == f"{sum(each.usd for each in costs):.2f}"
    )


def test_the_cost_counts_what_is_there(production: Expanded) -> None:
    costs = {each.what: each for each in cost.at_rest(production)}
    assert costs["SnapStart snapshots, GB"].number == 5
    # Lambda's price in us-east-1: 1,024 MB of cache for a month are about 4 USD.
    assert costs["SnapStart snapshots, GB"].usd == pytest.approx(19.77, abs=0.01)
    alarms = production.of_type("AWS::CloudWatch::Alarm").values()
    assert costs["metrics watched by alarms"].number == sum(
        1 + (len(a["Metrics"]) - 2 if "Metrics" in a else 0) for a in alarms
    )


def test_single_methods_have_no_metrics_that_nobody_reads(stack: Expanded) -> None:
    [stage] = stack.of_type("AWS::ApiGateway::Stage").values()
    assert {each["MetricsEnabled"] for each in stage["MethodSettings"]} == {False}


def test_background_work_leaves_room_for_requests(all_stacks: dict[str, Expanded]) -> None:
    """A new account runs 10 functions at the same time. A new table's stream has four shards."""
    most = {"ParallelizationFactor": 1, "MaximumConcurrency": 5}
    for name in ("staging", "production"):
        for mapping in all_stacks[name].of_type("AWS::Lambda::EventSourceMapping").values():
            limits = {**mapping, **mapping.get("ScalingConfig", {})}
            assert all(int(limits[key]) <= most[key] for key in most if key in limits)
            assert limits.keys() & most.keys()
    [least] = {all_stacks["staging"].template["Parameters"]["WebhookConcurrency"]["MinValue"]}
    assert least == 2, "what SQS asks for"
    reserved = {
        name: each.get("ReservedConcurrentExecutions")
        for name, each in all_stacks["with everything"].of_type("AWS::Lambda::Function").items()
    }
    assert {name for name, number in reserved.items() if number == "50"} == API
    assert {number for name, number in reserved.items() if name not in API} == {None}
    assert not any(
        "ReservedConcurrentExecutions" in each
        for each in all_stacks["production"].of_type("AWS::Lambda::Function").values()
    )


def test_mails_wait_for_a_day_and_no_event_holds_up_others_for_long(stack: Expanded) -> None:
    mappings = stack.of_type("AWS::Lambda::EventSourceMapping")
    mails, events = mappings["NotificationRequests"], mappings["Events"]
    assert (mails["MaximumRetryAttempts"], mails["MaximumRecordAgeInSeconds"]) == (-1, 86400)
    assert 10 <= events["MaximumRetryAttempts"] <= 100
    for mapping in (mails, events):
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == {
            "Fn::GetAtt": ["LostStreamRecordsQueue", "Arn"]
        }


def test_what_nobody_sends_again_is_kept_if_its_function_fails(stack: Expanded) -> None:
    """Lambda tries an event three times. A schedule comes again; a report of SES does not."""
    targets = [
        json.dumps(target)
        for rule in stack.of_type("AWS::Events::Rule").values()
        if "EventPattern" in rule
        for target in rule["Targets"]
    ]
    invoked = {
        name
        for name in stack.of_type("AWS::Lambda::Function")
        if any(f'"{name}Alias' in each for each in targets)
    }
    kept = {
        config["FunctionName"]["Ref"]: config["DestinationConfig"]["OnFailure"]["Destination"]
        for config in stack.of_type("AWS::Lambda::EventInvokeConfig").values()
    }
    assert "HearOfMailsFunction" in invoked
    assert invoked == kept.keys()
    assert {json.dumps(each) for each in kept.values()} == {
        json.dumps({"Fn::GetAtt": ["LostStreamRecordsQueue", "Arn"]})
    }


def test_a_domain_name_changes_the_stage_too(all_stacks: dict[str, Expanded]) -> None:
    """API Gateway switches its own address off when a setting of a stage changes. SAM's deployment stays the same (its issue 479)."""
    without, named = (
        all_stacks[name].of_type("AWS::ApiGateway::Stage")["ApiliveStage"]
        for name in ("production", "with everything")
    )
    assert without["DeploymentId"] == named["DeploymentId"]
    assert (without["Variables"], named["Variables"]) == (
        {"domain": "none"},
        {"domain": "api.loft.example"},
    )


def test_the_document_of_the_api_goes_out_compressed(stack: Expanded) -> None:
    assert stack.resources["Api"]["Properties"]["MinimumCompressionSize"] < len(openapi.FILE.read_bytes())


def test_what_api_gateway_answers_itself_is_as_safe_as_our_answers(stack: Expanded) -> None:
    from frontdesk.api.app import SECURITY_HEADERS

    answers = gateway_answers(stack)
    assert len(answers) == 13
    for name, (_, headers, _) in answers.items():
        assert headers.items() >= SECURITY_HEADERS.items(), name


def gateway_answers(stack: Expanded) -> dict[str, tuple[int, dict[str, str], dict[str, Any]]]:
    """Returns status, headers and document of each answer that API Gateway gives by itself."""
    answers = stack.resources["Api"]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
    return {
        name: (
            int(answer["statusCode"]),
            {
                key.removeprefix("gatewayresponse.header."): re.fullmatch(r"'(.*)'", value)[1]  # type: ignore[index]
                for key, value in answer["responseParameters"].items()
            },
            json.loads(answer["responseTemplates"]["application/json"]),
        )
        for name, answer in answers.items()
    }


def test_what_api_gateway_answers_itself_is_an_error_of_the_catalogue(staging: Expanded) -> None:
    for name, (status, headers, document) in gateway_answers(staging).items():
        assert headers["Content-Type"] == "application/vnd.api+json", name
        [error] = document["errors"]
        known = ERRORS[error["code"]]
        assert (error["status"], status, error["title"]) == (str(status), known.status, known.en.title), name


def test_who_sends_too_much_is_told_when_to_try_again(staging: Expanded) -> None:
    """The limit of requests allows more within a second. The quota of a usage plan lasts a day or longer."""
    answers = gateway_answers(staging)
    refused = {
        name: headers["Retry-After"] for name, (status, headers, _) in answers.items() if status == 429
    }
    assert refused == {"THROTTLED": "1", "QUOTA_EXCEEDED": "3600"}
    [error] = answers["THROTTLED"][2]["errors"]
    assert error["detail"] == ERRORS["too_many_requests"].en.detail


@pytest.mark.parametrize("refused", ["WAF_FILTERED", "ACCESS_DENIED", "INVALID_API_KEY"])
def test_what_an_operators_firewall_policy_or_usage_plan_refuses_is_no_bad_request(
    staging: Expanded, refused: str
) -> None:
    """The status of DEFAULT_4XX replaces that of each type without an answer of its own."""
    assert gateway_answers(staging)[refused][0] == 403


# Alarms


def watched(alarm: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], int]]:
    """Yields namespace, name, dimensions and period of each metric of an alarm."""
    stats = [each["MetricStat"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    for metric, period in [(each["Metric"], each["Period"]) for each in stats] or [(alarm, alarm["Period"])]:
        yield (
            metric["Namespace"],
            metric["MetricName"],
            {each["Name"]: each["Value"] for each in metric["Dimensions"]},
            period,
        )


# Each of our metrics is written by the function in tests/integration/test_metrics.py; AWS's are identified by their dimensions.
OURS = {
    "MailsBounced": {"HearOfMailsFunction"},
    "MailsSent": {"DeliverNotificationsFunction", "SendDueMessagesFunction", "SendNotificationFunction"},
    "Busy": {"FromConfigFunction", "ChangeOrderFunction", "AdminFunction"},
    "SlotConflicts": {"FromConfigFunction", "ChangeOrderFunction", "AdminFunction"},
    "Findings": {"AuditFunction"},
    "ImportsFailed": {"PlanImportFunction"},
    "ExportsFailed": {"MakeExportFunction"},
    "WebhooksSwitchedOff": {"DeliverWebhooksFunction"},
}
AWS = {
    ("AWS/Lambda", "FunctionName"): {"Errors", "Throttles", "IteratorAge"},
    ("AWS/States", "StateMachineArn"): {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"},
    ("AWS/SQS", "QueueName"): {"ApproximateNumberOfMessagesVisible"},
    ("AWS/ApiGateway", "ApiName"): {"5XXError"},
}


def test_every_alarm_watches_what_somebody_tells(stack: Expanded) -> None:
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        for namespace, metric, dimensions, _ in watched(alarm):
            if namespace == "Frontdesk":
                assert dimensions["Environment"] == stack.values["Environment"]
                assert dimensions["Function"]["Ref"] in OURS[metric], name
            else:
                first = next(iter(dimensions))
                assert metric in AWS[namespace, first], name
                reference = dimensions[first]
                assert (
                    reference == "frontdesk"
                    or next(iter(reference.values()))[0] in stack.resources
                    or reference["Ref"] in stack.resources
                ), name


def test_every_alarms_periods_are_ones_that_cloudwatch_takes(stack: Expanded) -> None:
    """PutMetricAlarm: seven days in all, one day for periods below an hour."""
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        for *_, period in watched(alarm):
            assert period * alarm["EvaluationPeriods"] <= (604_800 if period >= 3600 else 86_400), name
        assert alarm["AlarmActions"] == [{"Ref": "Alarms"}]


def test_whoever_is_woken_hears_that_it_is_over(stack: Expanded) -> None:
    """Some alarms ring for one event, and return to OK five minutes later whatever has become of it."""
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    silent = {name for name, alarm in alarms.items() if "OKActions" not in alarm}
    assert silent == {"ExportsAlarm", "ImportsAlarm", "WebhooksAlarm"}
    assert all(alarms[name]["OKActions"] == alarms[name]["AlarmActions"] for name in alarms.keys() - silent)


def test_silence_means_that_all_is_well_but_of_the_audit(stack: Expanded) -> None:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    assert {name: alarm["TreatMissingData"] for name, alarm in alarms.items()} == {
        **dict.fromkeys(alarms, "notBreaching"),
        "AuditAlarm": "missing",
    }


def test_a_day_without_an_audit_is_told_on_that_day_and_a_new_alarm_does_not_ring(stack: Expanded) -> None:
    """If a period is missing, CloudWatch looks at older ones, for days if the period is a day.

    A new alarm would ring if missing data counted as a breach. It starts with insufficient data, which is no change to report.
    """
    alarm = stack.of_type("AWS::CloudWatch::Alarm")["AuditAlarm"]
    assert alarm["InsufficientDataActions"] == [{"Ref": "Alarms"}]
    assert (alarm["Period"], alarm["DatapointsToAlarm"]) == (3600, 1)
    # A day, and the time for an audit with its retries.
    assert 25 <= alarm["EvaluationPeriods"] <= 30


def test_an_import_that_fails_rings_however_it_ends(stack: Expanded) -> None:
    alarm = stack.of_type("AWS::CloudWatch::Alarm")["ImportsAlarm"]
    assert {(namespace, name) for namespace, name, *_ in watched(alarm)} == {
        ("Frontdesk", "ImportsFailed"),
        ("AWS/States", "ExecutionsFailed"),
        ("AWS/States", "ExecutionsTimedOut"),
        ("AWS/States", "ExecutionsAborted"),
    }
    assert alarm["EvaluationPeriods"] == 1, "one night's import is one period"


# Limits


def test_a_stack_is_within_cloudformations_limits(stack: Expanded) -> None:
    """Source: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html."""
    assert len(stack.template["Resources"]) <= 500
    assert len(stack.template["Parameters"]) <= 200
    assert len(stack.template["Outputs"]) <= 200
    assert len(json.dumps(stack.template)) <= 1_000_000
    for name, parameter in stack.template["Parameters"].items():
        assert len(stack.values[name]) <= 4096
        assert len(parameter.get("Description", "")) <= 4000
    for name, role in stack.of_type("AWS::IAM::Role").items():
        size = sum(
            len(json.dumps(policy["PolicyDocument"], separators=(",", ":")))
            for policy in role.get("Policies", [])
        )
        # docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 10,240 in total without white space. Names get longer.
        assert size <= 8_000, name
    for function in stack.of_type("AWS::Lambda::Function").values():
        # docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        assert len(json.dumps(function["Environment"])) <= 3_000
        assert function["Timeout"] <= 900
        assert len(function["Layers"]) <= 5
    [machine] = stack.of_type("AWS::StepFunctions::StateMachine").values()
    assert len(json.dumps(machine)) <= 1_000_000
    assert len(f"frontdesk-production-{'imports'}") <= 80


def test_the_imports_start_and_go_on_by_the_functions_that_are_live(stack: Expanded) -> None:
    [machine] = stack.of_type("AWS::StepFunctions::StateMachine").values()
    definition = json.loads(machine["DefinitionString"])
    invoked = {json.loads(found) for found in map(json.dumps, _values(definition, "FunctionName"))}
    assert {name.strip("${}") for name in invoked} == {
        "PlanImportFunctionAliaslive",
        "BulkImportFunctionAliaslive",
    }
    states = definition["States"]
    assert states["Files"]["Next"] == "More"
    assert states["More"]["Default"] == "GoOn"
    assert states["GoOn"]["Resource"].endswith(":states:startExecution")
    assert states["GoOn"]["Parameters"] == {"StateMachineArn.$": "$$.StateMachine.Id", "Input.$": "$.next"}


def _values(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == name:
                yield each
            yield from _values(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each, name)


def test_the_console_may_send_files_to_the_import_bucket_alone(stack: Expanded) -> None:
    """The page's policy contains this origin (`connect-src`), in the virtual-hosted form of presigned URLs."""
    variables = stack.resources["AdminFunction"]["Properties"]["Environment"]["Variables"]
    assert (
        stack.resolved(variables["UPLOAD_ORIGIN"]) == f"https://${{ImportBucket}}.s3.{REGION}.amazonaws.com"
    )


def test_pages_may_put_files_into_the_import_bucket_and_take_them_and_nothing_else(stack: Expanded) -> None:
    [rule] = stack.resources["ImportBucket"]["Properties"]["CorsConfiguration"]["CorsRules"]
    assert sorted(rule["AllowedMethods"]) == ["GET", "PUT"]
    assert rule["AllowedHeaders"] == ["Content-Type"]


def test_an_upload_that_was_announced_starts_its_import_whatever_the_schedule(stack: Expanded) -> None:
    rule = stack.resources["AnnouncedImport"]["Properties"]
    assert rule["State"] == "ENABLED"
    assert rule["EventPattern"]["detail"]["object"]["key"] == [{"prefix": "uploads/"}]
    [machine] = stack.of_type("AWS::StepFunctions::StateMachine").values()
    definition = json.loads(machine["DefinitionString"])
    assert definition["States"]["Asked"]["Choices"] == [
        {"Variable": "$.undo", "IsPresent": True, "Next": "Undo"}
    ]
    assert definition["States"]["Undone"]["Default"] == "Undo", "as often as it takes"


def test_a_file_is_there_as_long_as_the_api_tells(stack: Expanded) -> None:
    """S3 counts the age of a file from the start of its upload, and rounds deletions of unfinished uploads up to the next midnight."""
    [bucket] = [
        each for each in stack.of_type("AWS::S3::Bucket").values() if "LifecycleConfiguration" in each
    ]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    longest_upload = rules["uploads"]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] + 1
    assert rules["exports"]["ExpirationInDays"] >= KEPT_DAYS + longest_upload


def test_a_workbook_of_the_most_bytes_has_room_on_the_disk(stack: Expanded) -> None:
    disk = stack.of_type("AWS::Lambda::Function")["MakeExportFunction"]["EphemeralStorage"]["Size"]
    assert disk * 2**20 >= 3 * MAX_SHEET_BYTES + 2**30
