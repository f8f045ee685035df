"""The ports: interfaces to everything outside the use cases.

Adapters implement them, and tests have fakes with the same methods. These docstrings are the contract. They list every error that a use
case must handle.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

from frontdesk.domain.booking.writes import Write
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key, Kind
from frontdesk.domain.requests.once import Made, Once
from frontdesk.domain.sizes import ReadingRoom
from frontdesk.domain.trail import Entry
from frontdesk.usecases.context import Clock, Context

if TYPE_CHECKING:
    # Imported only for types, because at run time only the import functions need them.
    from frontdesk.domain.imports.runs import Counts, ImportRun
    from frontdesk.domain.messages.telling import Letter
    from frontdesk.domain.webhooks.subscriptions import Subscription


# An item found by scanning: its organization, its key, and its content, or None if that is unreadable.
Found = tuple[str, Key, Any]


class Listed(NamedTuple):
    """An entry for an order or booking in a list.

    `at` is the instant by which the list is sorted: the creation or the start. `size` is the order's number of
    bookings, or the booking's length in seconds. If `asks_order`, the order must be read to know whether the API
    shows it and its bookings.
    """

    key: Key
    at: int
    size: int
    is_blocker: bool = False
    asks_order: bool = False


class Lists(Protocol):
    """Lists an organization's orders and bookings.

    All lists are eventually consistent: entries may lag by seconds. All methods raise Busy when the time is up.
    """

    def orders(
        self, context: Context, start: int | None, end: int | None, *, newest_first: bool
    ) -> Iterator[Listed]:
        """Yields the orders created in [start, end), sorted by creation and then by id. `Listed.at` is the time of creation."""

    def of_customer(self, context: Context, customer_id: str) -> Iterator[Listed]:
        """Yields the orders of a customer, and the bookings for that customer in other customers' orders, newest first.

        `Listed.at` is when the order was created, also for a booking.
        """

    def of_external(self, context: Context, external_id: str) -> Iterator[Listed]:
        """Yields the bookings with this external id (their id in another system), newest first. `Listed.at` is the time of creation."""

    def of_resources(
        self,
        context: Context,
        resource_ids: Sequence[str],
        start: int | None,
        end: int | None,
        *,
        newest_first: bool,
    ) -> Iterator[Listed]:
        """Yields these resources' bookings that overlap [start, end), without repetition, sorted by start (`Listed.at`)."""

    def between(self, context: Context, start: int, end: int, *, newest_first: bool) -> Iterator[Listed]:
        """Yields all bookings that overlap [start, end), sorted by start, which is `Listed.at`."""

    def items(self, context: Context, keys: Sequence[Key], room: ReadingRoom | None = None) -> dict[Key, Any]:
        """Returns many items by key, read in parallel batches. Otherwise works like `Store.read` with `consistent=False`.

        Raises TooMuchRead if the items do not fit into `room`.
        """

    def resources(self, context: Context) -> Iterator[str]:
        """Yields the ids of all resources, including archived ones."""

    def customers(self, context: Context, *, archived: bool) -> Iterator[tuple[str, str | None]]:
        """Yields (customer id, searchable text) for each customer. The text is None in entries that earlier versions wrote."""


class Catalog(Protocol):
    """Writes and lists catalog items. To read items, use `Store.read`. All methods raise Busy when the time is up.

    A claim reserves a unique value, for example an email address, for one item.
    """

    def listed(self, context: Context, kind: Kind, *, archived: bool, newest_first: bool) -> Iterator[Key]:
        """Yields the keys of a kind's archived or active items, sorted by creation. The list is eventually consistent."""

    def add(
        self,
        context: Context,
        items: Sequence[CatalogItem],
        *,
        by: Token | None = None,
        made: Made | None = None,
    ) -> frozenset[Key]:
        """Creates items, their claims and `made` in one transaction. Returns the keys and claims that are taken, or an empty set.

        `by` is the token that creates the items. Raises Revoked if this token no longer exists, and AlreadyMade if the idempotency key in
        `made` was used before.
        """

    def made(self, context: Context, once: Once) -> Made | None:
        """Returns the record of the item that an earlier request with the same idempotency key created.

        Returns None if there was no such request, or if its record has expired. The read is consistent.
        """

    def change(self, context: Context, seen: CatalogItem, item: CatalogItem) -> frozenset[Key]:
        """Writes an item and its claims in one transaction.

        The stored version must still be that of `seen`, and no other item may have one of the new claims. Returns an
        empty set, or the keys that prevented the write.
        """

    def revoke(self, context: Context, revocation: "Revocation") -> frozenset[Key]:
        """Deletes a token and disables its subscriptions in one transaction, if none of them changed since they were read.

        Returns an empty set, or the keys that prevented the write.
        """


class AlreadyMade(Exception):
    """An earlier request with the same idempotency key has created something. This request has written nothing."""


class Revocation(NamedTuple):
    """A token to delete.

    `witness` is another token, which must still exist. `parent` is the token that created `token`, or None.
    `token` is also removed from `parent.children`. `switched_off` are the subscriptions to disable, as
    (before, after).
    """

    token: Token
    witness: Token
    parent: Token | None
    switched_off: Sequence[tuple["Subscription", "Subscription"]]


class Store(Protocol):
    """Reads and writes orders, ledgers and the catalog. Every call is for one organization, except `everything`.

    All methods raise Busy when the time is up.
    """

    def read(
        self, context: Context, keys: Iterable[Key], *, consistent: bool, room: ReadingRoom | None = None
    ) -> dict[Key, Any]:
        """Returns the items under these keys, with None for each that does not exist.

        Not a snapshot: items are read at different moments. Raises TooMuchRead if they do not fit into `room`.
        """

    def write(self, context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        """Writes everything in one transaction and returns None.

        If a condition fails, writes nothing and returns the conflicting items by key in their current state, with None for missing ones.
        Repeating a write that succeeded also returns None.
        """

    def prepare(self, context: Context, writes: Sequence[Write]) -> Callable[[], Mapping[Key, Any] | None]:
        """Prepares a transaction without sending it. Returns a function that sends the transaction.

        The function takes no arguments. Its result is the same as the result of the method `write`.
        """

    def order(self, context: Context, order_id: str) -> tuple[Order, list[Booking]] | None:
        """Returns an order with its bookings by ordinal, or None. Reads consistently: first the order, then its bookings."""

    def token(self, organization_id: str, digest: str, clock: Clock) -> Token | None:
        """Returns the token with this digest, or None. The read is consistent."""

    def count_resend(self, context: Context, order_id: str, hour: int) -> bool:
        """Counts a resend of an order and returns True. `hour` is the result of `resends.hour_of`.

        After MAX_RESENDS in that hour, returns False without counting.
        """

    def everything(self, clock: Clock) -> Iterator[Found]:
        """Yields every item of every organization once, page by page. Different items are read at different moments."""

    def of_resource(self, context: Context, resource_id: str) -> Iterator[Found]:
        """Yields, without repetition: a resource, its days, its bookings, their orders, and the orders that have holds on these days.

        If an order is being canceled, also yields its bookings of other resources. Bookings come from an index, which may lag by seconds.
        """


class Trails(Protocol):
    """Reads the trail, whose entries expire after a year. All methods raise Busy when the request's time is up."""

    def of_order(self, context: Context, order_id: str) -> Iterator[tuple[str, Entry]]:
        """Yields (sort key without its prefix, entry) for an order, sorted by this key. The read is consistent."""

    def of_organization(self, context: Context, start: int, end: int) -> Iterator[tuple[str, Entry]]:
        """Yields (id, entry) for all changes in [start, end], the newest first. Leaves out changes of orders.

        Reads page by page, as needed. Raises TooMuchRead after very many bytes.
        """


class MailError(Exception):
    """Sending a mail failed. The error's text never contains the recipient."""


class MailRefused(MailError):
    """The mail service rejected this mail permanently."""


class MailUnavailable(MailError):
    """The mail service did not accept the mail for now, or did not answer. Without an answer, the mail may have been sent."""


class Mailer(Protocol):
    """Sends mail."""

    def send(self, message: EmailMessage, tags: Mapping[str, str] | None = None) -> str:
        """Sends a mail and returns the service's message id.

        Raises MailRefused or MailUnavailable. Later reports about the mail contain its `tags`.
        """


class Composer(Protocol):
    """Writes the mail of a letter. A letter is a message with all data that its mail shows."""

    def __call__(self, letter: "Letter") -> EmailMessage:
        """Returns the mail for a letter. Raises MailRefused if mail cannot be sent to its address."""


class Operator(Protocol):
    """Sends reports to the people who operate the system."""

    def report_unsent(self, organization_id: str, order_id: str) -> None:
        """Reports an order whose mail could not be sent. The report contains neither customer nor address."""


class StoredFile(NamedTuple):
    """A file in the import bucket. `etag` changes with its content. `written_at` is in epoch seconds."""

    key: str
    etag: str
    written_at: int = 0


class FileGone(Exception):
    """The file no longer exists, or has been replaced."""


class Files(Protocol):
    """Stores files in the import bucket."""

    def list(self, prefix: str, after: str = "") -> Iterator[StoredFile]:
        """Yields the files with this prefix, sorted by key, starting after the key `after`."""

    def open(self, key: str, etag: str | None = None) -> AbstractContextManager[BinaryIO]:
        """Opens a file as a stream. With `etag`, opens only that version. Raises FileGone."""

    def write(self, key: str, content: bytes | BinaryIO, media_type: str = "application/x-ndjson") -> None:
        """Writes a file atomically. Replaces an existing one."""

    def move(self, key: str, to: str, etag: str) -> bool:
        """Moves a file if its ETag is still `etag`. Returns True, also if the file was moved before.

        If another file has replaced it, leaves the other file where it is and returns False.
        """


class Link(NamedTuple):
    """A URL that allows one operation until `expires_at` (epoch seconds)."""

    url: str
    expires_at: int


class Links(Protocol):
    """Signs URLs to the import bucket for callers without AWS credentials. Signing sends no request, so the file may not exist."""

    def upload(self, key: str, size: int, now: int) -> Link:
        """Returns a link for uploading a file of exactly `size` bytes (PUT)."""

    def download(self, key: str, name: str, now: int) -> Link:
        """Returns a link for downloading a file (GET), which browsers save as `name`."""


class Executions(Protocol):
    """Starts and checks executions of the import's state machine."""

    def is_running(self, execution: str) -> bool:
        """Whether an execution is still running. False for an unknown one."""

    def start(self, asked: Mapping[str, Any]) -> str:
        """Starts the import's state machine with the input `asked`, and returns the id of the execution."""


class Runs(Protocol):
    """Stores the runs of imports of all organizations, and which run has claimed which file."""

    def is_organization(self, context: Context) -> bool:
        """Whether the organization exists. The read is consistent."""

    def begin(self, context: Context, run: "ImportRun", made: Made | None) -> None:
        """Stores a run that waits for its file, and the record of its request, in one transaction.

        Raises AlreadyMade if an earlier request with the same key has stored a run.
        """

    def unfinished(self, context: Context, since: int) -> "Iterator[str]":
        """Yields the ids of the organization's runs that began after `since` and have not ended. Reads page by page, as needed."""

    def claim(
        self,
        run: "ImportRun",
        clock: Clock,
        *,
        instead_of: "ImportRun | None" = None,
        began: "ImportRun | None" = None,
    ) -> "ImportRun | None":
        """Stores a new run and claims its file, in one transaction. Returns None if this succeeds.

        If a run other than `instead_of` has claimed the file, writes nothing and returns that run. `began` is a run that was stored
        before its file arrived, and is now continued. If the stored `began` has changed, writes nothing and returns its current state.
        """

    def run(self, context: Context, run_id: str) -> "ImportRun | None":
        """Returns a run with its current counts, or None. The read is consistent."""

    def change(self, seen: "ImportRun", run: "ImportRun", clock: Clock) -> bool:
        """Writes a run if its version is still that of `seen`. Otherwise returns False. Leaves out the counts: `chunk_done` writes them."""

    def planned_last(self, context: Context, content: str) -> str | None:
        """Returns the id of the most recently planned run with this `ImportRun.content`, or None. The read is consistent."""

    def plan(self, seen: "ImportRun", run: "ImportRun", clock: Clock, after: str | None) -> bool:
        """Records that a run is planned, and returns True.

        Writes nothing and returns False in two cases:

        - The run's version is no longer the version of `seen`.
        - `planned_last` no longer returns `after`: another run with the same content has been planned. A dry
          run skips this check.

        A call repeated after a lost answer returns True.
        """

    def holder(self, run: "ImportRun", clock: Clock) -> str | None:
        """Returns the id of the run that has claimed the file of `run`, or None if the file is not claimed.

        The file may be claimed by another run than `run`. The read is consistent.
        """

    def begin_undo(self, context: Context, seen: "ImportRun", run: "ImportRun", holder: str | None) -> bool:
        """Records that the undo of a run begins, and logs it in the same transaction.

        Returns False if the run's version is no longer that of `seen`, or if a run other than `holder` has claimed the file.
        """

    def withdraw(self, run: "ImportRun", clock: Clock) -> None:
        """If the run is still being planned, deletes it and its claim.

        If the run was announced before its file arrived, deletes only the claim. The run then waits for a file again.
        """

    def release(self, run: "ImportRun", clock: Clock) -> None:
        """Deletes the run's claim on its file, unless another run has the claim by now."""

    def chunk_done(self, run: "ImportRun", chunk: int, counts: "Counts", clock: Clock) -> None:
        """Adds a chunk's counts to its run. Repeating the call changes nothing."""

    def recent(self, context: Context, since: int | None = None) -> "Iterator[ImportRun]":
        """Yields the organization's runs that started at `since` or later, the newest first. Reads page by page, as needed.

        Without `since`, yields the runs of the last two years.
        """
