"""What leaves the process by OTLP over HTTP, where a collector is named: traces, metrics and logs, or some of them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Thread

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from koppel.platform.telemetry.metrics import metrics
from koppel.platform.telemetry.tracing import RedactingProcessor

# The exporters are imported where they are used: a fifth of a second that most starts can save.
# ruff: noqa: PLC0415

_TIMEOUT = 5.0
_METRICS_EVERY = 15.0


class Signal(StrEnum):
    """What can be sent."""

    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"


ALL_SIGNALS = frozenset(Signal)
End = Callable[[], object]
"""Sends what is left, and ends the sending."""


@dataclass(frozen=True, slots=True)
class Export:
    """Where to, the collector's base URL (`/v1/traces` and its like are appended), and what.

    Headers, certificates and compression are OpenTelemetry's own variables, `OTEL_EXPORTER_OTLP_HEADERS` and its like.
    """

    endpoint: str
    signals: frozenset[Signal] = ALL_SIGNALS

    def url(self, signal: Signal) -> str:
        return f"{self.endpoint.rstrip('/')}/v1/{signal}"


def start_export(export: Export, resource: Resource, spans: TracerProvider) -> list[End]:
    """Begin to send; returns what ends it, for each signal."""
    ends: list[End] = []
    if Signal.TRACES in export.signals:
        ends.append(_send_traces(export.url(Signal.TRACES), spans))
    if Signal.METRICS in export.signals:
        ends.append(_send_metrics(export.url(Signal.METRICS), resource))
    if Signal.LOGS in export.signals:
        ends.append(_send_logs(export.url(Signal.LOGS), resource))
    return ends


def end_export(ends: list[End], within: float) -> None:
    """All at once, for so many seconds at most: a collector that is away keeps no process from ending."""
    threads = [Thread(target=end, name="end of export", daemon=True) for end in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within)


def _send_traces(url: str, spans: TracerProvider) -> End:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    batches = BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=_TIMEOUT))
    spans.add_span_processor(RedactingProcessor(batches))
    return spans.shutdown


def _send_metrics(url: str, resource: Resource) -> End:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    from koppel.platform.telemetry.metric_export import MetricExport

    exporter = OTLPMetricExporter(endpoint=url, timeout=_TIMEOUT)
    sending = MetricExport(metrics.families, exporter, resource, interval=_METRICS_EVERY)
    sending.start()
    return sending.end


def _send_logs(url: str, resource: Resource) -> End:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    from koppel.platform.telemetry.log_export import LogExport

    lines = LoggerProvider(resource=resource, shutdown_on_exit=False)
    lines.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(endpoint=url, timeout=_TIMEOUT)))
    handler = LogExport(lines.get_logger("koppel"))
    logging.getLogger().addHandler(handler)

    def end() -> None:
        logging.getLogger().removeHandler(handler)
        lines.shutdown()

    return end
