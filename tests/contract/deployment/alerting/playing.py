"""What Prometheus's own engine says of rules over made-up series."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.contract.deployment.alerting.cases import Case
from tests.contract.deployment.alerting.world import HEALTHY, Series, Times
from tests.session.promtool import promtool

_FIRING = 'sum by (alertname) (ALERTS{alertstate="firing"}) * 0 + 1'
Test = dict[str, object]


def evaluated(
    rules: Path, folder: Path, tests: Sequence[Test], *, every: int
) -> "subprocess.CompletedProcess[str]":
    """The tests with these rules, evaluated each so many seconds; the exit code is not 0 where one fails."""
    document = {"rule_files": [str(rules)], "evaluation_interval": f"{every}s", "tests": tests}
    file = folder / "tests.yml"
    file.write_text(json.dumps(document), encoding="utf-8")
    return subprocess.run([promtool(), "test", "rules", file], capture_output=True, text=True, check=False)


def of_case(case: Case) -> Test:
    """Peace before, the alert alone and in time, peace again in time."""
    times = case.times
    labels = dict(case.labels) if case.severity is None else {**case.labels, "severity": case.severity}
    named = "".join(f',{name}="{value}"' for name, value in labels.items())
    firing = f'count(ALERTS{{alertname="{case.alert}",alertstate="firing"{named}}})'
    told = [f'{{alertname="{alert}"}}' for alert in (case.alert, *case.beside)]
    asked = [
        _asked(_FIRING, times.begins - times.step, {}),
        _asked(_FIRING, times.begins + case.within, dict.fromkeys(told, 1)),
        _asked(firing, times.begins + case.within, {"{}": case.fires}),
        _asked(_FIRING, times.lasts, {}),
    ]
    return _over(f"{case.alert}{named}", times, case.series, asked)


def peace(name: str, times: Times, series: Mapping[str, Series]) -> Test:
    """No alert fires at any time; `series` replace those of the healthy installation."""
    ever = f'count by (alertname) (count_over_time(ALERTS{{alertstate="firing"}}[{times.lasts}s]))'
    return _over(name, times, series, [_asked(ever, times.lasts, {})])


def _over(name: str, times: Times, series: Mapping[str, Series], asked: list[Test]) -> Test:
    told = [{"series": each, "values": shown.told(times)} for each, shown in {**HEALTHY, **series}.items()]
    return {"name": name, "interval": f"{times.step}s", "input_series": told, "promql_expr_test": asked}


def _asked(expression: str, at: int, expected: Mapping[str, float]) -> Test:
    samples = [{"labels": labels, "value": value} for labels, value in expected.items()]
    return {"expr": expression, "eval_time": f"{at}s", "exp_samples": samples}
