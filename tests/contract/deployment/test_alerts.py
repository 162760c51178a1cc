"""Alerts: one for what is gone, and each is found in its runbook."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.contract.deployment.alerting.cases import CASES

from sync_svc.domain.pause_rules import RULES

SERVICES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")


@pytest.fixture(scope="module")
def rules(root: Path) -> list[dict[str, Any]]:
    document = yaml.safe_load((root / "deploy/prometheus/rules.yml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


@pytest.mark.parametrize(
    ("alert", "expression"),
    [
        ("ServiceIsGone", 'absent(up{job="%s"} == 1)'),
        ("ConsumersAreGone", 'absent(koppel_consumer_state{job="%s"})'),
        ("RelaysAreGone", 'absent(koppel_relay_oldest_pending_seconds{job="%s"})'),
        ("JobsAreGone", 'absent(koppel_process_role{job="%s",role="jobs"})'),
    ],
)
def test_what_is_gone_pages_for_each_service(
    alert: str, expression: str, rules: list[dict[str, Any]]
) -> None:
    """A comparison says nothing about a series that does not exist.

    What is asked for must be told by processes of that role alone: a gauge is exposed by those that measure it.
    """
    named = {rule["labels"].get("job"): rule for rule in rules if rule["alert"] == alert}
    found = {name: rule for name, rule in named.items() if name != "koppel-console"}
    assert {name: rule["expr"] for name, rule in found.items()} == {
        name: expression % name for name in SERVICES
    }
    assert {rule["labels"]["severity"] for rule in found.values()} == {"page"}


def test_causes_of_pauses_that_an_alert_names_are_causes(rules: list[dict[str, Any]]) -> None:
    known = {cause for rule in RULES for cause in rule.causes}
    (ours,) = [rule["expr"] for rule in rules if rule["alert"] == "SyncsArePausedForUs"]
    named = re.findall(r'cause=~"([a-z_|]+)"', ours)
    assert len(set(named)) == 1
    assert set(named[0].split("|")) <= known


def test_every_alert_is_named_by_its_runbook_and_by_the_list_of_them(
    root: Path, rules: list[dict[str, Any]]
) -> None:
    index = (root / "docs/runbooks/README.md").read_text("utf-8")
    for rule in rules:
        name = f"`{rule['alert']}`"
        assert name in index
        assert name in (root / rule["annotations"]["runbook"]).read_text("utf-8"), name


def test_the_page_of_alerts_says_of_each_whom_it_wakes_and_where_its_runbook_is(
    root: Path, rules: list[dict[str, Any]]
) -> None:
    page = (root / "docs/alerts.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| .+\]\(([\w./-]+)\)", page, re.MULTILINE)
    told = {
        (rule["alert"], rule["labels"]["severity"], rule["annotations"]["runbook"].removeprefix("docs/"))
        for rule in rules
    }
    assert sorted(rows) == sorted(told)


def test_the_example_of_alertmanager_names_alerts_that_exist_and_routes_what_pages(
    root: Path, rules: list[dict[str, Any]]
) -> None:
    example = yaml.safe_load((root / "deploy/prometheus/alertmanager.example.yml").read_text("utf-8"))
    alerts = {rule["alert"] for rule in rules}
    severities = {rule["labels"]["severity"] for rule in rules}
    for rule in example["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            known = severities if matcher.startswith("severity") else alerts
            assert set(matcher.split('"')[1].split("|")) <= known
    receivers = {each["name"] for each in example["receivers"]}
    routes = [example["route"], *example["route"]["routes"]]
    assert {route["receiver"] for route in routes} == receivers
    routed = {matcher.split('"')[1] for route in routes for matcher in route.get("matchers", ())}
    assert routed < severities


def test_a_page_keeps_back_the_ticket_of_its_name(root: Path, rules: list[dict[str, Any]]) -> None:
    example = yaml.safe_load((root / "deploy/prometheus/alertmanager.example.yml").read_text("utf-8"))
    [kept] = [rule for rule in example["inhibit_rules"] if rule["source_matchers"] == ['severity = "page"']]
    assert kept["target_matchers"] == ['severity = "ticket"']
    assert "alertname" in kept["equal"]
    steps = {
        name: {rule["labels"]["severity"] for rule in rules if rule["alert"] == name}
        for name in {rule["alert"] for rule in rules}
    }
    assert {name for name, told in steps.items() if len(told) > 1} == {
        "ConsumerIsBehind",
        "DataIsNotFresh",
        "ProviderIsPaused",
        "SyncsAreOverdue",
        "SyncsFail",
    }


def test_what_is_kept_back_is_of_the_same_service_or_provider(
    root: Path, rules: list[dict[str, Any]]
) -> None:
    """A provider that is down for days says nothing of another one's data. What lacks the label is never equal."""
    example = yaml.safe_load((root / "deploy/prometheus/alertmanager.example.yml").read_text("utf-8"))
    named_ones = [each for each in example["inhibit_rules"] if "alertname" in each["source_matchers"][0]]
    assert named_ones
    for kept in named_ones:
        (label,) = kept["equal"]
        named = " ".join(kept["source_matchers"] + kept["target_matchers"])
        for rule in rules:
            if re.search(rf"\b{rule['alert']}\b", named):
                grouped = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]+)\)", rule["expr"]))))
                assert label in grouped | set(rule["labels"]), rule["alert"]


def test_what_fires_beside_a_service_that_is_gone_is_kept_back(root: Path) -> None:
    """One page for one cause."""
    example = yaml.safe_load((root / "deploy/prometheus/alertmanager.example.yml").read_text("utf-8"))
    [kept] = [rule for rule in example["inhibit_rules"] if "ServiceIsGone" in rule["source_matchers"][0]]
    beside = {alert for case in CASES if case.alert == "ServiceIsGone" for alert in case.beside}
    assert beside <= set(kept["target_matchers"][0].split('"')[1].split("|"))
    assert kept["equal"] == ["job"]
