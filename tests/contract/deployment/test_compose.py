"""What can be known of docker-compose.yml without an engine."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from koppel.platform.identity import DEFAULT_ACCESS, ServiceAccess
from koppel.platform.settings import (
    KoppelSettings,
    MigrationSettings,
    ServiceSettings,
    load_settings,
    variables_under,
)
from koppel.providers.catalogue import PROFILES
from koppel.providers.configuration import PREFIX, configured_providers
from koppel_local.jobs.passwords import ROLES
from koppel_local.stack.providers import provider_variables

from .compose_file import SERVICES, Compose

KNOWN_KEYS = {
    "build",
    "cap_add",
    "cap_drop",
    "command",
    "container_name",
    "depends_on",
    "deploy",
    "entrypoint",
    "env_file",
    "environment",
    "healthcheck",
    "image",
    "logging",
    "networks",
    "ports",
    "profiles",
    "read_only",
    "restart",
    "security_opt",
    "stop_grace_period",
    "tmpfs",
    "volumes",
}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
CANNOT_CHECK_ITSELF = {"otel-collector"}


def _settings(service: str) -> type[ServiceSettings]:
    module = import_module(service.replace("-", "_") + ".settings")
    (found,) = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, ServiceSettings) and each is not ServiceSettings
    ]
    return found


def _variables(settings: type[BaseSettings], prefix: str, *, required: bool = False) -> set[str]:
    return {
        (prefix + name).upper()
        for name, field in settings.model_fields.items()
        if field.is_required() or not required
    }


def _prefix(service: str) -> str:
    return service.upper().replace("-", "_") + "_"


def _once(service: dict[str, Any]) -> bool:
    return service.get("restart") == "no"


def test_every_key_is_one_of_the_compose_specification(compose: Compose) -> None:
    for name, service in compose.services.items():
        assert not set(service) - KNOWN_KEYS, name


def test_every_variable_has_a_default(compose: Compose) -> None:
    assert not compose.unset


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_of_a_service_exists_and_every_required_one_is_given(
    service: str, compose: Compose, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = {name: str(value) for name, value in compose.services[service]["environment"].items()}
    (password := tmp_path / "password").write_text("a/b@c#d%e")
    given |= {
        name: str(password)
        for name in given
        if name.endswith(("_PASSWORD_FILE", "_SECRET_FILE", "_KEY_FILE"))
        and name != "CONNECTION_SVC_KEY_FILE"
    }
    own, prefix = _settings(service), _prefix(service)
    providers = {name for name in given if name.startswith(PREFIX)}
    assert bool(providers) == (service == "connection-svc")
    named = set(given) - providers
    assert not named - _variables(KoppelSettings, "KOPPEL_") - _variables(own, prefix)
    assert not _variables(own, prefix, required=True) - named
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    KoppelSettings()
    assert load_settings(own, env_prefix=prefix).port == 8080
    if providers:
        assert configured_providers(PROFILES, variables_under(PREFIX))


def test_every_provider_is_on_and_played_by_the_sandbox(compose: Compose) -> None:
    """As on one machine: the person's browser goes to one address, the service to the other, secrets stand in a file."""
    given = compose.services["connection-svc"]["environment"]
    there = {name: str(value) for name, value in given.items() if name.startswith(PREFIX)}
    inside, outside = provider_variables("http://sandbox:8080"), provider_variables("http://127.0.0.1:8190")
    secrets = {name for name in inside if name.endswith(("_SECRET", "_KEY"))}
    wanted = {
        name: outside[name] if name.endswith(("_AUTHORIZE_URL", "_ISSUER")) else inside[name]
        for name in inside.keys() - secrets
    }
    file = "/var/lib/koppel/connection-svc/client-secret"
    assert there == wanted | {f"{name}_FILE": file for name in secrets}


@pytest.mark.parametrize("service", SERVICES)
def test_services_may_do_what_they_may_by_default(service: str, compose: Compose) -> None:
    given = compose.services[service]["environment"]["KOPPEL_SERVICE_ACCESS"]
    assert ServiceAccess.parse(given).table == DEFAULT_ACCESS.table


@pytest.mark.parametrize(("name", "phase"), [("migrate", "pre"), ("finish", "post")])
@pytest.mark.parametrize("service", SERVICES)
def test_a_migration_gets_the_owner_and_nothing_else(
    service: str, name: str, phase: str, compose: Compose
) -> None:
    job = compose.services[f"{name}-{service}"]
    assert set(job["environment"]) == _variables(MigrationSettings, _prefix(service))
    assert job["command"] == ["migrate", "--phase", phase]
    assert job["image"] == compose.services[service]["image"]
    assert job["volumes"] == [f"{service}-owner:/var/lib/koppel/{service}-owner:ro"]
    schema = service.removesuffix("-svc")
    assert f"//{schema}_owner@" in job["environment"][_prefix(service) + "MIGRATION_DATABASE_URL"]
    assert f"//{schema}_app@" in compose.services[service]["environment"][_prefix(service) + "DATABASE_URL"]


def test_pre_comes_before_a_service_and_post_after_it(compose: Compose) -> None:
    for service in SERVICES:
        before = compose.services[service]["depends_on"][f"migrate-{service}"]
        assert before == {"condition": "service_completed_successfully"}
        assert compose.services[f"finish-{service}"]["depends_on"] == {
            service: {"condition": "service_healthy"}
        }


def test_no_secret_stands_in_a_url_or_in_a_services_environment(compose: Compose) -> None:
    for name, service in compose.services.items():
        for variable, value in service.get("environment", {}).items():
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), (name, variable)
            if name.endswith("-svc") or name[-2:] == "-2":
                assert "PASSWORD" not in variable or variable.endswith("_FILE"), (name, variable)
                assert "SECRET" not in variable or variable.endswith("_FILE"), (name, variable)


def test_the_bootstrap_reads_the_files_that_services_and_migrations_read(compose: Compose) -> None:
    files = {
        value
        for variable, value in compose.services["bootstrap"]["environment"].items()
        if variable.endswith("_PASSWORD_FILE")
    }
    read = {
        value
        for service in SERVICES
        for name in (service, f"migrate-{service}", f"finish-{service}")
        for variable, value in compose.services[name]["environment"].items()
        if variable.endswith("DATABASE_PASSWORD_FILE")
    }
    assert files == read
    assert len(files) == 2 * len(SERVICES)
    made = compose.services["prepare"]["environment"]
    assert {f"KOPPEL_{role.upper()}_PASSWORD" for role in ROLES} <= set(made)


def test_every_migration_waits_for_a_bootstrap_that_ended_well(compose: Compose) -> None:
    for service in SERVICES:
        assert compose.services[f"migrate-{service}"]["depends_on"] == {
            "bootstrap": {"condition": "service_completed_successfully"}
        }
        assert compose.services[service]["depends_on"]["topics"] == {
            "condition": "service_completed_successfully"
        }


def test_no_file_of_the_clone_is_mounted(compose: Compose) -> None:
    """After a clone with umask 077 a container's user could not read it."""
    assert {source for source, _, _ in _mounts(compose)} == set(compose.volumes)


def _mounts(compose: Compose) -> Iterator[tuple[str, str, str]]:
    for service in compose.services.values():
        for mount in service.get("volumes", ()):
            source, target, *mode = mount.split(":")
            yield source, target, mode[0] if mode else "rw"


def test_a_service_sees_its_own_secrets_only(compose: Compose) -> None:
    for service in SERVICES:
        assert compose.services[service]["volumes"] == [f"{service}:/var/lib/koppel/{service}:ro"]
    holders = [name for name, s in compose.services.items() if "issuer:" in str(s.get("volumes"))]
    assert holders == ["prepare", "identity", "koppel"]
    assert compose.services["koppel"]["volumes"] == ["issuer:/var/lib/koppel/issuer:ro"]


def test_every_port_is_on_loopback_and_used_once(compose: Compose) -> None:
    ports = [port for service in compose.services.values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len({port.split(":")[1] for port in ports}) == len(ports)


def test_every_port_is_a_variable_that_what_is_published_follows(root: Path) -> None:
    text = (root / "docker-compose.yml").read_text(encoding="utf-8")
    ports = re.findall(r'ports: \["([^"]+)"\]', text)
    assert ports
    for port in ports:
        found = re.fullmatch(r"127\.0\.0\.1:\$\{(KOPPEL_\w+_PORT):-(\d+)\}:\d+", port)
        assert found, port
        told = re.findall(rf"127\.0\.0\.1:(\S*{found[2]}\S*)", text)
        assert all(found[1] in each for each in told), told


@pytest.mark.parametrize("service", SERVICES)
def test_profiles_add_processes_of_the_same_service(service: str, compose: Compose) -> None:
    roles = _prefix(service) + "ROLES"
    first, second = compose.services[service], compose.services[f"{service}-2"]
    assert second["profiles"] == ["pairs"]
    assert second["networks"] == {"default": {"aliases": [service]}}, "others find it by the same name"
    assert second["environment"] == {k: v for k, v in first["environment"].items() if k != roles}
    for role in ("relay", "jobs"):
        apart = compose.services[f"{service}-{role}"]
        assert apart["profiles"] == ["roles"]
        assert apart["environment"] == second["environment"] | {roles: role}
        assert "ports" not in apart
        assert apart["deploy"] == first["deploy"] | {"replicas": 2}


@pytest.mark.parametrize("service", SERVICES)
def test_consumers_of_a_role_keep_their_names_and_nobody_else_gets_one(
    service: str, compose: Compose
) -> None:
    """Two with one name would throw each other out for ever, so neither can be scaled."""
    roles, instance = _prefix(service) + "ROLES", _prefix(service) + "INSTANCE"
    first, second = compose.services[f"{service}-consumer"], compose.services[f"{service}-consumer-2"]
    assert [each["environment"][instance] for each in (first, second)] == ["consumer", "consumer-2"]
    for name, each in ((f"{service}-consumer", first), (f"{service}-consumer-2", second)):
        assert each["profiles"] == ["roles"]
        assert each["environment"][roles] == "consumer"
        assert each["container_name"] == f"koppel-{name}"
        assert "replicas" not in each["deploy"]
    assert second["networks"] == {"default": {"aliases": [f"{service}-consumer"]}}, "Prometheus asks for this"
    others = [each for each in compose.services.values() if each not in (first, second)]
    assert not [each for each in others if instance in each.get("environment", {})]


@pytest.mark.parametrize("service", SERVICES)
def test_a_second_process_serves_calls_beside_a_first_that_does_no_more(
    service: str, compose: Compose
) -> None:
    roles = _prefix(service) + "ROLES"
    first, beside = compose.services[service], compose.services[f"{service}-http"]
    assert beside["profiles"] == ["roles"]
    assert beside["networks"] == {"default": {"aliases": [service]}}, "others find it by the same name"
    assert beside["environment"] == first["environment"] | {roles: "http"}


def test_everything_that_runs_is_limited_and_its_logs_end(compose: Compose) -> None:
    for name, service in compose.services.items():
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert service["logging"]["options"]["max-size"], name
        assert service["restart"] in {"no", "unless-stopped"}, name


def test_what_watches_logs_json_like_what_is_watched(compose: Compose, root: Path) -> None:
    assert "--log.format=json" in compose.services["prometheus"]["command"]
    assert "--log.format=json" in compose.services["alertmanager"]["command"]
    assert compose.services["grafana"]["environment"]["GF_LOG_CONSOLE_FORMAT"] == "json"
    collector = yaml.safe_load((root / "deploy/otel/collector.yaml").read_text(encoding="utf-8"))
    assert collector["service"]["telemetry"]["logs"]["encoding"] == "json"


def test_healthy_means_ready_and_waits_for_a_database_that_comes_late(compose: Compose) -> None:
    for name in (*SERVICES, "postgres", "kafka"):
        check = compose.services[name]["healthcheck"]
        assert check["start_period"] == "5m", name


def test_dependencies_exist_and_their_conditions_can_be_met(compose: Compose) -> None:
    for name, service in compose.services.items():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] in CONDITIONS, name
            assert _once(compose.services[other]) == (how["condition"] == "service_completed_successfully"), (
                name
            )


def test_everything_that_stays_up_is_checked(compose: Compose) -> None:
    for name, service in compose.services.items():
        if not _once(service) and name not in CANNOT_CHECK_ITSELF:
            assert "build" in service or "test" in service["healthcheck"], name
