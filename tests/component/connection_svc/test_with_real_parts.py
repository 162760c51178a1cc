"""The service as a process, with a real broker and a stand-in provider that is a server of its own."""

import asyncio
import base64
import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from koppel.contracts.envelope import decode
from koppel.contracts.topics import CONNECTION
from koppel.kernel.ids import new_id
from koppel.testing.databases import ServiceDatabase
from koppel.testing.tokens import TokenIssuer
from koppel_local.kafka.topics import ensure_topics
from koppel_sandbox.visitor import log_in

pytestmark = pytest.mark.slow
READY_SECONDS = 40
ORGANISATION = new_id()


@dataclass
class Running:
    """A child process that answers HTTP at `url`."""

    command: list[str]
    environment: dict[str, str]
    url: str
    ready: str
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        with httpx.Client(base_url=self.url, timeout=1) as http:  # one: each reads the trusted certificates
            while self.process.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(httpx.HTTPError):
                    http.get(self.ready).raise_for_status()
                    return
                time.sleep(0.05)
        raise AssertionError(self.log.read_text()[-3000:])

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=30)


def _url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Running]:
    url = _url()
    command = [sys.executable, "-m", "koppel_sandbox.main", "--port", url.rpartition(":")[2]]
    running = Running(command, dict(os.environ), url, "/_sandbox/health", tmp_path / "sandbox.log")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def service(
    sandbox: Running,
    schema: ServiceDatabase,
    kafka_server: str,
    issuer: TokenIssuer,
    key_file: Path,
    tmp_path: Path,
) -> Iterator[Running]:
    ensure_topics(kafka_server)
    url = _url()
    environment = dict(os.environ) | {
        "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": kafka_server,
        "KOPPEL_JWT_ISSUER": issuer.issuer,
        "KOPPEL_JWKS_FILE": str(issuer.write_jwks(tmp_path / "jwks.json")),
        "CONNECTION_SVC_DATABASE_URL": schema.app_dsn,
        "CONNECTION_SVC_PORT": url.rpartition(":")[2],
        "CONNECTION_SVC_PUBLIC_URL": url,
        "CONNECTION_SVC_KEY_FILE": str(key_file),
        "CONNECTION_SVC_RETURN_URL_ALLOWLIST": "loopback",
        "KOPPEL_PROVIDERS_EACCOUNTING_CLIENT_ID": "koppel-local",
        "KOPPEL_PROVIDERS_EACCOUNTING_CLIENT_SECRET": "koppel-local-secret",
        "KOPPEL_PROVIDERS_EACCOUNTING_AUTHORIZE_URL": f"{sandbox.url}/connect/authorize",
        "KOPPEL_PROVIDERS_EACCOUNTING_TOKEN_URL": f"{sandbox.url}/connect/token",
        "KOPPEL_PROVIDERS_EACCOUNTING_REVOCATION_URL": f"{sandbox.url}/connect/revocation",
        "KOPPEL_PROVIDERS_EACCOUNTING_API_BASE_URL": f"{sandbox.url}/v2",
    }
    running = Running(
        [sys.executable, "-c", "from connection_svc.main import main; main()", "run"],
        environment,
        url,
        "/readyz",
        tmp_path / "service.log",
    )
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def browser(service: Running, issuer: TokenIssuer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {issuer.person(organisation=ORGANISATION)}"}
    with httpx.Client(base_url=service.url, headers=headers, timeout=30) as client:
        yield client


def connect(browser: httpx.Client, company: int = 0) -> tuple[Any, str]:
    """A connection with one grant: the connection and the grant's id."""
    body = {"provider": "eaccounting", "return_url": "http://localhost:1/done"}
    created = browser.post("/v1/connections", json=body).raise_for_status().json()
    back = log_in(created["authorization_url"], company=company)
    shown = parse_qs(urlsplit(browser.get(back).headers["location"]).query)
    assert shown["outcome"] == ["authorized"], shown
    connection = browser.get(f"/v1/connections/{created['id']}").json()
    return connection, connection["grants"][0]["id"]


def issue_token(
    service: Running, issuer: TokenIssuer, grant_id: str, body: dict[str, str] | None = None
) -> httpx.Response:
    wish = {"organisation_id": str(ORGANISATION)} | (body or {})
    headers = {"Authorization": f"Bearer {issuer.service('sync-svc')}"}
    return httpx.post(
        f"{service.url}/internal/v1/grants/{grant_id}/access-token", headers=headers, json=wish, timeout=30
    )


def test_a_login_at_the_real_pages_reaches_the_broker(
    browser: httpx.Client, service: Running, issuer: TokenIssuer, kafka_server: str, sandbox: Running
) -> None:
    connection, grant_id = connect(browser)
    issued = issue_token(service, issuer, grant_id).json()
    settings = httpx.get(
        f"{issued['api_base_url']}/companysettings",
        headers={"Authorization": f"Bearer {issued['access_token']}"},
    ).json()
    assert settings["CompanyIdentifier"] == connection["grants"][0]["company"]["external_id"]
    assert browser.delete(f"/v1/connections/{connection['id']}").status_code == 204
    refused = httpx.get(
        f"{issued['api_base_url']}/companysettings",
        headers={"Authorization": f"Bearer {issued['access_token']}"},
    )
    assert refused.status_code == 401
    assert asyncio.run(_published(kafka_server, connection["id"])) == [
        "nl.koppel.ConnectionCreated.v1",
        "nl.koppel.ConnectionAuthorized.v1",
        "nl.koppel.ConnectionRevoked.v1",
        "nl.koppel.ConnectionDeleted.v1",
    ]
    assert "koppel-local-secret" not in service.log.read_text()
    assert issued["access_token"] not in service.log.read_text()


async def _published(kafka_server: str, connection_id: str) -> list[str]:
    """Types of the connection's events, in the order of the broker, until it is deleted."""
    consumer = AIOKafkaConsumer(
        CONNECTION.name,
        bootstrap_servers=kafka_server,
        auto_offset_reset="earliest",
        group_id=f"test-{new_id()}",
    )
    await consumer.start()
    try:
        types: list[str] = []
        async for record in consumer:
            if record.key == connection_id.encode():
                types.append(decode(record.headers).type)
                if types[-1].startswith("nl.koppel.ConnectionDeleted"):
                    break
        return types
    finally:
        await consumer.stop()


def test_a_process_killed_in_a_refresh_leaves_no_silence(
    browser: httpx.Client, service: Running, issuer: TokenIssuer, sandbox: Running
) -> None:
    """The provider did the work, the answer never came, the process died: a person is asked, and can repair it."""
    connection, grant_id = connect(browser, company=1)
    token = issue_token(service, issuer, grant_id).json()["access_token"]
    fault = {"match": {"path": "/connect/token"}, "kind": "lose_answer", "times": 1}
    httpx.post(f"{sandbox.url}/_sandbox/faults", json=fault).raise_for_status()
    body = {"rejected_token_sha256": _sha256(token)}
    assert issue_token(service, issuer, grant_id, body).status_code == 503
    service.kill()
    service.start()
    answer = _until_not_paused(service, issuer, grant_id, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "reauthorization_required")
    shown = browser.get(f"/v1/connections/{connection['id']}").json()
    assert shown["health"]["reason"] == "rotation_lost"

    again = {"return_url": "http://localhost:1/done", "grant_id": grant_id}
    path = f"/v1/connections/{connection['id']}/authorizations"
    started = browser.post(path, json=again).raise_for_status().json()
    browser.get(log_in(started["authorization_url"], company=1))
    assert issue_token(service, issuer, grant_id).status_code == 200


def _until_not_paused(
    service: Running, issuer: TokenIssuer, grant_id: str, body: dict[str, str]
) -> httpx.Response:
    deadline = time.monotonic() + 20
    while True:
        answer = issue_token(service, issuer, grant_id, body)
        if answer.json().get("code") != "refresh_paused" or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def test_without_its_key_the_service_does_not_start(service: Running) -> None:
    environment = service.environment | {"CONNECTION_SVC_KEY_FILE": "/nowhere/key"}
    ended = subprocess.run(
        service.command, env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert "key file /nowhere/key cannot be read" in ended.stderr


def test_with_another_key_the_service_does_not_start(service: Running, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(base64.b64encode(b"x" * 32))
    other.chmod(0o600)
    environment = service.environment | {
        "CONNECTION_SVC_KEY_FILE": str(other),
        "CONNECTION_SVC_PORT": _url().rpartition(":")[2],
    }
    ended = subprocess.run(
        service.command, env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    told = [
        line for line in (ended.stderr + ended.stdout).splitlines() if "The key file is not the one" in line
    ]
    assert len(told) == 1
    assert "hint: put back the key file" in told[0]
