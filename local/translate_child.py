"""Expands a template as CloudFormation's transform does. Run by the interpreter of .tools: JSON in, JSON out.

Standard input: {"template": its text, "parameters": [{name: value}, ...], "content": {folder: digest}}. Each folder named in the template
counts as uploaded by `sam package` under its digest. Standard output: a template for each set of parameters.
"""

import json
import sys
from copy import deepcopy

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

asked = json.load(sys.stdin)
packaged = yaml_parse(asked["template"])
for resource in packaged["Resources"].values():
    for name in ("CodeUri", "ContentUri"):
        folder = resource.get("Properties", {}).get(name)
        if folder is not None:
            resource["Properties"][name] = f"s3://packaged/{asked['content'][folder]}"


def expand(parameters):
    """Returns the expanded template for one set of parameters."""
    template = deepcopy(packaged)
    given = {
        name: parameters.get(name, declared.get("Default"))
        for name, declared in template["Parameters"].items()
    }
    # No role here names a managed policy by its short name, so no ARNs need to be looked up.
    return Translator({}, Parser()).translate(template, given)


json.dump([expand(parameters) for parameters in asked["parameters"]], sys.stdout)
