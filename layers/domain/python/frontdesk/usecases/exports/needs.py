"""The ports of exports, beside those of all use cases."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, Protocol

from frontdesk.domain.exports.export import Export, Part
from frontdesk.domain.requests.once import Made
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.ports import Catalog, Lists, Store


class Exports(Protocol):
    """The exports of all organizations. All raise Busy when out of time."""

    def add(self, context: Context, export: Export, *, made: Made | None = None) -> None:
        """Creates an export and a log entry, in one transaction. Raises AlreadyMade if the key of `made` is stored already."""

    def export(self, context: Context, export_id: str) -> Export | None:
        """Returns an export; None if there is none. Consistent."""

    def change(self, context: Context, seen: Export, export: Export) -> bool:
        """Writes an export if its version is still that of `seen`; False if not."""

    def recent(self, context: Context) -> Iterator[Export]:
        """Yields an organization's exports, the newest first. Lazy."""

    def unfinished(self, context: Context) -> Iterator[str]:
        """Yields the ids of an organization's exports that have not ended, the oldest first. Eventually consistent."""

    def unfinished_everywhere(self, clock: Clock) -> Iterator[tuple[str, str]]:
        """Yields (organization id, export id) of all that have not ended, the oldest first. Eventually consistent."""

    def customers(self, context: Context, after: str | None, *, archived: bool) -> Iterator[tuple[str, str]]:
        """Yields (customer id, cursor) by creation, from behind the cursor `after`. Eventually consistent."""


class PartsChanged(Exception):
    """The stored parts differ from the recorded ones, because somebody else has worked on them. Start again."""


class Shelf(Protocol):
    """The files of exports in the bucket. A file exists only once it is complete."""

    def begin(self, key: str, media_type: str) -> str:
        """Begins a file in parts, and returns the upload's id."""

    def send(self, key: str, upload: str, number: int, content: bytes) -> Part:
        """Stores a part. All but the last need at least 5 MiB. Raises PartsChanged if the upload is gone."""

    def finish(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        """Makes a file from its parts. Does nothing if that is done. Raises PartsChanged."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Opens a file as a stream."""

    def write(self, key: str, content: BinaryIO, media_type: str) -> None:
        """Writes a file atomically."""


class Orders(Protocol):
    """The queue of exports to make or continue."""

    def send(self, organization_id: str, export_id: str, version: int) -> None:
        """Has somebody look at an export soon, at least once, unless it has another version by then."""


class Workshop(NamedTuple):
    """What making a file takes."""

    store: Store
    lists: Lists
    catalog: Catalog
    exports: Exports
    shelf: Shelf
    queue: Orders
