"""connection-svc after somebody was at what it knows of administrations: a rebuild has it as before."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from connection_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from connection_svc.entrypoints.events import TABLES, subscriptions
from koppel.kernel.ids import new_id
from koppel.testing.administrations import imported, moved, removed, vanished
from koppel.testing.databases import service_database
from koppel.testing.rebuilds import Delivered
from koppel.testing.wreckage import Wreckage

from .wrecked import Here, undeclared

FILLED = [Wreckage("served_administration")]


@pytest.fixture
async def here(postgres_server: str) -> AsyncIterator[Here]:
    async with service_database(postgres_server, "connection", "connection_svc") as created:
        database = created.open()
        await database.open()
        yield Here(created, Delivered(database, subscriptions(PostgresUnitOfWork(database))))
        await database.close()


async def test_every_table_is_of_one_kind(here: Here) -> None:
    assert await undeclared(here.created, TABLES, FILLED) == set()


@pytest.mark.parametrize("seed", range(2))
async def test_wrecked_tables_are_as_before(here: Here, seed: int) -> None:
    organisation = new_id()
    stays, goes_on, left, gone = (imported(organisation) for _ in range(4))
    await here.delivered.live(stays, goes_on, left, gone)
    await here.delivered.live(moved(goes_on, new_id()), removed(left), vanished(gone))
    for round_number in range(2):
        random = Random(f"{seed}/{round_number}")
        await here.is_rebuilt(FILLED, random, batch=random.choice((1, 3, 100)))
