"""Describes the operations of the trail for the OpenAPI document."""

from frontdesk.api.answers.trail import AuditLogEntryResource, HistoryEntryResource
from frontdesk.api.openapi.contract import Answer, Operation, Parameter
from frontdesk.api.openapi.parameters import TEXT

TRAIL: tuple[Operation, ...] = (
    Operation(
        name="read_history", tag="Trail", summary="List who changed an order, how and why, oldest first",
        description="Entries are kept for a year.",
        answers={200: Answer(description="A page.", content=[HistoryEntryResource])},
    ),
    Operation(
        name="list_audit_log", tag="Trail",
        summary="List who changed tokens, webhooks, the organization and the catalog, and who exported data, newest first",
        description="Entries are kept for a year. Filters apply to the newest 1,000 of the period.",
        parameters=(
            Parameter(
                name="filter[created_from]", description="Only changes from this moment on. Default: a year ago.", schema=TEXT,
                example="2026-01-01",
            ),
            Parameter(
                name="filter[created_until]", description="Only changes up to this moment. A date includes its whole day.",
                schema=TEXT, example="2030-12-31",
            ),
        ),
        answers={200: Answer(description="A page.", content=[AuditLogEntryResource])},
    ),
)  # fmt: skip
