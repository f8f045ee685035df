"""Serves the OpenAPI document and a page to read it: the Swagger UI that Powertools includes. The page loads nothing from other hosts."""

from importlib.resources import files
from pathlib import Path

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from pydantic_core import to_json

from frontdesk.api.app import Answer, Api

_SWAGGER_UI = "aws_lambda_powertools.event_handler.openapi.swagger_ui"
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Frontdesk API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{at}swagger-ui.css">
</head>
<body>
<main id="api"><noscript>This page needs JavaScript; <a href="{at}openapi.json">openapi.json</a> does not.</noscript></main>
<script src="{at}swagger-ui.js"></script>
<script src="{at}page.js"></script>
</body>
</html>
"""
# Without validatorUrl, Swagger UI would send the document to its maker's host for validation.
_SCRIPT = """\
SwaggerUIBundle({
  url: new URL("openapi.json", document.currentScript.src).href,
  dom_id: "#api",
  deepLinking: true,
  filter: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
"""
# Swagger UI sets inline styles, and its style sheet contains images.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HOUR, _DAY = 3600, 24 * 3600


def include(api: Api, folder: Path) -> None:
    """Adds to `api` the calls that serve the documentation.

    The build puts Swagger UI into `folder`. Without a build, the files of Swagger UI are read from Powertools.
    """

    def ui(name: str) -> str:
        where = folder if folder.is_dir() else files(_SWAGGER_UI)
        return where.joinpath(name).read_text(encoding="utf-8")

    @api.publishes("read_docs")
    def page() -> Answer:
        # Links are relative to this page, because the function may not see the host and stage that the client used.
        at = "" if api.resolver.current_event.path.endswith("/") else "docs/"
        return _public(_PAGE.format(at=at), "text/html; charset=utf-8", _HOUR)

    @api.publishes("read_docs_file")
    def file(file: str) -> Answer:
        match file:
            case "openapi.json":
                from frontdesk.api.openapi.operations import openapi_document

                return _public(to_json(openapi_document()).decode(), "application/json", _HOUR)
            case "swagger-ui.js":
                return _public(ui("swagger-ui-bundle.min.js"), "text/javascript; charset=utf-8", _DAY)
            case "swagger-ui.css":
                return _public(ui("swagger-ui.min.css"), "text/css; charset=utf-8", _DAY)
            case "page.js":
                return _public(_SCRIPT, "text/javascript; charset=utf-8", _HOUR)
        raise NotFoundError


def _public(body: str, content_type: str, seconds: int) -> Answer:
    headers = {
        "Cache-Control": f"public, max-age={seconds}",
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "no-referrer",
    }
    return Response(200, content_type, body, headers=headers)
