"""The local cloud's mailbox as a web page. It shows each mail as its reader sees it, with its attachments.

Uses only the standard library, because MiniStack's interpreter runs it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape

PATH = "/mailbox"
# Mails are shown in frames that can neither run scripts nor load anything.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:; base-uri 'none'"
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Frontdesk on this machine</title>
<link rel="icon" href="data:,">
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }}
  article {{ border-top: 1px solid #999; margin-top: 2rem; }}
  iframe {{ border: 1px solid #ccc; width: 100%; height: 40rem; }}
</style>
<h1>Mailbox</h1>
<p><a href="{docs}">The API's documents</a></p>
{mails}
</html>
"""
_MAIL = """\
<article>
<h2>{subject}</h2>
<p>{sent}, from {sender} to {recipients}<br><a href="{at}/text">Text</a>{attached}</p>
<iframe sandbox src="{at}/html" title="{subject}"></iframe>
</article>"""
_NONE = "<p>No mail yet. The first one comes with an order whose <code>notify_customer</code> is true.</p>"


@dataclass(frozen=True, slots=True)
class Mail:
    """A sent mail: the bytes of the message, and when it was sent (epoch seconds)."""

    content: bytes
    at: float

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        message = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


def answer(path: str, mails: Sequence[Mail], docs_url: str | None) -> Answer | None:
    """Answers a request for the mailbox (/ or /mailbox), for a part of a mail (/mailbox/...), or for the API's documents (/docs).

    Returns None for any other path. `docs_url` is None until an API is deployed.
    """
    if path == "/docs":
        found = [("Location", docs_url)] if docs_url else []
        return Answer(302 if found else 404, "text/plain; charset=utf-8", b"", tuple(found))
    if path == "/":
        return Answer(302, "text/plain; charset=utf-8", b"", (("Location", PATH),))
    if path.rstrip("/") == PATH:
        return _html(_page(mails))
    if not path.startswith(f"{PATH}/"):
        return None
    number, _, part = path.removeprefix(f"{PATH}/").partition("/")
    if not number.isascii() or not number.isdecimal() or not 1 <= int(number) <= len(mails):
        return _NOTHING
    message = mails[int(number) - 1].message
    if part in ("text", "html"):
        body = message.get_body((part.replace("text", "plain"),))
        if body is None:
            return _NOTHING
        text = body.get_content()
        return _html(text) if part == "html" else Answer(200, "text/plain; charset=utf-8", text.encode())
    index = part.removeprefix("attachments/")
    attached = list(message.iter_attachments())
    if part == index or not index.isascii() or not index.isdecimal() or not 1 <= int(index) <= len(attached):
        return _NOTHING
    return _file(attached[int(index) - 1])


_NOTHING = Answer(404, "text/plain; charset=utf-8", b"There is no such mail, or nothing of the kind in it.\n")


def _html(text: str) -> Answer:
    return Answer(200, "text/html; charset=utf-8", text.encode(), (("Content-Security-Policy", _POLICY),))


def _file(attached: EmailMessage) -> Answer:
    content = attached.get_content()
    body = content.encode() if isinstance(content, str) else bytes(content)
    name = "".join(c for c in attached.get_filename("attachment") if c.isalnum() or c in "._-")
    disposition = ("Content-Disposition", f'attachment; filename="{name.encode("ascii", "ignore").decode()}"')
    return Answer(200, f"{attached.get_content_type()}; charset=utf-8", body, (disposition,))


def _page(mails: Sequence[Mail]) -> str:
    shown = [_shown(number, mail) for number, mail in enumerate(mails, 1)]
    return _PAGE.format(mails="\n".join(reversed(shown)) or _NONE, docs="/docs")


def _shown(number: int, mail: Mail) -> str:
    message, at = mail.message, f"{PATH}/{number}"
    files = enumerate(message.iter_attachments(), 1)
    return _MAIL.format(
        at=at,
        subject=escape(message["Subject"] or ""),
        sent=datetime.fromtimestamp(mail.at, UTC).strftime("%Y-%m-%d %H:%M UTC"),
        sender=escape(message["From"] or ""),
        recipients=escape(message["To"] or ""),
        attached="".join(
            f', <a href="{at}/attachments/{index}">{escape(file.get_filename("attachment"))}</a>'
            for index, file in files
        ),
    )
