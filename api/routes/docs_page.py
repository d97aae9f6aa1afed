"""The interactive description of the routes, with its scripts from here and nowhere else."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from api.errors import ServiceError

router = APIRouter(include_in_schema=False)
# the package is used for the files that it ships; its code is not called
_ASSETS = Path(str(files("fastapi_offline"))) / "static"
_NAMES = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")
_POLICY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Lotwright API</title>
<link rel="icon" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = (
    'SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null, '
    "presets: [SwaggerUIBundle.presets.apis]});\n"
)


@router.get("/docs")
def docs() -> HTMLResponse:
    """Return the page."""
    return HTMLResponse(_PAGE, headers=_POLICY)


@router.get("/docs/{name}")
def docs_asset(name: str) -> Response:
    """Return a script, style or picture of the page."""
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name not in _NAMES:
        raise ServiceError("not_found", f"there is no file {name}")
    return FileResponse(_ASSETS / name, headers={"Cache-Control": "public, max-age=86400"})
