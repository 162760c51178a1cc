"""Outermost: the root path comes off, hosts that are not ours are refused, every answer carries the policy, and an unforeseen error becomes a page."""

import logging
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from koppel_console.own_urls import OwnUrls, is_loopback

log = logging.getLogger(__name__)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_INSIDE = frozenset({"/livez", "/readyz", "/metrics"})


class Perimeter:
    """ASGI middleware. Probes and Prometheus know a container's address only, and are answered under any host but the public one:
    who comes by that comes from outside."""

    def __init__(self, app: ASGIApp, urls: OwnUrls, error_page: Callable[[Request], Response]) -> None:
        self._app = app
        self._urls = urls
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "path": self._urls.inner(scope["path"]), "root_path": ""}
        host = Headers(scope=scope).get("host", "")
        answer = _Answer(send, secure=self._urls.secure, trusted=self._urls.secure or is_loopback(host))
        if refusal := self._refused(scope["path"], host):
            await refusal(scope, receive, answer)
            return
        try:
            await self._app(scope, receive, answer)
        except Exception:
            log.exception("unexpected error in %s", scope["method"])
            if answer.started:
                raise  # half an answer is out: the server must break the connection
            await self._error_page(Request(scope))(scope, receive, answer)

    def _refused(self, path: str, host: str) -> Response | None:
        ours = self._urls.answers_to(host)
        if path in _INSIDE:
            outside = ours and not self._urls.is_loopback
            return PlainTextResponse("Not for callers from outside.\n", 404) if outside else None
        return None if ours else PlainTextResponse("This host is not the console's.\n", 421)


class _Answer:
    """`send`, with our headers on what begins. `trusted`: browsers trust the way here; elsewhere they warn of one header."""

    def __init__(self, send: Send, *, secure: bool, trusted: bool) -> None:
        self._send = send
        self._secure = secure
        self._trusted = trusted
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
            if self._trusted:
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
            if self._secure:
                headers["Strict-Transport-Security"] = "max-age=31536000"
        await self._send(message)
