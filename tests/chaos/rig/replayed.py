"""An owner and a target of replays on the rig's database; the integration tests' stage with the rig's effects."""

from typing import Any
from uuid import UUID

from tests.integration.replay.stage import OWNER, TARGET, Stage

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.replay import Mode
from koppel.contracts.replay_topic import replay_topic_name
from koppel.kernel.errors import Permanent
from koppel.platform.consumer.decode import StoredRecord
from koppel.platform.consumer.subscriptions import ReceivedEvent
from koppel.platform.database import Connection
from koppel.platform.replay.target.decode import decode_replayed
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation

__all__ = ["OWNER", "TARGET", "Replayed"]

_EFFECT = """
insert into effect (consumer, topic, key, version, event_id, op) values ($1, $2, $3, $4, $5, $6)
"""


class Replayed(Stage):
    """`deliver` gives the target what was sent, when the scenario says so; `relay` goes on from there."""

    _given = 0
    failing_late: frozenset[str] = frozenset()
    """Events that are refused after their effect was written."""

    async def _on_renamed(self, event: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
        if event.data.name in self.failing:
            raise Permanent("refused", "No.")
        place = (event.data.topic.name, event.data.key, event.envelope.sequence, event.envelope.id)
        await connection.execute(_EFFECT, TARGET, *place, event.data.name)
        if event.data.name in self.failing_late:
            raise Permanent("refused", "No.")

    async def effects(self, organisation: Organisation) -> list[str]:
        statement = "select op from effect where key = $1 order by id"
        return [row["op"] for row in await self.rows(statement, organisation.renamed("").key)]

    async def planned(self, organisation: Organisation, *, mode: Mode = "repair", rate: int = 10_000) -> UUID:
        """Planned, which is a dry run."""
        replay_id = await self.plan(organisation=organisation, mode=mode, rate=rate)
        await self.reach(replay_id, "planned")
        return replay_id

    async def sent(self, replay_id: UUID, records: int) -> None:
        """Until so many of the run's records are on the replay topic."""

        async def there() -> bool:
            return len(self.producer.marks(TARGET, replay_id)) >= records

        await eventually(there, what="records on the replay topic")

    async def deliver(self, *, until: int | None = None, again: bool = False) -> None:
        """The replay topic's next records reach the target, `until` so many; `again` those that it was given last."""
        sent = self.producer.sent[TARGET]
        first = self._given if again else self._read
        end = self._read if again else len(sent) if until is None else first + until
        self._given, self._read = first, end
        await self.replay_processor.apply(
            [self._decoded(number, *sent[number]) for number in range(first, end)]
        )

    def _decoded(self, offset: int, key: bytes, value: bytes, headers: Any) -> Any:
        return decode_replayed(
            StoredRecord(replay_topic_name(TARGET), 0, offset, key, headers, value), self.reads
        )
