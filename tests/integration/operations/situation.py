"""A consumer whose handler's effect is a row, its stream, and the tables to look into."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.record import RecordChanged
from koppel.contracts.values import ResourceName
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord, decode_record
from koppel.platform.consumer.parked.commands import ParkedEvents
from koppel.platform.consumer.parked.dry_run import DryRun
from koppel.platform.consumer.parked.releases import Releases
from koppel.platform.consumer.parked.retry import Retry
from koppel.platform.consumer.parked.selector import Selector
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscriptions
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import EventLog
from koppel.platform.telemetry.metrics import metrics
from koppel.testing.deliveries import delivery
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation

TOPIC = AdministrationRenamed.topic.name
COUNTED: Final = "koppel_assignments_changed_total"
"""What the handler counts, as those of services do."""


@dataclass
class Situation:
    """Events are named; those in `failing` are refused by the handler, and in those in `cut` the session ends."""

    database: Database
    consumer: str
    policy: RetryPolicy
    organisation: Organisation = field(default_factory=Organisation)
    failing: dict[str, Exception] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    cut: set[str] = field(default_factory=set)
    appends: bool = False
    """Whether the handler appends an event of its own."""
    shared_row: bool = False
    """Whether the handler needs what others use too."""

    def __post_init__(self) -> None:
        self.subscriptions = Subscriptions(self.consumer)
        self.subscriptions.on(AdministrationRenamed, self._on_renamed)
        self.subscriptions.on(RecordChanged, self._on_record)
        self.processor = Processor(self.database, self.subscriptions, self.policy)
        self.retry = Retry(self.database, self.subscriptions, self.policy)
        self.parked_events = ParkedEvents(self.database, self.subscriptions, self.policy)
        self.releases = Releases(self.database, self.consumer)
        self.dry_run = DryRun(self.database, self.subscriptions, self.policy)
        self.operator = f"person:{new_id()}"
        self.key = self.organisation.renamed("").key

    async def release(self, selector: Selector, *, reason: str = "x", **careful: Any) -> set[UUID]:
        """Pick them and carry on as far as it goes; the ids that were picked."""
        async with self.database.system() as connection:
            release_id = await self.releases.begin(
                connection, selector, actor=self.operator, reason=reason, asked={}, **careful
            )
        await self.releases.carry_on(release_id)
        async with self.database.system() as connection:
            return await self.releases.picked(connection, release_id)

    def record(self, external_id: str, revision: int) -> DecodedRecord:
        event = RecordChanged(
            organisation_id=self.organisation.organisation_id,
            administration_id=self.organisation.administration_id,
            resource=ResourceName.CONTACT,
            external_id=external_id,
            revision=revision,
            run_id=new_id(),
            data={},
            changed_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        return delivery(event, revision, self.subscriptions)

    async def _on_renamed(self, event: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
        await self._apply(event.data.name, connection)

    async def _on_record(self, event: ReceivedEvent[RecordChanged], connection: Connection) -> None:
        await self._apply(f"revision {event.data.revision}", connection)

    async def _apply(self, name: str, connection: Connection) -> None:
        self.tried.append(name)
        metrics.count(COUNTED, rule="default")
        await connection.execute("insert into effect (consumer, name) values ($1, $2)", self.consumer, name)
        if self.shared_row:
            await connection.execute("select pg_advisory_xact_lock(hashtext($1))", self.consumer)
        if self.appends:
            await EventLog(connection).append(self.organisation.renamed(name))
        if name in self.cut:
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")
        if name in self.failing:
            raise self.failing[name]

    def renamed(self, name: str, version: int) -> DecodedRecord:
        return delivery(self.organisation.renamed(name), version, self.subscriptions)

    def elsewhere(self, name: str, version: int) -> DecodedRecord:
        """An event of a stream of its own."""
        return delivery(Organisation().renamed(name), version, self.subscriptions)

    def broken(self, version: int) -> DecodedRecord:
        """It has its version, but its value is no event."""
        return decode_record(
            replace(StoredRecord.of(self.renamed("", version).raw), value=b"{"), self.subscriptions
        )

    def no_event(self) -> DecodedRecord:
        """Bytes of the stream that are no event at all, so without a version."""
        offset = self.renamed("", 1).raw.offset
        return decode_record(StoredRecord(TOPIC, 0, offset, self.key.encode(), (), b"?"), self.subscriptions)

    async def arrive(self, *batch: DecodedRecord) -> None:
        await self.processor.apply(batch)

    async def effects(self) -> list[str]:
        rows = await self._rows("select name from effect where consumer = $1 order by id")
        return [row["name"] for row in rows]

    async def parked(self) -> list[asyncpg.Record]:
        return await self._rows('select * from parked_event where consumer = $1 order by version, "offset"')

    async def held(self) -> list[int | None]:
        rows = await self._rows("select version from held_event where consumer = $1 order by version")
        return [row["version"] for row in rows]

    async def position(self, key: str | None = None) -> int | None:
        rows = await self._rows(
            "select version from consumer_head where consumer = $1 and key = $2", key or self.key
        )
        return rows[0]["version"] if rows else None

    async def audit(self) -> list[asyncpg.Record]:
        """What this situation's operator did."""
        async with self.database.system() as connection:
            return await connection.fetch(
                "select * from audit_entry where actor = $1 order by id", self.operator
            )

    async def until_waiting(self, number: int) -> None:
        """Until so many sessions of this database wait for a lock."""
        session = await self.database.session()

        async def wait() -> bool:
            waiting: int = await session.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            return waiting >= number

        try:
            await eventually(wait, what=f"{number} waiting sessions")
        finally:
            await session.close()

    async def _rows(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        async with self.database.system() as connection:
            return await connection.fetch(statement, self.consumer, *arguments)


def names(rows: Sequence[asyncpg.Record], column: str) -> list[object]:
    return [row[column] for row in rows]
