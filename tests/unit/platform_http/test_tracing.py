"""Exported spans hold no secret, whatever was put on them."""

from opentelemetry import propagate
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode

from koppel.platform.telemetry import bind_context, current_context
from koppel.platform.telemetry.tracing import RedactingProcessor

CANARY = "kanarie-c0ffee"


def test_every_part_of_a_span_is_redacted_before_export() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(RedactingProcessor(SimpleSpanProcessor(exporter)))
    link = Link(SpanContext(1, 2, is_remote=True), {"authorization": CANARY})
    with provider.get_tracer("test").start_as_current_span(
        f"GET /x?code={CANARY}", kind=SpanKind.CLIENT, links=[link]
    ) as span:
        span.set_attribute("url.full", f"https://k.test/v1/oauth/eaccounting/callback?anything={CANARY}")
        span.set_attribute("http.request.header.authorization", [f"Bearer {CANARY}"])
        span.set_attribute("note", f"refresh_token={CANARY}")
        span.set_attribute("texts", [f"code={CANARY}", "plain"])
        span.set_attribute("rows", 7)
        span.add_event("asked", {"body": f'{{"access_token":"{CANARY}"}}'})
        span.record_exception(ValueError(f"client_secret={CANARY}"))
        span.set_status(StatusCode.ERROR, f"password={CANARY}")
    [exported] = exporter.get_finished_spans()
    assert CANARY not in exported.to_json()
    assert exported.attributes is not None
    assert exported.attributes["rows"] == 7
    assert exported.attributes["texts"] == ["code=[redacted]", "plain"]
    assert exported.kind is SpanKind.CLIENT
    assert exported.start_time == span.start_time  # type: ignore[attr-defined]
    assert [event.name for event in exported.events] == ["asked", "exception"]
    provider.shutdown()


def test_the_context_carries_the_active_span_to_the_event_log() -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    with bind_context(traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01"):
        assert current_context().traceparent == "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
        with tracer.start_as_current_span("work"):
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
            assert current_context().traceparent == carrier["traceparent"]
    assert current_context().traceparent is None
