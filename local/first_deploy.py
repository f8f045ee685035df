"""Asks for the settings of a first deployment and writes them into samconfig.toml. Later deployments ask nothing.

A deployment is the first one while the sender's address is still the placeholder.
"""

import json
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.prompt import Prompt

from frontdesk.domain.catalog.addresses import is_address
from local.deploy import parameters_of
from local.servers import ROOT

CONFIG = ROOT / "samconfig.toml"
# The domain of the addresses in the original file. RFC 2606 reserves it.
_NOBODY = "@example.com"
Ask = Callable[[str, str], str]


def is_first(config: str, environment: str) -> bool:
    """Whether the environment was never configured: its sender's address in `config` is still the placeholder of the original file."""
    return parameters_of(config, environment)["SenderEmail"].endswith(_NOBODY)


def with_answers(config: str, environment: str, region: str, parameters: Mapping[str, str]) -> str:
    """Returns `config`, the text of samconfig.toml, with the region and the template's parameters set for this environment."""
    begin = config.index(f"[{environment}.deploy.parameters]")
    end = config.find("\n[", begin)
    section, rest = (config[begin:], "") if end < 0 else (config[begin:end], config[end:])
    overrides = parameters_of(config, environment) | dict(parameters)
    listed = "".join(f"    {json.dumps(f'{name}={value}')},\n" for name, value in overrides.items())
    for name, value in [("region", f'"{region}"'), ("parameter_overrides", f"[\n{listed}]")]:
        section = re.sub(
            rf"^{name} = (\[.*?^\]|.*?$)",
            lambda _, line=f"{name} = {value}": line,  # type: ignore[misc]
            section,
            flags=re.MULTILINE | re.DOTALL,
        )
    return config[:begin] + section + rest


def answers(config: str, environment: str, ask: Ask) -> str:
    """Asks each question with `ask(question, default)`. Returns `config`, the text of samconfig.toml, with the answers."""
    region = tomllib.loads(config)[environment]["deploy"]["parameters"]["region"]
    region = _asked(
        ask, "AWS region", region, lambda text: re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", text) is not None
    )
    sender = _asked(ask, "Email address that sends all mails", "", _is_somebodys)
    identity = _asked(
        ask,
        "SES identity of the sender: the domain of the address (you get three DNS records for it), or only the address",
        sender.rpartition("@")[2],
        lambda text: covers(text, sender),
    )
    alarms = _asked(
        ask,
        "Email address for alarms (leave it empty for none)",
        "",
        lambda text: not text or is_address(text),
    )
    given = {"SenderEmail": sender, "SenderIdentity": identity} | ({"AlarmEmail": alarms} if alarms else {})
    return with_answers(config, environment, region, given)


def covers(identity: str, address: str) -> bool:
    """Whether an SES identity (an address, or a domain with its subdomains) may send from an address."""
    domain = address.rpartition("@")[2]
    return identity in (address, domain) or ("." in identity and domain.endswith(f".{identity}"))


def _is_somebodys(address: str) -> bool:
    return is_address(address) and not address.endswith(_NOBODY)


def _asked(ask: Ask, question: str, default: str, is_right: Callable[[str], bool]) -> str:
    while not is_right(answer := ask(question, default).strip()):
        print("This value is not valid. Try again:", file=sys.stderr)
    return answer


def ask_what_is_missing(environment: str, path: Path = CONFIG) -> None:
    """Before a first deployment, asks for the missing settings and writes samconfig.toml. Otherwise does nothing.

    Exits if samconfig.toml lacks the environment, or if there is no terminal on which to ask.
    """
    config = path.read_text(encoding="utf-8")
    try:
        first = is_first(config, environment)
    except KeyError:
        sys.exit(f"There is no environment {environment!r} in samconfig.toml.")
    if not first:
        return
    if not sys.stdin.isatty():
        sys.exit(
            f"Set SenderEmail and SenderIdentity of {environment} in samconfig.toml to your own, or run this in a"
            " terminal to be asked."
        )
    print(f"First deployment of {environment}. Your answers are saved in samconfig.toml.")
    path.write_text(
        answers(config, environment, lambda question, default: Prompt.ask(question, default=default)),
        encoding="utf-8",
    )
