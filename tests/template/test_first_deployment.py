"""What AWS refuses at a first deployment, what remains after a failed one, and what deleting a stack must keep."""

import re

from local.expanded import Expanded

KEPT = {"Table", "ImportBucket", "Sender", "ApiGatewayAccount", "ApiGatewayLogRole"}


def test_the_stage_comes_after_the_role_that_its_logs_are_written_with(
    all_stacks: dict[str, Expanded],
) -> None:
    """API Gateway: "CloudWatch Logs role ARN must be set in account settings to enable logging"."""
    stack = all_stacks["with everything"]
    [stage] = stack.of_type("AWS::ApiGateway::Stage").values()
    assert "DestinationArn" in stage["AccessLogSetting"]
    assert stage["RestApiId"] == {"Ref": "Api"}
    assert stack.resources["Api"]["DependsOn"] == "ApiGatewayAccount"
    role = stack.of_type("AWS::ApiGateway::Account")["ApiGatewayAccount"]["CloudWatchRoleArn"]
    assert role == {"Fn::GetAtt": ["ApiGatewayLogRole", "Arn"]}


def test_the_regions_one_role_is_not_replaced_unless_asked_for(
    staging: Expanded, production: Expanded
) -> None:
    for stack in (staging, production):
        assert not stack.of_type("AWS::ApiGateway::Account")


def test_an_identity_that_is_there_is_taken_as_it_is(all_stacks: dict[str, Expanded]) -> None:
    """SES: "Email identity ... already exists"."""
    assert not all_stacks["with nothing"].of_type("AWS::SES::EmailIdentity")
    [identity] = all_stacks["staging"].of_type("AWS::SES::EmailIdentity").values()
    # Others may still send from it, also after this stack and its configuration set are deleted.
    assert identity == {"EmailIdentity": "example.com"}


def test_a_domains_identity_tells_its_dns_records(all_stacks: dict[str, Expanded]) -> None:
    records = {name for name in all_stacks["staging"].outputs if "DnsRecord" in name}
    assert records == {f"SenderDnsRecord{number}" for number in (1, 2, 3)}
    assert all_stacks["as an address"].of_type("AWS::SES::EmailIdentity")
    for name in ("as an address", "with nothing"):
        assert not any("DnsRecord" in output for output in all_stacks[name].outputs)


def test_what_has_no_copy_stays_when_the_stack_is_deleted_but_not_when_a_first_deployment_fails(
    stack: Expanded,
) -> None:
    """With `Retain`, a first deployment that is rolled back would leave them, and the next one would create others."""
    for name in KEPT & stack.resources.keys():
        resource = stack.resources[name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (
            "RetainExceptOnCreate",
            "Retain",
        ), name
    others = {
        name
        for name, resource in stack.resources.items()
        if resource.get("DeletionPolicy", "Delete") != "Delete"
    }
    assert others <= KEPT


def test_a_domain_needs_a_certificate(stack: Expanded) -> None:
    [rule] = stack.template["Rules"].values()
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, ""]}]}
    assert rule["Assertions"][0]["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "CertificateArn"}, ""]}]}
    pattern = re.compile(stack.template["Parameters"]["CertificateArn"]["AllowedPattern"])
    assert pattern.fullmatch("")
    assert pattern.fullmatch("arn:aws:acm:eu-central-1:123456789012:certificate/6f1d-0a")
    assert not pattern.fullmatch("api.loft.example")


def test_an_api_with_a_name_of_its_own_has_no_other(all_stacks: dict[str, Expanded]) -> None:
    for name, closed in [("with everything", True), ("production", False)]:
        stack = all_stacks[name]
        servers = stack.resources["Api"]["Properties"]["Body"]["servers"]
        [settings] = [each["x-amazon-apigateway-endpoint-configuration"] for each in servers]
        assert settings["disableExecuteApiEndpoint"] is closed
    assert all_stacks["with everything"].outputs["ApiUrl"]["Value"] == "https://api.loft.example"
