"""What each status of a refusal means, with an example of one error."""

from frontdesk.api.negotiation import Json
from frontdesk.api.openapi.contract import Refusal


def _refused(name: str, description: str, status: int, code: str, detail: str, **source: str) -> Refusal:
    """With an example of one error."""
    error: Json = {"status": str(status), "code": code, "title": code.replace("_", " "), "detail": detail}
    example = {"errors": [error | ({"source": source} if source else {})], "jsonapi": {"version": "1.1"}}
    return Refusal(name=name, description=description, example=example)


_UNAUTHENTICATED = "Send a valid token: Authorization: Bearer {token}."
_NOT_JSONAPI = "Send the body as Content-Type: application/vnd.api+json."
_EXPIRED = "The draft has expired, and its slots are free again. Place a new order."
REFUSALS = {
    400: _refused(
        "BadRequest",
        "A parameter, a header or the JSON itself is not right.",
        400,
        "unknown_parameter",
        "There is no parameter 'page' here.",
        parameter="page",
    ),
    401: _refused(
        "Unauthenticated",
        "There is no valid token.",
        401,
        "unauthenticated",
        _UNAUTHENTICATED,
        header="Authorization",
    ),
    403: _refused(
        "Forbidden",
        "The token does not allow it.",
        403,
        "unauthorized",
        "This token does not have the scope orders:write.",
    ),
    404: _refused(
        "NotFound",
        "There is no such thing in the organization.",
        404,
        "not_found",
        "There is nothing at this address.",
    ),
    409: _refused("Conflict", "What it is about is in no state for it.", 409, "order_expired", _EXPIRED),
    406: _refused(
        "NotAcceptable",
        "Only JSON is answered.",
        406,
        "not_acceptable",
        "Answers are application/vnd.api+json or application/json; accept one of them.",
        header="Accept",
    ),
    412: _refused(
        "Changed",
        "It has been changed since.",
        412,
        "precondition_failed",
        "It has been changed since you read it. Read it again.",
        header="If-Match",
    ),
    413: _refused(
        "TooLarge", "The body is too large.", 413, "payload_too_large", "A body has at most 1000000 bytes."
    ),
    415: _refused(
        "UnsupportedMediaType",
        "The body is of another media type.",
        415,
        "unsupported_media_type",
        _NOT_JSONAPI,
        header="Content-Type",
    ),
    422: _refused(
        "Unprocessable",
        "It can be read, and not be done; every problem has its place.",
        422,
        "slot_unavailable",
        "Meeting Room 1 is taken at this time.",
        pointer="/bookings/0",
    ),
    429: _refused(
        "TooManyRequests",
        "Too many requests.",
        429,
        "too_many_requests",
        "Too many requests. Try again in a moment.",
    ),
    500: _refused(
        "InternalError",
        "Something went wrong here.",
        500,
        "internal_error",
        "Something went wrong here; it has been recorded.",
    ),
    502: _refused(
        "MailRefused", "The mail service refuses the mail.", 502, "mail_refused", "The mail was not taken."
    ),
    503: _refused(
        "Busy",
        "Too many changes at the same time; the same request may be sent again.",
        503,
        "busy",
        "Try again in a moment.",
    ),
    504: _refused(
        "NoAnswerInTime",
        "No answer in time, of the API (`gateway_timeout`) or of its database (`outcome_unknown`). The request may have been"
        " carried out, or still may be: look before you send it again; with its `Idempotency-Key` it is safe to repeat.",
        504,
        "outcome_unknown",
        "No answer of the database came in time. The request may have been carried out, or still may be."
        " Look before you send it again; with its Idempotency-Key it is safe to send it again.",
    ),
}
