"""Asks what a deployment needs to know the first time, and writes it into samconfig.toml: python -m local.first_deploy staging

Nothing is asked once the sender's address is one of your own.
"""

import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.prompt import Prompt

from frontdesk.domain.catalog.addresses import is_address
from local.servers import ROOT

CONFIG = ROOT / "samconfig.toml"
# Of the addresses in the file as it comes: RFC 2606 keeps the domain from being anybody's.
_NOBODY = "@example.com"
Ask = Callable[[str, str], str]


def parameters_of(config: str, environment: str) -> dict[str, str]:
    """The template's parameters in samconfig.toml. Raises KeyError for an environment that is not there."""
    text: str = tomllib.loads(config)[environment]["deploy"]["parameters"]["parameter_overrides"]
    return dict(part.split("=", 1) for part in text.split())


def is_first(config: str, environment: str) -> bool:
    return parameters_of(config, environment)["SenderEmail"].endswith(_NOBODY)


def with_answers(config: str, environment: str, region: str, parameters: Mapping[str, str]) -> str:
    """samconfig.toml with another region, and with more or other parameters of the template."""
    begin = config.index(f"[{environment}.deploy.parameters]")
    end = config.find("\n[", begin)
    section, rest = (config[begin:], "") if end < 0 else (config[begin:end], config[end:])
    overrides = " ".join(
        f"{name}={value}" for name, value in (parameters_of(config, environment) | dict(parameters)).items()
    )
    section = re.sub(r"^region = .*$", lambda _: f'region = "{region}"', section, flags=re.MULTILINE)
    section = re.sub(
        r"^parameter_overrides = .*$",
        lambda _: f'parameter_overrides = "{overrides}"',
        section,
        flags=re.MULTILINE,
    )
    return config[:begin] + section + rest


def answers(config: str, environment: str, ask: Ask) -> str:
    """The file with what is answered."""
    region = tomllib.loads(config)[environment]["deploy"]["parameters"]["region"]
    region = _asked(
        ask, "AWS region", region, lambda text: re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", text) is not None
    )
    sender = _asked(ask, "Address that mails come from; SES sends it a link", "", _is_somebodys)
    alarms = _asked(
        ask, "Address that alarms go to (empty: none)", "", lambda text: not text or is_address(text)
    )
    return with_answers(
        config, environment, region, {"SenderEmail": sender} | ({"AlarmEmail": alarms} if alarms else {})
    )


def _is_somebodys(address: str) -> bool:
    return is_address(address) and not address.endswith(_NOBODY)


def _asked(ask: Ask, question: str, default: str, is_right: Callable[[str], bool]) -> str:
    while not is_right(answer := ask(question, default).strip()):
        print("That can't be one. Once more:", file=sys.stderr)
    return answer


def main(path: Path = CONFIG) -> None:
    config = path.read_text(encoding="utf-8")
    environment = sys.argv[1]
    try:
        first = is_first(config, environment)
    except KeyError:
        sys.exit(f"There is no environment {environment!r} in samconfig.toml.")
    if not first:
        return
    if not sys.stdin.isatty():
        sys.exit(
            f"Set SenderEmail of {environment} in samconfig.toml to an address of your own, or run this in a terminal to be asked."
        )
    print(f"The first deployment of {environment}. What you answer is kept in samconfig.toml.")
    path.write_text(
        answers(config, environment, lambda question, default: Prompt.ask(question, default=default)),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
