"""`sam local` has every function, and an event for it."""

import re

from local.sam import EXPECTED, function_of
from local.servers import ROOT


def test_every_function_has_an_event_and_an_expected_answer() -> None:
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert functions == {path.stem for path in (ROOT / "events").glob("*.json")} == EXPECTED.keys()


def test_the_template_names_functions_after_their_folders() -> None:
    template = (ROOT / "template.yaml").read_text()
    named = re.findall(
        r"^  (\w+):\n    Type: AWS::Serverless::Function\n(?:    Metadata:.*\n(?:      .*\n)*)?    Properties:\n      CodeUri: functions/(\w+)$",
        template,
        re.MULTILINE,
    )
    assert named
    assert {folder: name for name, folder in named} == {name: function_of(name) for name in EXPECTED}
