"""Which methods a path takes: every 405 says so in `Allow`, as the OpenAPI document does.

A router alone would name the methods of one route where a path has several, and take `/parked/check` for the id of
`/parked/{id}` when it is asked with a method that only the latter takes.
"""

from collections.abc import Iterable, Iterator, Sequence

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException


class Methods:
    """The methods of each path of the given routers."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._by_path: dict[str, set[str]] = {}
        self._route: dict[str, APIRoute] = {}
        for route in (route for router in routers for route in router.routes if isinstance(route, APIRoute)):
            self._by_path.setdefault(route.path, set()).update(route.methods or ())
            self._route[route.path] = route
        self._by_exactness = sorted(self._by_path, key=lambda path: path.count("{"))

    def of(self, path: str) -> Sequence[str]:
        """Those of the route that fits the path best, in alphabetical order; none where no route fits."""
        found = next((each for each in self._by_exactness if self._fits(each, path)), None)
        return sorted(self._by_path.get(found, ())) if found else ()

    def refusals(self) -> APIRouter:
        """Routes that answer 405 where a path without parameters would be taken for a parameter of another."""
        router = APIRouter(include_in_schema=False)
        for path, methods in self._by_path.items():
            others = set(self._of_others(path)) - methods
            if "{" not in path and others:
                router.add_api_route(path, _refuse, methods=sorted(others))
        return router

    def _fits(self, template: str, path: str) -> bool:
        return self._route[template].path_regex.match(path) is not None

    def _of_others(self, path: str) -> Iterator[str]:
        for other, methods in self._by_path.items():
            if other != path and self._fits(other, path):
                yield from methods


async def _refuse() -> None:
    raise HTTPException(status_code=405)
