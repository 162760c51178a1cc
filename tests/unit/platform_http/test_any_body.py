"""A route that takes any body refuses none for its form, and never reads more of it than counts."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from fastapi import APIRouter, Request
from starlette.types import Message

from koppel.platform.health import Health
from koppel.platform.http import create_app, takes_any_body
from koppel.platform.http.any_body import AnyBody
from koppel.platform.http.body_limits import BodyLimits
from koppel.platform.identity import Authenticator, JwksFile

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]
MOST = 100
TOLD = takes_any_body(MOST, what="News.", example={"a": 1})


@pytest.fixture
def router() -> APIRouter:
    made = APIRouter()

    @made.post("/told/{who}", operation_id="tell", openapi_extra=TOLD)
    async def told(request: Request, who: str) -> int:
        """Tell something."""
        return len(await request.body())

    return made


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 90, b'{"a":"\x00"}', b'"\\ud800"', b"a=b&c=d"]
)
@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "", "%"]
)
async def test_whatever_is_sent_arrives_as_it_came(
    serve: Serve, router: APIRouter, content: bytes, kind: str
) -> None:
    async with serve(router) as client:
        answer = await client.post("/told/us", content=content, headers={"content-type": kind})
    assert (answer.status_code, answer.json()) == (200, len(content))


@pytest.mark.parametrize("size", [MOST, MOST + 1, 5_000_000])
async def test_a_body_that_is_too_long_shows_one_byte_more_than_counts(
    serve: Serve, router: APIRouter, size: int
) -> None:
    async with serve(router) as client:
        answer = await client.post("/told/us", content=b"x" * size)
    assert (answer.status_code, answer.json()) == (200, min(size, MOST + 1))


async def test_a_body_without_an_end_is_read_no_further_than_counts(router: APIRouter) -> None:
    taken, answered_after = 0, []

    async def receive() -> Message:
        nonlocal taken
        taken += 64
        return {"type": "http.request", "body": b"x" * 64, "more_body": True}

    async def send(message: Message) -> None:
        answered_after.append((message["type"], taken))

    async def app(_scope: object, receive: Callable[[], object], send: Callable[[object], object]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[misc]

    scope = {
        "type": "http", "method": "POST", "path": "/told/us", "query_string": b"",
        "headers": [(b"content-length", b"9" * 30)],
    }  # fmt: skip
    await BodyLimits(app, AnyBody([router]))(scope, receive, send)  # type: ignore[arg-type]
    assert answered_after == [("http.response.start", 128)]


async def test_other_methods_and_paths_keep_their_bounds(serve: Serve, router: APIRouter) -> None:
    @router.post("/other")
    async def other(body: dict[str, object]) -> int:
        return len(body)

    async with serve(router) as client:
        statuses = [
            (await client.post(path, content=b"x", headers={"content-type": "text/plain"})).status_code
            for path in ("/other", "/told", "/told/us/more")
        ]
        statuses.append((await client.put("/told/us", content=b"x")).status_code)
    assert statuses == [415, 415, 415, 415]


def test_the_document_tells_the_bound_and_no_refusal_of_a_form(router: APIRouter) -> None:
    app = create_app(
        "test", version="0", routers=[router], health=Health(),
        authenticator=Authenticator("i", "a", JwksFile("nowhere")),  # type: ignore[arg-type]
    )  # fmt: skip
    told = app.openapi()["paths"]["/told/{who}"]["post"]
    assert "100 bytes of any content type" in told["requestBody"]["description"]
    assert not {"400", "408", "413", "415"} & set(told["responses"])
