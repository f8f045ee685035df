"""What each status of a refusal means, with an example of one error, in the catalogue's words."""

from collections.abc import Mapping

from frontdesk.api.answers.errors import error_document
from frontdesk.api.app import MAX_BYTES
from frontdesk.api.negotiation import JSON, JSON_API
from frontdesk.api.openapi.contract import Refusal
from frontdesk.domain.problems import Problem
from frontdesk.errors import Phrase, Value

_TAKEN: Mapping[str, Value] = {
    "owner": "Meeting Room 1",
    "left": 0,
    "quantity": 1,
    "start": "2030-04-15T07:00:00+00:00",
    "end": "2030-04-15T08:00:00+00:00",
    "weight": 1,
}
_REFUSED = (
    (
        "BadRequest",
        "A parameter, a header or the JSON itself is not right.",
        Problem("unknown_parameter", {"name": "page"}, parameter="page"),
    ),
    ("Unauthenticated", "There is no valid token.", Problem("unauthenticated", header="Authorization")),
    (
        "Forbidden",
        "The token does not allow it.",
        Problem("unauthorized", {"reason": Phrase("without_scope", {"scope": "orders:write"})}),
    ),
    ("NotFound", "There is no such thing in the organization.", Problem("not_found")),
    (
        "NotAcceptable",
        "Only JSON is answered.",
        Problem("not_acceptable", {"types": (JSON_API, JSON)}, header="Accept"),
    ),
    (
        "Conflict",
        "What it is about is in no state for it.",
        Problem("order_expired", {"reason": Phrase("draft_expired")}),
    ),
    ("Changed", "It has been changed since.", Problem("precondition_failed", header="If-Match")),
    ("TooLarge", "The body is too large.", Problem("payload_too_large", {"most": MAX_BYTES})),
    (
        "UnsupportedMediaType",
        "The body is of another media type.",
        Problem("unsupported_media_type", {"type": JSON_API}, header="Content-Type"),
    ),
    (
        "Unprocessable",
        "The request is understood and cannot be done. Each problem points to its place.",
        Problem("slot_unavailable", _TAKEN, pointer="/bookings/0"),
    ),
    ("TooManyRequests", "Too many requests.", Problem("too_many_requests")),
    ("InternalError", "Something went wrong here.", Problem("internal_error")),
    ("MailRefused", "The mail service refuses the mail.", Problem("mail_refused")),
    ("Busy", "Too many changes at the same time; the same request may be sent again.", Problem("busy")),
    (
        "NoAnswerInTime",
        "No answer in time, of the API (`gateway_timeout`) or of its database (`outcome_unknown`). The request may have been"
        " carried out, or still may be: look before you send it again; with its `Idempotency-Key` it is safe to repeat.",
        Problem("outcome_unknown"),
    ),
)
REFUSALS = {
    problem.status: Refusal(name=name, description=text, example=error_document([problem], "en"))
    for name, text, problem in _REFUSED
}
