"""Alerts that need minutes or hours of a cause fire in a real Prometheus that remembers them, and end with it."""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.chaos.alerts.history import Counter, Gauge, History, remember, told_by_a_process
from tests.chaos.alerts.scene import Alert, alert
from tests.chaos.alerts.server import Prometheus, running
from tests.chaos.alerts.told import Told, seconds
from tests.chaos.rig.schedule import progress

_JOB = "sync-svc"
_HOURS = 7
_PAUSED_FOR = 20 * 60
_RUNS = 'koppel_sync_runs_total{mode="incremental",outcome='
_SERIES: Mapping[str, Gauge | Counter] = {
    'koppel_budget_exhausted_total{provider="moneybird",window="5min"}': Counter(3, then=0),
    'koppel_sync_fresh_ratio{provider="moneybird"}': Gauge(0.5, then=0.97),
    f'{_RUNS}"unchanged"}}': Counter(60, then=80),
    f'{_RUNS}"failed"}}': Counter(24, then=0),
    'koppel_sync_pauses{scope="provider",cause="provider_unavailable",provider="moneybird"}': Gauge(
        1, then=0
    ),
    'koppel_consumer_seconds_behind{consumer="sync-svc"}': Gauge(70, then=1),
    "koppel_sync_overdue_seconds": Gauge(320, then=2),
}
_PAGES = ("DataIsNotFresh", "SyncsFail", "ProviderIsPaused", "ConsumerIsBehind", "SyncsAreOverdue")


@pytest.mark.timeout(400)
async def test_alerts_of_what_has_lasted_fire_and_end(
    new_folder: Callable[[], Path], alerts_told: Told
) -> None:
    folder, history = new_folder(), History(_SERIES, hours=_HOURS)
    with told_by_a_process(history) as place:
        instance = place.removeprefix("http://")
        text = history.remembered(_JOB, instance).removesuffix("# EOF\n")
        remember(text + _pending_since(time.time() - _PAUSED_FOR) + "# EOF\n", folder)
        with running(folder, {_JOB: place}) as prometheus:
            pages = [alert(name, severity="page") for name in _PAGES]
            every = [*pages, alert("BudgetIsTooSmall")]
            fired = await _times(prometheus, every, fires=True, within=60)
            history.end()
            over = await _times(prometheus, pages, fires=False, within=120)
    for each in every:
        ended = seconds(over.get(each), 120) if each in pages else "within ten minutes"
        alerts_told.says("a history of hours", str(each), seconds(fired.get(each), 60), ended)
        progress(f"  {each}: fired {fired.get(each)}, over {over.get(each)}")
    assert not [str(each) for each in every if each not in fired]
    assert not [str(each) for each in pages if each not in over]


def _pending_since(moment: float) -> str:
    """What Prometheus itself wrote down while the page waited for its quarter of an hour."""
    name = 'ALERTS_FOR_STATE{alertname="ProviderIsPaused",severity="page",provider="moneybird"}'
    now = int(time.time())
    return "".join(f"{name} {moment:.0f} {at}\n" for at in range(int(moment), now, 15))


async def _times(
    prometheus: Prometheus, alerts: list[Alert], *, fires: bool, within: float
) -> dict[Alert, float]:
    began, took = time.monotonic(), dict[Alert, float]()
    while len(took) < len(alerts) and (passed := time.monotonic() - began) < within:
        found = await asyncio.to_thread(prometheus.firing)
        for each in alerts:
            if each not in took and any(each.labels.items() <= one.items() for one in found) is fires:
                took[each] = passed
        await asyncio.sleep(0.5)
    return took
