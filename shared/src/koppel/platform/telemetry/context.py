"""The running task's context: correlation id, cause, organisation and trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack
from uuid import UUID

from opentelemetry import trace


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Every field is None where nothing is known; `traceparent` is W3C text of the active span."""

    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    organisation_id: UUID | None = None
    traceparent: str | None = None


class ContextFields(TypedDict, total=False):
    """The fields that may be set."""

    correlation_id: UUID | None
    causation_id: UUID | None
    organisation_id: UUID | None
    traceparent: str | None


_context: ContextVar[RequestContext] = ContextVar("koppel_context", default=RequestContext())  # noqa: B039  (frozen)


def current_context() -> RequestContext:
    """The context of this task; its `traceparent` is the active span's, when one is recording or was received."""
    context = _context.get()
    active = _traceparent()
    return context if active is None else replace(context, traceparent=active)


@contextmanager
def bind_context(**fields: Unpack[ContextFields]) -> Iterator[RequestContext]:
    """A new context for the block: fields that are not given are None; none is inherited."""
    context = RequestContext(**fields)
    token = _context.set(context)
    try:
        yield context
    finally:
        _context.reset(token)


def enrich_context(**fields: Unpack[ContextFields]) -> None:
    """Add what became known (the organisation, after authentication) for the rest of this task."""
    _context.set(replace(_context.get(), **fields))


def _traceparent() -> str | None:
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"
