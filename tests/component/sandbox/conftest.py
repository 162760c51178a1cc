"""A sandbox of its own process, on a free port."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from koppel_sandbox.visitor import log_in

READY_SECONDS = 20
CALLBACK = "http://127.0.0.1:8101/v1/oauth/eaccounting/callback"
ALL_SCOPES = "ea:api offline_access ea:sales_readonly ea:accounting_readonly ea:purchase_readonly"
CLIENT = ("koppel-local", "koppel-local-secret")
Starter = Callable[..., contextlib.AbstractContextManager[str]]


class Bookkeeper:
    """A logged-in user of one company."""

    def __init__(self, sandbox: httpx.Client, *, scope: str = ALL_SCOPES, company: int = 0) -> None:
        self.sandbox = sandbox
        query = {"client_id": CLIENT[0], "redirect_uri": CALLBACK, "scope": scope, "response_type": "code"}
        url = f"{sandbox.base_url}/connect/authorize?{urlencode(query)}"
        code = parse_qs(urlsplit(log_in(url, company=company)).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        tokens = sandbox.post("/connect/token", data=form, auth=CLIENT).raise_for_status().json()
        self.refresh_token: str = tokens["refresh_token"]
        self.headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        self.company_id: str = sandbox.get("/_sandbox/settings").json()["companies"][company]["id"]

    def get(self, path: str, **query: str) -> httpx.Response:
        options = {f"${name}" if name in {"page", "pagesize", "filter"} else name: value
                   for name, value in query.items()}  # fmt: skip
        return self.sandbox.get(f"/v2/{path}", params=options, headers=self.headers)

    def every(self, name: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        page = 1
        while True:
            answer = self.get(name, page=str(page), pagesize="70").raise_for_status().json()
            found += answer["Data"]
            if page >= answer["Meta"]["TotalNumberOfPages"]:
                return found
            page += 1

    def change(self, name: str, **counts: int) -> dict[str, list[str]]:
        path = f"/_sandbox/companies/{self.company_id}/changes"
        answer = self.sandbox.post(path, json={"collection": name, **counts}).raise_for_status()
        done: dict[str, list[str]] = answer.json()
        return done

    def truth(self, name: str) -> list[dict[str, object]]:
        answer = self.sandbox.get(f"/_sandbox/companies/{self.company_id}/{name}").raise_for_status().json()
        items: list[dict[str, object]] = answer["items"]
        assert answer["total"] == len(items)
        return items

    def order_fault(self, kind: str, path: str = "/v2/customers", **details: object) -> None:
        body = {"match": {"path": path}, "kind": kind, **details}
        self.sandbox.post("/_sandbox/faults", json=body).raise_for_status()

    def ledger(self) -> list[dict[str, object]]:
        items: list[dict[str, object]] = self.sandbox.get("/_sandbox/ledger").json()["items"]
        return items


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(base_url=url, timeout=1) as http:  # one: each reads the trusted certificates
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                http.get("/_sandbox/health").raise_for_status()
                return
            time.sleep(0.05)
    raise AssertionError("the sandbox did not become ready")


@contextlib.contextmanager
def _running(*options: str) -> Iterator[str]:
    port = _free_port()
    command = [sys.executable, "-m", "koppel_sandbox.main", "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, process)
        yield url
    finally:
        process.terminate()
        code = process.wait(timeout=10)
    assert code == 0, "told to stop, it ends well"


@pytest.fixture(scope="session")
def start_sandbox() -> Starter:
    """Starts a sandbox with more options; a context manager that gives its URL and ends it."""
    return _running


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[str]:
    with _running() as url:
        yield url


@pytest.fixture
def sandbox(running_sandbox: str) -> Iterator[httpx.Client]:
    """A client of a sandbox in its first state."""
    with httpx.Client(base_url=running_sandbox, timeout=20) as client:
        client.post("/_sandbox/reset").raise_for_status()
        yield client


@pytest.fixture
def bookkeeper(sandbox: httpx.Client) -> Callable[..., Bookkeeper]:
    """Logs a user in for one company: `bookkeeper(company=1, scope=...)`."""

    def log_in_for(*, scope: str = ALL_SCOPES, company: int = 0) -> Bookkeeper:
        return Bookkeeper(sandbox, scope=scope, company=company)

    return log_in_for
