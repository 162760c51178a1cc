"""The SQL of docs/runbooks/parked-events.md does what the runbook says."""

import re
from pathlib import Path

import asyncpg
import pytest

from koppel.contracts.administration import AdministrationRenamed
from koppel.kernel.errors import Permanent
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.inbox import Inbox
from koppel.platform.consumer.retry import Retry
from koppel.platform.consumer.subscriptions import Received, Subscriptions
from koppel.platform.database import Connection, Database
from koppel.testing.databases import ServiceDatabase
from koppel.testing.deliveries import delivery
from koppel.testing.offices import Office

RUNBOOK = Path(__file__).parents[3] / "docs/runbooks/parked-events.md"


class Handler:
    """Fails for one name until it is mended."""

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.mended = False

    async def __call__(self, received: Received[AdministrationRenamed], connection: Connection) -> None:
        del connection
        if received.data.name == "bad" and not self.mended:
            raise Permanent("refused", "Not like this.")
        self.applied.append(received.data.name)


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def subscriptions(handler: Handler, consumer_name: str) -> Subscriptions:
    registered = Subscriptions(consumer_name)
    registered.on(AdministrationRenamed, handler)
    return registered


@pytest.fixture
async def parked(database: Database, subscriptions: Subscriptions, office: Office, handler: Handler) -> None:
    """Version 1 of the stream is parked, version 2 held behind it."""
    for version, name in ((1, "bad"), (2, "good")):
        await Inbox(database, subscriptions, RetryPolicy()).apply(
            [delivery(office.renamed(name), version, subscriptions)]
        )
    assert handler.applied == []


async def _run(service: ServiceDatabase, number: int) -> list[asyncpg.Record]:
    """The runbook's block, as an administrator, for the one parked event there is."""
    block = re.findall(r"^```sql\n(.*?)^```", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[
        number
    ]
    connection = await asyncpg.connect(service.admin_dsn)
    try:
        parked = await connection.fetchval(f"select id from {service.schema}.parked_event")
        statements = block.replace("= sync;", f"= {service.schema};").replace("PARKED-ID", str(parked))
        setting, _, rest = statements.partition("\n")
        await connection.execute(setting)
        if "select id" in rest:
            rows: list[asyncpg.Record] = await connection.fetch(rest)
            return rows
        await connection.execute(rest)
        return []
    finally:
        await connection.close()


@pytest.mark.usefixtures("parked")
async def test_looking_names_the_cause(service: ServiceDatabase) -> None:
    (row,) = await _run(service, 0)
    assert (row["cause_class"], row["cause_code"]) == ("permanent", "refused")


@pytest.mark.usefixtures("parked")
async def test_trying_again_applies_the_event_and_its_followers(
    service: ServiceDatabase, database: Database, subscriptions: Subscriptions, handler: Handler
) -> None:
    handler.mended = True
    await _run(service, 1)
    await Retry(database, subscriptions, RetryPolicy()).run_due()
    assert handler.applied == ["bad", "good"]
    assert await _run(service, 0) == []


@pytest.mark.usefixtures("parked")
async def test_passing_it_by_applies_its_followers_only(
    service: ServiceDatabase, database: Database, subscriptions: Subscriptions, handler: Handler
) -> None:
    await _run(service, 2)
    await Retry(database, subscriptions, RetryPolicy()).run_due()
    assert handler.applied == ["good"]
    assert await _run(service, 0) == []
