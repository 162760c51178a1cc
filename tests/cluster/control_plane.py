"""etcd, the API server, the controllers and the scheduler on this machine's loopback, in a folder of their own."""

import secrets
import shutil
import ssl
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.cluster.binaries import program

from koppel_local.failure import part_failed
from koppel_local.private_files import write_private
from koppel_local.process.ports import LOOPBACK, any_free_port

NODE_GRACE = 15
"""Seconds without a word after which a node is held for dead; a cluster's default is 50."""
_STARTS_WITHIN = 180.0


class ControlPlane:
    """Its kubeconfig is an administrator's, who is known by a token of this run. `address` is where nodes reach it."""

    def __init__(self, folder: Path, address: str = LOOPBACK) -> None:
        self._folder, self._address = folder, address
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._port, self.token = any_free_port(), secrets.token_urlsafe(24)
        self.url = f"https://{address}:{self._port}"
        self.authority = folder / "pki/apiserver.crt"
        self.kubeconfig = folder / "kubeconfig"

    def start(self) -> None:
        """Raises `SetupFailed` with the end of the log of what did not start."""
        self._folder.mkdir(parents=True, exist_ok=True)
        _write_keys(self._folder)
        self._write_access()
        store = self._start_etcd()
        self._start("kube-apiserver", *self._server_flags(store))
        self._until_ready()
        known = [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", f"--bind-address={LOOPBACK}"]
        self._start("kube-scheduler", *known, "--secure-port=0")
        self._start(
            "kube-controller-manager",
            *known,
            "--secure-port=0",
            f"--service-account-private-key-file={self._folder / 'accounts.key'}",
            f"--node-monitor-grace-period={NODE_GRACE}s",
            "--node-monitor-period=1s",
        )

    def stop(self) -> None:
        """What was started last ends first."""
        while self._running:
            _, process = self._running.pop()
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
                continue
            process.kill()
            process.wait()

    def expect_alive(self) -> None:
        """Raises `SetupFailed` when one of the programs has ended."""
        for name, process in self._running:
            if process.poll() is not None:
                raise part_failed(name, self._log(name), "ended")

    def _start_etcd(self) -> str:
        store, peers = (f"http://{LOOPBACK}:{any_free_port()}" for _ in range(2))
        self._start(
            "etcd",
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={store}",
            f"--advertise-client-urls={store}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--unsafe-no-fsync",
        )
        return store

    def _server_flags(self, store: str) -> list[str]:
        key = self._folder / "accounts"
        return [
            f"--etcd-servers={store}",
            f"--bind-address={self._address}",
            f"--advertise-address={self._address}",
            "--endpoint-reconciler-type=none",
            f"--secure-port={self._port}",
            f"--cert-dir={self._folder / 'pki'}",
            "--service-cluster-ip-range=10.96.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}.pub",
            f"--service-account-signing-key-file={key}.key",
            "--authorization-mode=Node,RBAC",
            # As on a cluster, whose own pods need it: PodSecurity refuses ours, not this flag.
            "--allow-privileged=true",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
        ]

    def start_program(
        self, name: str, path: str, *flags: str, environment: Mapping[str, str] | None = None
    ) -> None:
        """One more, which ends before those that were started earlier."""
        self._log(name).parent.mkdir(exist_ok=True)
        with self._log(name).open("wb") as log:
            words = [*_ends_with_us(), path, *flags]
            process = subprocess.Popen(words, cwd=self._folder, stdout=log, stderr=log, env=environment)
        self._running.append((name, process))

    def _start(self, name: str, *flags: str) -> None:
        self.start_program(name, program(name), *flags)

    def _until_ready(self) -> None:
        deadline = time.monotonic() + _STARTS_WITHIN
        while not self._ready():
            self.expect_alive()
            if time.monotonic() > deadline:
                raise part_failed("kube-apiserver", self._log("kube-apiserver"), "did not become ready")
            time.sleep(0.3)

    def _ready(self) -> bool:
        with suppress(httpx.HTTPError, OSError):
            return self.client().get("/readyz").is_success
        return False

    def client(self) -> httpx.Client:
        """An HTTP client of the administrator."""
        trusted = ssl.create_default_context(cafile=str(self.authority))
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url, verify=trusted, headers=headers, trust_env=False, timeout=60)

    def _write_access(self) -> None:
        who = f"{self.token},administrator,administrator,system:masters\n"
        write_private(self._folder / "tokens.csv", who)
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [
                {
                    "name": "here",
                    "cluster": {"server": self.url, "certificate-authority": str(self.authority)},
                }
            ],
            "users": [{"name": "administrator", "user": {"token": self.token}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "administrator"}}],
        }
        write_private(self.kubeconfig, yaml.safe_dump(config))

    def _log(self, name: str) -> Path:
        return self._folder / "logs" / f"{name}.log"


def _ends_with_us() -> list[str]:
    """However this run ends, nothing of it stays; where there is no such program, an end that is not killed sees to it."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def _write_keys(folder: Path) -> None:
    """What tokens of service accounts are signed with."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    write_private(folder / "accounts.key", private)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "accounts.pub").write_bytes(public)
