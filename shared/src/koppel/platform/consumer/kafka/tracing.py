"""Span links from a batch to the events in it, so that a replayed event does not continue its old trace."""

from collections.abc import Sequence

from opentelemetry.trace import Link

from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.telemetry.propagation import remote_span

_MOST = 32


def links(batch: Sequence[DecodedRecord]) -> list[Link]:
    """Links to the first few traces in the batch."""
    parents = dict.fromkeys(
        item.envelope.traceparent for item in batch if item.envelope is not None and item.envelope.traceparent
    )
    return [Link(span) for parent in list(parents)[:_MOST] if (span := remote_span(parent)) is not None]
