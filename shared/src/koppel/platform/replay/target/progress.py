"""How far this consumer is with one phase of a replay, in the transaction of the effects."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from koppel.contracts.replay import NO_ORGANISATION, AppendedEvents, Phase, ReplayReported, TableChanges
from koppel.kernel.cause import Cause
from koppel.platform.consumer.changes import OPERATIONS, Changes
from koppel.platform.consumer.decision import Decision
from koppel.platform.database import Connection
from koppel.platform.outbox import EventLog

_ADD = """
insert into lane_progress (consumer, replay_id, phase) values ($1, $2, $3) on conflict do nothing
"""
_LOCK = "select * from lane_progress where consumer = $1 and replay_id = $2 and phase = $3 for update"
_STORE = """
update lane_progress
set position = $4, total = $5, applied = $6, skipped = $7, held = $8, parked = $9, streams = $10, events = $11,
    moved = $12, changes = $13, appends = $14, estimated = $15, updated_at = now(),
    reported_position = case when $16 then $4 else reported_position end,
    reported_at = case when $16 then now() else reported_at end
where consumer = $1 and replay_id = $2 and phase = $3
"""
_UNREPORTED = """
select * from lane_progress
where consumer = $1 and reported_position <> position and updated_at < now() - interval '300 milliseconds'
limit 100 for update skip locked
"""
_FORGET = """
with old as (
    delete from lane_progress progress where consumer = $1 and updated_at < now() - interval '30 days'
    and not exists (select 1 from lane_stream rebuilt
                    where rebuilt.consumer = $1 and rebuilt.replay_id = progress.replay_id
                      and rebuilt.state = 'open' and rebuilt.resume_head is not null)
    returning replay_id, phase
), old_verdicts as (
    delete from lane_verdict using old
    where lane_verdict.consumer = $1 and lane_verdict.replay_id = old.replay_id and lane_verdict.phase = old.phase
)
delete from lane_stream using old
where lane_stream.consumer = $1 and lane_stream.replay_id = old.replay_id and old.phase = 'run'
"""


@dataclass(slots=True)
class Progress:
    """Counts since the phase's first record; `moved` says why the rest is not applied."""

    consumer: str
    replay_id: UUID
    phase: Phase
    position: int
    total: int
    applied: int
    skipped: int
    held: int
    parked: int
    streams: int
    events: int
    moved: str | None
    changes: dict[str, dict[str, int]]
    appends: dict[str, int]
    estimated: bool
    reported_position: int
    recently_reported: bool

    def count(self, outcome: Decision) -> None:
        """One event of the replay, and what became of it."""
        self.events += 1
        match outcome:
            case Decision.APPLY:
                self.applied += 1
            case Decision.SKIP:
                self.skipped += 1
            case Decision.HOLD:
                self.held += 1
            case Decision.PARK:
                self.parked += 1

    def add(self, found: Changes) -> None:
        """What a batch changed."""
        for table, counts in found.rows.items():
            sums = self.changes.setdefault(table, dict.fromkeys(OPERATIONS, 0))
            for operation, rows in counts.items():
                sums[operation] += rows
        for name, events in found.events.items():
            self.appends[name] = self.appends.get(name, 0) + events

    def stop(self, reason: str) -> None:
        """No more of this replay is applied; its owner gets a report at once."""
        self.moved, self.recently_reported = reason.replace("\x00", "\\0"), False

    async def store(self, connection: Connection) -> None:
        """Write it, and report it at the end, when it stops, and else a few times a second. The sender does not go
        far ahead of the reports, so many records are one's due as well."""
        many = self.position - self.reported_position >= _REPORT_AFTER
        due = self.position >= self.total or many or not self.recently_reported
        if due:
            await self.report(connection)
        await self._write(connection, reported=due)

    async def report(self, connection: Connection) -> None:
        """Tell the owner, through the caller's transaction."""
        names = ReplayReported.model_fields.keys() - {"organisation_id", "reported_at", "changes", "appends"}
        event = ReplayReported(
            organisation_id=NO_ORGANISATION,
            reported_at=datetime.now(UTC),
            changes=tuple(TableChanges(table=name, **rows) for name, rows in sorted(self.changes.items())),
            appends=tuple(AppendedEvents(type=name, events=n) for name, n in sorted(self.appends.items())),
            **{name: getattr(self, name) for name in names},
        )
        await EventLog(connection, Cause(correlation_id=self.replay_id)).append(event)

    async def _write(self, connection: Connection, *, reported: bool) -> None:
        await connection.execute(
            _STORE,
            self.consumer,
            self.replay_id,
            self.phase,
            self.position,
            self.total,
            self.applied,
            self.skipped,
            self.held,
            self.parked,
            self.streams,
            self.events,
            self.moved,
            self.changes,
            self.appends,
            self.estimated,
            reported,
        )


async def lock_progress(connection: Connection, consumer: str, replay_id: UUID, phase: Phase) -> Progress:
    """The row, locked: one process at a time applies a replay, and one that wakes up late sees how far it is."""
    await connection.execute(_ADD, consumer, replay_id, phase)
    row = await connection.fetchrow(_LOCK, consumer, replay_id, phase)
    assert row is not None  # noqa: S101  (added above)
    return _progress(row)


async def report_rest(connection: Connection, consumer: str) -> int:
    """Report what rested since its last report, as after a pause; returns how many."""
    rows = await connection.fetch(_UNREPORTED, consumer)
    for row in rows:
        progress = _progress(row)
        progress.recently_reported = False
        await progress.store(connection)
    return len(rows)


async def forget_old(connection: Connection, consumer: str) -> None:
    """Delete progress of replays without a record for thirty days; replay topics keep records for three."""
    await connection.execute(_FORGET, consumer)


def _progress(row: asyncpg.Record) -> Progress:
    age = datetime.now(UTC) - row["reported_at"] if row["reported_position"] >= 0 else None
    fields = {name: row[name] for name in Progress.__slots__ if name != "recently_reported"}
    return Progress(**fields, recently_reported=age is not None and age.total_seconds() < _REPORT_EVERY)


_REPORT_EVERY = 0.25
"""Seconds."""
_REPORT_AFTER = 250
"""Records; less than what a sender always has ahead (`koppel.platform.replay.sender.flow_control`)."""
