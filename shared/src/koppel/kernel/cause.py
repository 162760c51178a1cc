"""Correlation and causation: the ids that connect requests, events and traces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to the events of a transaction: the conversation, the event or command before, and the trace.

    `again`: it led to them before, and a rebuild brings it once more. Then only news is told: what the stream said
    last is not said twice, and no command is given a second time.
    """

    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None
    again: bool = False
