"""The operations about who did what."""

from frontdesk.api.answers.trail import AuditLogEntryResource, HistoryEntryResource
from frontdesk.api.openapi.contract import Answer, Operation, Parameter
from frontdesk.api.openapi.parameters import TEXT

TRAIL: tuple[Operation, ...] = (
    Operation(
        name="read_history", tag="Trail", summary="What was done to an order, by whom and why, the oldest first",
        description="Kept for a year.",
        answers={200: Answer(description="A page.", content=[HistoryEntryResource])},
    ),
    Operation(
        name="list_audit_log", tag="Trail",
        summary="Who changed tokens, webhooks, the organization and the catalog, the newest first",
        description="Kept for a year. Of the last 1,000 entries within the time.",
        parameters=(
            Parameter(
                name="filter[created_from]", description="What was done from here on; else for a year.", schema=TEXT,
                example="2026-01-01",
            ),
            Parameter(
                name="filter[created_until]", description="What was done until here; a date alone includes its day.",
                schema=TEXT, example="2030-12-31",
            ),
        ),
        answers={200: Answer(description="A page.", content=[AuditLogEntryResource])},
    ),
)  # fmt: skip
