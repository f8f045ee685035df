"""Describes the operations of the trail for the OpenAPI document."""

from frontdesk.api.answers.trail import AuditLogEntryResource, HistoryEntryResource
from frontdesk.api.openapi.contract import Answer, Operation, Parameter
from frontdesk.api.openapi.parameters import TEXT

TRAIL: tuple[Operation, ...] = (
    Operation(
        name="read_history", tag="Trail", summary="List the changes of an order, oldest first",
        description="Each entry says who changed the order, when, how and why. Entries are kept for a year.",
        answers={200: Answer(description="A page of the list.", content=[HistoryEntryResource])},
    ),
    Operation(
        name="list_audit_log", tag="Trail",
        summary="List the changes of everything but orders, newest first",
        description="Lists changes of tokens, webhook subscriptions, the organization and the catalog. Also lists exports, and imports "
"that were announced or undone. Entries are kept for a year. The list ends after 1,000 entries. To see older ones, send an "
"earlier `filter[created_until]`. `filter[actor]` and `filter[subject]` examine only these 1,000 entries.",
        parameters=(
            Parameter(
                name="filter[created_from]", description="Only changes at or after this date or moment. Default: a year ago.", schema=TEXT,
                example="2026-01-01",
            ),
            Parameter(
                name="filter[created_until]", description="Only changes before this moment. A date includes its whole day. Default: now.",
                schema=TEXT, example="2030-12-31",
            ),
        ),
        answers={200: Answer(description="A page of the list.", content=[AuditLogEntryResource])},
    ),
)  # fmt: skip
