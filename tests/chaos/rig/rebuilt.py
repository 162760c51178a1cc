"""A consumer with a table that events alone fill: it can be wrecked and rebuilt."""

from koppel.contracts.administration import AdministrationImported, AdministrationRenamed
from koppel.contracts.assignment import AdministrationAssigned
from koppel.contracts.sync import SyncRequested
from koppel.contracts.topics import ADMINISTRATION
from koppel.contracts.values import SyncMode, SyncTrigger
from koppel.kernel.ids import new_id
from koppel.platform.consumer import Projection, RebuildPolicy, ReceivedEvent, Subscriptions
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import EventLog
from koppel.testing.rebuilds import Delivered

CONSUMER = "sync-svc"
TABLES = RebuildPolicy(projections=(Projection("known", ADMINISTRATION, key="id"),))
_FILL = "insert into known (id, name) values ($1, $2) on conflict (id)"
_SAID = "select type from event_log where topic <> 'koppel.replay-control.v1' order by seq"


class Rebuilt(Delivered):
    """It knows administrations by their names. Of each it says once who has it, and asks once for a sync."""

    def __init__(self, database: Database) -> None:
        reads = Subscriptions(CONSUMER, TABLES)
        reads.on(AdministrationImported, _imported)
        reads.on(AdministrationRenamed, _renamed)
        super().__init__(database, reads)
        self.database = database

    async def known(self) -> list[str]:
        async with self.database.system() as connection:
            return [row["name"] for row in await connection.fetch("select name from known order by id")]

    async def said(self) -> list[str]:
        async with self.database.system() as connection:
            return [row["type"].split(".")[2] for row in await connection.fetch(_SAID)]

    async def wreck(self, statement: str, *arguments: object) -> None:
        async with self.database.system() as connection:
            await connection.execute(statement, *arguments)


async def _imported(event: ReceivedEvent[AdministrationImported], connection: Connection) -> None:
    data, otherwise = event.data, "do update set name = excluded.name" if event.again else "do nothing"
    await connection.execute(f"{_FILL} {otherwise}", data.administration_id, data.name)
    about = {"organisation_id": data.organisation_id, "administration_id": data.administration_id}
    await EventLog(connection, event.cause()).append(
        AdministrationAssigned(
            **about, user_ids=(), rule="default", assigned_by=event.actor, assigned_at=data.imported_at
        ),
        SyncRequested(
            **about,
            sync_request_id=new_id(),
            mode=SyncMode.FULL,
            trigger=SyncTrigger.IMPORT,
            requested_by=CONSUMER,
            requested_at=data.imported_at,
        ),
    )


async def _renamed(event: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
    await connection.execute(
        "update known set name = $2 where id = $1", event.data.administration_id, event.data.name
    )
