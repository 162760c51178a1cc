"""Appending events in the caller's transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from koppel.contracts.event import Event
from koppel.kernel.cause import Cause
from koppel.kernel.clock import Clock, SystemClock
from koppel.kernel.ids import new_id
from koppel.platform.database import Connection, note_append
from koppel.platform.outbox.log_lines import line_on_commit
from koppel.platform.outbox.newest import Newest, newest
from koppel.platform.telemetry import current_context

_APPEND = files(__package__).joinpath("append.sql").read_text(encoding="utf-8")


def current_cause() -> Cause:
    """What the running request or job is about."""
    context = current_context()
    return Cause(context.correlation_id, context.causation_id, context.traceparent)


def _stream(event: Event) -> tuple[str, str]:
    return (event.topic.name, event.key)


def _said(event: Event, last: Newest | None) -> int | None:
    """The version with which the stream said so last; None for news."""
    version = 0 if last is None else last.version
    if event.command:
        return version
    said = last is not None and last.event is not None and event.says_the_same(last.event)
    return version if said else None


class EventLog:
    """Appends to the log through the caller's transaction: all or nothing with the caller's other writes.

    Many events go in one statement. Within one call events of the same stream keep their order. An event is caused by
    what `by_key` has for its key, else by `cause`, which is by default what the running request or job is about.
    """

    def __init__(
        self,
        connection: Connection,
        cause: Cause | None = None,
        clock: Clock | None = None,
        *,
        by_key: Mapping[str, Cause] | None = None,
    ) -> None:
        self._connection = connection
        self._cause = cause or current_cause()
        self._by_key = by_key or {}
        self._clock = clock or SystemClock()
        self._conversation = new_id()  # where there was no request: a schedule, a timer

    @property
    def correlation_id(self) -> UUID:
        """The conversation of events that are appended without a cause of their own."""
        return self._cause.correlation_id or self._conversation

    async def append(self, *events: Event) -> list[int]:
        """Log the events; returns each one's version in its stream (from 1, without a gap)."""
        caused = [(event, self._by_key.get(event.key, self._cause)) for event in events]
        if any(cause.again for _, cause in caused):
            return await self._append_news(caused)
        return await self._log(caused)

    async def _append_news(self, caused: Sequence[tuple[Event, Cause]]) -> list[int]:
        """What was said before has the version that it got then."""
        known = await newest(self._connection, {_stream(event) for event, _ in caused})
        versions = [
            _said(event, known.get(_stream(event))) if cause.again else None for event, cause in caused
        ]
        news = [pair for pair, version in zip(caused, versions, strict=True) if version is None]
        appended = iter(await self._log(news))
        return [next(appended) if version is None else version for version in versions]

    async def _log(self, caused: Sequence[tuple[Event, Cause]]) -> list[int]:
        if not caused:
            return []
        events, causes = zip(*caused, strict=True)
        note_append(self._connection, Counter(event.type_name() for event in events))
        now: datetime = self._clock.now()
        rows = await self._connection.fetch(
            _APPEND,
            [new_id() for _ in events],
            [event.topic.name for event in events],
            [event.key for event in events],
            [event.type_name() for event in events],
            [event.organisation_id for event in events],
            [now] * len(events),
            [event.model_dump_json() for event in events],
            [cause.correlation_id or self._conversation for cause in causes],
            [cause.causation_id for cause in causes],
            [cause.traceparent for cause in causes],
        )
        for event, cause in caused:
            line_on_commit(event, cause.correlation_id or self._conversation)
        return [version for (version,) in rows]  # in the order of seq, which is that of the events
