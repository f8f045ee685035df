"""What exports need of the world beside the ports of all use cases."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, Protocol

from frontdesk.domain.exports.export import Export, Part
from frontdesk.domain.requests.once import Made
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Catalog, Lists, Store


class Exports(Protocol):
    """The exports of all organizations. All raise Busy out of time."""

    def add(self, context: Context, export: Export, *, made: Made | None = None) -> None:
        """Writes a new one, and who asked for it. Raises AlreadyMade where the same key is remembered."""

    def export(self, context: Context, export_id: str) -> Export | None:
        """One as it is now, read consistently."""

    def change(self, context: Context, seen: Export, export: Export) -> bool:
        """Writes an export if it is as `seen`."""

    def recent(self, context: Context) -> Iterator[Export]:
        """The newest first, read as they are asked for."""

    def customers(self, context: Context, after: str | None, *, archived: bool) -> Iterator[tuple[str, str]]:
        """The ids of customers by their creation, each with where a list goes on behind it: `after`."""


class PartsChanged(Exception):
    """What was noted of a file's parts is not what is there: somebody else has been at them. It is to be begun anew."""


class Shelf(Protocol):
    """The files of exports in the bucket. A file is there once it is whole."""

    def begin(self, key: str, media_type: str) -> str:
        """Begins a file in parts, and returns what its parts are sent to."""

    def send(self, key: str, upload: str, number: int, content: bytes) -> Part:
        """Sends a part; all but the last have 5 MiB at least."""

    def finish(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        """Makes a file of its parts; nothing if that is done. Raises PartsChanged."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """A file's content, read as it is asked for."""

    def write(self, key: str, content: BinaryIO, media_type: str) -> None:
        """Writes a file, whole or not at all."""


class Orders(Protocol):
    """The queue of exports that are to be made, or gone on with."""

    def send(self, organization_id: str, export_id: str) -> None:
        """Has somebody look at an export soon, at least once."""


class Workshop(NamedTuple):
    """What it takes to make a file."""

    store: Store
    lists: Lists
    catalog: Catalog
    exports: Exports
    shelf: Shelf
    queue: Orders
