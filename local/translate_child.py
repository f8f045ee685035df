"""Expands a template as CloudFormation's transform does. The interpreter of .tools runs this module.

Standard input: {"template": its text, "parameters": [{name: value}, ...], "content": {folder: digest}}. Folders that the template names are
treated as if `sam package` had uploaded them under their digests. Standard output: a template for each set of parameters.
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
    # No role here uses the short name of a managed policy, so no ARNs must be looked up.
    return Translator({}, Parser()).translate(template, given)


json.dump([expand(parameters) for parameters in asked["parameters"]], sys.stdout)
