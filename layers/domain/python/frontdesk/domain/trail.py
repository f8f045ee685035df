"""Who did what."""

from typing import Literal, NamedTuple


class Actor(NamedTuple):
    """Who acts: a token or an import, by id and name, or the system itself."""

    kind: Literal["token", "import", "system"]
    id: str | None = None
    name: str | None = None


SYSTEM = Actor("system")
