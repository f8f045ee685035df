"""One row of a file, of whichever kind. Pure."""

import hashlib
import json
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from frontdesk.domain.problems import Problem
from frontdesk.errors import Value

MAX_ID = 255


class Piece(BaseModel):
    """One row. `order` holds the fields of an order without its bookings; rows with the same `order_ref` are one order."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    line: int
    external_id: str | None = None
    order_ref: str | None = None
    order: dict[str, Any] = Field(default_factory=dict)
    bookings: Any = None
    customer: dict[str, Any] | None = None
    problems: tuple[tuple[str, str | None, str], ...] = ()

    @property
    def digest(self) -> bytes:
        """Of what the row asks for, whatever it is called."""
        content = [self.order, self.bookings, self.customer, self.problems and self.line]
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()[
            :16
        ]

    @property
    def place(self) -> str:
        """Rows with the same one probably meet on the same day of the same resource."""
        booking = self.bookings[0] if isinstance(self.bookings, list) and self.bookings else None
        if not isinstance(booking, dict):
            return ""
        resources = booking.get("resource_id")
        first = resources[0] if isinstance(resources, list) and resources else resources
        return f"{first}\0{str(booking.get('start_date'))[:10]}"[:200]

    @property
    def weight(self) -> int:
        """About how many bookings it stands for."""
        bookings = (
            [booking for booking in self.bookings if isinstance(booking, dict)]
            if isinstance(self.bookings, list)
            else []
        )
        rules = [booking.get("recurring") for booking in bookings]
        counts = [rule.get("count") if isinstance(rule, dict) else 1 for rule in rules]
        return sum(max(1, min(count, 1000)) if type(count) is int else 50 for count in counts) or 1


def told(code: str, at: str | None, **values: Value) -> tuple[str, str | None, str]:
    """A problem of a row as it is kept with it, in English: nobody has said a language."""
    return code, at, Problem(code, values).detail()
