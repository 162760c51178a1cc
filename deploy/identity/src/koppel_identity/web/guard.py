"""In front of every route: calls of this machine only, bodies of a few kilobytes, and headers that keep pages to themselves."""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 16 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_PROBES = frozenset({"/livez", "/readyz"})
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """`hosts`: names that it may be called by beside loopback ones. A page elsewhere that made its own name point here is refused."""

    def __init__(self, app: ASGIApp, issuer: str, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = {*_LOOPBACK, *hosts, host_of(urlsplit(issuer).netloc)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host_of(host) not in self._hosts and not (host == "" and scope["path"] in _PROBES):
            await _refusal(HTTPStatus.MISDIRECTED_REQUEST, scope, receive, send)
        elif (body := await _body(headers, receive)) is None:
            await _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, scope, receive, send)
        else:
            await self._app(scope, _replay(body, receive), _guarded(send))


def host_of(authority: str) -> str:
    """Without its port; empty for what cannot be one."""
    host, colon, port = authority.rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return host.lower()
    return authority.lower()


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """None when it is too large, read or told."""
    told = headers.get("content-length", "0")
    if not (told.isascii() and told.isdigit() and len(told) < 10 and int(told) <= LARGEST_BODY):
        return None
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    left = [body]

    async def again() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return again


def _guarded(send: Send) -> Send:
    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return forward


async def _refusal(status: HTTPStatus, scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"{status.phrase}\n", status)(scope, receive, _guarded(send))
