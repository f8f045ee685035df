"""Caches message rules for some seconds, because many consecutive orders in the table's stream belong to few organizations."""

import time
from collections.abc import Callable, Sequence
from itertools import islice

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Catalog, Store

# Seconds after which a function that sends mails sees a changed rule.
CACHE_SECONDS = 5
_MAX_CACHED = 1000
# The most rules of an organization that are used. Newer ones are ignored.
MAX_RULES = 100


class RecentRules:
    """A cache of message rules. Call it to get an organization's rules, the oldest first. They may be up to CACHE_SECONDS old."""

    def __init__(
        self, store: Store, catalog: Catalog, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._catalog, self._monotonic = store, catalog, monotonic
        self._cache: dict[str, tuple[float, list[MessageRule]]] = {}

    def __call__(self, context: Context) -> Sequence[MessageRule]:
        """Returns the organization's rules, without archived ones, from the cache if possible."""
        now = self._monotonic()
        until, found = self._cache.get(context.organization_id, (now, []))
        if now < until:
            return found
        if len(self._cache) >= _MAX_CACHED:
            self._cache.clear()
        listed = self._catalog.listed(context, "message_rule", archived=False, newest_first=False)
        keys = list(islice(listed, MAX_RULES))
        known = self._store.read(context, keys, consistent=False) if keys else {}
        found = [rule for key in keys if isinstance(rule := known[key], MessageRule)]
        self._cache[context.organization_id] = (now + CACHE_SECONDS, found)
        return found
