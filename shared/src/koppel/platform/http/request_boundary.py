"""The outermost middleware: a request's span, correlation id and metrics, and whatever no other handler caught.

Pure ASGI, so that context variables reach the route and server-sent events stream.
"""

import logging
import time
from uuid import UUID

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from koppel.kernel.ids import new_id
from koppel.platform.http.problems import problem_response
from koppel.platform.telemetry.context import bind_context
from koppel.platform.telemetry.metrics import metrics
from koppel.platform.telemetry.propagation import remote_context

log = logging.getLogger(__name__)

CORRELATION_HEADER = "X-Correlation-Id"
_PROBES = frozenset({"/livez", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestBoundary:
    """ASGI middleware; put it around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        correlation_id = _uuid(headers.get(CORRELATION_HEADER)) or new_id()
        answer = _Answer(send, correlation_id)
        with bind_context(correlation_id=correlation_id):
            if scope["path"] in _PROBES:
                await self._guarded(scope, receive, answer)
            else:
                await self._traced(scope, receive, answer, headers)

    async def _traced(self, scope: Scope, receive: Receive, answer: "_Answer", headers: Headers) -> None:
        tracer, started, method = trace.get_tracer("koppel.http"), time.perf_counter(), method_of(scope)
        caller = remote_context(headers.get("traceparent"))
        with tracer.start_as_current_span(method, caller, SpanKind.SERVER) as span:
            span.set_attribute("http.request.method", method)
            await self._guarded(scope, receive, answer)
            route = route_of(scope)
            span.update_name(f"{method} {route}")
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", answer.status)
            if answer.status >= 500:
                span.set_status(StatusCode.ERROR)
        metrics.count("koppel_http_requests_total", method=method, route=route, status=str(answer.status))
        metrics.observe(
            "koppel_http_request_seconds", time.perf_counter() - started, method=method, route=route
        )

    async def _guarded(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self._app(scope, receive, answer)
        except Exception:
            log.exception("unexpected error in %s %s", method_of(scope), route_of(scope))
            if answer.started:
                raise  # half an answer is out: the server must break the connection
            problem = problem_response(
                500,
                "internal_error",
                "Something went wrong on our side; mention the correlation id when you report it.",
                correlation_id=str(answer.correlation_id),
            )
            await problem(scope, receive, answer)


class _Answer:
    """`send`, watched: adds our headers and remembers the status."""

    def __init__(self, send: Send, correlation_id: UUID) -> None:
        self._send = send
        self.correlation_id = correlation_id
        self.started = False
        self.status = 499  # the caller left before an answer began

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            headers = MutableHeaders(scope=message)
            headers[CORRELATION_HEADER] = str(self.correlation_id)
            headers.setdefault("X-Content-Type-Options", "nosniff")
        await self._send(message)


def route_of(scope: Scope) -> str:
    """The template (`/v1/connections/{connection_id}`), never the path: ids would make endless label values."""
    template = getattr(scope.get("route"), "path", None)
    return template if isinstance(template, str) else "unmatched"


def method_of(scope: Scope) -> str:
    """The method, `OTHER` where it is none that we know."""
    return scope["method"] if scope["method"] in _METHODS else "OTHER"


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
