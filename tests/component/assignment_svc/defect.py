"""A defect that parks events of the real application, and the terminal of an operator."""

import asyncio

import asyncpg
import pytest
from fastapi import FastAPI

from assignment_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from assignment_svc.entrypoints.events import subscriptions
from assignment_svc.entrypoints.http.context import Context
from assignment_svc.main import NAME, ROUTERS
from koppel.contracts.administration import AdministrationImported
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform import operations
from koppel.platform.consumer.parked.retry import Retry
from koppel.platform.consumer.processor import Processor
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.http import create_app, provide
from koppel.platform.identity import Authenticator
from koppel.testing.administrations import imported, renamed
from koppel.testing.databases import ServiceDatabase
from koppel.testing.deliveries import delivery
from koppel_cli.main import main

TOPIC = AdministrationImported.topic.name
BREAK = """
create function assignment.break() returns trigger language plpgsql as
$$ begin raise exception 'broken'; end $$;
create trigger broken before insert on assignment.administration for each row
execute function assignment.break()
"""
MEND = "drop function if exists assignment.break() cascade"


class ADefect:
    """Three administrations whose handler fails, each with followers; and the terminal of an operator."""

    def __init__(
        self, database: Database, schema: ServiceDatabase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.database = database
        self.user = new_id()
        self._schema = schema
        self._capsys = capsys
        self.hearing = subscriptions(PostgresUnitOfWork(database))
        self.streams = [imported(new_id()) for _ in range(3)]

    async def happen(self) -> None:
        await self._execute(BREAK)
        processor = Processor(self.database, self.hearing, RetryPolicy())
        for event in self.streams:
            await processor.apply(
                [
                    delivery(event, 1, self.hearing),
                    *(
                        delivery(renamed(event, f"Naam {version}"), version, self.hearing)
                        for version in (2, 3)
                    ),
                ]
            )

    async def mend(self) -> None:
        await self._execute(MEND)

    async def retry_round(self) -> None:
        await Retry(self.database, self.hearing, RetryPolicy()).run_due()

    async def type(self, *arguments: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, [*arguments])
        printed = self._capsys.readouterr()
        return code, printed.out, printed.err

    async def audit(self) -> list[asyncpg.Record]:
        async with self.database.system() as connection:
            return await connection.fetch(
                "select * from audit_entry where actor = $1 order by id", f"person:{self.user}"
            )

    async def names(self) -> list[str]:
        async with self.database.system() as connection:
            rows = await connection.fetch(
                "select name from administration where id = any($1)",
                [event.administration_id for event in self.streams],
            )
        return [row["name"] for row in rows]

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._schema.admin_dsn)
        await connection.execute(statement)
        await connection.close()


def application(database: Database, authenticator: Authenticator) -> FastAPI:
    app = create_app(
        NAME,
        version="0",
        routers=[*ROUTERS, *operations.ROUTERS],
        authenticator=authenticator,
        health=Health(),
    )
    ops = operations.Operations(database, NAME)
    ops.consumes(subscriptions(PostgresUnitOfWork(database)), RetryPolicy())
    return operations.install(provide(app, Context(PostgresUnitOfWork(database))), ops)
