"""Sending one phase of a replay to one target, chunk by chunk, until it ends or is stopped."""

import asyncio
import time
from collections.abc import Sequence
from importlib.resources import files

import asyncpg

from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.replay import Phase
from koppel.contracts.replay_topic import ReplayMark, encode_mark
from koppel.kernel.errors import Conflict
from koppel.platform.database import Connection, Database
from koppel.platform.leases import Lease, confirm
from koppel.platform.replay.filter import ReplayFilter, StreamRange
from koppel.platform.replay.lifecycle import DEFAULT_RATE, Replays
from koppel.platform.replay.model import Replay, ReplayTarget
from koppel.platform.replay.resolve_targets import Target
from koppel.platform.replay.sender.flow_control import FlowControl
from koppel.platform.replay.sender.producer import Record, ReplayProducer

_READ = files(__package__).joinpath("read.sql").read_text(encoding="utf-8")
_READ_SNAPSHOT = files(__package__).joinpath("read_snapshot.sql").read_text(encoding="utf-8")
# A change of the state either waits until this transaction commits, or comes first.
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
_REPORTED = {
    phase: f"select ({phase} ->> 'position')::bigint from replay_target where replay_id = $1 and consumer = $2"
    for phase in ("rehearsal", "run")
}
_LARGEST_CHUNK = 1_000
_CHUNKS_A_SECOND = 10
_CATCH_UP = 0.25
"""Seconds: a pause of the process is not made up for by a burst longer than this."""
_LOOK_EVERY = 0.05


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
        producer: ReplayProducer,
        replays: Replays,
        replay: Replay,
        target: ReplayTarget,
        *,
        lease: Lease,
    ) -> None:
        self._database = database
        self._producer = producer
        self._replays = replays
        self._lease = lease
        self._replay = replay
        self._target = target
        self._source = source_of(replays.service)
        # What is left of a finished phase belonged to a run.
        self._phase: Phase = "rehearsal" if replay.state == "planning" else "run"
        self._expected = "planning" if self._phase == "rehearsal" else "running"
        self._whole_segments = self._phase == "run" and replay.mode == "rebuild"
        self._open, self._reach = target.section_open, target.reach
        self._at, self._sent = target.at(self._phase), target.sent(self._phase)
        self._flow_control = FlowControl()
        self._cut: int | None = None
        """The position with which a cancelled rebuild ends."""

    async def run(self) -> None:
        """Return at the end, or when the replay was stopped. Raises `ReplayTopicUnavailable`, `LogGone`, `LeaseLost`."""
        pace = Pace(None if self._phase == "rehearsal" else self._replay.rate)
        while True:
            await pace.wait(0)
            async with self._database.system() as connection:
                await confirm(connection, self._lease)
                rows = await self._next(connection, pace.chunk)
            if rows is None:
                return
            if not rows:
                await asyncio.sleep(_LOOK_EVERY)
                continue
            await pace.wait(len(rows))
            await self._send(rows)

    async def _next(self, connection: Connection, most: int) -> Sequence[asyncpg.Record] | None:
        """The next chunk: empty while the target has enough on its replay topic, None at the end."""
        state = await connection.fetchval(_STATE, self._replay.id)
        stopped = state != self._expected
        if stopped and not self._open:
            return None
        if state == "cancelling":
            return await self._to_cut(connection)
        if not (room := await self._room(connection)):
            return []
        rows = await self._read(connection, min(room, most))
        rows = self._to_segment_end(rows) if stopped else _whole_segments(rows)
        if not rows:
            return None
        if self._whole_segments:
            place = (self._replay.id, self._target.consumer, rows[-1]["position"])
            self._reach, self._open = await connection.fetchval(_OPEN, *place), True
        return rows

    async def _room(self, connection: Connection) -> int:
        if not self._target.reports:
            return _LARGEST_CHUNK
        reported = await connection.fetchval(_REPORTED[self._phase], self._replay.id, self._target.consumer)
        return self._flow_control.room(self._sent, reported or 0)

    async def _read(self, connection: Connection, most: int) -> list[asyncpg.Record]:
        read = _READ_SNAPSHOT if self._replay.mode == "snapshot" else _READ
        found: list[asyncpg.Record] = await connection.fetch(
            read, self._replay.id, self._at, list(self._target.topics), most
        )
        return found

    async def _send(self, rows: Sequence[asyncpg.Record]) -> None:
        records = [self._record(row, self._sent + number) for number, row in enumerate(rows, start=1)]
        await self._producer.send(self._target.consumer, records)
        newest = rows[-1]
        self._at, self._sent = newest["position"], self._sent + len(rows)
        ended = self._at == self._cut or (newest["last"] and self._at >= self._reach)
        self._open = self._whole_segments and not ended
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
            if self._at == self._cut:
                await self._bring_rest(connection, newest)

    def _to_segment_end(self, rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
        """What must still be sent after a cancellation: a half rebuilt stream would wait for ever."""
        kept: list[asyncpg.Record] = []
        for row in rows:
            kept.append(row)
            if row["last"] and row["position"] >= self._reach:
                break
        return kept

    async def _to_cut(self, connection: Connection) -> list[asyncpg.Record]:
        """What the target may have, sent as it was, and one more that ends the segment, however long it is."""
        kept: list[asyncpg.Record] = []
        for row in await self._read(connection, max(self._reach - self._at, 0) + 1):
            kept.append(row)
            if row["position"] >= self._reach and row["last"]:
                break
            if row["position"] > self._reach:
                self._cut = row["position"]
                break
        return kept

    async def _bring_rest(self, connection: Connection, cut: asyncpg.Record) -> None:
        """A repair of its own for what the cut leaves: without it the stream would stay behind.

        It goes by the name of the gap that it fills, so that nobody asks for that as well; unless another goes by it.
        """
        topic, key, consumer = cut["topic"], cut["key"], self._target.consumer
        rest = StreamRange(topic=topic, key=key, from_version=cut["version"] + 1, to_version=cut["upto"])
        gap = f"{consumer}/{topic}/{key}"
        for name in (gap, f"{gap} after {self._replay.id}"):
            if await self._replays.repair(
                connection,
                gap=name,
                asked=ReplayFilter(streams=[rest]),
                target=Target(consumer, (topic,), self._target.reports),
                actor=self._replay.actor,
                reason=f"the rest of a stream that replay {self._replay.id} was rebuilding when it was cancelled",
                rate=max(self._replay.rate, DEFAULT_RATE),
            ):
                return

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
        cut = row["position"] == self._cut
        mark = ReplayMark(
            topic=row["topic"],
            phase=self._phase,
            mode=self._replay.mode,
            position=position,
            total=self._target.total,
            first=row["first"],
            last=row["last"] or cut,
            upto=row["upto"],
            parked_only=self._replay.parked_only,
            cut=cut,
            whole=row["whole"],
        )
        return row["key"].encode(), row["payload"].encode(), [*headers, encode_mark(mark)]


def _whole_segments(rows: list[asyncpg.Record]) -> list[asyncpg.Record]:
    """Up to the end of the last segment that is there as a whole; all where none is. A dry run takes back what it did of a
    segment at the end of each batch, and does it again for the next."""
    ends = [place for place, row in enumerate(rows, start=1) if row["last"]]
    return rows[: ends[-1]] if ends else rows
