"""What becomes of each event of a replay at this consumer, and why: ranges of versions, in the order of the replay."""

from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from koppel.contracts.replay import Phase
from koppel.platform.consumer.decision import Decision
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.database import Connection

VERDICTS = {Decision.APPLY: "apply", Decision.SKIP: "skip", Decision.HOLD: "hold", Decision.PARK: "park"}

_STORE = """
insert into lane_verdict (consumer, replay_id, phase, position, topic, key, from_version, to_version, verdict, reason)
select $1, $2, $3, * from unnest($4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::text[])
on conflict do nothing
"""
# Why it is parked is known once it is: the rows are read in the transaction that wrote them.
_CAUSES = """
select topic, key, version, min(cause_code) as code from parked_event
join unnest($2::text[], $3::text[]) as wanted (topic, key) using (topic, key)
where consumer = $1 group by topic, key, version
"""
_LIST = """
select * from lane_verdict where replay_id = $1 and consumer = $2 and phase = $3 and position > $4 order by position limit $5
"""
_PHASES = "select phase from lane_progress where replay_id = $1 and consumer = $2 order by phase = 'run' desc"


@dataclass(slots=True)
class VerdictRange:
    """Events of one stream that follow each other and of which the same becomes. Events without a version have no range."""

    position: int
    topic: str
    key: str
    from_version: int | None
    to_version: int | None
    verdict: str
    reason: str

    def joins(self, item: DecodedRecord, verdict: str, reason: str) -> bool:
        """Whether the event goes on where this ends."""
        return (
            item.version is not None
            and self.to_version is not None
            and item.version > self.to_version
            and (self.topic, self.key, self.verdict, self.reason) == (*item.stream, verdict, reason)
        )


@dataclass(slots=True)
class Verdicts:
    """Those of one batch."""

    ranges: list[VerdictRange] = field(default_factory=list)

    def note(self, item: DecodedRecord, decision: Decision, reason: str) -> None:
        """The next event of the replay, and what becomes of it."""
        assert item.mark is not None  # noqa: S101  (only marked records come here)
        verdict = VERDICTS[decision]
        if self.ranges and self.ranges[-1].joins(item, verdict, reason):
            self.ranges[-1].to_version = item.version
            return
        topic, key = item.stream
        self.ranges.append(
            VerdictRange(item.mark.position, topic, key, item.version, item.version, verdict, reason)
        )

    async def name_causes(self, connection: Connection, consumer: str) -> None:
        """Give what is parked its cause as the reason."""
        parked = [each for each in self.ranges if each.verdict == "park"]
        if not parked:
            return
        rows = await connection.fetch(
            _CAUSES, consumer, [each.topic for each in parked], [each.key for each in parked]
        )
        codes = {(row["topic"], row["key"], row["version"]): row["code"] for row in rows}
        for each in parked:
            each.reason = codes.get((each.topic, each.key, each.from_version)) or each.reason

    async def store(self, connection: Connection, consumer: str, replay_id: UUID, phase: Phase) -> None:
        """Write them beside the positions that they belong to."""
        if not self.ranges:
            return
        columns = ("position", "topic", "key", "from_version", "to_version", "verdict", "reason")
        values = [[getattr(each, name) for each in self.ranges] for name in columns]
        await connection.execute(_STORE, consumer, replay_id, phase, *values)


async def phases(connection: Connection, consumer: str, replay_id: UUID) -> list[str]:
    """The phases of a replay that this consumer had records of, the run first."""
    return [row["phase"] for row in await connection.fetch(_PHASES, replay_id, consumer)]


async def list_verdicts(
    connection: Connection, consumer: str, replay_id: UUID, phase: Phase, *, after: int, limit: int
) -> list[asyncpg.Record]:
    """Ranges behind the position `after`, in the order of the replay."""
    return await connection.fetch(_LIST, replay_id, consumer, phase, after, limit)
