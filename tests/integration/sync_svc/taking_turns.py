"""An organisation whose runs go on in turns, on a database of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from koppel.platform.leases import Lease
from koppel.testing.databases import service_database
from sync_svc.domain.run import LEASE_KIND
from sync_svc.domain.turn import DEFAULT_RULES, TurnRules

from .organisation import Organisation
from .waiting import Waiting


@asynccontextmanager
async def own_queue(postgres_server: str, rules: TurnRules = DEFAULT_RULES) -> AsyncIterator[Waiting]:
    """Empty."""
    async with service_database(postgres_server, "sync", "sync_svc") as made:
        database = made.open(max_size=4)
        await database.open()
        yield Waiting(database, rules)
        await database.close()


async def one_that_takes_turns(waiting: Waiting) -> Organisation:
    """One that looks whether others wait."""
    made = await Organisation(waiting.database).arrive()
    made.rules, made.alone = waiting.rules, False
    return made


async def turn(organisation: Organisation, waiting: Waiting) -> UUID:
    """The next turn is the organisation's, and is done."""
    async with organisation.work.begin(None) as tx:
        granted = await tx.turns.grant(
            organisation.rules,
            owner="test",
            lasts=organisation.leases.ttl,
            passing_over=list(waiting.run_ids.values()),
        )
    assert granted is not None
    async with organisation.leases.keep(
        Lease(LEASE_KIND, granted.run_id, granted.fence, granted.takeovers)
    ) as lease:
        await organisation.perform_under(lease)
    return granted.run_id
