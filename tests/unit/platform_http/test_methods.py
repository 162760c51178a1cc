"""A path says in `Allow` which methods it takes, whichever of its routes is asked."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from fastapi import APIRouter

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def router() -> APIRouter:
    router = APIRouter()

    @router.get("/rows/{number}")
    async def get(number: int) -> None: ...

    @router.delete("/rows/{number}")
    async def delete(number: int) -> None: ...

    @router.post("/rows/check")
    async def check() -> None: ...

    @router.get("/rows/{number}/{rest:path}")
    async def below(number: int, rest: str) -> None: ...

    return router


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("OPTIONS", "/rows/1", "DELETE, GET"),
        ("PUT", "/rows/1", "DELETE, GET"),
        ("TRACE", "/rows/1", "DELETE, GET"),
        ("OPTIONS", "/rows/check", "POST"),
        ("GET", "/rows/check", "POST"),
        ("DELETE", "/rows/check", "POST"),
        ("POST", "/rows/1/a/b", "GET"),
        ("POST", "/livez", "GET"),
    ],
)
async def test_a_wrong_method_is_told_all_that_the_path_takes(
    serve: Serve, router: APIRouter, method: str, path: str, allowed: str
) -> None:
    async with serve(router) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.json()["code"] == "method_not_allowed"


async def test_a_path_without_parameters_is_no_parameter_of_another(serve: Serve, router: APIRouter) -> None:
    async with serve(router) as client:
        assert (await client.post("/rows/check")).status_code == 200
        assert (await client.get("/rows/none")).status_code == 422
        assert (await client.get("/nowhere")).status_code == 404


async def test_what_is_refused_is_not_in_the_document(serve: Serve, router: APIRouter) -> None:
    async with serve(router) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    assert list(paths["/rows/check"]) == ["post"]
