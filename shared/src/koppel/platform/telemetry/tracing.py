"""OpenTelemetry: spans are always made and propagated (W3C), exported only where an endpoint is set."""

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link
from opentelemetry.trace.status import Status
from opentelemetry.util.types import Attributes

from koppel.platform.telemetry.logs import setup_logging
from koppel.platform.telemetry.propagation import propagator
from koppel.platform.telemetry.redaction import redact, redact_named


def setup_telemetry(
    service: str, *, version: str = "0", otlp_endpoint: str | None = None, log_level: str = "INFO"
) -> TracerProvider:
    """Set up logs and traces of this process; call it once, before anything else logs.

    `otlp_endpoint` is the collector's base URL (OTLP over HTTP, `/v1/traces` is appended); without one
    nothing is exported. The runner flushes the provider at the end.
    """
    setup_logging(service, log_level)
    propagate.set_global_textmap(propagator)
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.version": version}),
        shutdown_on_exit=False,
    )
    if otlp_endpoint:
        # Imported where it is used: a fifth of a second that most starts can save.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )

        exporter = OTLPSpanExporter(endpoint=otlp_endpoint.rstrip("/") + "/v1/traces", timeout=5)
        provider.add_span_processor(RedactingProcessor(BatchSpanProcessor(exporter)))
    trace.set_tracer_provider(provider)
    return provider


class RedactingProcessor(SpanProcessor):
    """Hands redacted copies of ended spans to `inner`, so that no exporter ever sees a secret."""

    def __init__(self, inner: SpanProcessor) -> None:
        self._inner = inner

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self._inner.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        self._inner.on_end(_redacted(span))

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 5_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def _redacted(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=redact(span.name),
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_attributes(span.attributes),
        events=[Event(event.name, _attributes(event.attributes), event.timestamp) for event in span.events],
        links=[Link(link.context, _attributes(link.attributes)) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code, _description(span.status)),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _attributes(attributes: Attributes) -> Attributes:
    return {name: redact_named(name, value) for name, value in (attributes or {}).items()}  # type: ignore[misc]


def _description(status: Status) -> str | None:
    return None if status.description is None else redact(status.description)
