"""Makes the tables of errors in docs/api.md from the catalogue. `make errors` writes them."""

import re

from frontdesk.errors.catalogue import AREAS
from frontdesk.errors.entries import Error
from local.servers import ROOT

FILE = ROOT / "docs/api.md"
_BEGIN, _END = "<!-- errors: made from frontdesk/errors by `make errors` -->", "<!-- /errors -->"


def table() -> str:
    """Returns Markdown with one table of errors for each area, sorted by status."""
    return "\n\n".join(
        "\n".join(
            [
                f"### {area}\n",
                "| code | status | source | when |",
                "| --- | --- | --- | --- |",
                *(
                    _row(code, error)
                    for code, error in sorted(errors.items(), key=lambda each: each[1].status)
                ),
            ]
        )
        for area, errors in AREAS.items()
    )


def written(text: str) -> str:
    """Returns `text`, the content of docs/api.md, with the current tables. Raises ValueError if the markers for the tables are missing."""
    parts = re.split(f"({re.escape(_BEGIN)}\n).*(\n{re.escape(_END)})", text, flags=re.DOTALL)
    if len(parts) != 4:
        raise ValueError(f"{FILE.name} needs one {_BEGIN} and one {_END}")
    before, begin, end, after = parts
    return f"{before}{begin}\n{table()}\n{end}{after}"


def _row(code: str, error: Error) -> str:
    statuses = ", ".join(map(str, (error.status, *error.also)))
    return f"| `{code}` | {statuses} | {error.at} | {error.when} |"


if __name__ == "__main__":
    FILE.write_text(written(FILE.read_text()))
