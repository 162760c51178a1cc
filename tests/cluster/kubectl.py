"""kubectl of the lock file, as the administrator of the control plane that runs here."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from tests.cluster.control_plane import ControlPlane

Thing = dict[str, Any]
NAMESPACE = "koppel"
_LONGEST = 300
_PLACES = {
    "deployments": "/apis/apps/v1",
    "jobs": "/apis/batch/v1",
    "poddisruptionbudgets": "/apis/policy/v1",
    "horizontalpodautoscalers": "/apis/autoscaling/v2",
}
"""Groups of kinds that are not of the core."""


class Refused(Exception):
    """kubectl said no; the message is what it said."""


class Kubectl:
    """Raises `Refused` with what kubectl said."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self._api = plane.client()
        self._command = [
            str(Path(sys.executable).with_name("kubectl")),
            f"--kubeconfig={plane.kubeconfig}",
            f"--cache-dir={folder / 'discovery'}",
        ]

    def __call__(self, *words: str, stdin: str | None = None) -> str:
        """What it printed."""
        return self._run(words, stdin)[0]

    def apply(self, folder: Path, *flags: str) -> list[str]:
        """`kubectl apply -k`; returns the warnings of the API server."""
        _, said = self._run(("apply", "-k", str(folder), *flags), None)
        return [line.removeprefix("Warning: ") for line in said.splitlines() if line.startswith("Warning: ")]

    def get(self, kind: str) -> list[Thing]:
        """Every object of that kind in the namespace; not by kubectl, of which each process costs more than the question."""
        things: list[Thing] = self._ask(f"{_PLACES.get(kind, '/api/v1')}/namespaces/{NAMESPACE}/{kind}")[
            "items"
        ]
        return things

    def versions(self) -> set[str]:
        """Which objects are there, as they are now: another answer means that something moved."""
        kinds = ("pods", "deployments", "jobs", "poddisruptionbudgets")
        metadata = [each["metadata"] for kind in kinds for each in self.get(kind)]
        return {f"{each['uid']} {each['resourceVersion']}" for each in metadata}

    def usable(self) -> set[str]:
        """Nodes that nothing keeps pods away from."""
        nodes = self._ask("/api/v1/nodes")["items"]
        return {each["metadata"]["name"] for each in nodes if not each["spec"].get("taints")}

    def lease(self, node: str) -> Thing:
        """What a node renews as long as it lives."""
        return self._ask(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{node}")

    def _ask(self, path: str) -> Thing:
        try:
            answer: Thing = self._api.get(path).raise_for_status().json()
        except httpx.HTTPError as error:
            raise Refused(f"{path}: {error!r}") from error
        return answer

    def _run(self, words: tuple[str, ...], stdin: str | None) -> tuple[str, str]:
        try:
            done = subprocess.run(
                [*self._command, *words],
                input=stdin,
                capture_output=True,
                text=True,
                check=False,
                timeout=_LONGEST,
            )
        except subprocess.TimeoutExpired:
            raise Refused(f"kubectl {' '.join(words)} did not end within {_LONGEST} s") from None
        if done.returncode:
            raise Refused(done.stderr.strip())
        return done.stdout, done.stderr
