"""The stack of each environment, expanded from template.yaml by AWS's own translator."""

import pytest

from layers.build import release
from local.deploy import parameters_of
from local.expanded import Expanded, translated
from local.servers import ROOT

CONFIG = (ROOT / "samconfig.toml").read_text()
ENVIRONMENTS = ("staging", "production")
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/1a2b"


def given(environment: str, content: str = "0" * 64, **changes: str) -> dict[str, str]:
    """Returns the parameters that `make deploy` passes for content with this digest."""
    parameters = {**parameters_of(CONFIG, environment), "Architecture": "arm64", **changes}
    return {**parameters, "Release": release(content, parameters)}


def stacks(*asked: dict[str, str]) -> list[Expanded]:
    return [Expanded(template, each) for template, each in zip(translated(asked), asked, strict=True)]


_ALL = {
    **{environment: given(environment) for environment in ENVIRONMENTS},
    "with everything": given(
        "production",
        DomainName="api.loft.example",
        CertificateArn=CERTIFICATE,
        AlarmEmail="ops@loft.example",
        CreateApiGatewayLogRole="true",
        ApiReservedConcurrency="50",
    ),
    "as an address": given("staging", SenderIdentity="bookings-staging@example.com"),
    "with nothing": given(
        "staging", CreateSenderIdentity="false", SenderIdentity="bookings-staging@example.com"
    ),
}


@pytest.fixture(scope="session")
def all_stacks() -> dict[str, Expanded]:
    return dict(zip(_ALL, stacks(*_ALL.values()), strict=True))


@pytest.fixture(params=_ALL)
def stack(request: pytest.FixtureRequest, all_stacks: dict[str, Expanded]) -> Expanded:
    """Yields each environment in samconfig.toml, and production with every option switched on."""
    return all_stacks[request.param]


@pytest.fixture
def production(all_stacks: dict[str, Expanded]) -> Expanded:
    return all_stacks["production"]


@pytest.fixture
def staging(all_stacks: dict[str, Expanded]) -> Expanded:
    return all_stacks["staging"]
