"""The stand-in provider as a process of its own, and connection-svc's access tokens replaced at HTTP level."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import httpx

from koppel_sandbox.visitor import log_in

_CALLBACK = "http://127.0.0.1:8101/v1/oauth/eaccounting/callback"
_SCOPES = "ea:api offline_access ea:sales_readonly ea:accounting_readonly ea:purchase_readonly"
_CLIENT = ("koppel-local", "koppel-local-secret")
_READY_SECONDS = 30


class Company:
    """One company at the provider, with a login of its own."""

    def __init__(self, provider: httpx.Client, number: int, *, scope: str = _SCOPES) -> None:
        self._provider = provider
        self.number = number
        self.scope = scope
        self.id: str = provider.get("/_sandbox/settings").json()["companies"][number]["id"]

    def token(self) -> str:
        """A fresh access token, from the login pages."""
        query = {
            "client_id": _CLIENT[0],
            "redirect_uri": _CALLBACK,
            "scope": self.scope,
            "response_type": "code",
        }
        back = log_in(f"{self._provider.base_url}/connect/authorize?{urlencode(query)}", company=self.number)
        code = parse_qs(urlsplit(back).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": _CALLBACK}
        answer = self._provider.post("/connect/token", data=form, auth=_CLIENT).raise_for_status()
        return str(answer.json()["access_token"])

    def change(self, collection: str, **counts: int) -> dict[str, list[str]]:
        path = f"/_sandbox/companies/{self.id}/changes"
        answer = self._provider.post(path, json={"collection": collection, **counts}).raise_for_status()
        done: dict[str, list[str]] = answer.json()
        return done

    def truth(self, collection: str) -> dict[str, dict[str, Any]]:
        """What the provider holds, by id."""
        found: dict[str, dict[str, Any]] = {}
        while True:
            path = f"/_sandbox/companies/{self.id}/{collection}?offset={len(found)}&limit=1000"
            answer = self._provider.get(path).raise_for_status().json()
            found |= {item["Id"]: item for item in answer["items"]}
            if not answer["items"] or len(found) >= answer["total"]:
                return found

    def order_fault(self, kind: str, path: str, **details: object) -> None:
        body = {"match": {"path": path, "company_id": self.id}, "kind": kind, **details}
        self._provider.post("/_sandbox/faults", json=body).raise_for_status()

    def end_faults(self) -> None:
        self._provider.delete("/_sandbox/faults").raise_for_status()


class AccessTokens:
    """connection-svc's access tokens: a token of the company that the grant covers, fresh when one was refused."""

    def __init__(self, provider_url: str) -> None:
        self.provider_url = provider_url
        self.companies: dict[UUID, Company] = {}
        self.owners: dict[UUID, UUID] = {}
        """Whose the grants are; one that is not here is whoever's asks."""
        self.refusal: tuple[int, str] | None = None
        self.asked: list[dict[str, str]] = []
        self._tokens: dict[UUID, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        grant_id = UUID(request.url.path.split("/")[4])
        status, body = self.answer(grant_id, request.read())
        return httpx.Response(status, json=body)

    def answer(self, grant_id: UUID, body: bytes) -> tuple[int, dict[str, str]]:
        """Status and body."""
        wish = json.loads(body)
        self.asked.append(wish)
        if self.refusal is not None:
            return self.refusal[0], {"code": self.refusal[1]}
        if str(self.owners.get(grant_id, wish["organisation_id"])) != wish["organisation_id"]:
            return 404, {"code": "grant_not_found"}
        if grant_id not in self._tokens or "rejected_token_sha256" in wish:
            self._tokens[grant_id] = self.companies[grant_id].token()
        issued = {
            "access_token": self._tokens[grant_id],
            "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            "api_base_url": f"{self.provider_url}/v2",
        }
        return 200, issued


@contextlib.contextmanager
def running_provider(*options: str) -> Iterator[str]:
    """Its URL while it runs."""
    port = free_port()
    command = [sys.executable, "-m", "koppel_sandbox.main", "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _await_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY_SECONDS
    with httpx.Client(base_url=url, timeout=1) as http:  # one: each reads the trusted certificates
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                http.get("/_sandbox/health").raise_for_status()
                return
            time.sleep(0.05)
    raise AssertionError("the provider did not become ready")
