"""Every alert fires for its cause, alone and in time, and is over when the cause is; none fires when all is well.

Prometheus's own engine evaluates `deploy/prometheus/rules.yml` over made-up series, in the cases' own time.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from tests.contract.deployment.alerting.cases import CASES
from tests.contract.deployment.alerting.peace import (
    NOISY,
    UNCOUNTED,
    all_is_well,
    one_of_two_fails,
    one_of_two_is_gone,
    ordinary_day,
    starts_anew,
)
from tests.contract.deployment.alerting.playing import Test, evaluated, of_case
from tests.contract.deployment.alerting.world import HEALTHY

from koppel.platform.telemetry.metric_names import METRICS


def passed(tests: Sequence[Test], root: Path, folder: Path, *, every: int) -> None:
    done = evaluated(root / "deploy/prometheus/rules.yml", folder, tests, every=every)
    assert done.returncode == 0, done.stdout + done.stderr


def test_none_fires_at_a_thousand_offices_when_all_is_well(root: Path, tmp_path: Path) -> None:
    passed([all_is_well()], root, tmp_path, every=60)


def test_none_fires_on_an_ordinary_day_of_releases_rushes_and_stumbles(root: Path, tmp_path: Path) -> None:
    passed([ordinary_day()], root, tmp_path, every=15)


def test_one_process_of_two_that_fails_wakes_nobody(root: Path, tmp_path: Path) -> None:
    """The other does the work; whoever fails is replaced, or is seen on the dashboard."""
    passed([one_of_two_fails(), one_of_two_is_gone()], root, tmp_path, every=10)


def test_a_process_that_starts_anew_and_has_not_counted_yet_makes_none_fire(
    root: Path, tmp_path: Path
) -> None:
    assert {name.partition("{")[0] for name in HEALTHY} >= UNCOUNTED
    passed([starts_anew()], root, tmp_path, every=10)


@pytest.mark.parametrize("every", [10, 60])
def test_each_fires_alone_for_its_cause_and_ends_with_it(every: int, root: Path, tmp_path: Path) -> None:
    passed([of_case(case) for case in CASES if case.times.step == every], root, tmp_path, every=every)


def test_every_step_of_every_alert_has_a_case(root: Path) -> None:
    document = yaml.safe_load((root / "deploy/prometheus/rules.yml").read_text("utf-8"))
    steps: dict[str, set[str]] = {}
    for rule in (rule for group in document["groups"] for rule in group["rules"]):
        steps.setdefault(rule["alert"], set()).add(rule["labels"]["severity"])
    assert {(alert, step if len(told) > 1 else None) for alert, told in steps.items() for step in told} == {
        (case.alert, case.severity) for case in CASES
    }


def test_each_is_told_within_a_minute_and_over_within_two() -> None:
    """Not so a page whose ticket was; and a budget whose windows are full for minutes each day, of which nobody is to be told."""
    steps = [case for case in CASES if case.severity != "page" or case.within <= 60]
    assert {case.alert for case in steps if case.within > 60 or case.over > 120} == {"BudgetIsTooSmall"}
    assert {case.alert for case in steps} == {case.alert for case in CASES}


def test_the_made_up_series_are_ones_that_processes_expose() -> None:
    for name in NOISY:
        metric, labels = name.removesuffix("}").split("{")
        told = {label.partition("=")[0] for label in labels.split(",")} - {"job", "instance"}
        assert metric == "up" or told == set(METRICS[metric].labels), name  # type: ignore[index]
