"""Operators, the job that tries again and the consumer at the same stream at once."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from koppel.kernel.errors import NotFound, Permanent, Transient
from koppel.platform.consumer.parked.commands import Discarded
from koppel.testing.databases import ServiceDatabase
from koppel.testing.eventually import eventually

from .situation import Situation

ROUNDS = 12


@pytest.mark.parametrize("act", ["retry", "discard"])
async def test_an_operator_waits_for_the_stream_before_touching_the_event(
    situation: Situation, schema: ServiceDatabase, act: str
) -> None:
    """Position first, then the row, as the consumer and the retry job do: the other order deadlocks with them."""
    situation.failing["bad"] = Permanent("refused", "No.")
    await situation.arrive(situation.renamed("bad", 1), situation.renamed("b", 2))
    (parked,) = await situation.parked()
    watcher = await asyncpg.connect(schema.admin_dsn)
    async with situation.database.system() as consumer:
        await consumer.execute(
            "select 1 from consumer_head where consumer = $1 for update", situation.consumer
        )
        acting = asyncio.create_task(_act(situation, act, parked["id"]))

        async def waits() -> bool:
            assert not acting.done()
            return bool(
                await watcher.fetchval(
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                )
            )

        await eventually(waits, what="the operator's wait")
        # The row is still free for whoever holds the stream.
        await consumer.execute("select 1 from parked_event where id = $1 for update nowait", parked["id"])
        await consumer.execute("update parked_event set cause_code = 'seen' where id = $1", parked["id"])
    await acting
    await watcher.close()
    if act == "discard":
        assert (await situation.effects(), await situation.parked()) == (["b"], [])
    else:
        assert [row["cause_code"] for row in await situation.parked()] == ["seen"]


async def _act(situation: Situation, act: str, parked_id: UUID) -> None:
    if act == "retry":
        await situation.parked_events.retry(parked_id, actor=situation.operator)
    else:
        await situation.parked_events.discard(parked_id, actor=situation.operator, reason="x")


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_an_event_is_applied_or_discarded_never_both_and_its_followers_once(
    situation: Situation, round_: int
) -> None:
    situation.failing["bad"] = Transient("busy", "Later.")
    await situation.arrive(situation.renamed("bad", 1), situation.renamed("b", 2))
    (parked,) = await situation.parked()
    situation.failing.clear()
    late = [situation.renamed("c", 3), situation.renamed("d", 4)]

    async def discard() -> Discarded | None:
        try:
            return await situation.parked_events.discard(parked["id"], actor=situation.operator, reason="x")
        except NotFound:
            return None

    async def release() -> None:
        try:
            await situation.parked_events.retry(parked["id"], actor=situation.operator)
        except NotFound:
            return

    acts: list[Callable[[], Awaitable[object]]] = [
        discard,
        situation.retry.run_due,
        lambda: situation.arrive(*late),
        release,
        discard,
        situation.retry.run_due,
        lambda: situation.arrive(*late),
    ]
    turned = acts[round_ % len(acts) :] + acts[: round_ % len(acts)]
    results = await asyncio.gather(*(act() for act in turned))
    await situation.retry.run_due()
    discarded = [result for result in results if isinstance(result, Discarded)]
    assert await situation.effects() == [*(["bad"] if not discarded else []), "b", "c", "d"]
    assert len(discarded) <= 1
    assert (await situation.parked(), await situation.held(), await situation.position()) == ([], [], 4)
    actions = [entry["action"] for entry in await situation.audit()]
    assert actions.count("parked_event.discarded") == len(discarded)
