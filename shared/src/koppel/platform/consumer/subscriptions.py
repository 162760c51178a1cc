"""What a consumer reads and which handler takes it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from koppel.contracts.envelope import Envelope
from koppel.contracts.event import Event
from koppel.contracts.topics import Topic
from koppel.kernel.cause import Cause
from koppel.platform.consumer.projections import RebuildPolicy
from koppel.platform.database import Connection
from koppel.platform.telemetry.propagation import names_a_span

E = TypeVar("E", bound=Event)
_NO_TABLES = RebuildPolicy()
_PROPAGATOR = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class ReceivedEvent(Generic[E]):
    """An event as it arrived: its data, read tolerantly, and what surrounded it."""

    data: E
    envelope: Envelope
    again: bool = False
    """This consumer applied it before; a rebuild brings it once more. What it fills is filled, what it once led to is
    not done twice."""

    def cause(self) -> Cause:
        """For what the handler appends: same conversation and trace, caused by this event.

        The trace is the event's, so that a click's goes with all that follows from it; the span that applies the event links
        to it, too. Where the event has none that can be read it is the current one.
        """
        event_id = _uuid(self.envelope.id)
        return Cause(
            correlation_id=self.envelope.correlation_id or event_id,
            causation_id=event_id,
            traceparent=self._traceparent(),
            again=self.again,
        )

    def _traceparent(self) -> str | None:
        if names_a_span(self.envelope.traceparent):
            return self.envelope.traceparent
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get("traceparent")

    @property
    def actor(self) -> str:
        """Who acts when a handler acts: the event."""
        return f"event:{self.envelope.id}"


def _uuid(text: str) -> UUID | None:
    """Foreign publishers may number their events otherwise."""
    try:
        return UUID(text)
    except ValueError:
        return None


Handler = Callable[[ReceivedEvent[E], Connection], Awaitable[None]]
RunHandler = Callable[[Sequence[ReceivedEvent[E]], Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One event type and its handler; `on_run` always takes a run, single handlers are wrapped.

    `read` makes the event of its JSON, ignoring unknown fields; it raises pydantic's `ValidationError`.
    """

    event: type[Event]
    on_run: RunHandler[Any]
    read: Callable[[bytes], Event]


class Subscriptions:
    """The registrations of one consumer. `name` is the Kafka group and the name at every position; `tables` say what a
    rebuild forgets."""

    def __init__(self, name: str, tables: RebuildPolicy = _NO_TABLES) -> None:
        self.name = name
        self.tables = tables
        self._by_type: dict[str, Subscription] = {}

    def on(self, event: type[E], handler: Handler[E]) -> None:
        """Call `handler` for each event of this type, one at a time."""

        async def one_by_one(events: Sequence[ReceivedEvent[E]], connection: Connection) -> None:
            for received in events:
                await handler(received, connection)

        self.on_run(event, one_by_one)

    def on_run(self, event: type[E], handler: RunHandler[E]) -> None:
        """Call `handler` with each run of consecutive events of this type."""
        # What `model_validate_json` calls, without its eight checks of options for each event.
        read = partial(event.__pydantic_validator__.validate_json, extra="ignore")
        self._by_type[event.type_name()] = Subscription(event, handler, read)

    def find(self, type_name: str) -> Subscription | None:
        """None for types this consumer does not read: they are passed, and their version counts."""
        return self._by_type.get(type_name)

    @property
    def topics(self) -> tuple[Topic, ...]:
        unique = {
            subscription.event.topic.name: subscription.event.topic for subscription in self._by_type.values()
        }
        return tuple(unique.values())
