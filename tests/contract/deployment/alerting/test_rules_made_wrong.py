"""Rules made wrong in one known way: each is noticed, so the cases and the ordinary day would notice a slip."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.contract.deployment.alerting.cases import CASES
from tests.contract.deployment.alerting.peace import one_of_two_fails, ordinary_day
from tests.contract.deployment.alerting.playing import Test, evaluated, of_case

Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wrong:
    """`made` changes each rule of the alert. Seen in peace, evaluated each so many seconds; else by its cases."""

    alert: str
    made: Callable[[Rule], None]
    peace: Callable[[], Test] | None = None
    every: int = 15

    def is_noticed(self, rules: Sequence[Rule], folder: Path) -> bool:
        file = folder / "rules.yml"
        if self.peace is None:
            kept, every = rules, 10
            tests = [of_case(case) for case in CASES if case.alert == self.alert and case.times.step == every]
        else:
            kept, every = [rule for rule in rules if rule["alert"] == self.alert], self.every
            tests = [self.peace()]
        file.write_text(json.dumps({"groups": [{"name": "koppel", "rules": kept}]}), "utf-8")
        done = evaluated(file, folder, tests, every=every)
        return done.returncode != 0 and "FAILED" in done.stdout + done.stderr


def _says(new: str) -> Callable[[Rule], None]:
    def made(rule: Rule) -> None:
        rule["expr"] = new.replace("JOB", rule["labels"].get("job", ""))

    return made


def _instead(old: str, new: str) -> Callable[[Rule], None]:
    def made(rule: Rule) -> None:
        rule["expr"] = rule["expr"].replace(old, new)

    return made


def _at_once(rule: Rule) -> None:
    del rule["for"]


_NEW = " or (koppel_vault_rejections_total > 0 unless koppel_vault_rejections_total offset 90s) and on (job) up offset 90s"
WRONG: Mapping[str, Wrong] = {
    "a series that is gone is compared with zero": Wrong(
        "ConsumersAreGone", _says('sum(koppel_consumer_state{job="JOB"}) == 0')
    ),
    "a target that is gone is asked whether it is up": Wrong(
        "ServiceIsGone", _says('max(up{job="JOB"}) == 0')
    ),
    "a restart is not waited for": Wrong("ServiceIsNotReady", _at_once, ordinary_day),
    "a reading that failed once is a death": Wrong("ServiceIsGone", _at_once, ordinary_day),
    "a counter that begins at one is no increase": Wrong("StoredTokensAreRefused", _instead(_NEW, "")),
    "a failure that was never counted before is no increase": Wrong(
        "ProviderDoesNotAnswer", _instead("unless", "and")
    ),
    "what is over is shown for a long window": Wrong("StoredTokensAreRefused", _instead("[90s]", "[10m]")),
    "one process that fails counts for all": Wrong(
        "JobsFail", _instead("min by", "max by"), one_of_two_fails, every=10
    ),
    "one process that is not ready counts for all": Wrong(
        "ServiceIsNotReady", _instead("max by", "min by"), one_of_two_fails, every=10
    ),
    "failed runs are counted, not their share": Wrong(
        "SyncsFail",
        _says('sum(increase(koppel_sync_runs_total{outcome=~"failed|abandoned"}[5m])) > 4'),
        ordinary_day,
    ),
    "logins that wait are counted, not their rise": Wrong(
        "GrantsWaitForALogin", _says("max(koppel_grants_reauthorization_required) > 20"), ordinary_day
    ),
    "a window that was full once is a budget too small": Wrong(
        "BudgetIsTooSmall", _says("increase(koppel_budget_exhausted_total[10m]) > 0"), ordinary_day
    ),
    "one company whose day is used up is an alert": Wrong(
        "BudgetIsExhausted", _says("max by (provider) (koppel_sync_budget_waits) > 3"), ordinary_day
    ),
    "a rush of the schedule is late": Wrong("SyncsAreOverdue", _instead("> 40", "> 20"), ordinary_day),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_rule_made_wrong_is_noticed(name: str, root: Path, tmp_path: Path) -> None:
    wrong = WRONG[name]
    rules = _rules(root)
    for rule in rules:
        if rule["alert"] == wrong.alert:
            wrong.made(rule)
    assert rules != _rules(root)
    assert wrong.is_noticed(rules, tmp_path)


def test_the_page_of_what_is_proved_names_them(root: Path) -> None:
    page = " ".join((root / "docs/reliability.md").read_text("utf-8").split())
    assert not [name for name in WRONG if f"*{name}*" not in page]


def _rules(root: Path) -> list[Rule]:
    document = yaml.safe_load((root / "deploy/prometheus/rules.yml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]
