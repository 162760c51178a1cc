"""Telemetry of a process, from its first line to its last."""

from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from koppel.kernel.ids import new_id
from koppel.platform.telemetry.export import ALL_SIGNALS, End, Export, Signal, end_export, start_export
from koppel.platform.telemetry.logs import setup_logging
from koppel.platform.telemetry.propagation import propagator

_END_WITHIN = 3.0
_ends: list[End] = []


def setup_telemetry(
    service: str,
    *,
    version: str = "0",
    otlp_endpoint: str | None = None,
    otlp_signals: frozenset[Signal] = ALL_SIGNALS,
    log_level: str = "INFO",
) -> TracerProvider:
    """Set up logs and traces of this process; call it once, before anything else logs.

    `otlp_endpoint` is the collector's base URL (OTLP over HTTP), `otlp_signals` what is sent there; without one spans are
    made and propagated (W3C), and nothing is exported. `end_telemetry` sends what is left.
    """
    setup_logging(service, log_level)
    propagate.set_global_textmap(propagator)
    resource = Resource.create(
        {"service.name": service, "service.version": version, "service.instance.id": str(new_id())}
    )
    spans = TracerProvider(resource=resource, shutdown_on_exit=False)
    trace.set_tracer_provider(spans)
    if otlp_endpoint:
        _ends.extend(start_export(Export(otlp_endpoint, otlp_signals), resource, spans))
    return spans


def end_telemetry() -> None:
    """Send what was not sent yet, for three seconds at most."""
    ends, _ends[:] = _ends[:], []
    end_export(ends, _END_WITHIN)
