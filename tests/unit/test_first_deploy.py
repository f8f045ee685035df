"""The questions of a first deployment, and its changes to samconfig.toml."""

from collections.abc import Iterator

import pytest

from local.deploy import parameters_of
from local.first_deploy import answers, covers, is_first, with_answers
from local.servers import ROOT

CONFIG = (ROOT / "samconfig.toml").read_text()


def asked(*texts: str) -> tuple[str, Iterator[str]]:
    left = iter(texts)
    return answers(CONFIG, "staging", lambda _, default: next(left) or default), left


def test_what_is_answered_is_kept_and_the_rest_stays_as_it_is() -> None:
    assert is_first(CONFIG, "staging")
    after, _ = asked("us-east-1", "desk@loft.example", "", "ops@loft.example")
    assert not is_first(after, "staging")
    assert parameters_of(after, "staging") == {
        "Environment": "staging", "SenderEmail": "desk@loft.example", "SenderIdentity": "loft.example",
        "AlarmEmail": "ops@loft.example",
    }  # fmt: skip
    changed = [line for line in after.splitlines() if line not in CONFIG.splitlines()]
    assert [line.strip(' ",').split("=")[0].strip() for line in changed] == [
        "region", "SenderEmail", "SenderIdentity", "AlarmEmail",
    ]  # fmt: skip
    assert parameters_of(after, "production") == parameters_of(CONFIG, "production")
    assert is_first(after, "production")


def test_what_can_not_be_is_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    after, left = asked(
        "Frankfurt",
        "",
        "nobody",
        "staging@example.com",
        "desk@loft.example",
        "other.example",
        "desk@loft.example",
        "x",
        "",
    )
    assert parameters_of(after, "staging") == {
        "Environment": "staging", "SenderEmail": "desk@loft.example", "SenderIdentity": "desk@loft.example",
    }  # fmt: skip
    assert 'region = "eu-central-1"' in after
    assert next(left, None) is None
    assert capsys.readouterr().err.count("Try again") == 5


def test_the_last_environment_of_the_file_is_changed_too() -> None:
    after = with_answers(CONFIG, "production", "eu-west-1", {"SenderEmail": "a@b.example"})
    assert parameters_of(after, "production")["GradualDeployment"] == "true"
    assert after.count('region = "eu-west-1"') == 1


def test_an_environment_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        is_first(CONFIG, "nowhere")


def test_an_identity_covers_its_address_or_its_domain_and_those_below() -> None:
    assert covers("desk@loft.example", "desk@loft.example")
    assert covers("loft.example", "desk@loft.example")
    assert covers("loft.example", "desk@mail.loft.example")
    for other in ("example", "oft.example", "mail.loft.example", "ops@loft.example"):
        assert not covers(other, "desk@loft.example")
