"""The options for all rows of a file, and the error that refuses a whole file. Pure."""

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StrictBool,
    StringConstraints,
    ValidationError,
)

from frontdesk.domain.catalog.addresses import kept_address
from frontdesk.domain.catalog.items import Email
from frontdesk.domain.problems import Problem, reason_of
from frontdesk.domain.requests.order import OnConflict
from frontdesk.errors import Phrase, Value

# Limits for the report about a refused file: columns, and characters of a column's name.
_MAX_COLUMNS, _MAX_NAME = 100, 200


class BadFile(Exception):
    """A file that is refused as a whole. `problem` says why; its `meta.line` says where, if known."""

    def __init__(self, code: str, line: int | None = None, **values: Value) -> None:
        super().__init__(code)
        self.problem = Problem(code, values, meta={} if line is None else {"line": line})

    def reading(self, columns: Mapping[str, str | None]) -> "BadFile":
        """Adds `columns` to the problem, to show the user how each of the file's columns was read. Returns this error."""
        told = dict(islice((each for each in columns.items() if len(each[0]) <= _MAX_NAME), _MAX_COLUMNS))
        self.problem = self.problem._replace(meta={**self.problem.meta, "columns": told})
        return self


class ImportOptions(BaseModel):
    """Options for all rows of a file. A row's own value overrides the option.

    Customers get no mail unless `notify_customer` is set, because a file may contain years of bookings. The summary is mailed to
    `report_to`. `again` allows rows that are identical to the rows of an earlier file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    dry_run: StrictBool = False
    notify_customer: StrictBool = False
    check_availability: StrictBool | None = None
    timezone: Annotated[str, StringConstraints(strict=True, max_length=64)] | None = None
    on_conflict: OnConflict | None = None
    report_to: Email | None = None
    again: StrictBool = False

    @property
    def for_orders(self) -> dict[str, Any]:
        """The options that are also fields of an order. An order's own value overrides the option."""
        return self.model_dump(
            include={"notify_customer", "check_availability", "on_conflict"}, exclude_none=True
        )


class _NewOptions(ImportOptions):
    """Options as a user sends them. Checks the address in `report_to`, unlike `ImportOptions`."""

    report_to: Annotated[Email, AfterValidator(kept_address)] | None = None


def read_options(content: Any) -> ImportOptions:
    """Parses options. Raises BadFile for unknown or invalid options."""
    options = options_of(content)
    if isinstance(options, ImportOptions):
        return options
    wrong = [
        Phrase("option_wrong", {"name": name or "options", "reason": reason}) for name, reason in options
    ]
    values: dict[str, Value] = {"wrong": wrong, "options": list(ImportOptions.model_fields)}
    raise BadFile("invalid_options", reason=Phrase("options_wrong", values))


def options_of(content: Any) -> ImportOptions | list[tuple[str, Value]]:
    """Returns the options, or (name, reason) for each invalid one."""
    try:
        return ImportOptions.model_validate(_NewOptions.model_validate(content).model_dump())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    return [(".".join(map(str, each["loc"])), reason_of(each)) for each in found]


def only_report(content: Any) -> ImportOptions:
    """Returns options with only `report_to`, from content that may be invalid. Even a refused file is reported to this address."""
    address = content.get("report_to") if isinstance(content, Mapping) else None
    options = options_of({"report_to": address})
    return options if isinstance(options, ImportOptions) else ImportOptions()
