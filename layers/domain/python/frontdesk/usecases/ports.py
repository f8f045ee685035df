"""The ports: what use cases need of the world.

Adapters implement them, and tests bring fakes of the same shape. These docstrings are the contract, with every error that a use case has
to handle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    # Imported only for types: of all functions, only an import needs them at run time.
    from frontdesk.domain.imports.runs import Counts, ImportRun
    from frontdesk.domain.messages.telling import Letter
    from frontdesk.domain.webhooks.subscriptions import Subscription


# An item found by scanning: its organization, key, and content; None if the content is unreadable.
Found = tuple[str, Key, Any]


class Listed(NamedTuple):
    """An order or booking as its list entry describes it, before it is read.

    `at`: when the order was created, or when the booking starts. `size`: the order's number of bookings, or the booking's seconds.
    `asks_order`: only the order tells whether it is visible, and which of its bookings are.
    """

    key: Key
    at: int
    size: int
    is_blocker: bool = False
    asks_order: bool = False


class Lists(Protocol):
    """Lists of an organization's orders and bookings.

    Eventually consistent: entries may lag by seconds. All raise Busy when out of time.
    """

    def orders(
        self, context: Context, start: int | None, end: int | None, *, newest_first: bool
    ) -> Iterator[Listed]:
        """Yields the orders created in [start, end), by creation; those of one second by id."""

    def of_customer(self, context: Context, customer_id: str) -> Iterator[Listed]:
        """Yields a customer's orders, and their bookings in orders of others, the newest first. A booking's `at` is its order's."""

    def of_external(self, context: Context, external_id: str) -> Iterator[Listed]:
        """Yields the bookings with this id in another system, the newest first. A booking's `at` is its creation."""

    def of_resources(
        self,
        context: Context,
        resource_ids: Sequence[str],
        start: int | None,
        end: int | None,
        *,
        newest_first: bool,
    ) -> Iterator[Listed]:
        """Yields the bookings on these resources that overlap [start, end), each once, by start."""

    def between(self, context: Context, start: int, end: int, *, newest_first: bool) -> Iterator[Listed]:
        """Yields all bookings that overlap [start, end), by start."""

    def items(self, context: Context, keys: Sequence[Key], room: ReadingRoom | None = None) -> dict[Key, Any]:
        """Reads many items at once, like an eventually consistent `Store.read`, in parallel batches.

        Raises TooMuchRead if they do not fit into the `room`.
        """

    def resources(self, context: Context) -> Iterator[str]:
        """Yields the ids of all resources, including archived ones."""

    def customers(self, context: Context, *, archived: bool) -> Iterator[tuple[str, str | None]]:
        """Yields customer ids, each with its `searchable_customer` text; None for the text if the entry is too old to have it."""


class Catalog(Protocol):
    """Writes and lists catalog items. To read items, use `Store.read`. All raise Busy when out of time."""

    def listed(self, context: Context, kind: Kind, *, archived: bool, newest_first: bool) -> Iterator[Key]:
        """Yields the keys of a kind's items, by creation. Eventually consistent."""

    def add(
        self,
        context: Context,
        items: Sequence[CatalogItem],
        *,
        by: Token | None = None,
        made: Made | None = None,
    ) -> frozenset[Key]:
        """Creates items and their claims in one transaction. Returns the keys and claims that are taken; empty if it succeeded.

        `by` is the token on whose authority they act: raises Revoked if it no longer exists. `made` is stored along: raises AlreadyMade
        if its key is stored already.
        """

    def made(self, context: Context, once: Once) -> Made | None:
        """Returns what a request with the same key created, with its fingerprint. None if there was none, or it has expired. Consistent."""

    def change(self, context: Context, seen: CatalogItem, item: CatalogItem) -> frozenset[Key]:
        """Writes an item in one transaction if its version is still that of `seen` and its new claims are free.

        Returns the keys in the way; empty if it succeeded.
        """

    def revoke(self, context: Context, revocation: "Revocation") -> frozenset[Key]:
        """Deletes a token and switches off its subscriptions in one transaction, if nothing changed since it was read.

        Returns the keys in the way; empty if it succeeded.
        """


class AlreadyMade(Exception):
    """A request with this key has created something before. Nothing is written."""


class Revocation(NamedTuple):
    """A token to delete.

    `witness` is a token that must still exist afterwards. `parent` is the existing token that lists it as a child. `switched_off` are its
    subscriptions, before and after.
    """

    token: Token
    witness: Token
    parent: Token | None
    switched_off: Sequence[tuple["Subscription", "Subscription"]]


class Store(Protocol):
    """Orders, ledgers and catalog. Every call is for one organization, except `everything`. All raise Busy when out of time."""

    def read(
        self, context: Context, keys: Iterable[Key], *, consistent: bool, room: ReadingRoom | None = None
    ) -> dict[Key, Any]:
        """Returns the items under these keys; None for each that does not exist.

        Not one snapshot: items are read at different moments. Raises TooMuchRead if they do not fit into the `room`.
        """

    def write(self, context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        """Writes everything in one transaction and returns None.

        If a condition fails, writes nothing and returns the conflicting items by key, as they are now; None for missing ones. A repeated
        write whose first answer was lost counts as done.
        """

    def order(self, context: Context, order_id: str) -> tuple[Order, list[Booking]] | None:
        """Returns an order and its bookings by ordinal; None if there is none. Consistent, and no booking is older than the order."""

    def token(self, organization_id: str, digest: str, clock: Clock) -> Token | None:
        """Returns the token with this digest; None if it does not exist. Consistent."""

    def count_resend(self, context: Context, order_id: str, hour: int) -> bool:
        """Counts one more resend of an order within an hour (`resends.hour_of`). False, without counting, after MAX_RESENDS."""

    def everything(self, clock: Clock) -> Iterator[Found]:
        """Yields every item of every organization once, page by page, each as of some moment during the scan."""

    def of_resource(self, context: Context, resource_id: str) -> Iterator[Found]:
        """Yields a resource, its days, their bookings and those bookings' orders, each once; of orders being canceled, all bookings.

        Which bookings there are comes from an index, and may lag by seconds.
        """


class Trails(Protocol):
    """Reads who did what, as long as entries are kept. All raise Busy when out of time."""

    def of_order(self, context: Context, order_id: str) -> Iterator[tuple[str, Entry]]:
        """Yields (part of the key, entry) for an order, in key order. Consistent."""

    def of_organization(self, context: Context, start: int, end: int) -> Iterator[tuple[str, Entry]]:
        """Yields (id, entry) for changes of anything but orders in [start, end], the newest first. Lazy."""


class MailError(Exception):
    """A mail was not sent. The text never names the recipient."""


class MailRefused(MailError):
    """The service will never send this mail."""


class MailUnavailable(MailError):
    """The service did not accept the mail now. Whether it was sent may be unknown."""


class Mailer(Protocol):
    """Sends mail."""

    def send(self, message: EmailMessage, tags: Mapping[str, str] | None = None) -> str:
        """Sends a mail and returns the service's message id.

        Raises MailRefused or MailUnavailable. Reports about the mail carry its `tags`.
        """


class Composer(Protocol):
    """Writes mails."""

    def __call__(self, letter: "Letter") -> EmailMessage:
        """Returns the mail for a letter. Raises MailRefused if mail cannot be sent to its address."""


class Operator(Protocol):
    """Reports to the people who run the system."""

    def report_unsent(self, organization_id: str, order_id: str) -> None:
        """Reports an order whose mail could not be sent. It names neither the customer nor the address."""


class StoredFile(NamedTuple):
    """A file in the import bucket. `etag` changes with its content. `written_at` is in epoch seconds."""

    key: str
    etag: str
    written_at: int = 0


class FileGone(Exception):
    """The file no longer exists, or has other content."""


class Files(Protocol):
    """The import bucket."""

    def list(self, prefix: str, after: str = "") -> Iterator[StoredFile]:
        """Yields the files with this prefix by key, those after the key `after`."""

    def open(self, key: str, etag: str | None = None) -> AbstractContextManager[BinaryIO]:
        """Opens a file as a stream; with `etag`, only that version. Raises FileGone."""

    def write(self, key: str, content: bytes | BinaryIO, media_type: str = "application/x-ndjson") -> None:
        """Writes a file atomically, replacing any."""

    def move(self, key: str, to: str, etag: str) -> bool:
        """Moves a file if it still has this content, or has been moved already. False if another file has replaced it, which stays."""


class Link(NamedTuple):
    """A URL that allows one operation until `expires_at` (epoch seconds)."""

    url: str
    expires_at: int


class Links(Protocol):
    """Signed URLs to the import bucket for somebody without credentials. Signing sends no request, so the file may not exist."""

    def upload(self, key: str, size: int, now: int) -> Link:
        """Returns a link to PUT a file of exactly `size` bytes."""

    def download(self, key: str, name: str, now: int) -> Link:
        """Returns a link to GET a file, which is saved under `name`."""


class Executions(Protocol):
    """Asks about executions of the import's state machine."""

    def is_running(self, execution: str) -> bool:
        """Whether an execution is still running. False for an unknown one."""

    def start(self, asked: Mapping[str, Any]) -> str:
        """Starts the import's state machine with this input, and returns the execution."""


class Runs(Protocol):
    """The imports of all organizations, and which run holds which file."""

    def is_organization(self, context: Context) -> bool:
        """Whether the organization exists. Consistent."""

    def begin(self, context: Context, run: "ImportRun", made: Made | None) -> None:
        """Stores a run that waits for its file, and the record of its request, in one transaction.

        Raises AlreadyMade if the same request has created one before.
        """

    def claim(
        self,
        run: "ImportRun",
        clock: Clock,
        *,
        instead_of: "ImportRun | None" = None,
        began: "ImportRun | None" = None,
    ) -> "ImportRun | None":
        """Stores a new run and claims its file, in one transaction, and returns None.

        If another run than `instead_of` holds the file, writes nothing and returns that run. A run that `began` before its file was
        there is taken up instead of stored; if it has changed since, writes nothing and returns it.
        """

    def run(self, context: Context, run_id: str) -> "ImportRun | None":
        """Returns a run with its current counts; None if there is none. Consistent."""

    def change(self, seen: "ImportRun", run: "ImportRun", clock: Clock) -> bool:
        """Writes a run if its version is still that of `seen`; False if not. Its counts are left to `chunk_done`."""

    def begin_undo(self, context: Context, seen: "ImportRun", run: "ImportRun") -> bool:
        """Like `change`, with a log entry of who undoes the import, in one transaction."""

    def withdraw(self, run: "ImportRun", clock: Clock) -> None:
        """Deletes a claim and its run, if it is still planning, as if they had never been made."""

    def release(self, run: "ImportRun", clock: Clock) -> None:
        """Gives up the run's claim on its file, if it still has it."""

    def chunk_done(self, run: "ImportRun", chunk: int, counts: "Counts", clock: Clock) -> None:
        """Adds a chunk's counts to its run, once: repeating changes nothing."""

    def recent(self, context: Context, since: int | None = None) -> "Iterator[ImportRun]":
        """Yields the organization's runs that started since a moment, by default in the last two years, the newest first. Lazy."""
