"""Two processes of sync-svc at a provider that goes down, refuses, and counts: seen from outside on a whole stack."""

import asyncio
import os
import signal
from datetime import datetime, timedelta

import pytest
from tests.chaos.rig.schedule import progress

from .watched import LIMIT, Watched

_OUT = """
select coalesce(sum(e.calls), 0)::int as calls
from sync.rate_window, unnest(lots, until, calls) as e (lot, until, calls) where e.lot is not null and e.until > now()
"""
pytestmark = pytest.mark.timeout(900)
_LEASE = 45
"""Seconds that a lot of a dead worker is out."""


async def paused(watched: Watched, since: datetime) -> bool:
    return bool(await watched.events("SyncPaused", since))


async def test_a_provider_that_is_down_is_paused_once_and_a_probe_ends_it(watched: Watched) -> None:
    began = await watched.now()
    await watched.order("status", status=503)
    await watched.ask()
    await watched.until(lambda: paused(watched, began), within=120)
    await watched.until(lambda: _nobody_calls(watched), within=90)
    asked = (await watched.ask([watched.administrations[0]]))[0]
    assert asked["waiting_for"] == "pause"
    assert asked["resume_at"] is not None
    run = await watched.run_of(asked)
    assert (run["waiting_for"], run["state"] != "finished") == ("pause", True)
    assert datetime.fromisoformat(run["resume_at"]) <= await watched.now() + timedelta(seconds=61)

    before = len(await watched.calls())
    await asyncio.sleep(60)
    made = (await watched.calls())[before:]
    looks = [
        each for each in made if "$pagesize=1" in str(each["query"]).split("&")
    ]  # import-svc's: one item each
    assert len(made) - len(looks) <= 2, "one call a probe, one probe a minute"
    assert len(looks) <= len(watched.administrations), "a company is looked at once"

    await watched.end_faults()
    cleared = await watched.now()

    async def resumed() -> bool:
        return bool(await watched.events("SyncResumed", cleared))

    await watched.until(resumed, within=75)
    progress(f"resumed {(await watched.now() - cleared).total_seconds():.0f} s after the provider was back")
    await watched.until(watched.is_done, within=240)
    (told,) = await watched.events("SyncPaused", began)
    assert (told["scope"], told["id"], told["organisation_id"]) == ("provider", "eaccounting", str(_nil()))
    assert len(await watched.events("SyncResumed", began)) == 1
    assert len(await watched.events("SyncFailed", began)) <= 3
    runs = [each["run_id"] for each in await watched.events("SyncDeferred", began)]
    assert len(set(runs)) == len(runs), "one event of one wait"


async def _nobody_calls(watched: Watched) -> bool:
    before = len(await watched.calls())
    await asyncio.sleep(3)
    return len(await watched.calls()) == before


def _nil() -> str:
    return "00000000-0000-0000-0000-000000000000"


async def test_no_call_is_beyond_the_window_also_where_its_row_is_deleted_and_all_is_done_in_the_end(
    watched: Watched,
) -> None:
    began = await watched.now()
    for _ in range(4):
        await watched.ask()
        await asyncio.sleep(5)
        await watched.rows("delete from sync.rate_window")

    async def some_wait() -> bool:
        runs = await watched.organisation.listed(watched.organisation.syncs, "/v1/sync-runs")
        return any(each["waiting_for"] == "budget" and each["resume_at"] for each in runs)

    if not await watched.is_done():
        await watched.until(some_wait, within=60)
    await watched.until(watched.is_done, within=400)
    ledger = await watched.ledger()
    assert ledger["violations"] == {}, ledger["violations"]
    assert [each for each in ledger["windows"] if each["refused"] or each["used"] > LIMIT] == []
    assert await watched.events("SyncFailed", began) == []


async def test_a_year_of_retry_after_is_a_day_at_most_and_nobody_calls_meanwhile(watched: Watched) -> None:
    await watched.order("status", "/v2/customers*", times=1, status=429, retry_after=31_536_000)
    asked = await watched.ask(mode="incremental")

    async def refused() -> bool:
        runs = [await watched.run_of(each) for each in asked]
        return any((each["failure"] or {}).get("code") == "rate_limited" for each in runs)

    await watched.until(refused)
    await asyncio.sleep(5)
    waiting = [each for each in [await watched.run_of(each) for each in asked] if each["state"] != "finished"]
    assert waiting
    for each in waiting:
        assert each["waiting_for"] == "budget"
        assert datetime.fromisoformat(each["resume_at"]) <= await watched.now() + timedelta(
            hours=24, minutes=2
        )
        (await watched.organisation.syncs.post(f"/v1/sync-runs/{each['id']}/cancel")).raise_for_status()
    await watched.rows("update sync.rate_window set empty_until = null")
    await watched.ask(mode="incremental")
    await watched.until(watched.is_done, within=200)


async def test_an_administration_that_is_removed_in_its_turn_and_under_its_pause_leaves_nothing(
    watched: Watched,
) -> None:
    began, (held, in_turn, *others) = await watched.now(), watched.administrations
    await watched.order("status", "/v2/*", status=503)
    for _ in range(3):
        asked = (await watched.ask([held]))[0]
        await watched.until(lambda asked=asked: _is_over(watched, asked), within=90)  # type: ignore[misc]
    await watched.until(lambda: paused(watched, began))
    await watched.end_faults()
    await watched.order("delay", seconds=1.0)
    await watched.ask([in_turn, *others])
    await asyncio.sleep(2)
    await watched.organisation.remove([held, in_turn])
    watched.administrations = others
    await watched.end_faults()
    await watched.until(watched.is_done, within=200)
    (told,) = await watched.events("SyncResumed", began)
    assert (told["scope"], told["id"], told["reason"]) == ("administration", held, "removed")
    assert await watched.rows("select from sync.sync_pause") == []
    assert await watched.rows("select from sync.lease where kind = 'sync_run' and expires_at > now()") == []


async def _is_over(watched: Watched, asked: dict[str, object]) -> bool:
    run = await watched.run_of(asked)
    return run["state"] == "finished" or run["waiting_for"] == "pause"


async def test_a_killed_process_gives_turns_and_permits_back_within_their_leases(watched: Watched) -> None:
    await watched.order("delay", seconds=0.5)
    await watched.ask()

    async def both_work() -> bool:
        rows = await watched.rows(
            "select count(distinct owner) from sync.lease where kind = 'sync_run' and expires_at > now()"
        )
        return bool(rows[0]["count"] == 2)

    await watched.until(both_work)
    os.kill(_pid_of(watched, "sync-svc"), signal.SIGKILL)
    killed = await watched.now()

    async def taken_over() -> bool:
        stale = "select from sync.lease where kind = 'sync_run' and takeovers > 0 and expires_at > now()"
        return bool(await watched.rows(stale)) or await watched.is_done()

    await watched.until(taken_over, within=30)
    progress(f"taken over {(await watched.now() - killed).total_seconds():.0f} s after the kill")
    await watched.end_faults()
    await watched.until(watched.is_done, within=400)

    async def all_back() -> bool:
        return bool((await watched.rows(_OUT))[0]["calls"] == 0)

    left = _LEASE + 5 - (await watched.now() - killed).total_seconds()
    await watched.until(all_back, within=max(left, 1))
    assert (await watched.ledger())["violations"] == {}
    watched.stack.up()


def _pid_of(watched: Watched, service: str) -> int:
    (pid, *_) = watched.stage.pids[service]
    return int(pid)


@pytest.fixture(autouse=True)
async def nothing_is_paused(watched: Watched) -> None:
    """As each test begins."""
    assert await watched.rows("select from sync.sync_pause") == []
