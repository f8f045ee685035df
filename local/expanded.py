"""Expands template.yaml with AWS's own translator, and evaluates its conditions for given parameters."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.servers import REGION, ROOT, client_environment

Json = dict[str, Any]
_FOLDERS = re.compile(r"(?:CodeUri|ContentUri): (\S+)")
_TRANSLATOR = ROOT / "local/translate_child.py"


def translated(
    parameters: Sequence[Mapping[str, str]], content: str = "0" * 64, source: Path = ROOT
) -> list[Json]:
    """Returns the expanded template for each set of parameters. Conditions are not evaluated yet.

    Each code folder in the template is treated as if it had been uploaded, with `content` as its digest.
    `source` is the folder of template.yaml.
    """
    text = (source / "template.yaml").read_text(encoding="utf-8")
    folders = dict.fromkeys(_FOLDERS.findall(text), content)
    asked = {"template": text, "parameters": list(parameters), "content": folders}
    done = subprocess.run(
        [ROOT / ".tools/bin/python", _TRANSLATOR],
        input=json.dumps(asked),
        env=client_environment("http://127.0.0.1:1"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"The template cannot be expanded:\n{done.stderr[-2000:]}")
    templates: list[Json] = json.loads(done.stdout)
    return templates


class Expanded:
    """The stack of one environment.

    `resources` are its resources by logical id. Parameters and conditions are evaluated. References to resources remain as they are
    ({"Ref": ...}, {"Fn::GetAtt": ...}).
    """

    def __init__(self, template: Json, parameters: Mapping[str, str]) -> None:
        self.template = template
        defaults = {
            name: each["Default"] for name, each in template["Parameters"].items() if "Default" in each
        }
        self.values: dict[str, Any] = {
            **{name: str(value) for name, value in defaults.items()},
            **parameters,
            "AWS::Region": REGION,
            "AWS::AccountId": "123456789012",
            "AWS::Partition": "aws",
            "AWS::StackName": "frontdesk",
            "AWS::URLSuffix": "amazonaws.com",
        }
        self.resources: dict[str, Json] = {
            name: self.resolved(resource)
            for name, resource in template["Resources"].items()
            if self.holds(resource.get("Condition"))
        }
        self.outputs: dict[str, Json] = {
            name: self.resolved(output)
            for name, output in template["Outputs"].items()
            if self.holds(output.get("Condition"))
        }

    def of_type(self, kind: str) -> dict[str, Json]:
        """Returns the properties of all resources of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def holds(self, condition: str | None) -> bool:
        """Whether the template's condition with this name is true. Also true for None, which means a resource without a condition."""
        return condition is None or self._decided(self.template["Conditions"][condition])

    def resolved(self, value: Any) -> Any:
        """Returns a value with parameters and conditions filled in."""
        if isinstance(value, list):
            return [each for each in map(self.resolved, value) if each is not None]
        if not isinstance(value, dict):
            return value
        match list(value.items()):
            case [("Ref", "AWS::NoValue")]:
                return None
            case [("Ref", str(name))] if name in self.values:
                return self.values[name]
            case [("Fn::If", [condition, yes, no])]:
                return self.resolved(yes if self.holds(condition) else no)
            case [("Fn::Sub", text)]:
                return self._substituted(text)
            case [("Fn::Split", [separator, text])]:
                return self.resolved(text).split(separator)
            case [("Fn::Select", [at, texts])]:
                return self.resolved(texts)[int(at)]
        pairs = {name: self.resolved(each) for name, each in value.items()}
        return {name: each for name, each in pairs.items() if each is not None}

    def _substituted(self, value: Any) -> str:
        """Evaluates Fn::Sub: returns the text with its parameters filled in. `${Resource}` and `${Resource.Attribute}` remain."""
        text, names = value if isinstance(value, list) else (value, {})
        references = {name: self.resolved(each) for name, each in names.items()}

        def one(found: re.Match[str]) -> str:
            match references.get(found[1]):
                case {"Ref": name}:
                    return f"${{{name}}}"
                case None:
                    return str(self.values.get(found[1], found[0]))
                case text:
                    return str(text)

        return re.sub(r"\$\{([\w:.]+)\}", one, text)

    def _decided(self, condition: Any) -> bool:
        match list(condition.items()):
            case [("Fn::Equals", [one, other])]:
                return bool(str(self.resolved(one)) == str(self.resolved(other)))
            case [("Fn::Not", [one])]:
                return not self._decided(one)
            case [("Fn::And", all_of)]:
                return all(map(self._decided, all_of))
            case [("Fn::Or", any_of)]:
                return any(map(self._decided, any_of))
            case [("Condition", name)]:
                return self.holds(name)
        raise ValueError(f"This condition has an unknown form: {condition}")


def expanded(parameters: Mapping[str, str]) -> Expanded:
    """Returns the stack that template.yaml describes for these parameters."""
    return Expanded(translated([parameters])[0], parameters)
