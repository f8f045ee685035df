"""Serves the desk, whose files `console/build.py` makes. The files are public; the data requires a token."""

import hashlib
import re
from functools import cache
from pathlib import Path

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from frontdesk.api.app import Answer, Api

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
# The policy of a mail shown in a frame. A mail has inline styles and texts written by others, so it may not run or load anything.
_MAIL = "mail.html"
MAIL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
)
_YEAR = 365 * 24 * 3600


def include(api: Api, folder: Path) -> None:
    """Adds to `api` the calls that serve the console's files from `folder`. Without a build, the calls answer 404."""

    @api.publishes("read_console")
    def page() -> Answer:
        # Links are relative to this page, because the function may not see the host and stage that the client used.
        below = "" if api.resolver.current_event.path.endswith("/") else "console/"
        return answer("index.html", below)

    @api.publishes("read_console_file")
    def file(file: str) -> Answer:
        return answer(file, "")

    def answer(name: str, below: str) -> Answer:
        if name not in _files(folder):
            raise NotFoundError
        text = (folder / name).read_text(encoding="utf-8").replace('"./', f'"{below}')
        is_named_by_content = re.search(r"-[0-9A-Z]{8}\.\w+$", name) is not None
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        headers = {
            "Cache-Control": f"public, max-age={_YEAR}, immutable" if is_named_by_content else "no-cache",
            "Content-Security-Policy": (
                MAIL_POLICY if name == _MAIL else policy(api.world.settings.upload_origin)
            ),
            "ETag": tag,
            "Referrer-Policy": "no-referrer",
        }
        known = api.resolver.current_event.headers
        if tag in (known.get("If-None-Match") or known.get("if-none-match") or ""):
            return Response(304, _TYPES[Path(name).suffix], "", headers=headers)
        return Response(200, _TYPES[Path(name).suffix], text, headers=headers)


def policy(upload_origin: str) -> str:
    """Returns the Content-Security-Policy of the page. Allows only the page's own host and, for uploads, `upload_origin` (if not empty)."""
    connect = " ".join(filter(None, ["'self'", upload_origin]))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src {connect}; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def _files(folder: Path) -> frozenset[str]:
    """Returns the names of the files in the folder. A requested name becomes part of a path only if it is one of them."""
    return frozenset(path.name for path in folder.glob("*") if path.suffix in _TYPES)
