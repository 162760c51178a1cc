"""Two processes of sync-svc at a provider that goes down, refuses, and counts: seen from outside on a whole stack."""

import asyncio
import os
import signal
from datetime import datetime, timedelta

import pytest
from tests.chaos.rig.schedule import progress

from .office import LIMIT, Office

_OUT = """
select coalesce(sum(e.calls), 0)::int as calls
from sync.rate_window, unnest(lots, until, calls) as e (lot, until, calls) where e.lot is not null and e.until > now()
"""
pytestmark = pytest.mark.timeout(900)
_LEASE = 45
"""Seconds that a lot of a dead worker is out."""


async def paused(office: Office, since: datetime) -> bool:
    return bool(await office.events("SyncPaused", since))


async def test_a_provider_that_is_down_is_paused_once_and_a_probe_ends_it(office: Office) -> None:
    began = await office.now()
    await office.order("status", status=503)
    await office.ask()
    await office.until(lambda: paused(office, began), within=120)
    asked = (await office.ask([office.administrations[0]]))[0]
    assert asked["waiting_for"] == "pause"
    assert asked["resume_at"] is not None
    run = await office.run_of(asked)
    assert (run["waiting_for"], run["state"] != "finished") == ("pause", True)
    assert datetime.fromisoformat(run["resume_at"]) <= await office.now() + timedelta(seconds=61)

    await office.until(lambda: _nobody_calls(office), within=90)
    before = len(await office.calls())
    await asyncio.sleep(60)
    assert len(await office.calls()) - before <= 2, "one call a probe, one probe a minute"

    await office.end_faults()
    cleared = await office.now()

    async def resumed() -> bool:
        return bool(await office.events("SyncResumed", cleared))

    await office.until(resumed, within=75)
    progress(f"resumed {(await office.now() - cleared).total_seconds():.0f} s after the provider was back")
    await office.until(office.is_done, within=240)
    (told,) = await office.events("SyncPaused", began)
    assert (told["scope"], told["id"], told["organisation_id"]) == ("provider", "eaccounting", str(_nil()))
    assert len(await office.events("SyncResumed", began)) == 1
    assert len(await office.events("SyncFailed", began)) <= 3
    runs = [each["run_id"] for each in await office.events("SyncDeferred", began)]
    assert len(set(runs)) == len(runs), "one event of one wait"


async def _nobody_calls(office: Office) -> bool:
    before = len(await office.calls())
    await asyncio.sleep(3)
    return len(await office.calls()) == before


def _nil() -> str:
    return "00000000-0000-0000-0000-000000000000"


async def test_no_call_is_beyond_the_window_also_where_its_row_is_deleted_and_all_is_done_in_the_end(
    office: Office,
) -> None:
    began = await office.now()
    for _ in range(4):
        await office.ask()
        await asyncio.sleep(5)
        await office.rows("delete from sync.rate_window")

    async def some_wait() -> bool:
        runs = await office.organisation.listed(office.organisation.syncs, "/v1/sync-runs")
        return any(each["waiting_for"] == "budget" and each["resume_at"] for each in runs)

    if not await office.is_done():
        await office.until(some_wait, within=60)
    await office.until(office.is_done, within=400)
    ledger = await office.ledger()
    assert ledger["violations"] == {}, ledger["violations"]
    assert [each for each in ledger["windows"] if each["refused"] or each["used"] > LIMIT] == []
    assert await office.events("SyncFailed", began) == []


async def test_a_year_of_retry_after_is_a_day_at_most_and_nobody_calls_meanwhile(office: Office) -> None:
    await office.order("status", "/v2/customers*", times=1, status=429, retry_after=31_536_000)
    asked = await office.ask(mode="incremental")

    async def refused() -> bool:
        runs = [await office.run_of(each) for each in asked]
        return any((each["failure"] or {}).get("code") == "rate_limited" for each in runs)

    await office.until(refused)
    await asyncio.sleep(5)
    waiting = [each for each in [await office.run_of(each) for each in asked] if each["state"] != "finished"]
    assert waiting
    for each in waiting:
        assert each["waiting_for"] == "budget"
        assert datetime.fromisoformat(each["resume_at"]) <= await office.now() + timedelta(
            hours=24, minutes=2
        )
        (await office.organisation.syncs.post(f"/v1/sync-runs/{each['id']}/cancel")).raise_for_status()
    await office.rows("update sync.rate_window set empty_until = null")
    await office.ask(mode="incremental")
    await office.until(office.is_done, within=200)


async def test_an_administration_that_is_removed_in_its_turn_and_under_its_pause_leaves_nothing(
    office: Office,
) -> None:
    began, (held, in_turn, *others) = await office.now(), office.administrations
    await office.order("status", "/v2/*", status=503)
    for _ in range(3):
        asked = (await office.ask([held]))[0]
        await office.until(lambda asked=asked: _is_over(office, asked), within=90)  # type: ignore[misc]
    await office.until(lambda: paused(office, began))
    await office.end_faults()
    await office.order("delay", seconds=1.0)
    await office.ask([in_turn, *others])
    await asyncio.sleep(2)
    await office.organisation.remove([held, in_turn])
    office.administrations = others
    await office.end_faults()
    await office.until(office.is_done, within=200)
    (told,) = await office.events("SyncResumed", began)
    assert (told["scope"], told["id"], told["reason"]) == ("administration", held, "removed")
    assert await office.rows("select from sync.sync_pause") == []
    assert await office.rows("select from sync.lease where kind = 'sync_run' and expires_at > now()") == []


async def _is_over(office: Office, asked: dict[str, object]) -> bool:
    run = await office.run_of(asked)
    return run["state"] == "finished" or run["waiting_for"] == "pause"


async def test_a_killed_process_gives_turns_and_permits_back_within_their_leases(office: Office) -> None:
    await office.order("delay", seconds=0.5)
    await office.ask()

    async def both_work() -> bool:
        rows = await office.rows(
            "select count(distinct owner) from sync.lease where kind = 'sync_run' and expires_at > now()"
        )
        return bool(rows[0]["count"] == 2)

    await office.until(both_work)
    os.kill(_pid_of(office, "sync-svc"), signal.SIGKILL)
    killed = await office.now()

    async def taken_over() -> bool:
        stale = "select from sync.lease where kind = 'sync_run' and takeovers > 0 and expires_at > now()"
        return bool(await office.rows(stale)) or await office.is_done()

    await office.until(taken_over, within=30)
    progress(f"taken over {(await office.now() - killed).total_seconds():.0f} s after the kill")
    await office.end_faults()
    await office.until(office.is_done, within=400)

    async def all_back() -> bool:
        return bool((await office.rows(_OUT))[0]["calls"] == 0)

    left = _LEASE + 5 - (await office.now() - killed).total_seconds()
    await office.until(all_back, within=max(left, 1))
    assert (await office.ledger())["violations"] == {}
    office.stack.up()


def _pid_of(office: Office, service: str) -> int:
    (pid, *_) = office.stage.pids[service]
    return int(pid)


@pytest.fixture(autouse=True)
async def nothing_is_paused(office: Office) -> None:
    """As each test begins."""
    assert await office.rows("select from sync.sync_pause") == []
