"""Finds the item that a cell names, by id, external id, slug or unique name. Suggests similar names if none is found. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from typing import Any, NamedTuple

from frontdesk.domain.catalog.items import CatalogItem, Customer
from frontdesk.domain.imports.headers.folding import folded, folded_value
from frontdesk.errors import Phrase

MAX_TOLD = 5
# How many names are compared to find suggestions for one file. This takes two or three seconds.
_MAX_COMPARED = 500_000
# Longer names are not compared, because that takes the product of their lengths.
_LONGEST = 80


class Called(NamedTuple):
    """The fields of a customer that an import needs. Whole customers would take too much memory."""

    id: str
    external_id: str | None
    name: str


class Names:
    """The items of one kind, found by id, external id, slug or name.

    If `is_whole` is False, the items were not read, so ids cannot be checked.
    """

    def __init__(self, items: Iterable[CatalogItem | Called] = (), *, is_whole: bool = True) -> None:
        self.is_whole = is_whole
        self._ids: dict[str, str] = {}
        self._slugs: dict[str, str] = {}
        self._by_name: defaultdict[str, list[CatalogItem | Called]] = defaultdict(list)
        self._by_letters: defaultdict[str, list[CatalogItem | Called]] = defaultdict(list)
        self._similar: dict[str, list[str]] = {}
        self._left = _MAX_COMPARED
        for item in items:
            if getattr(item, "archived", False):
                continue
            self._ids[item.id] = item.id
            if external_id := getattr(item, "external_id", None):
                self._ids.setdefault(external_id, item.id)
            if slug := getattr(item, "slug", None):
                self._slugs.setdefault(slug, item.id)
            name = name_of(item)
            if name:
                self._by_name[folded_value(name)].append(item)
                self._by_letters[folded(name)].append(item)

    def __len__(self) -> int:
        return len(set(self._ids.values()))

    @property
    def only(self) -> str | None:
        """The id of the only item, or None if there is not exactly one."""
        ids = set(self._ids.values())
        return next(iter(ids)) if self.is_whole and len(ids) == 1 else None

    def find(self, text: str, *, unnumbered: bool = False) -> "str | NotFound":
        """Returns the id of the item that a text names, or a NotFound with the reason.

        With `unnumbered`, ignores the names of items that have an external id.
        """
        found = self._ids.get(text) or self._slugs.get(text.casefold())
        if found:
            return found
        named = self._by_name.get(folded_value(text)) or self._by_letters.get(folded(text)) or []
        if unnumbered:
            named = [each for each in named if not getattr(each, "external_id", None)]
        if len(named) == 1:
            return named[0].id
        if named:
            return NotFound(text, candidates=[f"{name_of(each)} ({each.id})" for each in named[:MAX_TOLD]])
        return NotFound(text, among=self)

    def numbered(self, text: str) -> str | None:
        """Returns the id of the item with this id or external id, or None. Ignores slugs and names."""
        return self._ids.get(text)

    def similar_to(self, text: str) -> Sequence[str]:
        """Returns up to three names similar to a text. Returns nothing once the comparisons allowed for one file are used up."""
        if len(text) > _LONGEST:
            return ()
        if text not in self._similar:
            self._left -= len(self._by_letters)
            if self._left < 0:
                return ()
            self._similar[text] = self._compared(text)
        return self._similar[text]

    def _compared(self, text: str) -> list[str]:
        short = [each for each in self._by_letters if len(each) <= _LONGEST]
        close = get_close_matches(folded(text), short, n=3, cutoff=0.6)
        if not close:
            close = [
                each
                for each in self._by_letters
                if folded(text) and (folded(text) in each or each in folded(text))
            ][:3]
        return [name_of(self._by_letters[each][0]) for each in close]


class NotFound(NamedTuple):
    """A text that names several items, or none.

    If it names several, `candidates` describes them. If it names none, `among` has the names that were searched.
    """

    text: str
    candidates: Sequence[str] = ()
    among: Names | None = None

    @property
    def nearest(self) -> Sequence[str]:
        """Names similar to the text. Computed only on demand, because the search takes time."""
        return self.among.similar_to(self.text) if self.among else ()

    @property
    def reason(self) -> Phrase:
        """Why the text does not name exactly one item, as a phrase for the row's problem."""
        if self.candidates:
            return Phrase("name_of_several", {"candidates": list(self.candidates)})
        if nearest := self.nearest:
            return Phrase("name_of_none_but_near", {"nearest": list(nearest)})
        return Phrase("name_of_none")


NOTHING = Names(is_whole=False)


class Directory(NamedTuple):
    """The items that a file may name, by kind. Without a directory, ids are not checked until the order is placed."""

    resources: Names = NOTHING
    services: Names = NOTHING
    add_ons: Names = NOTHING
    customers: Names = NOTHING
    currency: str | None = None
    # Minutes of each service that always takes the same time.
    durations: Mapping[str, int] = {}
    timeslot_series: Names = NOTHING
    # The ids of resources that take one booking at a time.
    single: AbstractSet[str] = frozenset()

    def of(self, kind: str) -> Names:
        """Returns the names of a kind, such as "resources"."""
        names: Names = getattr(self, kind)
        return names


def name_of(item: Any) -> str:
    """Returns an item's display name, or an empty text if it has none."""
    return item.full_name if isinstance(item, Customer) else str(getattr(item, "name", ""))
