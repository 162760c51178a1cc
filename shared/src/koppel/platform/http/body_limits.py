"""Limits of a request's size and form, checked before a route sees it.

At most 200 headers of 32 KiB together, a query of at most 8 KiB, a body of at most 1 MiB: JSON only, of the form that
`json_shape` allows, and all of it within 30 seconds. A route that takes any body (`any_body`) has bounds of its own.
"""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from koppel.kernel.errors import FieldError
from koppel.platform.http.any_body import AnyBody
from koppel.platform.http.json_shape import NOT_STORABLE, fault_of
from koppel.platform.http.problems import problem_response

LARGEST_BODY = 1024 * 1024
_LARGEST_QUERY = 8 * 1024
_LARGEST_HEADERS = 32 * 1024
_MOST_HEADERS = 200
_AT_ONCE = 64 * 1024
_BODY_SECONDS = 30.0
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 8 * 1024 * 1024


class BodyLimits:
    """ASGI middleware; hands the route a body that is complete and within bounds."""

    def __init__(self, app: ASGIApp, any_body: AnyBody | None = None) -> None:
        self._app = app
        self._any_body = any_body or AnyBody()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = _check_head(scope, headers)
        most = self._any_body.most(scope)
        if refusal is None and most is not None:
            told, is_whole = await _read_some(receive, most)
            await self._app(scope, _replay(told, receive), send if is_whole else _lingering(send, receive))
            return
        refusal = refusal or _check_declared(headers)
        if refusal is None and not _has_body(headers):
            await self._app(scope, receive, send)
            return
        body = None
        if refusal is None:
            refusal, body = await _admit(receive)
        if refusal is None and body is not None:
            await self._app(scope, _replay(body, receive), send)
        elif refusal is not None:
            unread = body is None and _has_body(headers) and "expect" not in headers
            await refusal(scope, receive, _lingering(send, receive) if unread else send)


def _check_head(scope: Scope, headers: Headers) -> Response | None:
    size = sum(len(name) + len(value) for name, value in headers.raw)
    if size > _LARGEST_HEADERS or len(headers.raw) > _MOST_HEADERS:
        return problem_response(431, "headers_too_large", "There may be 200 headers of 32 KiB together.")
    if len(scope["query_string"]) > _LARGEST_QUERY:
        return problem_response(414, "query_too_long", "The query may hold 8 KiB.")
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        return _bad_text("query" if b"%00" in scope["query_string"] else "path")
    return None


def _check_declared(headers: Headers) -> Response | None:
    if _declares_too_much(headers.get("content-length", "")):
        return _too_large()
    if _has_body(headers) and not _is_json(headers.get("content-type", "")):
        return problem_response(415, "unsupported_media_type", "Send application/json.")
    return None


def _declares_too_much(length: str) -> bool:
    digits = length.lstrip("0")
    if not (digits.isascii() and digits.isdigit()):
        return False
    return len(digits) > len(str(LARGEST_BODY)) or int(digits) > LARGEST_BODY


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def _admit(receive: Receive) -> tuple[Response | None, bytes | None]:
    """The body, and why it is refused although it was read; no body when it was not read to its end."""
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = await _read(receive)
    except TimeoutError:
        return problem_response(408, "body_timeout", "The body did not arrive in time."), None
    return (_too_large(), None) if body is None else (await _check_shape(body), body)


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it is too large."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(chunks)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > LARGEST_BODY:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _read_some(receive: Receive, most: int) -> tuple[bytes, bool]:
    """What came in time, one byte more than `most` where there was more; and whether that was all."""
    chunks: list[bytes] = []
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_BODY_SECONDS):
            while size <= most:
                message = await receive()
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if not message.get("more_body", False):
                    return b"".join(chunks)[: most + 1], True
    return b"".join(chunks)[: most + 1], False


def _lingering(send: Send, receive: Receive) -> Send:
    """Give the answer at once but end it a little later, throwing away what still arrives.

    A connection closed on unread bytes is reset, and the reset can overtake the answer.
    """

    async def patient(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        await send({**message, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                await _throw_away(receive)
        await send({"type": "http.response.body", "body": b""})

    return patient


async def _throw_away(receive: Receive) -> None:
    left = _LINGER_BYTES
    while left > 0:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
        left -= len(message.get("body", b""))


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


async def _check_shape(body: bytes) -> Response | None:
    # A large body is checked in a thread, so that the event loop answers other requests meanwhile.
    fault = fault_of(body) if len(body) <= _AT_ONCE else await asyncio.to_thread(fault_of, body)
    if fault is NOT_STORABLE:
        return _bad_text("")
    return None if fault is None else problem_response(fault.status, fault.code, fault.detail)


def _too_large() -> Response:
    # The rest of the body is not read, so the connection cannot serve another request.
    return problem_response(
        413, "body_too_large", "The body may hold 1 MiB.", headers={"Connection": "close"}
    )


def _bad_text(pointer: str) -> Response:
    return problem_response(
        422,
        "invalid_input",
        NOT_STORABLE.detail,
        errors=[FieldError(pointer, "NUL character or half a surrogate pair", "text_not_storable")],
    )
