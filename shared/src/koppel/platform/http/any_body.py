"""Routes that accept any body: it is read up to a limit and never refused for its format.

@router.post("/v1/notices", openapi_extra=takes_any_body(8192, what="What happened.", example={"Action": "Delete"}))

Such a route gets at most one byte more than its bound; then there was more, and the rest is thrown away.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.types import Scope

MOST_BYTES = "x-takes-any-body"
"""The bound in a route's part of the OpenAPI document."""


def takes_any_body(most: int, *, what: str, example: Mapping[str, object]) -> dict[str, Any]:
    """For a route's `openapi_extra`: at most `most` bytes are read, of any content type."""
    return {
        "requestBody": {
            "description": f"{what} {most} bytes of any content type are read.",
            "content": {
                "application/json": {"schema": {}, "example": dict(example)},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        },
        MOST_BYTES: most,
    }


class AnyBody:
    """Which requests go to such a route."""

    def __init__(self, routers: Iterable[APIRouter] = ()) -> None:
        self._routes = [
            route
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute) and takes_any(route.openapi_extra)
        ]

    def most(self, scope: Scope) -> int | None:
        """How many bytes count; None where a body must be JSON."""
        for route in self._routes:
            if scope["method"] in (route.methods or ()) and route.path_regex.match(scope["path"]):
                return takes_any(route.openapi_extra)
        return None


def takes_any(operation: Mapping[str, Any] | None) -> int | None:
    """The bound of a route's part of the document."""
    most = (operation or {}).get(MOST_BYTES)
    return most if isinstance(most, int) else None
