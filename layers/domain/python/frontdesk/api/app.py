"""The HTTP layer of every API function: reads requests, writes answers in JSON:API, and translates errors in one place."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from pydantic_core import from_json, to_json

from frontdesk import metrics
from frontdesk.api.answers.errors import error_document
from frontdesk.api.authentication import Caller
from frontdesk.api.bounds import encoded
from frontdesk.api.negotiation import (
    JSON,
    JSON_API,
    first_of,
    is_plain,
    language,
    media_type,
    normalized,
    preferences,
)
from frontdesk.api.query import names_in, with_values
from frontdesk.api.routes import ANY_TOKEN, BY_NAME, PUBLIC, Route, allowed_methods, takes_several
from frontdesk.api.world import World
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.envelope import MAX_VALUES, has_few_values, with_integers
from frontdesk.domain.requests.once import Once
from frontdesk.domain.texts import plain_line
from frontdesk.domain.trail import MAX_REASON
from frontdesk.errors import Invalid, Language, Phrase
from frontdesk.usecases.orders.place import Idempotency

if TYPE_CHECKING:
    from frontdesk.usecases.context import Clock

MEDIA_TYPE = JSON_API
MAX_BYTES = 1_000_000

# The refusals that are counted: their codes, and the names of the metrics.
_COUNTED = {
    "slot_unavailable": "SlotConflicts",
    "unauthenticated": "Unauthenticated",
    "unauthorized": "Unauthorized",
    "busy": "Busy",
    "outcome_unknown": "Busy",
    "mail_refused": "MailsFailed",
    "mail_unavailable": "MailsFailed",
}
_FLAGS = {"1": True, "true": True, "0": False, "false": False}

# Finds the ids for the logs. Only ids in Frontdesk's own form are logged, because a path may contain anything.
_NAMED = re.compile(r"/(order|booking)s/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-\d{1,4})?)(?:/|$)")

logger = Logger()


# Every answer has these headers. template.yaml adds them to API Gateway's own answers.
SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}

Answer = Response[str]


_HandlerT = TypeVar("_HandlerT", bound=Callable[..., Answer])


class Api:
    """The handlers of one Lambda function, and the request that it is answering."""

    def __init__(self, find_world: Callable[[], World]) -> None:
        self.find_world = find_world
        self.resolver = APIGatewayRestResolver()
        self._headers: dict[str, str] = {}
        self.resolver.exception_handler(FrontdeskError)(self._refused)
        self.resolver.exception_handler(Exception)(self._failed)
        self.resolver.not_found(self._no_route)

    def handles(self, *names: str) -> Callable[[_HandlerT], _HandlerT]:
        """Registers a handler for the routes with these names (`api.routes`).

        First authenticates the caller and checks the scope and all parameters. Then calls the handler with the caller and the ids in
        the path.
        """

        def register(handler: _HandlerT) -> _HandlerT:
            for name in names:
                route = BY_NAME[name]
                assert route.scope != PUBLIC, f"{name} is public: register it with `publishes`"
                self._register(route, _admitting(self, route, handler))
            return handler

        return register

    def publishes(self, name: str) -> Callable[[_HandlerT], _HandlerT]:
        """Registers a handler for a PUBLIC route, without authentication. Query parameters are ignored."""

        def register(handler: _HandlerT) -> _HandlerT:
            route = BY_NAME[name]
            assert route.scope == PUBLIC, f"{name} takes a token: register it with `handles`"
            self._register(route, handler)
            return handler

        return register

    def _register(self, route: Route, answer: Callable[..., Answer]) -> None:
        self.resolver.route(route.path, method=[route.method])(answer)

    @property
    def world(self) -> World:
        """What the Lambda function works with, such as its store and settings."""
        return self.find_world()

    @property
    def clock(self) -> "Clock":
        """The clock of this invocation."""
        return self.world.clock(self.resolver.lambda_context)

    def admit(self, route: Route) -> Caller:
        """Checks the token, the scope, the parameters and the `Accept` header of the current request. Returns its caller.

        Adds the organization and the id in the path to the logs. Raises FrontdeskError 401, 403, 400 or 406.
        """
        event = self.resolver.current_event
        if route.method not in allowed_methods(event.path):
            # A fixed path (orders/calculate) also matches the path of an item (orders/{id}).
            raise NotFoundError
        query = self._sent
        if query and not all(map(_is_unicode, query.keys() | query.values())):
            raise FrontdeskError(Problem("invalid_parameter", {"reason": Phrase("parameter_not_unicode")}))
        scope = None if route.scope == ANY_TOKEN or route.scope == PUBLIC else route.scope
        # Several values of `o` are joined with commas, match no organization, and are refused.
        caller = self.world.authenticator.caller(
            self._header("authorization"),
            query.get("o") or None,
            scope,
            self.clock,
            event.request_context.request_id,
            also=route.also,
        )
        unknown = [
            Problem("unknown_parameter", {"name": name[:100]}, parameter=name)
            for name in query
            if not route.takes(name)
        ]
        if unknown:
            raise FrontdeskError(*unknown)
        self._refuse_repeated()
        if media_type(self.accept) is None and first_of(self.accept, route.forms) is None:
            # Checked after the caller and the path, but before anything is read or written.
            raise FrontdeskError(Problem("not_acceptable", {"types": (JSON_API, JSON)}, header="Accept"))
        if "reason" in query:
            caller = caller._replace(context=caller.context._replace(reason=_reason(query["reason"])))
        named = _NAMED.search(event.path)
        logger.append_keys(
            organization_id=caller.organization_id, **({f"{named[1]}_id": named[2]} if named else {})
        )
        metrics.about(organization_id=caller.organization_id)
        return caller

    def _refuse_repeated(self) -> None:
        """Raises FrontdeskError 400 if a parameter that takes one value was sent with several different ones."""
        values: dict[str, set[str]] = {}
        for name, texts in (self.resolver.current_event.multi_value_query_string_parameters or {}).items():
            if not takes_several(name):
                values.setdefault(name.removesuffix("[]"), set()).update(texts)
        repeated = [
            Problem("invalid_parameter", {"reason": Phrase("only_one_value")}, parameter=name)
            for name, texts in values.items()
            if len(texts) > 1
        ]
        if repeated:
            raise FrontdeskError(*repeated)

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters that have a value. The values of a repeated parameter are joined with commas."""
        return with_values(self._sent)

    @property
    def _sent(self) -> dict[str, str]:
        event = self.resolver.current_event
        several = {
            name: ",".join(values if takes_several(name) else dict.fromkeys(values))
            for name, values in (event.multi_value_query_string_parameters or {}).items()
        }
        return {**(event.query_string_parameters or {}), **several}

    def flag(self, name: str, default: bool = False) -> bool:
        """Returns a query parameter as a boolean. Raises FrontdeskError 400 if its value is not `true`, `1`, `false` or `0`."""
        text = self.parameters.get(name, str(default))
        if text.lower() not in _FLAGS:
            raise FrontdeskError(Problem("invalid_parameter", {"reason": Phrase("not_flag")}, parameter=name))
        return _FLAGS[text.lower()]

    def canceling(self) -> dict[str, bool]:
        """Returns the options of a cancellation, as arguments of `cancel_order`. Raises FrontdeskError 400."""
        return {"notify": self.flag("notify_customer"), "include_past": self.flag("include_past")}

    def body(self, *, optional: bool = False) -> Any:
        """Returns the parsed body, or an empty object if the body is missing and `optional`. Raises FrontdeskError 413, 415 or 400."""
        if optional and not (self.resolver.current_event.body or "").strip():
            return {}
        content_types = preferences(self._header("content-type"))
        if [each.value for each in content_types] != [MEDIA_TYPE] or not is_plain(content_types[0]):
            raise FrontdeskError(
                Problem("unsupported_media_type", {"type": MEDIA_TYPE}, header="Content-Type")
            )
        try:
            text = self.resolver.current_event.decoded_body or ""
            if len(text) <= MAX_BYTES and len(text.encode()) <= MAX_BYTES:
                parsed = from_json(text, allow_inf_nan=False)
                if has_few_values(parsed):
                    return with_integers(parsed)
        except ValueError as error:
            reason = Phrase("body_not_json", {"error": str(error)})
            raise FrontdeskError(Problem("malformed_json", {"reason": reason})) from error
        raise FrontdeskError(Problem("payload_too_large", {"most": MAX_BYTES, "values": MAX_VALUES}))

    def idempotency(self, caller: Caller, body: Any) -> Idempotency | None:
        """Returns the identity of a request that creates an order. Returns None without the header Idempotency-Key."""
        key = self._idempotency_key()
        if key is None:
            return None
        return Idempotency.of(caller.organization_id, caller.token.id, key, _canonical(body))

    def once(self, caller: Caller, body: Any) -> Once | None:
        """Returns the identity of a request that creates an item other than an order. Returns None without the header Idempotency-Key."""
        key, event = self._idempotency_key(), self.resolver.current_event
        call = f"{event.http_method} {event.path.rstrip('/')}"
        if key is None:
            return None
        return Once.of(caller.organization_id, caller.token.id, call, key, _canonical(body))

    def _idempotency_key(self) -> str | None:
        key = self._header("idempotency-key")
        if key is not None and not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
            raise FrontdeskError(Problem("invalid_idempotency_key", header="Idempotency-Key"))
        return key

    def if_match(self) -> frozenset[str] | None:
        """Returns the entity tags in the header If-Match. None if the header is missing or `*`: then any version matches."""
        text = self._header("if-match")
        return (
            None if text is None or text.strip() == "*" else frozenset(tag.strip() for tag in text.split(","))
        )

    def answer(
        self,
        status: int,
        document: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        always_json_api: bool = False,
    ) -> Answer:
        """Answers with a JSON:API document, or its `normalized` form if the caller accepts only JSON."""
        if not always_json_api and media_type(self._header("accept")) == JSON:
            include = names_in(self.parameters.get("include", ""))
            body = encoded(
                document, lambda each: normalized(each, include), lambda: self.base_url, self.language
            )
            return self._response(status, body, JSON, headers)
        return self._response(status, self._bounded(document), JSON_API, headers)

    def plain(self, value: Any) -> Answer:
        """Answers with JSON that is not a JSON:API document."""
        return self._response(200, to_json(value).decode(), JSON)

    @property
    def language(self) -> Language:
        """The language that the caller prefers."""
        return language(self._header("accept-language"))

    @property
    def accept(self) -> str | None:
        """The Accept header, or None."""
        return self._header("accept")

    def elsewhere(self, url: str) -> Answer:
        """Answers 303, a redirect to another URL."""
        headers = {"Location": url, "Cache-Control": "no-store", "Vary": "Accept"}
        return Response(status_code=303, body="", headers=headers)

    def nothing(self) -> Answer:
        """Answers 204. The body is an empty text, because not all gateways accept null."""
        return Response(status_code=204, body="", headers={"Cache-Control": "no-store"})

    @property
    def base_url(self) -> str:
        """The URL at which clients reach the API: the configured one, or the URL of this request."""
        event = self.resolver.current_event
        context = event.request_context
        configured = self.world.settings.public_base_url
        if configured:
            return configured.format(api_id=context.api_id, stage=context.stage).rstrip("/")
        prefix = (context.path or event.path).removesuffix(event.path)
        return f"{self._header('x-forwarded-proto') or 'https'}://{self._header('host')}{prefix}"

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answers one Lambda event. Errors become JSON:API documents."""
        logger.structure_logs(append=False)
        logger.set_correlation_id(event.get("requestContext", {}).get("requestId"))
        # API Gateway and `sam local` write header names in different case.
        self._headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        with metrics.measured(context):
            answer = self.resolver.resolve(event, context)
        answer["multiValueHeaders"].update({name: [value] for name, value in SECURITY_HEADERS.items()})
        return answer

    def _header(self, name: str) -> str | None:
        return self._headers.get(name)

    def _no_route(self, _: NotFoundError) -> Answer:
        event = self.resolver.current_event
        allowed = allowed_methods(event.path)
        if allowed and event.http_method not in allowed:
            problem = Problem("method_not_allowed", {"path": event.path, "methods": allowed})
            return self._errors(405, [problem], {"Allow": ", ".join(allowed)})
        return self._errors(404, [Problem("not_found")])

    def _refused(self, error: FrontdeskError) -> Answer:
        # JSON:API: an answer with several errors has the status that applies most generally.
        status = max(problem.status for problem in error.problems)
        log = logger.error if status >= 500 else logger.info
        codes = {problem.code for problem in error.problems}
        log("refused", status=status, codes=sorted(codes))
        for code in codes & _COUNTED.keys():
            metrics.count(_COUNTED[code])
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return self._errors(status, error.problems, headers)

    def _failed(self, error: Exception) -> Answer:
        # Logs only the locations of the traceback: the text of an exception may contain customer data.
        logger.error("failed", error=type(error).__name__, where=_where(error))
        return self._errors(500, [Problem("internal_error")])

    def _errors(
        self, status: int, problems: Iterable[Problem], headers: Mapping[str, str] | None = None
    ) -> Answer:
        # Callers that accept only plain JSON, or no JSON at all, get errors as JSON:API documents too.
        body = self._bounded(error_document(problems, self.language))
        return self._response(status, body, media_type(self._header("accept")) or JSON_API, headers)

    def _bounded(self, document: Mapping[str, Any]) -> str:
        return encoded(document, lambda each: each, lambda: self.base_url, self.language)

    def _response(
        self, status: int, body: str, content_type: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        usual = {
            "Cache-Control": "no-store",
            "Vary": "Accept, Accept-Language",
            "Content-Language": self.language,
        }
        return Response(status, content_type, body, headers={**usual, **(headers or {})})


def _admitting(api: Api, route: Route, handler: Callable[..., Answer]) -> Callable[..., Answer]:
    def answer(**ids: str) -> Answer:
        return handler(api.admit(route), **ids)

    return answer


def _canonical(body: Any) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _reason(text: str) -> str | None:
    """Parses the query parameter `reason`. A blank reason becomes None. Raises FrontdeskError 400."""
    try:
        if len(text := plain_line(text).strip()) > MAX_REASON:
            raise Invalid("too_many_characters", most=MAX_REASON)
    except Invalid as error:
        problem = Problem("invalid_parameter", {"reason": error.reason}, parameter="reason")
        raise FrontdeskError(problem) from error
    return text or None


def _is_unicode(text: str) -> bool:
    # Events are JSON, which may contain half of a surrogate pair.
    return text.isascii() or not re.search("[\ud800-\udfff]", text)


def _where(error: BaseException) -> list[str]:
    frames, traceback = [], error.__traceback__
    while traceback:
        frames.append(f"{traceback.tb_frame.f_globals.get('__name__')}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return frames[-8:]
