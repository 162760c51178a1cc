"""Seeded bugs of consuming, parking and trying again."""

from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import changed, mutant

from koppel.platform.consumer import positions as positions_module
from koppel.platform.consumer import processor
from koppel.platform.consumer.decision import Decision, decide
from koppel.platform.consumer.parked import retry
from koppel.platform.consumer.parked.store import ParkedStore
from koppel.platform.consumer.positions import Positions
from koppel.platform.consumer.processor import Processor, Work

_RAISE_ALONE = """
insert into consumer_head (consumer, topic, key, version) values ($1, $2, $3, $4)
on conflict (consumer, topic, key) do update set version = greatest(consumer_head.version, excluded.version)
"""


@mutant("second delivery changes nothing", "effect doubled")
def no_version_guard() -> Iterator[None]:
    def careless(item: Any, position: int, *, parked: bool, event: str | None = None) -> Decision:
        decision = decide(item, position, parked=parked, event=event)
        return Decision.APPLY if decision is Decision.SKIP else decision

    with patch.object(processor, "decide", careless):
        yield


@mutant("events out of order are applied in order", "effects out of order", "lost before the effect")
def nothing_ahead_is_held() -> Iterator[None]:
    def careless(item: Any, position: int, *, parked: bool, event: str | None = None) -> Decision:
        decision = decide(item, position, parked=parked, event=event)
        return Decision.APPLY if decision is Decision.HOLD and not parked else decision

    with patch.object(processor, "decide", careless):
        yield


@mutant("session that ends after the effect takes the position with it", "lost before the effect")
def inbox_in_its_own_transaction() -> Iterator[None]:
    """The position is raised and committed before the handler runs."""
    apply = Work.apply

    async def remember_then_apply(self: Any, batch: Any) -> None:
        async with self.alone.system() as other:
            for item in batch:
                if self._decide(item) is Decision.APPLY:
                    topic, key = item.stream
                    await other.execute(_RAISE_ALONE, self.positions._consumer, topic, key, item.version)
        await apply(self, batch)

    opened = Processor.open

    def open_work(self: Any, connection: Any, *, savepoints: bool) -> Any:
        work = opened(self, connection, savepoints=savepoints)
        work.alone = self._database  # type: ignore[attr-defined]
        return work

    with (
        patch.object(Positions, "lock", Positions.look),
        patch.object(Positions, "store", _nothing),
        patch.object(Work, "apply", remember_then_apply),
        patch.object(Processor, "open", open_work),
    ):
        yield


@mutant("paused consumer of a new stream changes nothing when it wakes", "effect doubled")
def late_writer_of_a_new_stream_is_let_through() -> Iterator[None]:
    with patch.object(positions_module, "Overtaken", _Never), patch.object(Positions, "store", _store_over):
        yield


@mutant("paused consumer of a known stream changes nothing when it wakes", "effect doubled")
def positions_read_without_a_lock() -> Iterator[None]:
    with patch.object(positions_module, "_LOCK", changed(positions_module._LOCK, " for update", "")):
        yield


@mutant("failing event holds its stream and no other", "failed effect stayed")
def no_savepoint_around_a_handler() -> Iterator[None]:
    async def attempt(subscription: Any, event: Any, connection: Any, _: Any) -> None:
        await subscription.on_run([event], connection)

    with patch.object(processor, "attempt", attempt):
        yield


@mutant("failing event holds its stream and no other", "follower overtook", "effects out of order")
def goes_on_after_a_failing_event() -> Iterator[None]:
    """The failing one is parked, and its version counts as applied."""
    park = Positions.park

    def park_and_pass(self: Any, stream: Any, version: int | None) -> None:
        park(self, stream, version)
        self.parked.discard(stream)
        if version is not None:
            self.raise_to(stream, version, None)

    with patch.object(Positions, "park", park_and_pass):
        yield


@mutant("events without a version wait behind a parked one", "follower overtook")
def followers_of_a_parked_event_are_not_held() -> Iterator[None]:
    def careless(item: Any, position: int, *, parked: bool, event: str | None = None) -> Decision:
        return decide(item, position, parked=False, event=event)

    with patch.object(processor, "decide", careless):
        yield


@mutant("events out of order are applied in order", "lost before the effect")
def held_events_dropped_on_drain() -> Iterator[None]:
    held = ParkedStore.held

    async def drop(self: Any, topic: str, key: str, *limits: Any, **options: Any) -> Sequence[Any]:
        await self.drop_held(topic, await held(self, topic, key, *limits, **options))
        return []

    with patch.object(ParkedStore, "held", drop):
        yield


@mutant("bytes that are no event are parked once and passed", "loops over malformed bytes")
def malformed_bytes_are_tried_again() -> Iterator[None]:
    async def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("not an event, try again")

    with patch.object(ParkedStore, "park", refuse):
        yield


@mutant("passing cause is tried as often as configured", "attempts unbounded")
def attempts_are_not_counted() -> Iterator[None]:
    with (
        patch.object(retry, "_POSTPONE", changed(retry._POSTPONE, "attempts = attempts + 1", "attempts = 1")),
        patch.object(retry, "wait_after", lambda policy, cause, **_: policy.delay(1)),
    ):
        yield


@mutant("nothing is tried before its time", "tried too early")
def due_time_is_ignored() -> Iterator[None]:
    with patch.object(retry, "_DUE", changed(retry._DUE, "and next_attempt_at <= now()", "")):
        yield


@mutant("discarded event lets its followers go in order", "followers lost")
def followers_dropped_with_a_discarded_event() -> Iterator[None]:
    async def drop(self: Any, stream: tuple[str, str]) -> None:
        await self.connection.execute("delete from held_event where topic = $1 and key = $2", *stream)

    with patch.object(Work, "drain", drop):
        yield


class _Never(Exception):
    """In place of an error that is never raised."""


async def _store_over(self: Any) -> None:
    for (topic, key), version in self._current.items():
        await self._connection.execute(_RAISE_ALONE, self._consumer, topic, key, version)


async def _nothing(*_: object) -> None:
    """In place of a coroutine whose work is left out."""
