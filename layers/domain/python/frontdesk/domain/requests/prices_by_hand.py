"""Finds prices set by hand in a request. Only callers with the scope `orders:price` may set them."""

from collections.abc import Iterator

from frontdesk.domain.problems import Problem, pointer
from frontdesk.domain.requests.order import HandPriced, OrderConfig, Path
from frontdesk.errors import Phrase


def not_yours_to_price(config: OrderConfig) -> list[Problem]:
    """Returns a problem for each price set by hand in an order. Used for callers without the scope `orders:price`."""
    reason = Phrase("without_scope", {"scope": "orders:price"})
    return [
        Problem("unauthorized", {"reason": reason}, pointer=pointer(*path))
        for path in _priced_by_hand(config)
    ]


def _priced_by_hand(config: OrderConfig) -> Iterator[Path]:
    for i, booking in enumerate(config.bookings or ()):
        if booking is None:
            continue
        here: Path = ("bookings", i)
        named: list[tuple[Path, HandPriced | None]] = [(here, booking)]
        named += [((*here, *path), each) for path, each in (*booking.add_ons, *booking.parts)]
        for path, each in named:
            if each and each.is_priced_by_hand:
                yield (*path, "discount" if each.custom_price is None else "custom_price")
