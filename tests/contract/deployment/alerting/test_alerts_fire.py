"""Every alert fires for its cause, alone and in time, and is over when the cause is; none fires when all is well.

Prometheus's own engine evaluates `deploy/prometheus/rules.yml` over made-up series, in the cases' own time.
"""

import json
import math
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from tests.contract.deployment.alerting.cases import CASES, Case
from tests.contract.deployment.alerting.world import HEALTHY, Held, Series, Times
from tests.session.promtool import promtool

from koppel.platform.telemetry.metric_names import METRICS

FIRING = 'sum by (alertname) (ALERTS{alertstate="firing"}) * 0 + 1'
UNCOUNTED = {
    "koppel_grants",
    "koppel_grants_reauthorization_required",
    "koppel_grants_our_fault",
    "koppel_sync_pauses",
    "koppel_sync_held_deletions",
    "koppel_sync_overdue_seconds",
    "koppel_replay_pending_events",
}
"""Gauges that are NaN at first; tests of their processes hold that."""
Test = dict[str, object]


def test_none_fires_at_a_thousand_offices_when_all_is_well(root: Path, tmp_path: Path) -> None:
    times = Times(begins=3600, ends=2 * 3600, lasts=3 * 3600, step=60)
    ever = f'count by (alertname) (count_over_time(ALERTS{{alertstate="firing"}}[{times.lasts}s]))'
    run(root, tmp_path, [_test("all is well", times, {}, [_asked(ever, times.lasts, {})])], every=times.step)


def test_a_process_that_starts_anew_and_has_not_counted_yet_makes_none_fire(
    root: Path, tmp_path: Path
) -> None:
    """Its gauges are NaN until their first count: as zeros, what waits would seem to rise when it is counted."""
    times = Times(begins=600, ends=660, lasts=1200)
    uncounted = {
        name: Held(told.value if isinstance(told, Held) else 40, then=math.nan)
        for name, told in HEALTHY.items()
        if name.partition("{")[0] in UNCOUNTED
    }
    assert {name.partition("{")[0] for name in uncounted} == UNCOUNTED
    ever = f'count by (alertname) (count_over_time(ALERTS{{alertstate="firing"}}[{times.lasts}s]))'
    run(root, tmp_path, [_test("starts anew", times, uncounted, [_asked(ever, times.lasts, {})])])


@pytest.mark.parametrize("every", [15, 60])
def test_each_fires_alone_for_its_cause_and_ends_with_it(every: int, root: Path, tmp_path: Path) -> None:
    run(root, tmp_path, [_of(case) for case in CASES if case.times.step == every], every=every)


def test_every_alert_has_a_case(root: Path) -> None:
    document = yaml.safe_load((root / "deploy/prometheus/rules.yml").read_text("utf-8"))
    alerts = {rule["alert"] for group in document["groups"] for rule in group["rules"]}
    assert alerts == {case.alert for case in CASES}


def test_what_goes_wrong_now_is_told_within_a_minute() -> None:
    """What is measured by rate or by budget takes as long as its window."""
    by_window = {
        "JobsFail",
        "ProviderIsPaused",
        "DataIsNotFresh",
        "SyncsFail",
        "BudgetIsExhausted",
        "ReplayStandsStill",
    }
    assert {case.alert for case in CASES if case.within > 60} == by_window


def test_the_made_up_series_are_ones_that_processes_expose() -> None:
    for name in HEALTHY:
        metric, labels = name.removesuffix("}").split("{")
        told = {label.partition("=")[0] for label in labels.split(",")} - {"job", "instance"}
        assert metric == "up" or told == set(METRICS[metric].labels), name  # type: ignore[index]


def run(root: Path, folder: Path, tests: list[Test], *, every: int = 15) -> None:
    document = {
        "rule_files": [str(root / "deploy/prometheus/rules.yml")],
        "evaluation_interval": f"{every}s",
        "tests": tests,
    }
    file = folder / "tests.yml"
    file.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run([promtool(), "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _of(case: Case) -> Test:
    times = case.times
    named = "".join(f',{name}="{value}"' for name, value in case.labels.items())
    firing = f'count(ALERTS{{alertname="{case.alert}",alertstate="firing"{named}}})'
    told = [f'{{alertname="{alert}"}}' for alert in (case.alert, *case.beside)]
    asked = [
        _asked(FIRING, times.begins - times.step, {}),
        _asked(FIRING, times.begins + case.within, dict.fromkeys(told, 1)),
        _asked(firing, times.begins + case.within, {"{}": case.fires}),
        _asked(FIRING, times.lasts, {}),
    ]
    return _test(f"{case.alert}{named}", times, case.series, asked)


def _test(name: str, times: Times, series: Mapping[str, Series], asked: list[Test]) -> Test:
    told = [{"series": each, "values": shown.told(times)} for each, shown in {**HEALTHY, **series}.items()]
    return {"name": name, "interval": f"{times.step}s", "input_series": told, "promql_expr_test": asked}


def _asked(expression: str, at: int, expected: Mapping[str, float]) -> Test:
    samples = [{"labels": labels, "value": value} for labels, value in expected.items()]
    return {"expr": expression, "eval_time": f"{at}s", "exp_samples": samples}
