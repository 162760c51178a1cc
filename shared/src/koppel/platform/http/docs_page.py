"""`/docs`: the OpenAPI document to read and try, with Swagger UI from an installed wheel, so nothing is fetched.

The page may load what this service serves and nothing else; its script stands in a file, so none is inline.
"""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter
from starlette.responses import FileResponse, Response

_FILES = Path(fastapi_offline.__file__).parent / "static"
_FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}
# Swagger UI sets styles of elements, and its style sheet has pictures as data.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Addresses are relative: the service may stand behind a prefix.
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
</body>
</html>
"""
_SCRIPT = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""


def docs_router(service: str) -> APIRouter:
    """`/docs` and the files that it loads."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def page() -> Response:
        headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}
        return Response(_PAGE.format(title=service), media_type="text/html", headers=headers)

    @router.get("/docs/page.js")
    async def script() -> Response:
        return Response(_SCRIPT, media_type="text/javascript", headers=_FOR_A_DAY)

    @router.get("/docs/swagger-ui-bundle.js")
    async def bundle() -> Response:
        return FileResponse(_FILES / "swagger-ui-bundle.js", media_type="text/javascript", headers=_FOR_A_DAY)

    @router.get("/docs/swagger-ui.css")
    async def style() -> Response:
        return FileResponse(_FILES / "swagger-ui.css", media_type="text/css", headers=_FOR_A_DAY)

    return router
