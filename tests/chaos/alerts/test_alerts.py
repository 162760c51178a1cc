"""Each alert fires in a real Prometheus for a cause that is really made, and is over when the cause is."""

import asyncio
import json
import time
from collections.abc import Iterator

import pytest
from tests.chaos.alerts.of_events import MISSING, POISON, REPLAY_WITHOUT_ITS_TARGET
from tests.chaos.alerts.of_processes import BROKER_GONE, LOCKED, SCHEDULE_FAILS, SERVES_CALLS_ONLY
from tests.chaos.alerts.of_providers import (
    ALL_REFUSED,
    ALL_VANISHED,
    BUDGET_USED_UP,
    CLIENT_REFUSED,
    GROWN_OLD,
    KEY_CHANGED,
    LOGIN_DIES,
    PROVIDER_DOWN,
    PROVIDER_HANGS,
    REQUEST_REFUSED,
    TOKEN_CHANGED,
)
from tests.chaos.alerts.scene import Alert, Cause, Scene
from tests.chaos.alerts.told import Told, seconds
from tests.chaos.parts import ROOT
from tests.chaos.rig.schedule import progress

_LOOK_EVERY = 0.5
_PATIENCE = 60
"""Seconds beyond the bound: later than that, the alert does not come."""
_QUIET = 20
"""Seconds without the alert after which it is over: a gauge that is gone with its process comes back with the next one."""
_TOGETHER = (
    (REPLAY_WITHOUT_ITS_TARGET, ALL_VANISHED, GROWN_OLD),
    (SERVES_CALLS_ONLY, REQUEST_REFUSED),
    (POISON, MISSING, LOGIN_DIES),
    (SCHEDULE_FAILS,),
    (TOKEN_CHANGED,),
    (CLIENT_REFUSED,),
    (LOCKED,),
    (BROKER_GONE,),
    (ALL_REFUSED,),
    (KEY_CHANGED,),
    (BUDGET_USED_UP,),
    (PROVIDER_HANGS,),
    (PROVIDER_DOWN,),
)
"""Causes that touch each other neither while they last nor when they end."""
_NOTHING_OF_IT_HERE = (
    "koppel_consumer_refused_facts_total",
    "koppel_relay_failures_total",
    "koppel_budget_exhausted_total",
    "koppel_sync_missed_by_incremental_total",
    'koppel_consumer_parked_causes{job="import-svc"}',
)
"""What this run does not do, and so no panel shows."""


@pytest.mark.timeout(3000)
async def test_alerts_of_what_goes_wrong_fire_and_end(scene: Scene, alerts_told: Told) -> None:
    began = time.time()
    await scene.watched.until(lambda: _all_is_well(scene), within=90)
    wrong: list[str] = []
    for causes in _TOGETHER:
        wrong += await asyncio.gather(*(_played(scene, cause, alerts_told) for cause in causes))
    wrong += _empty_panels(scene, began)
    assert not any(wrong), list(filter(None, wrong))


async def _all_is_well(scene: Scene) -> bool:
    scraped = await asyncio.to_thread(scene.prometheus.scraped)
    return len(scraped) == len(scene.watched.stage.services) and not scene.prometheus.firing()


async def _played(scene: Scene, cause: Cause, told: Told) -> str:
    """What did not happen; a cause that cannot be made keeps no other one back."""
    try:
        return await _play(scene, cause, told)
    except Exception as error:  # noqa: BLE001  (told at the end)
        progress(f"  {error!r}")
        return f"{cause.does}: {error!r}"


async def _play(scene: Scene, cause: Cause, told: Told) -> str:
    """Make it, see its alerts, end it, see them end. Returns what did not happen."""
    await scene.watched.until(lambda: _none_of(scene, cause), within=120)
    progress(cause.does)
    async with cause.make(scene):
        fired = await _fired(scene, cause)
    over = await _ended(scene, cause)
    for each in cause.alerts:
        told.says(
            cause.does, str(each), seconds(fired.get(each), cause.within), seconds(over.get(each), cause.over)
        )
        progress(f"  {each}: fired {fired.get(each)}, over {over.get(each)}")
    silent = [str(each) for each in cause.alerts if each not in fired]
    stuck = [str(each) for each in cause.alerts if each not in over]
    return f"{cause.does}: {silent} did not fire, {stuck} did not end" if silent or stuck else ""


async def _none_of(scene: Scene, cause: Cause) -> bool:
    """What another cause has left is no proof."""
    return not any([await scene.firing(each) for each in cause.alerts])


async def _fired(scene: Scene, cause: Cause) -> dict[Alert, float]:
    """Seconds from now until each fires; of those that do so at all."""
    began, took = time.monotonic(), dict[Alert, float]()
    while len(took) < len(cause.alerts) and (passed := time.monotonic() - began) < cause.within + _PATIENCE:
        for each in cause.alerts:
            if each not in took and await scene.firing(each):
                took[each] = passed
        await asyncio.sleep(_LOOK_EVERY)
    return took


async def _ended(scene: Scene, cause: Cause) -> dict[Alert, float]:
    """Seconds from now until each was last seen to fire; of those that do so no more for a while."""
    began, last = time.monotonic(), dict.fromkeys(cause.alerts, 0.0)
    while (passed := time.monotonic() - began) < cause.over + _PATIENCE:
        for each in cause.alerts:
            if await scene.firing(each):
                last[each] = time.monotonic() - began
        if all(passed - seen > _QUIET for seen in last.values()):
            break
        await asyncio.sleep(_LOOK_EVERY)
    return {each: seen for each, seen in last.items() if passed - seen > _QUIET}


def _empty_panels(scene: Scene, since: float) -> Iterator[str]:
    """Queries of dashboards that showed nothing in all that time, though the stack did what they tell of."""
    for file in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json")):
        for panel in json.loads(file.read_text("utf-8"))["panels"]:
            for query in (target["expr"] for target in panel["targets"]):
                expected = not any(name in query for name in _NOTHING_OF_IT_HERE)
                if not scene.prometheus.series(query, since=since) and expected:
                    progress(f"  empty: {file.stem}: {query}")
                    yield f"{file.stem}: nothing for {query}"
