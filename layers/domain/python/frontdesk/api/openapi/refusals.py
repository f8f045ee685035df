"""The meaning of each error status, with an example error from the catalogue."""

from collections.abc import Mapping

from frontdesk.api.answers.errors import error_document
from frontdesk.api.app import MAX_BYTES
from frontdesk.api.negotiation import JSON, JSON_API
from frontdesk.api.openapi.contract import Refusal
from frontdesk.domain.problems import Problem
from frontdesk.domain.requests.envelope import MAX_VALUES
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
        "A parameter, a header or the JSON syntax is invalid.",
        Problem("unknown_parameter", {"name": "page"}, parameter="page"),
    ),
    (
        "Unauthenticated",
        "The token is missing, unknown or expired.",
        Problem("unauthenticated", header="Authorization"),
    ),
    (
        "Forbidden",
        "The token does not allow this call.",
        Problem("unauthorized", {"reason": Phrase("without_scope", {"scope": "orders:write"})}),
    ),
    ("NotFound", "The organization has no resource with this id.", Problem("not_found")),
    (
        "NotAcceptable",
        "The `Accept` header names no type that the API can answer with.",
        Problem("not_acceptable", {"types": (JSON_API, JSON)}, header="Accept"),
    ),
    (
        "Conflict",
        "The resource's state does not allow the call.",
        Problem("order_expired", {"reason": Phrase("draft_expired")}),
    ),
    (
        "Changed",
        "The resource has changed since the ETag was read.",
        Problem("precondition_failed", header="If-Match"),
    ),
    (
        "TooLarge",
        "The body has too many bytes or values.",
        Problem("payload_too_large", {"most": MAX_BYTES, "values": MAX_VALUES}),
    ),
    (
        "UnsupportedMediaType",
        "The `Content-Type` of the body is not `application/vnd.api+json`.",
        Problem("unsupported_media_type", {"type": JSON_API}, header="Content-Type"),
    ),
    (
        "Unprocessable",
        "The request is well-formed, but it cannot be carried out. Each error names its field.",
        Problem("slot_unavailable", _TAKEN, pointer="/bookings/0"),
    ),
    (
        "TooManyRequests",
        "Too many requests at this time. Send the request again after the seconds in `Retry-After`.",
        Problem("too_many_requests"),
    ),
    ("InternalError", "The server has failed.", Problem("internal_error")),
    ("MailRefused", "The mail service has refused the mail.", Problem("mail_refused")),
    ("Busy", "There are too many changes at the same time. Send the same request again.", Problem("busy")),
    (
        "NoAnswerInTime",
        "The API (`gateway_timeout`) or its database (`outcome_unknown`) did not answer in time. The request may have been "
        "carried out, or may still be. Check the result before you repeat the request. With the same "
        "`Idempotency-Key`, you can repeat it safely.",
        Problem("outcome_unknown"),
    ),
)
REFUSALS = {
    problem.status: Refusal(name=name, description=text, example=error_document([problem], "en"))
    for name, text, problem in _REFUSED
}
