"""The outermost ring: correlation, trace, metrics, the last catch."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from starlette.responses import StreamingResponse

from koppel.platform.telemetry import current_context, metrics

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("opentelemetry.trace.get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


@pytest.fixture
def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/things/{thing_id}")
    async def thing(thing_id: UUID) -> list[str | None]:
        context = current_context()
        return [str(context.correlation_id), context.traceparent]

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("broken")

    @router.get("/half")
    async def half() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            raise RuntimeError("halfway")

        return StreamingResponse(parts())

    return router


async def test_the_callers_correlation_id_is_kept_and_answered(serve: Serve, routes: APIRouter) -> None:
    correlation = str(uuid4())
    async with serve(routes) as client:
        answer = await client.get(f"/things/{uuid4()}", headers={"X-Correlation-Id": correlation})
    assert answer.json()[0] == correlation == answer.headers["x-correlation-id"]


@pytest.mark.parametrize("sent", [None, "not-a-uuid", "", "x" * 5_000])
async def test_without_a_usable_correlation_id_a_new_one_is_made(
    serve: Serve, routes: APIRouter, sent: str | None
) -> None:
    async with serve(routes) as client:
        answer = await client.get(
            f"/things/{uuid4()}", headers={"X-Correlation-Id": sent} if sent is not None else {}
        )
    assert UUID(answer.headers["x-correlation-id"]).version == 7


async def test_the_span_continues_the_callers_trace_and_is_named_by_the_route(
    serve: Serve, routes: APIRouter, spans: InMemorySpanExporter
) -> None:
    trace_id, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    async with serve(routes) as client:
        answer = await client.get(
            f"/things/{uuid4()}?x=1", headers={"traceparent": f"00-{trace_id}-{parent}-01"}
        )
    [span] = spans.get_finished_spans()
    assert (span.name, span.kind) == ("GET /things/{thing_id}", SpanKind.SERVER)
    assert f"{span.context.trace_id:032x}" == trace_id
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == parent
    assert answer.json()[1] == f"00-{trace_id}-{span.context.span_id:016x}-01"


async def test_requests_are_counted_by_route_never_by_path(serve: Serve, routes: APIRouter) -> None:
    def seen(route: str, status: str) -> float:
        return metrics.value("koppel_http_requests_total", method="GET", route=route, status=status)

    before = seen("/things/{thing_id}", "200"), seen("unmatched", "404"), seen("/broken", "500")
    path = f"/things/{uuid4()}"
    async with serve(routes) as client:
        await client.get(path)
        await client.get(f"/nowhere/{uuid4()}")
        await client.get("/broken")
        exposition = (await client.get("/metrics")).text
    after = seen("/things/{thing_id}", "200"), seen("unmatched", "404"), seen("/broken", "500")
    assert after == tuple(count + 1 for count in before)
    assert path not in exposition


async def test_an_unexpected_error_is_logged_once_with_its_correlation_id(
    serve: Serve, routes: APIRouter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        async with serve(routes) as client:
            answer = await client.get("/broken")
    assert answer.status_code == 500
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_an_answer_that_breaks_halfway_breaks_the_connection(serve: Serve, routes: APIRouter) -> None:
    async with serve(routes) as client:
        with pytest.raises(RuntimeError):
            await client.get("/half")


async def test_probes_are_neither_traced_nor_counted(
    serve: Serve, routes: APIRouter, spans: InMemorySpanExporter
) -> None:
    async with serve(routes) as client:
        for path in ("/livez", "/readyz", "/metrics"):
            answer = await client.get(path)
            assert answer.headers["x-correlation-id"]
    assert spans.get_finished_spans() == ()
