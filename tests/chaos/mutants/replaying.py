"""Seeded bugs of replays."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import changed, mutant

from koppel.platform.audit import Audit
from koppel.platform.consumer import positions as positions_module
from koppel.platform.consumer import processor
from koppel.platform.consumer.changes import ChangeCounter
from koppel.platform.consumer.decision import Decision, decide
from koppel.platform.consumer.processor import Processor
from koppel.platform.identity import Authenticator
from koppel.platform.identity.rights import REPLAY
from koppel.platform.replay.filter import ReplayFilter
from koppel.platform.replay.sender.sending import Sending
from koppel.platform.replay.target import dry_run, segment
from koppel.platform.replay.target import processor as replay_processor
from koppel.platform.replay.target.progress import Progress

_AS_IT_STOOD = "coalesce((select max(resume_head) from lane_stream rebuilt where rebuilt.consumer = $1 and rebuilt.topic = $2 and rebuilt.key = consumer_head.key and state = 'open'), version) as version"  # fmt: skip


@mutant("run that would not equal its plan stops", "stale run went on")
def moved_world_is_not_noticed() -> Iterator[None]:
    with patch.object(segment, "stale_reason", lambda *_, **__: None):
        yield


@mutant("result of a run is its plan", "result differs from its plan")
def plan_made_of_positions_alone() -> Iterator[None]:
    """A dry run that runs no handler."""
    original = dry_run.dry_run

    async def nothing(*_: object) -> None:
        return

    async def by_positions(connection: Any, segments: Any, changes: Any, batch: Any, before: Any) -> None:
        for item in batch:
            if item.subscription is not None:
                item.subscription = replace(item.subscription, on_run=nothing)
        await original(connection, segments, changes, batch, before)

    with patch.object(replay_processor, "dry_run", by_positions):
        yield


@mutant("plan says which rows its run changes", "rows that are not there counted")
def rows_of_failed_handlers_are_counted() -> Iterator[None]:
    """As PostgreSQL counts them, which knows of no roll-back to a savepoint."""

    @asynccontextmanager
    async def nothing_taken_off(_: Any) -> AsyncIterator[None]:
        yield

    with patch.object(ChangeCounter, "savepoint", nothing_taken_off):
        yield


@mutant("plan says which rows its run changes", "other rows than planned")
def dry_run_forgets_where_a_batch_ended() -> Iterator[None]:
    """What came before in the segment was rolled back, and its rest is counted by positions."""
    with patch.object(dry_run.OpenSegment, "before", lambda *_: ()):
        yield


@mutant("second run changes nothing", "second run applied", "effect doubled")
def replayed_events_are_forced() -> Iterator[None]:
    """What comes by a replay topic is applied whatever the positions say, as where a replay gives events new ids."""

    def careless(item: Any, position: int, *, parked: bool, event: str | None = None) -> Decision:
        decision = decide(item, position, parked=parked, event=event)
        return Decision.APPLY if item.mark is not None and decision is Decision.SKIP else decision

    with patch.object(processor, "decide", careless):
        yield


@mutant("replayed records that come again change nothing", "effect doubled")
def replay_position_stored_after_the_commit() -> Iterator[None]:
    """By a process that died in between."""

    async def never(*_: object, **__: object) -> None:
        return

    with patch.object(Progress, "_write", never):
        yield


@mutant("live events wait while their stream is rebuilt", "live event overtook its rebuild")
def rebuild_lets_live_events_through() -> Iterator[None]:
    """The live processor looks at the positions as they stood before the rebuild."""
    run = Processor._run

    async def as_it_stood(self: Any, *given: Any, **options: Any) -> None:
        statement = changed(positions_module._LOCK, "select key, version", f"select key, {_AS_IT_STOOD}")
        with patch.object(positions_module, "_LOCK", statement):
            await run(self, *given, **options)

    with patch.object(Processor, "_run", as_it_stood):
        yield


@mutant("cancelled rebuild leaves its stream where it stood", "stream left behind")
def cancel_stops_at_once() -> Iterator[None]:
    """In the middle of a stream, whose position stands low."""
    made = Sending.__init__

    def init(self: Any, *given: Any, **options: Any) -> None:
        made(self, *given, **options)
        self._whole_segments = self._open = False

    with patch.object(Sending, "__init__", init):
        yield


@mutant("replay of everything is refused", "empty filter accepted")
def empty_filter_is_accepted() -> Iterator[None]:
    with patch.object(ReplayFilter, "empty", False):
        yield


@mutant("replay needs the right to replay", "right not asked")
def replay_right_is_not_asked() -> Iterator[None]:
    """Operators get it with theirs."""
    authenticate = Authenticator.authenticate

    async def generous(self: Any, token: str) -> Any:
        principal = await authenticate(self, token)
        return replace(principal, rights=principal.rights | {REPLAY})

    with patch.object(Authenticator, "authenticate", generous):
        yield


@mutant("every act leaves its audit row", "act without its audit row")
def replays_are_not_audited() -> Iterator[None]:
    async def never(*_: object, **__: object) -> None:
        return

    with patch.object(Audit, "record", never):
        yield
