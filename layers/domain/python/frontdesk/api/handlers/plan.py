"""The operation that returns the plan of some days for the desk."""

from datetime import date
from urllib.parse import urlencode

from frontdesk.api.answers.availability import plan_resource
from frontdesk.api.answers.documents import document
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.api.query import ids_in, read_day
from frontdesk.api.routes import ALIASES, PLAN
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.time.intervals import zone_of_name
from frontdesk.errors import Invalid, Phrase, Value
from frontdesk.usecases.plan import MAX_DAYS, Readers, make_plan

MAX_BYTES = 2_000_000
_RESOURCES = ("resource_id", *(alias for alias, of in ALIASES.items() if of == "resource_id"))


def include(api: Api) -> None:
    """Adds `GET /plan` to `api`."""

    @api.handles("read_plan")
    def read_plan(caller: Caller) -> Answer:
        asked, world = api.parameters, api.world
        problems: list[Problem] = []

        def refuse(code: str, parameter: str, /, **values: Value) -> None:
            problems.append(Problem(code, values, 400, parameter=parameter))

        def day(name: str) -> date | None:
            try:
                return read_day(asked[name].strip()) if asked.get(name, "").strip() else None
            except Invalid as error:
                refuse("invalid_parameter", name, reason=error.reason)
                return None

        first, last = day("start_date"), day("end_date")
        if not asked.get("start_date", "").strip():
            refuse("parameter_required", "start_date", reason=Phrase("when_as_date"))
        last = last or first
        if first and last and not problems:
            if last < first:
                refuse("end_before_start", "end_date")
            elif (last - first).days >= MAX_DAYS:
                refuse("invalid_parameter", "end_date", reason=Phrase("too_many_days", {"most": MAX_DAYS}))
        zone = zone_of_name(asked.get("timezone"))
        if zone is None and "timezone" in asked:
            refuse("invalid_timezone", "timezone")
        named = next((name for name in _RESOURCES if name in asked), "resource_id")
        ids: tuple[str, ...] = ()
        try:
            ids = ids_in(",".join(asked[name] for name in _RESOURCES if name in asked))
        except Invalid as error:
            refuse("invalid_parameter", named, reason=error.reason)
        if problems:
            raise FrontdeskError(*problems)
        assert first
        assert last
        plan = make_plan(
            caller.context,
            first,
            (last - first).days + 1,
            ids,
            zone,
            Readers(world.store, world.lists, world.catalog),
        )
        answer = api.answer(200, document(plan_resource(plan, f"{api.base_url}{PLAN}?{urlencode(asked)}")))
        if len((answer.body or "").encode()) > MAX_BYTES:
            raise FrontdeskError(Problem("answer_too_large", {"most": MAX_BYTES}))
        return answer
