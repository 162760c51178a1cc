"""Each call to a provider is a span, which tells nothing that must not be told."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from koppel.kernel.errors import KoppelError
from koppel.providers import calls

ADDRESS = "https://api.provider.test/v2/canary-company/invoices?code=canary"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(calls, "tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(200, json={}), {"http.response.status_code": 200}),
        (httpx.Response(404, json={}), {"http.response.status_code": 404, "error.type": "404"}),
        (httpx.ConnectError("canary"), {"error.type": "provider_unreachable"}),
    ],
)
async def test_a_call_is_a_span_that_names_the_host_and_the_outcome_alone(
    answer: httpx.Response | Exception,
    told: dict[str, object],
    answering: Callable[..., Any],
    spans: InMemorySpanExporter,
) -> None:
    api = answering(answer)
    request = api.http.build_request("GET", ADDRESS, headers={"Authorization": "Bearer canary"})
    with suppress(KoppelError):
        await calls.send(api.http, request)
    [span] = spans.get_finished_spans()
    assert (span.name, span.kind) == ("GET", SpanKind.CLIENT)
    known = {"http.request.method": "GET", "server.address": "api.provider.test"}
    assert dict(span.attributes or {}) == known | told
    assert (span.status.status_code is StatusCode.ERROR) == ("error.type" in told)
    assert "canary" not in span.to_json()
    assert "traceparent" not in api.requests[0].headers
