"""A replay as its tables hold it, with its progress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any, Literal, NamedTuple
from uuid import UUID

import asyncpg

from koppel.contracts.replay import Mode, Phase
from koppel.platform.database import Connection

ReplayState = Literal[
    "planning", "planned", "running", "paused", "cancelling", "finished", "cancelled", "stale"
]
COUNTS = {"apply": "applied", "skip": "skipped", "hold": "held", "park": "parked"}
"""What a plan and a result call it, and what reports call it."""

_REPLAY = "select * from replay where id = $1"
_LIST = """
select * from replay where ($1::uuid is null or id < $1) and ($2::text is null or state = $2) order by id desc limit $3
"""
_TARGETS = "select * from replay_target where replay_id = any($1::uuid[]) order by replay_id, consumer"


class Effects(NamedTuple):
    """Rows by table, events by type, and whether they are those of a part of the handlers; as targets report them."""

    changes: list[dict[str, Any]] | None
    appends: list[dict[str, Any]] | None
    estimated: bool | None

    def counted(self) -> dict[str, int]:
        """Each count by what it counts, as in `assignment: inserted`, without zeros."""
        rows = {
            f"{each['table']}: {operation}": each[operation]
            for each in self.changes or ()
            for operation in ("inserted", "updated", "deleted")
            if each[operation]
        }
        return rows | {f"{each['type']}: appended": each["events"] for each in self.appends or ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayTarget:
    """One consumer's part. `…_at` is a place in the pick, `…_sent` counts records of its replay topic."""

    replay_id: UUID
    consumer: str
    reports: bool
    topics: tuple[str, ...]
    total: int
    rehearsal_at: int
    rehearsal_sent: int
    run_at: int
    run_sent: int
    section_open: bool
    reach: int
    rehearsal: Mapping[str, Any] | None
    run: Mapping[str, Any] | None

    def at(self, phase: Phase) -> int:
        return self.rehearsal_at if phase == "rehearsal" else self.run_at

    def sent(self, phase: Phase) -> int:
        return self.rehearsal_sent if phase == "rehearsal" else self.run_sent

    def report(self, phase: Phase) -> Mapping[str, Any] | None:
        return self.rehearsal if phase == "rehearsal" else self.run

    def to_send(self, phase: Phase) -> bool:
        """Whether records of the phase must still be sent. A target that does not report gets no dry run."""
        return self.sent(phase) < self.total and (phase == "run" or self.reports)

    def done(self, phase: Phase) -> int:
        """Records dealt with: as reported, or else as acknowledged by the broker."""
        if not self.reports:
            return self.sent(phase)
        report = self.report(phase)
        return 0 if report is None else int(report["position"])

    def complete(self, phase: Phase) -> bool:
        return (phase == "rehearsal" and not self.reports) or self.done(phase) >= self.total

    def counts(self, phase: Phase) -> dict[str, int | None]:
        """Events by outcome, or by what it would be; null where the target does not report."""
        report = self.report(phase)
        if report is None:
            nothing = 0 if self.reports and self.total == 0 else None
            return dict.fromkeys(COUNTS, nothing)
        return {name: int(report[told]) for name, told in COUNTS.items()}

    def effects(self, phase: Phase) -> Effects:
        """What its tables and its log get; null where the target does not report, or does not count them."""
        report = self.report(phase)
        if report is None:
            return Effects([], [], False) if self.reports and self.total == 0 else Effects(None, None, None)
        return Effects(*(report.get(name) for name in Effects._fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One replay with its targets."""

    id: UUID
    state: ReplayState
    mode: Mode
    filter: Mapping[str, Any]
    parked_only: bool
    rate: int
    organisation_id: UUID | None
    reason: str
    actor: str
    events: int
    streams: int
    incomplete_log: bool
    working: bool
    gap: str | None
    detail: str | None
    differences: list[str]
    created_at: datetime
    planned_at: datetime | None
    started_at: datetime | None
    resumed_at: datetime | None
    resumed_from: int
    ended_at: datetime | None
    targets: tuple[ReplayTarget, ...]

    @property
    def phase(self) -> Phase:
        return "rehearsal" if self.state == "planning" else "run"

    @property
    def waiting_for(self) -> list[str]:
        """Targets whose plan is not known yet."""
        if self.state != "planning":
            return []
        return [each.consumer for each in self.targets if not each.complete("rehearsal")]

    @property
    def has_work(self) -> bool:
        """Whether something is to be sent now: a phase's records, or the rest of a segment that was begun."""
        if self.state in ("planning", "running"):
            return any(each.to_send(self.phase) for each in self.targets)
        return any(each.section_open for each in self.targets)

    def found(self, phase: Phase) -> tuple[int, int]:
        """Events and streams that it is about. Of what is parked the targets know, so it is what the one with the
        most told."""
        reports = [report for each in self.targets if (report := each.report(phase)) is not None]
        if not self.parked_only or not reports:
            return self.events, self.streams
        return max(int(report["events"]) for report in reports), max(
            int(report["streams"]) for report in reports
        )

    @property
    def done(self) -> int:
        return sum(each.done(self.phase) for each in self.targets)

    @property
    def total(self) -> int:
        return sum(each.total for each in self.targets if self.phase == "run" or each.reports)

    def eta_seconds(self, now: datetime | None = None) -> int | None:
        """Seconds to the end at the asked rate, or at the rate seen since it last went on when that is lower."""
        if self.state != "running":
            return 0 if self.ended_at is not None else None
        left = max((each.total - each.done("run") for each in self.targets), default=0)
        eta = left / self.rate
        gone = self.done - self.resumed_from
        if self.resumed_at is not None and gone > 0:
            elapsed = ((now or datetime.now(UTC)) - self.resumed_at).total_seconds()
            eta = max(eta, (self.total - self.done) * elapsed / gone)
        return ceil(eta)


async def load(connection: Connection, replay_id: UUID, *, lock: bool = False) -> Replay | None:
    """The replay, or None; `lock` keeps others from changing it until the transaction ends."""
    row = await connection.fetchrow(_REPLAY + (" for no key update" if lock else ""), replay_id)
    return None if row is None else (await with_targets(connection, [row]))[0]


async def list_newest(
    connection: Connection, *, after: UUID | None, state: ReplayState | None, limit: int
) -> list[Replay]:
    """Newest first, from behind `after`; None is any state."""
    return await with_targets(connection, await connection.fetch(_LIST, after, state, limit))


async def with_targets(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[Replay]:
    """Rows of `replay` with their targets."""
    targets: dict[UUID, list[ReplayTarget]] = {row["id"]: [] for row in rows}
    for found in await connection.fetch(_TARGETS, list(targets)):
        target = ReplayTarget(**{**_known(ReplayTarget, found), "topics": tuple(found["topics"])})
        targets[target.replay_id].append(target)
    return [Replay(**_known(Replay, row) | {"targets": tuple(targets[row["id"]])}) for row in rows]


def _known(kind: type[Replay | ReplayTarget], row: asyncpg.Record) -> dict[str, Any]:
    """Its columns of ours: a newer version's migration adds others before this process is gone."""
    return {name: row[name] for name in kind.__slots__ if name in row}
