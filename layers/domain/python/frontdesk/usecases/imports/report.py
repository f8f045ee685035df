"""Mails the summary of a run."""

from email.message import EmailMessage

from frontdesk.domain.imports.runs import (
    RESULTS,
    ImportRun,
    summary_of,
)
from frontdesk.domain.texts import one_line
from frontdesk.usecases.context import Clock
from frontdesk.usecases.ports import Mailer, MailError, Runs


def report(run: ImportRun, runs: Runs, mailer: Mailer, sender: str, clock: Clock) -> None:
    """Mails the summary once, if `report_to` is set. A mail that cannot be sent never fails the import."""
    if run.options.report_to is None or run.reported:
        return
    try:
        mailer.send(_mail(run, run.options.report_to, sender))
    except (MailError, ValueError):
        # Python's own parser may also reject the address.
        return
    # If this is not written, the next call mails the summary again.
    runs.change(run, run.model_copy(update={"reported": True}), clock)


def _mail(run: ImportRun, to: str, sender: str) -> EmailMessage:
    summary = summary_of(run)
    lines = [
        f"{name.replace('_', ' ')}: {summary[name]}"
        for name in ("status", "rows", *RESULTS, "duration_seconds")
    ]
    if run.problem:
        lines.append(f"problem: {run.problem['detail']}")
    lines += [
        "",
        *(
            f"{count} x {code}"
            for code, count in sorted(run.counts.errors.items(), key=lambda each: -each[1])
        ),
    ]
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    name = one_line(run.name)
    message["Subject"] = f"Import {'(dry run) ' if run.is_dry else ''}{run.status}: {name[:100]}"
    message.set_content(
        "\n".join([f"Import {run.id} of {name}", "", *lines, "", f"Results: {run.results}"]) + "\n"
    )
    return message
