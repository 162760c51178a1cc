"""What docker-compose.yml runs: images, the broker, what a container may write, how it stops."""

import re
import shutil
import subprocess
from pathlib import Path

from .compose_file import SERVICES, Compose
from .connections import sessions


def test_images_are_ours_or_pinned(compose: Compose) -> None:
    for name, service in compose.services.items():
        if "build" in service and "target" not in (build := service["build"]):
            assert build["dockerfile"] == "deploy/Dockerfile"
            assert service["image"] == f"koppel/{build['args']['SERVICE']}"
        elif "build" in service:
            assert service["image"] == f"koppel/{service['build']['target']}"
        else:
            assert re.search(r":v?\d+\.\d+", service["image"]), name


def test_the_brokers_settings_are_those_of_the_embedded_one(compose: Compose, root: Path) -> None:
    given = {name: str(value) for name, value in compose.services["kafka"]["environment"].items()}
    for line in (root / "deploy/kafka/server.properties").read_text(encoding="utf-8").splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#") and name != "listener.security.protocol.map":
            assert given[f"KAFKA_{name.upper().replace('.', '_')}"] == value, name


def test_our_containers_can_write_nothing_but_their_own_folders(compose: Compose) -> None:
    for name, service in compose.services.items():
        if service.get("image", "").startswith("koppel/") and name != "grafana":
            assert service["read_only"], name


def test_everything_starts_without_rights_that_it_does_not_need(compose: Compose) -> None:
    for name, service in compose.services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "cap_add" not in service or name == "postgres"


def test_a_stopping_service_gets_longer_than_its_own_grace(compose: Compose) -> None:
    for service in SERVICES:
        grace = compose.services[service]["environment"]["KOPPEL_SHUTDOWN_GRACE"]
        assert int(compose.services[service]["stop_grace_period"].removesuffix("s")) > int(
            grace.removesuffix("s")
        )


def test_the_broker_is_the_one_that_tests_use(compose: Compose, root: Path) -> None:
    lock = (root / "deploy/kafka/jars.lock").read_text(encoding="utf-8")
    version = compose.services["kafka"]["image"].partition(":")[2]
    assert f"org.apache.kafka:kafka_2.13:{version}" in lock
    environment = compose.services["kafka"]["environment"]
    names = {part.partition("://")[0] for part in environment["KAFKA_LISTENERS"].split(",")}
    mapped = {
        part.partition(":")[0] for part in environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    }
    properties = (root / "deploy/kafka/server.properties").read_text(encoding="utf-8")
    assert names == mapped
    assert re.findall(
        r"^(?:inter\.broker\.listener\.name|controller\.listener\.names)=(\w+)", properties, re.MULTILINE
    )
    assert (
        set(
            re.findall(
                r"^(?:inter\.broker\.listener\.name|controller\.listener\.names)=(\w+)",
                properties,
                re.MULTILINE,
            )
        )
        <= names
    )


def test_docker_itself_accepts_the_file_where_its_client_can_tell(root: Path) -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode
    ):
        return  # no client, or one without the plugin: what can be known without it is above
    result = subprocess.run(
        [
            docker,
            "compose",
            "--file",
            str(root / "docker-compose.yml"),
            "--profile",
            "*",
            "config",
            "--quiet",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_postgres_takes_the_connections_of_every_profile_at_once(compose: Compose) -> None:
    """And of jobs and people; one too many is refused."""
    together = 20
    for name, each in compose.services.items():
        service = next((one for one in SERVICES if name.startswith(one)), None)
        if service is not None:
            roles = each["environment"].get(f"{service.upper().replace('-', '_')}_ROLES", "relay").split(",")
            together += each["deploy"].get("replicas", 1) * sessions(service, set(roles))
    setting = compose.services["postgres"]["command"][-1]
    assert int(setting.removeprefix("max_connections=")) >= together
