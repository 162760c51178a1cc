"""Style, scripts and pictures: read once, served under the hash of their content, kept by browsers for a year."""

import hashlib
from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
router = APIRouter(include_in_schema=False)


def _read() -> dict[str, bytes]:
    folder = files("koppel_console") / "static"
    return {
        each.name: each.read_bytes() for each in folder.iterdir() if each.name.rpartition(".")[2] in _TYPES
    }


CONTENT = _read()
_HASHES = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in CONTENT.items()}


def path_of(name: str) -> str:
    """Where a file is served. Raises `KeyError` for one that is not there."""
    return f"/static/{_HASHES[name]}/{name}"


@router.get("/static/{version}/{name}")
async def asset(version: str, name: str) -> Response:
    """One file; of another version than ours it is not kept."""
    if name not in CONTENT:
        return Response(status_code=404)
    kept = "public, max-age=31536000, immutable" if version == _HASHES[name] else "no-cache"
    return Response(
        CONTENT[name], media_type=_TYPES[name.rpartition(".")[2]], headers={"Cache-Control": kept}
    )
