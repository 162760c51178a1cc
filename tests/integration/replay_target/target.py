"""A consumer that gets a replay: its live processor, its replay topic, and the tables to look into."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from koppel.contracts.administration import AdministrationRemoved, AdministrationRenamed
from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.event import Event
from koppel.contracts.replay import Mode, Phase
from koppel.contracts.replay_topic import ReplayMark, encode_mark, replay_topic_name
from koppel.kernel.errors import Permanent
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import RebuildPolicy
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord
from koppel.platform.consumer.parked.commands import ParkedEvents
from koppel.platform.consumer.parked.retry import Retry
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscriptions
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import EventLog
from koppel.platform.replay.target import ReplayProcessor
from koppel.platform.replay.target.decode import decode_replayed
from koppel.platform.telemetry import metrics
from koppel.testing.deliveries import delivery, event_id_of
from koppel.testing.organisations import Organisation

TOPIC = AdministrationRenamed.topic.name
REFUSED = Permanent("refused", "No.")
_offsets = count()


@dataclass
class Target:
    """Events of `organisation` are named `v<version>`; those in `failing` are refused by the handler.

    Those in `cutting` end their database session, once.
    """

    database: Database
    consumer: str
    organisation: Organisation = field(default_factory=Organisation)
    failing: set[str] = field(default_factory=set)
    timing_out: set[str] = field(default_factory=set)
    cutting: set[str] = field(default_factory=set)
    tried: list[str] = field(default_factory=list)
    answering: bool = False
    """Whether the handler appends an event of its own."""
    tables: RebuildPolicy = field(default_factory=RebuildPolicy)
    again: list[str] = field(default_factory=list)
    """What the handler was told to have been applied before."""

    def __post_init__(self) -> None:
        policy = self.policy = RetryPolicy(first=timedelta(0), attempts=3)
        self.subscriptions = Subscriptions(self.consumer, self.tables)
        self.subscriptions.on(AdministrationRenamed, self._on_renamed)
        self.processor = Processor(self.database, self.subscriptions, policy)
        self.die()
        self.retry = Retry(self.database, self.subscriptions, policy)
        self.parked_events = ParkedEvents(self.database, self.subscriptions, policy)
        self.key = self.organisation.renamed("").key

    def die(self) -> None:
        """Another process goes on with the replay topic."""
        self.replay_processor = ReplayProcessor(self.database, self.subscriptions, self.policy)

    async def _on_renamed(self, event: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
        name = event.data.name
        self.tried.append(name)
        if event.again:
            self.again.append(name)
        await connection.execute("insert into effect (consumer, name) values ($1, $2)", self.consumer, name)
        if self.answering:
            await EventLog(connection, event.cause()).append(self.organisation.sync_requested("handler"))
        if name in self.cutting:
            self.cutting.discard(name)
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")
        if name in self.timing_out:
            raise TimeoutError
        metrics.count("koppel_job_runs_total", task=self.consumer, outcome="done")
        if name in self.failing:
            raise REFUSED

    def event(self, version: int, organisation: Organisation | None = None) -> AdministrationRenamed:
        return (organisation or self.organisation).renamed(f"v{version}")

    def measured(self) -> float:
        """What its handler counted for the metrics."""
        return metrics.value("koppel_job_runs_total", task=self.consumer, outcome="done")

    async def live(self, *versions: int, organisation: Organisation | None = None) -> None:
        """These versions arrive on their topic, in one batch."""
        await self.processor.apply(
            [delivery(self.event(version, organisation), version, self.subscriptions) for version in versions]
        )

    async def effects(self) -> list[str]:
        rows = await self.rows("select name from effect where consumer = $1 order by id")
        return [row["name"] for row in rows]

    async def position(self, organisation: Organisation | None = None) -> int:
        rows = await self.rows(
            "select version from consumer_head where consumer = $1 and key = $2",
            self.event(1, organisation).key,
        )
        return rows[0]["version"] if rows else 0

    async def held(self) -> list[int]:
        return [
            row["version"]
            for row in await self.rows("select version from held_event where consumer = $1 order by version")
        ]

    async def parked(self) -> list[Any]:
        return await self.rows("select * from parked_event where consumer = $1 order by version")

    async def rows(self, statement: str, *arguments: object) -> list[Any]:
        async with self.database.system() as connection:
            return await connection.fetch(statement, self.consumer, *arguments)


@dataclass
class Replay:
    """What the owner sends for one replay: the versions of each organisation, segment by segment."""

    target: Target
    mode: Mode = "repair"
    parked_only: bool = False
    replay_id: UUID = field(default_factory=new_id)

    def records(
        self,
        phase: Phase,
        *segments: tuple[Organisation, Sequence[int]],
        event: type[Event] = AdministrationRenamed,
    ) -> list[DecodedRecord]:
        """The records of one phase, each at an offset of the replay topic."""
        pairs = [(organisation, versions, v) for organisation, versions in segments for v in versions]
        return [
            self._record(
                organisation,
                version,
                ReplayMark(
                    topic=TOPIC,
                    phase=phase,
                    mode=self.mode,
                    position=position,
                    total=len(pairs),
                    first=version == versions[0],
                    last=version == versions[-1],
                    upto=versions[-1],
                    parked_only=self.parked_only,
                ),
                event,
            )
            for position, (organisation, versions, version) in enumerate(pairs, start=1)
        ]

    def of(self, phase: Phase, *versions: int) -> list[DecodedRecord]:
        """The same for the target's own organisation."""
        return self.records(phase, (self.target.organisation, versions))

    def _record(
        self, organisation: Organisation, version: int, mark: ReplayMark, event: type[Event]
    ) -> DecodedRecord:
        stated = self.target.event(version, organisation)
        value = stated.model_dump_json()
        if event is AdministrationRemoved:  # a type that nobody here reads
            value = "{}"
        headers = encode(
            Envelope(
                id=event_id_of(stated, version),
                type=event.type_name(),
                source=source_of(stated.topic.owner),
                subject=stated.key,
                time=None,
                organisation_id=organisation.organisation_id,
                sequence=version,
                replay_id=self.replay_id,
            )
        )
        raw = StoredRecord(
            replay_topic_name(self.target.consumer),
            0,
            next(_offsets),
            stated.key.encode(),
            [*headers, encode_mark(mark)],
            value.encode(),
        )
        return decode_replayed(raw, self.target.subscriptions)

    async def send(self, records: Sequence[DecodedRecord], *, batch: int = 1_000) -> None:
        """The records arrive, so many at a time."""
        for start in range(0, len(records), batch):
            await self.target.replay_processor.apply(records[start : start + batch])

    async def told(self, phase: Phase = "run") -> dict[str, Any]:
        """What the newest report of a phase says."""
        async with self.target.database.system() as connection:
            payload = await connection.fetchval(
                "select payload::jsonb from event_log where key = $1 and type like '%ReplayReported%' "
                "and payload::jsonb ->> 'phase' = $2 order by version desc limit 1",
                str(self.replay_id),
                phase,
            )
        assert payload is not None
        found: dict[str, Any] = payload
        return found

    async def counts(self, phase: Phase = "run") -> tuple[int, int, int, int]:
        """Applied, skipped, held and parked."""
        told = await self.told(phase)
        return (told["applied"], told["skipped"], told["held"], told["parked"])
