"""What the desk's screen of imports offers, held to what an import knows."""

import re

from frontdesk.domain.imports.headers.known import KNOWN
from local.servers import ROOT


def test_the_desk_offers_columns_that_an_import_knows() -> None:
    text = (ROOT / "console/src/files/mapping.jsx").read_text()
    block = text[text.index("TARGETS = {") : text.index("};")]
    offered = {
        kind: re.findall(r'"(\w+)"', names) for kind, names in re.findall(r"(\w+): \[(.*?)\]", block, re.S)
    }
    assert offered.keys() == KNOWN.keys()
    assert {kind: [name for name in names if name not in KNOWN[kind]] for kind, names in offered.items()} == {
        kind: [] for kind in KNOWN
    }
    # Each kind offers what must be there.
    assert all(len(names) > 5 for names in offered.values())
