"""Span links to the events that are applied, so that late work and a replayed event do not continue an old trace."""

from collections.abc import Sequence

from opentelemetry.trace import Link, get_current_span

from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.telemetry.propagation import remote_span

_MOST = 32


def links(batch: Sequence[DecodedRecord]) -> list[Link]:
    """Links to the first few traces in the batch."""
    parents = dict.fromkeys(
        item.envelope.traceparent for item in batch if item.envelope is not None and item.envelope.traceparent
    )
    return [Link(span) for parent in list(parents)[:_MOST] if (span := remote_span(parent)) is not None]


def link_to(item: DecodedRecord) -> None:
    """From the span that applies an event long after its batch: what waited or was parked is retried in no batch of its own."""
    span = get_current_span()
    if not span.is_recording() or item.envelope is None:
        return
    if (then := remote_span(item.envelope.traceparent)) is not None:
        span.add_link(then)
