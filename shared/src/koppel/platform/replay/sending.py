"""Sending one phase of a replay to one target, chunk by chunk, until it ends or somebody ends it."""

import asyncio
import time
from collections.abc import Sequence
from importlib.resources import files

import asyncpg

from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.lane import LaneMark, encode_mark
from koppel.contracts.replay import Phase
from koppel.kernel.errors import Conflict
from koppel.platform.database import Database
from koppel.platform.leases import Lease, confirm
from koppel.platform.replay.lane_sender import LaneSender, Record
from koppel.platform.replay.records import Replay, ReplayTarget

_READ = files(__package__).joinpath("read.sql").read_text(encoding="utf-8")
_READ_SNAPSHOT = files(__package__).joinpath("read_snapshot.sql").read_text(encoding="utf-8")
# Whoever changes the state waits until what this transaction decides is written, or comes first.
_STATE = "select state from replay where id = $1 for share"
_OPEN = """
update replay_target set section_open = true, reach = greatest(reach, $3) where replay_id = $1 and consumer = $2
returning reach
"""
_SENT = {
    phase: f"update replay_target set {phase}_at = $3, {phase}_sent = $4, section_open = $5 "
    "where replay_id = $1 and consumer = $2"
    for phase in ("rehearsal", "run")
}
_LARGEST_CHUNK = 1_000
_CHUNKS_A_SECOND = 10
_CATCH_UP = 0.25
"""Seconds: a pause of the process is not made up for by a burst longer than this."""


class LogGone(Conflict):
    """A picked event is no longer kept."""

    def __init__(self, position: int) -> None:
        detail = f"The log does not hold event {position} of the pick any more. Make a new plan."
        super().__init__("log_gone", detail)


class Pace:
    """So many events a second; the first go at once."""

    def __init__(self, rate: int | None) -> None:
        self._rate = rate
        self._next = time.monotonic()

    @property
    def chunk(self) -> int:
        """Events at a time: small enough that stopping is prompt."""
        if self._rate is None:
            return _LARGEST_CHUNK
        return min(_LARGEST_CHUNK, max(1, self._rate // _CHUNKS_A_SECOND))

    async def wait(self, events: int) -> None:
        """Return when these may go."""
        if self._rate is None:
            return
        now = time.monotonic()
        self._next = max(self._next, now - _CATCH_UP)
        if self._next > now:
            await asyncio.sleep(self._next - now)
        self._next += events / self._rate


class Sending:
    """Positions are recorded after the broker acknowledged them; after a death the same ones are sent again, in
    the same order, and the target drops what it has seen."""

    def __init__(
        self,
        database: Database,
        lanes: LaneSender,
        lease: Lease,
        replay: Replay,
        target: ReplayTarget,
        *,
        service: str,
    ) -> None:
        self._database = database
        self._lanes = lanes
        self._lease = lease
        self._replay = replay
        self._target = target
        self._source = source_of(service)
        # What is left of a phase that is over was a run's.
        self._phase: Phase = "rehearsal" if replay.state == "planning" else "run"
        self._whole_sections = self._phase == "run" and replay.mode == "rebuild"
        self._open, self._reach = target.section_open, target.reach
        self._at, self._sent = target.at(self._phase), target.sent(self._phase)

    async def run(self) -> None:
        """Return at the end, or when the replay was stopped. Raises `LaneUnavailable`, `LogGone`, `LeaseLost`."""
        pace = Pace(None if self._phase == "rehearsal" else self._replay.rate)
        expected = "planning" if self._phase == "rehearsal" else "running"
        while True:
            await pace.wait(0)
            async with self._database.system() as connection:
                await confirm(connection, self._lease)
                stopped = await connection.fetchval(_STATE, self._replay.id) != expected
                if stopped and not self._open:
                    return
                read = _READ_SNAPSHOT if self._replay.mode == "snapshot" else _READ
                rows = await connection.fetch(
                    read, self._replay.id, self._at, list(self._target.topics), pace.chunk
                )
                rows = self._to_section_end(rows) if stopped else rows
                if not rows:
                    return
                if self._whole_sections:
                    place = (self._replay.id, self._target.consumer, rows[-1]["position"])
                    self._reach, self._open = await connection.fetchval(_OPEN, *place), True
            await pace.wait(len(rows))
            await self._send(rows)

    async def _send(self, rows: Sequence[asyncpg.Record]) -> None:
        records = [self._record(row, self._sent + number) for number, row in enumerate(rows, start=1)]
        await self._lanes.send(self._target.consumer, records)
        self._at, self._sent = rows[-1]["position"], self._sent + len(rows)
        self._open = self._whole_sections and not (rows[-1]["last"] and self._at >= self._reach)
        async with self._database.system() as connection:
            await confirm(connection, self._lease)
            await connection.execute(
                _SENT[self._phase],
                self._replay.id,
                self._target.consumer,
                self._at,
                self._sent,
                self._open,
            )

    def _to_section_end(self, rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
        """What must still go: a stream that is half rebuilt would wait for ever."""
        kept: list[asyncpg.Record] = []
        for row in rows:
            kept.append(row)
            if row["last"] and row["position"] >= self._reach:
                break
        return kept

    def _record(self, row: asyncpg.Record, position: int) -> Record:
        if row["event_id"] is None:
            raise LogGone(row["position"])
        headers = encode(
            Envelope(
                id=str(row["event_id"]),
                type=row["type"],
                source=self._source,
                subject=row["key"],
                time=row["occurred_at"],
                organisation_id=row["organisation_id"],
                sequence=row["version"],
                correlation_id=row["correlation_id"],
                causation_id=row["causation_id"],
                replay_id=self._replay.id,
                traceparent=row["traceparent"],
            )
        )
        mark = LaneMark(
            topic=row["topic"],
            phase=self._phase,
            mode=self._replay.mode,
            position=position,
            total=self._target.total,
            first=row["first"],
            last=row["last"],
            upto=row["upto"],
            parked_only=self._replay.parked_only,
        )
        return row["key"].encode(), row["payload"].encode(), [*headers, encode_mark(mark)]
