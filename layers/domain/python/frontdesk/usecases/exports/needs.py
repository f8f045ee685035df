"""The ports of the export use cases, in addition to those in `usecases.ports`."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, Protocol

from frontdesk.domain.exports.export import Export, Part
from frontdesk.domain.requests.once import Made
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.ports import Catalog, Lists, Store


class Exports(Protocol):
    """Stores the exports of all organizations. All methods raise Busy when the time is up."""

    def add(self, context: Context, export: Export, *, made: Made | None = None) -> None:
        """Creates an export and a log entry in one transaction. Raises AlreadyMade if the idempotency key in `made` was used before."""

    def export(self, context: Context, export_id: str) -> Export | None:
        """Returns an export, or None. The read is consistent."""

    def change(self, context: Context, seen: Export, export: Export) -> bool:
        """Writes an export if its version is still that of `seen`. Returns False otherwise."""

    def recent(self, context: Context) -> Iterator[Export]:
        """Yields an organization's exports, the newest first. Reads page by page, as needed."""

    def unfinished(self, context: Context) -> Iterator[str]:
        """Yields the ids of an organization's unfinished exports, the oldest first. The list is eventually consistent."""

    def unfinished_everywhere(self, clock: Clock) -> Iterator[tuple[str, str]]:
        """Yields (organization id, export id) of all unfinished exports, the oldest first. The list is eventually consistent."""

    def customers(self, context: Context, after: str | None, *, archived: bool) -> Iterator[tuple[str, str]]:
        """Yields (customer id, cursor) in the order of creation, starting after the cursor `after`. The list is eventually consistent.

        `archived` selects either the archived customers or the others.
        """


class PartsChanged(Exception):
    """The stored parts differ from the recorded ones, because another worker has changed them. The file must be started again."""


class Shelf(Protocol):
    """Stores the files of exports in the bucket. A file becomes visible only when it is complete."""

    def begin(self, key: str, media_type: str) -> str:
        """Begins the upload of a file in parts. Returns the upload's id."""

    def send(self, key: str, upload: str, number: int, content: bytes) -> Part:
        """Stores a part. All parts except the last need at least 5 MiB. Raises PartsChanged if the upload no longer exists."""

    def finish(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        """Combines the parts into the file. Does nothing if the file is complete already. Raises PartsChanged."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Opens a file as a stream."""

    def write(self, key: str, content: BinaryIO, media_type: str) -> None:
        """Writes a file atomically."""


class Orders(Protocol):
    """The queue of exports to make or continue."""

    def send(self, organization_id: str, export_id: str, version: int) -> None:
        """Queues the export, so that a worker processes it at least once.

        Workers ignore a message with an outdated `version`, because another message has resumed the export since.
        """


class Workshop(NamedTuple):
    """The ports that are needed to make a file."""

    store: Store
    lists: Lists
    catalog: Catalog
    exports: Exports
    shelf: Shelf
    queue: Orders
