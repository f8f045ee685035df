"""Deliveries of events: their content, their log, and when they are retried.

`docs/api.md`, "Deliveries", describes them. Instants are epoch seconds.
"""

from typing import Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
)

from frontdesk.domain.time.intervals import iso
from frontdesk.domain.webhooks.events import EventName, time_of_event

MAX_ATTEMPTS = 8
_FIRST_PAUSE, _PAUSE_FACTOR, _LONGEST_PAUSE = 60, 3.0, 3600
# The delivering function cannot run for this long, so the holder of an expired lease is no longer working.
LEASE_SECONDS = 30
# After this time, the queue no longer delivers any of the messages again.
LOST_SECONDS = 2 * 3600
LOG_SECONDS = 30 * 24 * 3600
MAX_LISTED = 1_000
# The most bytes of an event in the queue. SQS allows 256 KiB for a whole message.
MAX_EVENT_BYTES = 200_000


class Message(BaseModel):
    """One delivery in the queue: an event for a subscription. `round` counts how often a delivery of the event was requested."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    organization_id: str
    webhook_id: str
    event_id: str
    event: EventName
    subject_type: str
    subject_id: str
    triggered_at: int
    round: int = 1
    data: dict[str, Any]

    @property
    def payload(self) -> dict[str, Any]:
        """The body of the delivery."""
        return {
            "event": self.event,
            "timestamp": iso(time_of_event(self.event_id)),
            "event_id": self.event_id,
            "webhook_id": self.webhook_id,
            "triggered_at": iso(self.triggered_at),
            "data": self.data,
        }


DeliveryStatus = Literal["pending", "sending", "retrying", "delivered", "failed", "dropped"]
DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)
FINAL: frozenset[DeliveryStatus] = frozenset({"delivered", "failed", "dropped"})


class Delivery(BaseModel):
    """The delivery of an event to a subscription, stored under the event's id.

    It has ids, but never the event's content. `error` says why an attempt got no answer or was not made. `response_status` is the
    status of the answer.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    id: str
    webhook_id: str
    event: EventName
    subject_type: str
    subject_id: str
    status: DeliveryStatus = "pending"
    round: int = 1
    attempts: int = 0
    response_status: int | None = None
    error: str | None = None
    attempted_at: int | None = None
    next_attempt_at: int | None = None
    finished_at: int | None = None
    lease_until: int = 0
    version: int = 0

    @property
    def at(self) -> int:
        """The event's time, in epoch seconds."""
        return time_of_event(self.id)

    @property
    def kept_until(self) -> int:
        """When the log entry expires, in epoch seconds."""
        return max(self.at, self.attempted_at or 0) + LOG_SECONDS

    def is_over(self, now: int) -> bool:
        """Whether no further attempt will follow.

        This includes a delivery that has been silent for so long that its message must be lost.
        """
        return self.status in FINAL or now > max(self.lease_until, self.next_attempt_at or 0) + LOST_SECONDS

    def after(self, status: DeliveryStatus, now: int, **values: Any) -> "Delivery":
        """Returns the delivery in another state, with its version incremented and its lease ended."""
        finished = now if status in FINAL else None
        changes = {
            "status": status,
            "version": self.version + 1,
            "finished_at": finished,
            "next_attempt_at": None,
            "lease_until": 0,
        }
        return self.model_copy(update=changes | values)


def begun(message: Message, seen: Delivery | None) -> Delivery:
    """Returns the delivery that a message belongs to: unchanged, or restarted if a new round was requested."""
    if seen is not None and message.round <= seen.round:
        return seen
    return Delivery(
        id=message.event_id,
        webhook_id=message.webhook_id,
        event=message.event,
        subject_type=message.subject_type,
        subject_id=message.subject_id,
        round=message.round,
        version=seen.version if seen else 0,
    )


def pause_after(attempts: int, spread: float) -> int:
    """Returns the seconds until the next attempt, from a minute to an hour.

    `spread` (0 to 1) shortens this by up to half, to avoid bursts.
    """
    return round(min(_LONGEST_PAUSE, _FIRST_PAUSE * _PAUSE_FACTOR ** (attempts - 1)) * (1 - spread / 2))
