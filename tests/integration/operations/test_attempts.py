"""How often and when a parked event is tried: by itself a bounded number of times, then when an operator says so."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from koppel.kernel.errors import Transient
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.database import Database

from .situation import Situation

BUSY = Transient("busy", "Later.")


@pytest.fixture
def patient(database: Database) -> Situation:
    """The policy of every service."""
    return Situation(database, f"test-{new_id()}", RetryPolicy())


async def _make_due(situation: Situation) -> None:
    async with situation.database.system() as connection:
        await connection.execute(
            "update parked_event set next_attempt_at = now() where consumer = $1 and next_attempt_at is not null",
            situation.consumer,
        )


async def test_five_attempts_and_then_an_operator_is_waited_for(patient: Situation) -> None:
    patient.failing["bad"] = BUSY
    await patient.arrive(patient.renamed("bad", 1), patient.renamed("b", 2))
    for attempt in range(1, 6):
        (parked,) = await patient.parked()
        assert (parked["attempts"], parked["next_attempt_at"] is None) == (attempt, attempt == 5)
        await _make_due(patient)
        await patient.retry.run_due()
    (parked,) = await patient.parked()
    assert (parked["attempts"], parked["next_attempt_at"], parked["cause_class"]) == (5, None, "transient")
    assert (await patient.effects(), await patient.held()) == ([], [2])


async def test_a_single_attempt_is_the_last_one(database: Database) -> None:
    once = Situation(database, f"test-{new_id()}", RetryPolicy(attempts=1))
    once.failing["bad"] = BUSY
    await once.arrive(once.renamed("bad", 1))
    assert [row["next_attempt_at"] for row in await once.parked()] == [None]


@pytest.mark.parametrize("attempt", [1, 2])
async def test_no_attempt_comes_before_what_the_other_side_asked_for(
    patient: Situation, attempt: int
) -> None:
    patient.failing["bad"] = Transient("busy", "Later.", retry_after=120)
    before = datetime.now(UTC)
    await patient.arrive(patient.renamed("bad", 1))
    for _ in range(attempt - 1):
        await _make_due(patient)
        before = datetime.now(UTC)
        await patient.retry.run_due()
    (parked,) = await patient.parked()
    assert parked["attempts"] == attempt
    assert parked["next_attempt_at"] >= before + timedelta(seconds=119)


async def test_events_that_failed_together_are_not_tried_together(patient: Situation) -> None:
    patient.failing["bad"] = BUSY
    organisations = [patient.elsewhere("bad", 1) for _ in range(40)]
    await patient.arrive(*organisations)
    waits = [(row["next_attempt_at"] - row["parked_at"]).total_seconds() for row in await patient.parked()]
    assert len(waits) == 40
    assert all(0.8 <= wait <= 1.2 for wait in waits)
    assert max(waits) - min(waits) >= 0.2


async def test_attempts_and_their_time_outlive_the_process(patient: Situation) -> None:
    patient.failing["bad"] = BUSY
    await patient.arrive(patient.renamed("bad", 1))
    (before,) = await patient.parked()
    successor = Situation(patient.database, patient.consumer, patient.policy)
    await successor.retry.run_due()
    assert (await patient.parked(), successor.tried) == ([before], [])


async def test_two_processes_do_not_try_the_same_event_twice_for_one_due_time(patient: Situation) -> None:
    """The second waits for the stream; once it has it, the event is not due any more."""
    patient.failing["bad"] = BUSY
    await patient.arrive(patient.renamed("bad", 1))
    await _make_due(patient)
    patient.tried.clear()
    async with patient.database.system() as stream:
        await stream.execute("select 1 from consumer_head where consumer = $1 for update", patient.consumer)
        rounds = [asyncio.create_task(patient.retry.run_due()) for _ in range(2)]
        await patient.until_waiting(2)
    await asyncio.gather(*rounds)
    assert patient.tried == ["bad"]
    assert [row["attempts"] for row in await patient.parked()] == [2]


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionRefusedError("no"), FileNotFoundError("x")])
async def test_a_handlers_own_time_out_costs_its_key_only(situation: Situation, error: OSError) -> None:
    """The same classes say that the database is away; here it is not, and the partition must not wait for it."""
    situation.failing["bad"] = error
    await situation.arrive(
        situation.renamed("bad", 1), situation.elsewhere("other", 1), situation.renamed("b", 2)
    )
    assert (await situation.effects(), await situation.held()) == (["other"], [2])
    await situation.retry.run_due()
    (parked,) = await situation.parked()
    assert (parked["cause_class"], parked["cause_code"]) == ("transient", "handler_unavailable")
    assert (parked["attempts"], parked["next_attempt_at"]) == (3, None)


async def test_a_database_that_is_away_parks_nothing(situation: Situation) -> None:
    situation.cut.add("bad")
    with pytest.raises(Exception, match=r"connection|terminat") as failed:
        await situation.arrive(situation.renamed("bad", 1))
    assert not isinstance(failed.value, Transient)
    assert await situation.parked() == []
    situation.cut.clear()
    await situation.arrive(situation.renamed("bad", 1))
    assert await situation.effects() == ["bad"]
