"""The trace that a call or an event came with: W3C `traceparent`, nothing else.

`tracestate` and `baggage` are neither read nor passed on: nothing here needs them, their readers log what they cannot
read, and that of baggage takes quadratic time over spaces.
"""

from functools import lru_cache

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_LONGEST = 128
"""Characters; version 00 has 55, and a later one may add some."""

propagator = TraceContextTextMapPropagator()
"""Writes the active span into outgoing headers."""


def remote_context(traceparent: str | None) -> Context:
    """A context whose span is the caller's; without one when the text is no `traceparent`."""
    carrier = {"traceparent": traceparent} if traceparent and len(traceparent) <= _LONGEST else {}
    return propagator.extract(carrier, Context())


def remote_span(traceparent: str | None) -> SpanContext | None:
    """The caller's span, to link to; None when the text is no `traceparent`."""
    span = get_current_span(remote_context(traceparent)).get_span_context()
    return span if span.is_valid else None


def names_a_span(traceparent: str | None) -> bool:
    """Whether `remote_span` finds one. Events of one transaction share theirs, so what was read is kept."""
    return traceparent is not None and len(traceparent) <= _LONGEST and _names_a_span(traceparent)


@lru_cache(maxsize=512)
def _names_a_span(traceparent: str) -> bool:
    return remote_span(traceparent) is not None
