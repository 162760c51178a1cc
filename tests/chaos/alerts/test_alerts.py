"""Each alert fires in a real Prometheus for a cause that is really made, and is over when the cause is."""

import asyncio
import time

import pytest
from tests.chaos.alerts import of_events, of_processes, of_providers
from tests.chaos.alerts.scene import Cause, Scene
from tests.chaos.alerts.told import Told, seconds
from tests.chaos.rig.schedule import progress

_LOOK_EVERY = 0.5
_PATIENCE = 60
"""Seconds beyond the bound: later than that, the alert does not come."""
_AT_ONCE = (*of_events.CAUSES, *of_providers.CAUSES, *of_processes.CAUSES)


@pytest.mark.timeout(3000)
async def test_alerts_of_what_goes_wrong_fire_and_end(scene: Scene, alerts_told: Told) -> None:
    await scene.watched.until(lambda: _all_is_well(scene), within=90)
    wrong = [await _played(scene, cause, alerts_told) for cause in _AT_ONCE]
    assert not any(wrong), list(filter(None, wrong))


@pytest.mark.timeout(3000)
async def test_alerts_of_what_lasts_fire_and_end(scene: Scene, alerts_told: Told) -> None:
    await scene.watched.until(lambda: _all_is_well(scene), within=90)
    wrong: list[str] = []
    for causes in ((*of_processes.SLOW, *of_events.SLOW), of_providers.SLOW):
        wrong += await asyncio.gather(*(_played(scene, cause, alerts_told) for cause in causes))
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
    progress(cause.does)
    async with cause.make(scene):
        fired = await _times(scene, cause, fires=True, until=cause.within)
    over = {} if cause.over is None else await _times(scene, cause, fires=False, until=cause.over)
    for alert in cause.alerts:
        ended = cause.ends if cause.over is None else seconds(over.get(alert), cause.over)
        told.says(cause.does, f"`{alert}`", seconds(fired.get(alert), cause.within), ended)
        progress(f"  {alert}: fired {fired.get(alert)}, over {over.get(alert)}")
    silent, stuck = set(cause.alerts) - fired.keys(), set(cause.alerts) - over.keys()
    if cause.over is not None and stuck:
        return f"{cause.does}: {stuck} did not end"
    return f"{cause.does}: {silent} did not fire" if silent else ""


async def _times(scene: Scene, cause: Cause, *, fires: bool, until: float) -> dict[str, float]:
    """Seconds from now until each fires, or does not any more; of those that do so at all."""
    began, took = time.monotonic(), dict[str, float]()
    while len(took) < len(cause.alerts) and (passed := time.monotonic() - began) < until + _PATIENCE:
        for alert in cause.alerts:
            if alert not in took and await scene.firing(alert, cause.labels) is fires:
                took[alert] = passed
        await asyncio.sleep(_LOOK_EVERY)
    return took
