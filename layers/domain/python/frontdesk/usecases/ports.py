"""What the use cases need of the world. `store` and `mail` implement it; tests bring fakes of the same shape."""

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
    # Only an import pays for importing them.
    from frontdesk.domain.imports.runs import Counts, ImportRun
    from frontdesk.domain.messages.telling import Letter
    from frontdesk.domain.webhooks.subscriptions import Subscription


# An item that is found where it was not named: its organization, key, and content, None if that makes no sense.
Found = tuple[str, Key, Any]


class Listed(NamedTuple):
    """What a list tells of an order or a booking, before either is read.

    `at`: when the order was made, or the booking begins. `size`: how many bookings the order has, or the booking's seconds.
    `asks_order`: only the order tells whether it can be seen, and which of its bookings.
    """

    key: Key
    at: int
    size: int
    is_blocker: bool = False
    asks_order: bool = False


class Lists(Protocol):
    """Which orders and bookings an organization has, by what one looks for them. All may be some seconds behind, and raise Busy."""

    def orders(
        self, context: Context, start: int | None, end: int | None, *, newest_first: bool
    ) -> Iterator[Listed]:
        """The orders that were made from `start` to before `end`, in that order."""

    def of_customer(self, context: Context, customer_id: str) -> Iterator[Listed]:
        """A customer's orders, and the customer's bookings in orders of others; newest first. A booking's `at` is the order's."""

    def of_resources(
        self,
        context: Context,
        resource_ids: Sequence[str],
        start: int | None,
        end: int | None,
        *,
        newest_first: bool,
    ) -> Iterator[Listed]:
        """The bookings of some resources that overlap [start, end), each once, by their start."""

    def between(self, context: Context, start: int, end: int, *, newest_first: bool) -> Iterator[Listed]:
        """All bookings that overlap [start, end), by their start."""

    def items(self, context: Context, keys: Sequence[Key], room: ReadingRoom | None = None) -> dict[Key, Any]:
        """What is under many keys, as `Store.read` reads it, all batches at the same time; eventually consistent."""

    def resources(self, context: Context) -> Iterator[str]:
        """The ids of all resources, archived ones too."""

    def customers(self, context: Context, *, archived: bool) -> Iterator[tuple[str, str | None]]:
        """The ids of customers, each with what it is found by (`searchable_customer`); None if the list does not tell."""


class Catalog(Protocol):
    """The catalog as staff maintain it; it is read through `Store.read`. All raise Busy out of time."""

    def listed(self, context: Context, kind: Kind, *, archived: bool, newest_first: bool) -> Iterator[Key]:
        """The items of a kind by their creation; some seconds behind."""

    def add(
        self,
        context: Context,
        items: Sequence[CatalogItem],
        *,
        by: Token | None = None,
        made: Made | None = None,
    ) -> frozenset[Key]:
        """Writes new items, all or none. Returns which of their keys and claims are somebody else's: empty if it is done.

        `by` is the token that answers for them, where they may do something in its place: without it, raises Revoked.
        `made` is remembered along with them; raises AlreadyMade where the same key is remembered.
        """

    def made(self, context: Context, once: Once) -> Made | None:
        """What came of a request with the same key, with the fingerprint that it had; read consistently. None if it is over."""

    def change(self, context: Context, seen: CatalogItem, item: CatalogItem) -> frozenset[Key]:
        """Writes an item if it is as `seen`, and its claims are free. Returns what is in the way: empty if it is done."""

    def revoke(self, context: Context, revocation: "Revocation") -> frozenset[Key]:
        """Deletes a token and switches its subscriptions off, if all is as it was read. Returns what is in the way."""


class AlreadyMade(Exception):
    """The request, or another one with its key, has made something before; nothing is written."""


class Revocation(NamedTuple):
    """A token to be deleted. `witness` is one that must be there afterwards.

    `parent` has it among its children, unless that is gone; its subscriptions are `switched_off`: as seen, and after.
    """

    token: Token
    witness: Token
    parent: Token | None
    switched_off: Sequence[tuple["Subscription", "Subscription"]]


class Store(Protocol):
    """Orders, ledgers and catalog of all organizations. Every call is for one of them, if not for all. All raise Busy out of time."""

    def read(
        self, context: Context, keys: Iterable[Key], *, consistent: bool, room: ReadingRoom | None = None
    ) -> dict[Key, Any]:
        """The items under the keys; None for each that is not there. Raises TooMuchRead where they have no `room`."""

    def write(self, context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        """Writes all of it in one transaction: None; or nothing, and then the items that stood against it, as they are."""

    def order(self, context: Context, order_id: str) -> tuple[Order, list[Booking]] | None:
        """An order with its bookings in their order, read consistently."""

    def token(self, organization_id: str, digest: str, clock: Clock) -> Token | None:
        """An API token by the digest of its secret, read consistently."""

    def count_resend(self, context: Context, order_id: str, hour: int) -> bool:
        """Counts one more resend of an order within an hour (`resends.hour_of`); False if there were MAX_RESENDS."""

    def everything(self, clock: Clock) -> Iterator[Found]:
        """Every item of every organization once, read page by page: each as it is at some moment of the reading."""

    def of_resource(self, context: Context, resource_id: str) -> Iterator[Found]:
        """A resource, its days, the bookings on them and their orders, each once; of orders that are being canceled all bookings.

        Which bookings there are is asked of an index, which may be some seconds behind.
        """


class Trails(Protocol):
    """Who did what, for as long as that is kept. All raise Busy out of time."""

    def of_order(self, context: Context, order_id: str) -> Iterator[tuple[str, Entry]]:
        """The entries of an order by their parts of a key, read consistently."""

    def of_organization(self, context: Context, start: int, end: int) -> Iterator[tuple[str, Entry]]:
        """What was done to anything but orders in [start, end], by id; the newest first, read as it is asked for."""


class MailError(Exception):
    """A mail was not sent. Its text never names the recipient."""


class MailRefused(MailError):
    """The service will not send this mail, however often it is asked."""


class MailUnavailable(MailError):
    """The service did not take the mail now; whether it sent it may be unknown."""


class Mailer(Protocol):
    def send(self, message: EmailMessage, tags: Mapping[str, str] | None = None) -> str:
        """Sends a mail and returns its message id; raises MailRefused or MailUnavailable. What is heard of it has the `tags`."""


class Composer(Protocol):
    def __call__(self, letter: "Letter") -> EmailMessage:
        """The mail that a letter comes to. Raises MailRefused where an address is none that a mail can go to."""


class Operator(Protocol):
    def report_unsent(self, organization_id: str, order_id: str) -> None:
        """Puts an order whose mail could not be sent where a person looks."""


class StoredFile(NamedTuple):
    """A file in the import bucket; `etag` changes with its content."""

    key: str
    etag: str


class FileGone(Exception):
    """A file is not there, or not with that content any more."""


class Files(Protocol):
    """The import bucket."""

    def list(self, prefix: str, after: str = "") -> Iterator[StoredFile]:
        """The files whose keys begin so, in the order of their keys, from behind the key `after` on."""

    def open(self, key: str, etag: str | None = None) -> AbstractContextManager[BinaryIO]:
        """A file's content, read as it is asked for. Raises FileGone."""

    def write(self, key: str, content: bytes | BinaryIO, media_type: str = "application/x-ndjson") -> None:
        """Writes a file, whole or not at all."""

    def move(self, key: str, to: str, etag: str) -> bool:
        """Moves a file if it still has that content, or has been moved before; False leaves what has come in its place."""


class Link(NamedTuple):
    """An address that is good for one thing, until `expires_at` (epoch seconds)."""

    url: str
    expires_at: int


class Links(Protocol):
    """Addresses in the import bucket for somebody without credentials. Nobody is asked for one: whether a file is there is not known."""

    def upload(self, key: str, size: int, now: int) -> Link:
        """Where a file of exactly `size` bytes can be put, with PUT."""

    def download(self, key: str, name: str, now: int) -> Link:
        """Where a file can be taken from, with GET; saved, it is called `name`."""


class Executions(Protocol):
    def is_running(self, execution: str) -> bool:
        """Whether somebody is still at an import; False also for an execution that nobody knows."""


class Runs(Protocol):
    """The imports of all organizations, and which file is being imported by which."""

    def is_organization(self, context: Context) -> bool:
        """Whether there is an organization to import for."""

    def claim(
        self, run: "ImportRun", clock: Clock, *, instead_of: "ImportRun | None" = None
    ) -> "ImportRun | None":
        """Notes a new run and takes its file for it: None; or the run that has the file, unless that is `instead_of`."""

    def run(self, context: Context, run_id: str) -> "ImportRun | None":
        """A run with its counts as they are, read consistently."""

    def change(self, seen: "ImportRun", run: "ImportRun", clock: Clock) -> bool:
        """Writes a run if it is as `seen`, but for what its chunks count."""

    def withdraw(self, run: "ImportRun", clock: Clock) -> None:
        """Takes a claim back as if it had never been made: no file, no run."""

    def release(self, run: "ImportRun", clock: Clock) -> None:
        """Gives the file of a run back, if the run has it."""

    def chunk_done(self, run: "ImportRun", chunk: int, counts: "Counts", clock: Clock) -> None:
        """Adds the counts of a chunk to its run, once."""

    def recent(self, context: Context, since: int | None = None) -> "Iterator[ImportRun]":
        """The organization's runs that started since a moment, or of the last two years; newest first, read as they are asked for."""
