"""import-svc as the owner, assignment-svc as the target, and a producer that is a list: what is about Kafka is elsewhere."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.replay import Mode, ReplayReported
from koppel.contracts.replay_topic import ReplayMark, decode_mark, replay_topic_name
from koppel.kernel.errors import Permanent
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import RebuildPolicy
from koppel.platform.consumer.decode import StoredRecord
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscriptions
from koppel.platform.database import Connection, Database
from koppel.platform.health import Health
from koppel.platform.outbox import EventLog
from koppel.platform.replay import ReplayRunner, Replays, listen
from koppel.platform.replay.filter import ReplayFilter, StreamRange
from koppel.platform.replay.model import Replay
from koppel.platform.replay.sender.producer import Record, ReplayProducer
from koppel.platform.replay.sender.topics import ReplayTopicUnavailable
from koppel.platform.replay.states import Act
from koppel.platform.replay.target import ReplayProcessor
from koppel.platform.replay.target.decode import decode_replayed
from koppel.platform.replay.target.progress import report_rest
from koppel.testing.deliveries import delivery
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation

OWNER, TARGET, FOREIGN = "import-svc", "assignment-svc", "billing.example"
TOPIC = AdministrationRenamed.topic.name


class RecordingProducer(ReplayProducer):
    """Keeps what is sent; refuses it while `away`, and loses the next answer to a cut when told to."""

    def __init__(self) -> None:
        super().__init__("nowhere:1", "test")
        self.sent: dict[str, list[Record]] = defaultdict(list)
        self.away = False
        self.lose_cut = False

    async def send(self, consumer: str, records: Sequence[Record]) -> None:
        if self.away:
            raise ReplayTopicUnavailable(consumer, OSError("away"))
        self.sent[consumer] += records
        if self.lose_cut and decode_mark(records[-1][2]).cut:
            self.lose_cut = False
            raise ReplayTopicUnavailable(consumer, OSError("lost"))

    def marks(self, consumer: str, replay_id: UUID, phase: str = "run") -> list[ReplayMark]:
        """Of one replay and phase, in the order in which they were sent."""
        return [
            mark
            for _, _, headers in self.sent[consumer]
            if dict(headers)["ce_replayid"].decode() == str(replay_id)
            and (mark := decode_mark(headers)).phase == phase
        ]


@dataclass
class Stage:
    """A test makes organisations with logged events, plans replays, and lets the sides hear each other with `relay`."""

    database: Database
    producer: RecordingProducer = field(default_factory=RecordingProducer)
    failing: set[str] = field(default_factory=set)
    most: int | None = None
    """Records that reach the target at a time; all that there are when None."""

    def __post_init__(self) -> None:
        self.replays = Replays(OWNER)
        self.heard = Subscriptions(OWNER)
        listen(self.heard, self.replays)
        self.reads = Subscriptions(TARGET, RebuildPolicy(others=("effect",)))
        self.reads.on(AdministrationRenamed, self._on_renamed)
        policy = RetryPolicy()
        self.processor = Processor(self.database, self.reads, policy)
        self.replay_processor = ReplayProcessor(self.database, self.reads, policy)
        self._read = 0
        self._told = 0
        self.runners: list[ReplayRunner] = []

    async def _on_renamed(self, event: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
        if event.data.name in self.failing:
            raise Permanent("refused", "No.")
        statement = "insert into effect (consumer, name) values ($1, $2)"
        await connection.execute(statement, TARGET, f"{event.data.organisation_id} {event.data.name}")

    async def log(self, organisation: Organisation, *versions: int) -> None:
        """Log these versions, which must come next."""
        async with self.database.system() as connection:
            await EventLog(connection).append(*(organisation.renamed(f"v{version}") for version in versions))

    async def live(self, organisation: Organisation, *versions: int) -> None:
        """They arrive at the target on their topic, under the ids that the log gave them."""
        ids = await self.rows(
            "select version, event_id from event_log where key = $1", organisation.renamed("").key
        )
        known = {row["version"]: str(row["event_id"]) for row in ids}
        await self.processor.apply(
            [
                delivery(
                    organisation.renamed(f"v{version}"), version, self.reads, event_id=known.get(version)
                )
                for version in versions
            ]
        )

    async def plan(
        self,
        *,
        target: Literal["all"] | Sequence[str] = (TARGET,),
        mode: Mode = "repair",
        rate: int = 10_000,
        organisation: Organisation | None = None,
        **conditions: Any,
    ) -> UUID:
        """Planned; of one organisation's stream unless conditions are given."""
        if organisation is not None:
            conditions["streams"] = [StreamRange(topic=TOPIC, key=str(organisation.administration_id))]
        async with self.database.system() as connection:
            return await self.replays.plan(
                connection,
                asked=ReplayFilter(**conditions),
                target=target,
                mode=mode,
                rate=rate,
                reason="a test",
                actor="person:x",
            )

    async def act(self, replay_id: UUID, act: Act) -> Replay:
        async with self.database.system() as connection:
            return await self.replays.act(connection, replay_id, act, actor="person:y")

    async def get(self, replay_id: UUID) -> Replay:
        async with self.database.system() as connection:
            return await self.replays.get(connection, replay_id)

    async def runner(self) -> ReplayRunner:
        """One more process that carries replays out."""
        made = ReplayRunner(self.database, self.replays, self.producer, f"test/{new_id()}", Health())
        self.runners.append(made)
        await made.start()
        return made

    async def stop(self) -> None:
        for runner in self.runners:
            await runner.stop()

    async def relay(self) -> None:
        """What was sent reaches the target, what the target reports reaches the owner."""
        records = self.producer.sent[TARGET]
        fresh, self._read = records[self._read :], len(records)
        first = len(records) - len(fresh)
        fresh_records = [
            decode_replayed(
                StoredRecord(replay_topic_name(TARGET), 0, first + number, key, headers, value), self.reads
            )
            for number, (key, value, headers) in enumerate(fresh)
        ]
        for start in range(0, len(fresh), size := self.most or max(1, len(fresh))):
            await self.replay_processor.apply(fresh_records[start : start + size])
        async with self.database.system() as connection:
            await report_rest(connection, TARGET)
            told = await connection.fetch(
                "select seq, payload, key from event_log where type = $1 and seq > $2 order by seq",
                ReplayReported.type_name(),
                self._told,
            )
        for row in told:
            report = ReplayReported.model_validate_json(row["payload"])
            await Processor(self.database, self.heard, RetryPolicy()).apply(
                [delivery(report, row["seq"], self.heard)]
            )
            self._told = row["seq"]

    async def reach(self, replay_id: UUID, *states: str) -> Replay:
        """Let both sides talk until the replay is there."""

        async def there() -> Replay | None:
            await self.relay()
            replay = await self.get(replay_id)
            return replay if replay.state in states else None

        found = await eventually(there, what=f"a replay that is {' or '.join(states)}")
        assert found is not None
        return found

    async def effects(self, organisation: Organisation) -> list[str]:
        rows = await self.rows(
            "select name from effect where name like $1 order by id", f"{organisation.organisation_id} %"
        )
        return [row["name"].split()[1] for row in rows]

    async def audit(self, replay_id: UUID) -> list[tuple[str, str, str]]:
        rows = await self.rows(
            "select action, actor, reason from audit_entry where target = $1 order by at, id",
            f"replay/{replay_id}",
        )
        return [(row["action"], row["actor"], row["reason"]) for row in rows]

    async def rows(self, statement: str, *arguments: object) -> list[Any]:
        async with self.database.system() as connection:
            return await connection.fetch(statement, *arguments)

    async def picked(self, replay_id: UUID) -> list[tuple[str, int, bool, bool, int]]:
        """The frozen pick: key, version, first, last, upto, by position."""
        rows = await self.rows(
            "select key, version, first, last, upto from replay_event picked join event_log using (seq, logged_on) "
            "where replay_id = $1 order by position",
            replay_id,
        )
        return [tuple(row) for row in rows]
