"""sync-svc's own code on a schema of its own, reading a provider in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.rig.stage import Stage
from tests.integration.sync_svc.made_up import MadeUp
from tests.integration.sync_svc.organisation import Organisation

from koppel.testing.databases import service_database

MOST_CONNECTIONS = 6


@asynccontextmanager
async def synchronised(stage: Stage, books: MadeUp | None = None) -> AsyncIterator[Organisation]:
    """An organisation with one administration; without `books` it is at a provider of eAccounting's kind."""
    async with service_database(stage.service.admin_dsn, "sync", "sync_svc") as service:
        database = service.open(max_size=MOST_CONNECTIONS)
        await database.open()
        try:
            made = Organisation(database)
            made.gateway = books or made.gateway
            yield await made.arrive()
        finally:
            await database.close()
