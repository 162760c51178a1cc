"""What would pass now: handlers really run, and nothing remains of it."""

import asyncio
from collections.abc import Sequence

import pytest

from koppel.kernel.errors import Permanent
from koppel.platform.consumer.parked import dry_run
from koppel.platform.consumer.parked.dry_run import DryRunResult
from koppel.platform.consumer.parked.selector import CauseSelector, IdSelector
from koppel.platform.telemetry.metrics import metrics

from .situation import COUNTED, Situation

REFUSED = Permanent("refused", "No.")
TABLES = (
    "consumer_head",
    "held_event",
    "parked_event",
    "consumed_event",
    "event_log",
    "outbox_pending",
    "effect",
)


async def _try(situation: Situation, code: str = "refused") -> list[DryRunResult]:
    verdicts, more = await situation.dry_run.would_pass(CauseSelector(situation.consumer, code), limit=50)
    assert more is None
    return verdicts


async def _everything(situation: Situation) -> list[Sequence[object]]:
    async with situation.database.system() as connection:
        return [await connection.fetch(f"select * from {table} order by 1, 2, 3") for table in TABLES]


async def test_those_whose_cause_is_gone_pass_and_the_others_say_why_not(situation: Situation) -> None:
    situation.failing |= {"mended": REFUSED, "bad": REFUSED}
    await situation.arrive(situation.elsewhere("mended", 1), situation.elsewhere("bad", 1))
    del situation.failing["mended"]
    situation.failing["bad"] = Permanent("refused_otherwise", "Still no.")
    situation.tried.clear()
    verdicts = await _try(situation)
    assert {(v.outcome, v.cause.code if v.cause else None) for v in verdicts} == {
        ("passes", None),
        ("fails", "refused_otherwise"),
    }
    assert sorted(situation.tried) == ["bad", "mended"]
    passing = tuple(v.id for v in verdicts if v.outcome == "passes")
    await situation.release(IdSelector(passing))
    await situation.retry.run_due()
    assert await situation.effects() == ["mended"]
    assert [row["cause_code"] for row in await situation.parked()] == ["refused"]


async def test_nothing_remains_and_nobody_is_woken(situation: Situation) -> None:
    situation.failing["bad"] = REFUSED
    await situation.arrive(*(situation.renamed(name, n) for n, name in enumerate(("bad", "b", "c"), 1)))
    await situation.arrive(situation.elsewhere("bad", 1), situation.no_event())
    situation.failing.clear()
    situation.appends = True
    before = await _everything(situation)
    woken: list[object] = []
    situation.database.after_append(lambda: woken.append(None))
    verdicts = await _try(situation)
    assert [v.outcome for v in verdicts] == ["passes", "passes"]
    assert "b" not in situation.tried[:1]
    assert await _everything(situation) == before
    assert not woken


async def test_a_dry_run_counts_nothing(situation: Situation) -> None:
    situation.failing["bad"] = REFUSED
    await situation.arrive(*(situation.renamed(name, n) for n, name in enumerate(("bad", "b"), 1)))
    situation.failing.clear()
    situation.tried.clear()
    before = metrics.value(COUNTED, rule="default")
    await _try(situation)
    assert situation.tried == ["bad", "b"]
    assert metrics.value(COUNTED, rule="default") == before


async def test_followers_that_would_drain_are_told(situation: Situation) -> None:
    situation.failing |= {"bad": REFUSED, "worse": REFUSED}
    names = ("bad", "b", "c", "worse", "e")
    await situation.arrive(*(situation.renamed(name, n) for n, name in enumerate(names, 1)))
    del situation.failing["bad"]
    (verdict,) = await _try(situation)
    assert (verdict.outcome, verdict.followers_passing, verdict.followers_held) == ("passes", 2, 4)
    assert verdict.then_parked is not None
    assert verdict.then_parked.code == "refused"
    del situation.failing["worse"]
    (verdict,) = await _try(situation)
    assert (verdict.followers_passing, verdict.then_parked) == (4, None)


async def test_one_call_and_one_transaction_are_bounded(
    situation: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "FOLLOWERS", 2)
    situation.failing["bad"] = REFUSED
    await situation.arrive(*(situation.renamed(name, n) for n, name in enumerate(("bad", *"bcde"), 1)))
    await situation.arrive(*(situation.elsewhere("bad", 1) for _ in range(4)))
    situation.failing.clear()
    situation.tried.clear()
    pick = CauseSelector(situation.consumer, "refused")
    seen: list[DryRunResult] = []
    after = None
    for size in (2, 2, 1):
        verdicts, after = await situation.dry_run.would_pass(pick, limit=2, after=after)
        assert len(verdicts) == size
        seen += verdicts
    assert after is None
    assert {v.id for v in seen} == {row["id"] for row in await situation.parked()}
    assert max(v.followers_passing for v in seen) == 2
    assert len(situation.tried) == 5 + 2


async def test_a_stream_in_use_is_not_waited_for_long(situation: Situation) -> None:
    """Its position is not locked by a dry run, but a handler may meet rows that are."""
    situation.failing["bad"] = REFUSED
    await situation.arrive(situation.renamed("bad", 1))
    situation.failing.clear()
    situation.shared_row = True
    async with situation.database.system() as other:
        await other.execute("select pg_advisory_xact_lock(hashtext($1))", situation.consumer)
        (verdict,) = await _try(situation)
    assert (verdict.outcome, verdict.cause.code if verdict.cause else None) == ("busy", "busy")


async def test_a_dry_run_keeps_nobody_from_the_stream(situation: Situation) -> None:
    situation.failing["bad"] = REFUSED
    await situation.arrive(situation.renamed("bad", 1))
    situation.failing.clear()
    async with situation.database.system() as consumer:
        await consumer.execute(
            "select 1 from consumer_head where consumer = $1 for update", situation.consumer
        )
        (verdict,) = await _try(situation)
    assert verdict.outcome == "passes"


async def test_dry_runs_beside_a_retry_change_nothing_of_it(situation: Situation) -> None:
    situation.failing["bad"] = REFUSED
    await situation.arrive(*(situation.renamed(name, n) for n, name in enumerate(("bad", "b", "c"), 1)))
    situation.failing.clear()
    (parked,) = await situation.parked()
    await situation.parked_events.retry(parked["id"], actor=situation.operator)
    await asyncio.gather(_try(situation), situation.retry.run_due(), _try(situation))
    assert (await situation.effects(), await situation.position()) == (["bad", "b", "c"], 3)


async def test_what_waits_for_missing_versions_does_not_pass(situation: Situation) -> None:
    await situation.arrive(situation.renamed("c", 3))
    async with situation.database.system() as connection:
        await connection.execute(
            """
            with gone as (delete from held_event where consumer = $1 returning *)
            insert into parked_event (id, consumer, topic, partition, "offset", key, version, raw_key, raw_headers,
                                      raw_value, cause_class, cause_code, cause_detail)
            select gen_random_uuid(), consumer, topic, partition, "offset", key, version, raw_key, raw_headers,
                   raw_value, 'gap', 'versions_missing', 'x' from gone
            """,
            situation.consumer,
        )
    (verdict,) = await _try(situation, "versions_missing")
    assert (verdict.outcome, situation.tried) == ("fails", [])
