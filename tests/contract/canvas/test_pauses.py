"""The page for operators prints the rules by which syncs are paused."""

from pathlib import Path

import pytest

from koppel.contracts.pause import PauseScope, ResumesWhen
from koppel.kernel.retry import RetryPolicy
from koppel.providers import failures
from koppel.providers.failures import FailureKind
from sync_svc.domain.pause_rules import RULES, PauseRule

PAGE = (Path(__file__).parents[3] / "docs/operating.md").read_text(encoding="utf-8")
PAUSES = PAGE.partition("\n## What is paused\n")[2].partition("\n## ")[0]
NEVER_PAUSED = {
    failures.RATE_LIMITED,
    failures.MODULE_UNAVAILABLE,
    failures.CONTINUATION_INVALID,
    failures.WATERMARK_INVALID,
    failures.CONSENT_DENIED,
    failures.REFRESH_TOO_EARLY,
}
"""They wait, are no failure, mend themselves in the same run, or meet logins only."""


def _probed(probes: RetryPolicy | None) -> str:
    if probes is None:
        return "–"
    if probes.longest == probes.first:
        return f"{probes.first.total_seconds():.0f} s"
    return f"{probes.first.total_seconds():.0f} s, doubling to {probes.longest.total_seconds() / 3600:.0f} h"


def _row(rule: PauseRule) -> str:
    causes = ", ".join(f"`{code}`" for code in sorted(rule.causes))
    row = f"`{rule.scope}`", causes, str(rule.in_a_row), _probed(rule.probes), f"`{rule.resumes_when}`"
    return f"| {' | '.join(row)} |"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_is_printed_as_it_is(rule: PauseRule) -> None:
    assert [line for line in PAUSES.splitlines() if line.startswith(_row(rule))]


def test_no_rule_is_printed_that_does_not_exist() -> None:
    assert len([line for line in PAUSES.splitlines() if line.startswith("| `")]) == len(RULES)


def test_no_probe_comes_sooner_than_a_minute_after_the_one_before() -> None:
    waits = [rule.probes.delay(n).total_seconds() for rule in RULES if rule.probes for n in range(1, 20)]
    assert min(waits) == 60


def test_every_failure_of_a_provider_is_in_a_rule_or_said_to_be_in_none() -> None:
    kinds = {each for each in vars(failures).values() if isinstance(each, FailureKind)}
    ruled = {code for rule in RULES for code in rule.causes}
    assert {kind.code for kind in kinds - NEVER_PAUSED} <= ruled
    assert not ruled & {kind.code for kind in NEVER_PAUSED}


def test_what_can_be_paused_and_what_ends_it_are_all_in_use() -> None:
    assert {rule.scope for rule in RULES} == set(PauseScope)
    assert {rule.resumes_when for rule in RULES} == set(ResumesWhen)
