"""The console and the ingress of a cluster: addresses, settings and policies agree with each other and with the code."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.contract.deployment.rendering import render
from tests.contract.deployment.test_kubernetes import SERVICES

from koppel_console.settings import ConsoleSettings, ServiceAddresses

SIZES = ("small", "large")
INSIDE = ("/livez", "/readyz", "/metrics")
Things = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module", params=SIZES)
def things(request: pytest.FixtureRequest, root: Path) -> Things:
    objects = render(root / "deploy/kubernetes" / request.param)
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


def _settings(things: Things, name: str) -> dict[str, str]:
    """Of the ConfigMap that the Deployment of that name reads."""
    pod = things["Deployment", f"{name}-app"]["spec"]["template"]["spec"]
    config = pod["containers"][0]["envFrom"][0]["configMapRef"]["name"]
    data: dict[str, str] = things["ConfigMap", config]["data"]
    return data


def _rules(things: Things) -> dict[str, dict[str, str]]:
    """Services by path, by host."""
    return {
        rule["host"]: {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
        for rule in things["Ingress", "koppel"]["spec"]["rules"]
    }


def _public(things: Things, name: str) -> str:
    variable = "KOPPEL_CONSOLE" if name == "koppel-console" else name.upper().replace("-", "_")
    return urlsplit(_settings(things, name)[f"{variable}_PUBLIC_URL"]).netloc


def test_the_console_is_given_what_it_requires_and_nothing_that_it_does_not_read(things: Things) -> None:
    fields = {
        **{f"KOPPEL_CONSOLE_{name}".upper(): field for name, field in ConsoleSettings.model_fields.items()},
        **{f"KOPPEL_{name}".upper(): field for name, field in ServiceAddresses.model_fields.items()},
    }
    given = set(_settings(things, "koppel-console"))
    assert given <= set(fields)
    assert {name for name, field in fields.items() if field.is_required()} <= given


def test_the_console_calls_services_where_they_are(things: Things) -> None:
    settings = _settings(things, "koppel-console")
    for service in SERVICES:
        address = urlsplit(settings[f"KOPPEL_{service.upper().replace('-', '_')}_URL"])
        (port,) = things["Service", str(address.hostname)]["spec"]["ports"]
        assert port["port"] == address.port


def test_the_console_takes_its_key_and_its_secret_by_reference(things: Things) -> None:
    pod = things["Deployment", "koppel-console-app"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["volumes"][0]["secret"]["secretName"] == "koppel-console-files"
    key = Path(_settings(things, "koppel-console")["KOPPEL_CONSOLE_SESSION_KEY_FILE"])
    assert str(key.parent) == container["volumeMounts"][0]["mountPath"]
    assert container["envFrom"][1]["secretRef"] == {"name": "koppel-console-client", "optional": True}


def test_a_login_ends_on_the_host_where_it_began(things: Things) -> None:
    """The cookies that bind it to a browser are of that host."""
    console = _public(things, "koppel-console")
    assert _public(things, "connection-svc") == console
    assert _rules(things)[console] == {"/v1/oauth": "connection-svc-app", "/": "koppel-console-app"}
    allowed = _settings(things, "connection-svc")["CONNECTION_SVC_RETURN_URL_ALLOWLIST"].split(",")
    assert allowed[0] == f"https://{console}/"


@pytest.mark.parametrize("service", ["import-svc", "assignment-svc", "sync-svc"])
def test_a_service_is_reached_where_it_says_that_it_is(service: str, things: Things) -> None:
    assert set(_rules(things)[_public(things, service)].values()) == {f"{service}-app"}


def test_every_way_in_leads_to_a_service_that_is_there_and_is_encrypted(things: Things) -> None:
    spec = things["Ingress", "koppel"]["spec"]
    ports = {
        name: {port["name"] for port in each["spec"]["ports"]}
        for (kind, name), each in things.items()
        if kind == "Service"
    }
    for rule in spec["rules"]:
        for path in rule["http"]["paths"]:
            backend = path["backend"]["service"]
            assert backend["port"]["name"] in ports[backend["name"]]
    assert {name for names in _rules(things).values() for name in names.values()} == set(ports)
    assert [each["hosts"] for each in spec["tls"]] == [list(_rules(things))]


def test_probes_and_metrics_of_services_are_not_reached_from_outside(things: Things) -> None:
    for paths in _rules(things).values():
        for path, name in paths.items():
            if name != "koppel-console-app":
                assert not any(inside.startswith(path) for inside in INSIDE)


def test_the_console_reaches_services_and_no_database_or_broker(things: Things) -> None:
    labels = things["Deployment", "koppel-console-app"]["spec"]["template"]["metadata"]["labels"]
    own = {
        name: each
        for (kind, name), each in things.items()
        if kind == "NetworkPolicy" and _selects(each["spec"]["podSelector"], labels)
    }
    assert set(own) == {"nothing-else", "koppel-console-calls-come-in", "koppel-console-calls-go-out"}
    rules = own["koppel-console-calls-go-out"]["spec"]["egress"]
    assert {port["port"] for rule in rules for port in rule["ports"]} == {53, 443, 4318, 8080}
    (inside,) = [rule for rule in rules if "to" in rule]
    assert [port["port"] for port in inside["ports"]] == [8080]
    for service in SERVICES:
        called = things["Deployment", f"{service}-app"]["spec"]["template"]["metadata"]["labels"]
        assert _selects(inside["to"][0]["podSelector"], called)


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """As the API server reads it."""
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    for each in selector.get("matchExpressions", ()):
        wanted &= (labels.get(each["key"]) in each["values"]) == (each["operator"] == "In")
    return wanted
