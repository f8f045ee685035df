"""Deliveries of events: their content, their log, and when they are retried. Instants are epoch seconds.

`docs/api.md` describes them under "Deliveries".
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
# While a delivery's lease lasts, one invocation has the delivery to itself. No invocation runs for as long as a lease lasts.
LEASE_SECONDS = 30
# Seconds after which the queue no longer redelivers a message.
LOST_SECONDS = 2 * 3600
LOG_SECONDS = 30 * 24 * 3600
MAX_LISTED = 1_000
# The most bytes of an event in the queue. SQS allows 256 KiB for a whole message.
MAX_EVENT_BYTES = 200_000


class Message(BaseModel):
    """A message in the queue: send this event to this subscription.

    `round` is 1 at first. It increases each time somebody requests that the event be delivered again.
    """

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
    """The log entry of an event's delivery to one subscription. `id` is the event's id.

    `response_status` is the HTTP status of the receiver's last answer. If there was no answer, or no attempt was made, `error` says why.
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
        """Whether no further attempt will follow: the status is final, or the message in the queue is lost.

        The message counts as lost when the next attempt is overdue by more than LOST_SECONDS.
        """
        return self.status in FINAL or now > max(self.lease_until, self.next_attempt_at or 0) + LOST_SECONDS

    def after(self, status: DeliveryStatus, now: int, **values: Any) -> "Delivery":
        """Returns the delivery with another status and an incremented version.

        Clears the lease and the time of the next attempt, unless `values` sets them.
        """
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
    """Returns the delivery to continue: `seen`, or a new one without attempts.

    A new delivery is returned if `seen` is None, or if the message belongs to a later round than `seen`.
    """
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
    """Returns the seconds to wait after this many attempts: 60 after the first, then longer, at most 3600.

    `spread`, a random number from 0 to 1, shortens the pause by up to half, so that retries do not come in bursts.
    """
    return round(min(_LONGEST_PAUSE, _FIRST_PAUSE * _PAUSE_FACTOR ** (attempts - 1)) * (1 - spread / 2))
