"""What a request may weigh and look like."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from fastapi import APIRouter
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import Message, Receive, Scope, Send

from koppel.platform.http.body_limits import LARGEST_BODY, BodyLimits
from koppel.platform.runner import HttpPart

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def echo() -> APIRouter:
    router = APIRouter()

    @router.post("/echo")
    async def post(body: dict[str, object]) -> int:
        return len(json.dumps(body))

    return router


async def refused(
    serve: Serve, echo: APIRouter, content: bytes, headers: dict[str, str] = JSON
) -> tuple[int, str]:
    async with serve(echo) as client:
        answer = await client.post("/echo", content=content, headers=headers)
    return answer.status_code, answer.json()["code"] if answer.is_error else "ok"


async def test_a_body_of_one_mebibyte_passes(serve: Serve, echo: APIRouter) -> None:
    content = b'{"a":"' + b"x" * (LARGEST_BODY - 8) + b'"}'
    assert len(content) == LARGEST_BODY
    assert await refused(serve, echo, content) == (200, "ok")


@pytest.mark.parametrize("declared", [LARGEST_BODY + 1, 10**12, None])
async def test_a_body_over_the_limit_is_refused_before_more_of_it_is_read(declared: int | None) -> None:
    taken, answered_after = 0, []

    async def receive() -> Message:
        nonlocal taken
        taken += 64 * 1024
        return {"type": "http.request", "body": b"x" * 64 * 1024, "more_body": True}

    async def send(message: Message) -> None:
        answered_after.append((message["type"], message.get("status"), taken))

    await BodyLimits(_unreachable)(_scope(declared), receive, send)
    kind, status, read_before = answered_after[0]
    assert (kind, status) == ("http.response.start", 413)
    assert read_before <= (1.1 * LARGEST_BODY if declared is None else 0)
    assert taken <= read_before + 9 * LARGEST_BODY, "what is thrown away afterwards is bounded"


async def test_a_client_that_sends_everything_first_still_reads_the_refusal(echo: APIRouter) -> None:
    app = Starlette(routes=echo.routes, middleware=[Middleware(BodyLimits)])
    part = HttpPart(app, "127.0.0.1", 0)
    await part.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{part.port}") as client:
            for size in (LARGEST_BODY + 1, 5 * LARGEST_BODY):
                answer = await client.post("/echo", content=b"x" * size, headers=JSON)
                assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
            other = await client.post("/echo", content=b"x" * LARGEST_BODY)
            assert other.status_code == 415
    finally:
        await part.stop()


async def test_headers_and_query_are_bounded(serve: Serve, echo: APIRouter) -> None:
    async with serve(echo) as client:
        assert (await client.get("/echo", headers={"X-Big": "x" * 40_000})).status_code == 431
        assert (await client.get("/echo", params={"q": "x" * 9_000})).status_code == 414


async def test_a_body_in_pieces_arrives_whole(serve: Serve, echo: APIRouter) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"a"', b": ", b"1}"):
            yield piece

    async with serve(echo) as client:
        assert (await client.post("/echo", content=pieces(), headers=JSON)).json() == 8


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""]
)
async def test_another_content_type_is_refused(serve: Serve, echo: APIRouter, kind: str) -> None:
    assert await refused(serve, echo, b"{}", {"Content-Type": kind}) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/merge-patch+json"]
)
async def test_json_in_any_dress_passes(serve: Serve, echo: APIRouter, kind: str) -> None:
    assert await refused(serve, echo, b"{}", {"Content-Type": kind}) == (200, "ok")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a":' + b"[" * 31 + b"]" * 31 + b"}", (200, "ok")),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", (422, "too_deep")),
        (b"[" * 200_000, (422, "too_deep")),
        (b'{"a":"' + b"[" * 100 + b'"}', (200, "ok")),
        (b'{"a":"\\"' + b"[" * 100 + b'"}', (200, "ok")),
        (b'{"a":[' + b"1," * 9_999 + b"1]}", (200, "ok")),
        (b'{"a":[' + b"1," * 10_000 + b"1]}", (422, "too_many_items")),
        (b'{"a":[' + b"[1,2]," * 9_999 + b"[]]}", (200, "ok")),
        (b'{"a":"' + b"," * 20_000 + b'"}', (200, "ok")),
        (b'{"a":"x\\u0000y"}', (422, "invalid_input")),
        (b'{"a":"x\\\\u0000y"}', (200, "ok")),
        (b'{"a":"x\\\\\\u0000y"}', (422, "invalid_input")),
        (b'{"a":"x\\ud83d\\uDE00y"}', (200, "ok")),
        (b'{"a":"x\\ud83dy"}', (422, "invalid_input")),
        (b'{"a":"x\\ud83d\\ud83d\\ude00y"}', (422, "invalid_input")),
        (b'{"a":"x\\udE00y"}', (422, "invalid_input")),
        (b'{"\\udE00":"key"}', (422, "invalid_input")),
        (b'{"a":"x\\\\ude00y \\u0041"}', (200, "ok")),
        (b'{"a":"\xed\xa0\x80"}', (400, "malformed_json")),
        ('{"a":"x\\u0000y"}'.encode("utf-16"), (400, "malformed_json")),
        ('{"a":"x"}'.encode("utf-32-le"), (400, "malformed_json")),
        (b'{"a":"x\\', (400, "malformed_json")),
        (b'{"a":"' + b"[" * 100, (400, "malformed_json")),
    ],
)
async def test_the_shape_of_json_is_bounded(
    serve: Serve, echo: APIRouter, content: bytes, expected: tuple[int, str]
) -> None:
    assert await refused(serve, echo, content) == expected


async def test_nul_in_path_or_query_is_refused(serve: Serve, echo: APIRouter) -> None:
    async with serve(echo) as client:
        assert (await client.get("/echo?x=%00")).status_code == 422
        assert (await client.get("/ec%00ho")).status_code == 422


async def _unreachable(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("the route must not be reached")


def _scope(length: int | None) -> Scope:
    size = (b"transfer-encoding", b"chunked") if length is None else (b"content-length", str(length).encode())
    headers = [(b"content-type", b"application/json"), size]
    return {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
