"""Three nodes in three zones that start no container. They take pods as kubelets do, and say of each what its kubelet would:

- it runs once its Secrets and ConfigMaps exist;
- a Job's pod ends well, unless Jobs are held;
- a service's pod is ready once the `pre` migration of its own release and the topics Job have ended, which is what its `/readyz`
  waits for (tests/e2e and `make containers` show that of the real process); any other is ready when it runs.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from tests.cluster.control_plane import NODE_GRACE, ControlPlane
from tests.cluster.kubectl import NAMESPACE, Thing
from tests.cluster.manifests import asked_for

from koppel_local.failure import SetupFailed

ZONES = {"node-1": "zone-a", "node-2": "zone-b", "node-3": "zone-c"}
_PAUSE = 0.3
_HEARTBEAT = 2.0
_TRIES_FOR = 120.0
"""Seconds; as a kubelet does, a stand-in tries again what the API server did not answer."""
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_MERGE = {"Content-Type": "application/strategic-merge-patch+json"}


class Nodes(threading.Thread):
    """`hold_jobs` keeps Jobs running; `fewest` are the least pods that served at a time, by Deployment, since `watch()`."""

    def __init__(self, plane: ControlPlane) -> None:
        super().__init__(daemon=True)
        self._api = plane.client()
        self._alive = set(ZONES)
        self._ending = threading.Event()
        self._done: set[str] = set()
        self._beating = threading.Thread(target=self._beat, daemon=True)
        self.hold_jobs = False
        self.fewest: dict[str, int] = {}
        self.failure: Exception | None = None

    def join_cluster(self) -> None:
        """Register, and begin to work."""
        for name in ZONES:
            self._register(name)
        self._beating.start()
        self.start()

    def leave(self) -> None:
        self._ending.set()
        for thread in (self, self._beating):
            if thread.is_alive():
                thread.join(30)
        self._api.close()

    def kill(self, name: str) -> None:
        """Nothing is heard of it any more, and nothing of its pods."""
        self._alive.discard(name)

    def bring_back(self, name: str) -> None:
        self._alive.add(name)

    def forget(self) -> None:
        """Another installation begins."""
        self._done = set()
        self.watch()

    def watch(self) -> None:
        self.fewest = {}

    def run(self) -> None:
        self._again_and_again(self._turn, _PAUSE)

    def _beat(self) -> None:
        """Apart from the pods: many of them must not make a node look dead."""
        self._again_and_again(self._heartbeats, _HEARTBEAT)

    def _again_and_again(self, work: Callable[[], None], pause: float) -> None:
        worked = time.monotonic()
        while not self._ending.wait(pause):
            try:
                work()
                worked = time.monotonic()
            except httpx.HTTPError as error:
                if time.monotonic() > worked + _TRIES_FOR:
                    self.failure = error
            except Exception as error:
                self.failure = error
                raise

    def expect_working(self) -> None:
        """Raises `SetupFailed` when the stand-ins could not speak to the API server."""
        if (failure := self.failure) is not None:
            raise SetupFailed(
                "nodes_failed", f"The nodes' stand-in failed: {failure!r}.", hint="Run it again."
            )

    def _turn(self) -> None:
        pods: list[Thing] = self._get(f"/api/v1/namespaces/{NAMESPACE}/pods")["items"]
        self._done |= {_job(pod) for pod in pods if pod["status"].get("phase") == "Succeeded"}
        there = {kind: self._names(kind) for kind in ("Secret", "ConfigMap")}
        for pod in pods:
            if pod["spec"].get("nodeName") in self._alive:
                self._tend(pod, there)
        self._count(pods)

    def _tend(self, pod: Thing, there: dict[str, set[str]]) -> None:
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod['metadata']['name']}"
        phase = pod["status"].get("phase")
        if "deletionTimestamp" in pod["metadata"]:
            self._api.request("DELETE", path, json={"gracePeriodSeconds": 0})
        elif phase == "Pending":
            if all(asked_for(pod["spec"], kind) <= names for kind, names in there.items()):
                self._say(path, _status(pod, "Running", ready=False))
        elif phase == "Running" and _job(pod):
            if not self.hold_jobs:
                self._say(path, _status(pod, "Succeeded", ready=False))
        elif phase == "Running" and not is_ready(pod) and self._may_serve(pod):
            self._say(path, _status(pod, "Running", ready=True))

    def _may_serve(self, pod: Thing) -> bool:
        """The stand-in for `/readyz`."""
        service, release = pod["metadata"]["labels"]["app.kubernetes.io/name"], _release(pod)
        if not service.endswith("-svc"):
            return True
        return {f"{service}-migrate-{release}", f"topics-{release}"} <= self._done

    def _count(self, pods: list[Thing]) -> None:
        serving = Counter(
            deployment_of(pod)
            for pod in pods
            if is_ready(pod)
            and pod["spec"].get("nodeName") in self._alive
            and "deletionTimestamp" not in pod["metadata"]
        )
        every = {deployment_of(pod) for pod in pods if not _job(pod)}
        for name in every:
            self.fewest[name] = min(self.fewest.get(name, serving[name]), serving[name])

    def _register(self, name: str) -> None:
        labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": ZONES[name]}
        self._post("/api/v1/nodes", {"metadata": {"name": name, "labels": labels}})
        room = {"cpu": "16", "memory": "64Gi", "pods": "110"}
        status = {"capacity": room, "allocatable": room, "conditions": [_condition("Ready", holds=True)]}
        self._say(f"/api/v1/nodes/{name}", {"status": status})
        self._post(_LEASES, {"metadata": {"name": name}, "spec": _lease(name)})

    def _heartbeats(self) -> None:
        for name in sorted(self._alive):
            self._heartbeat(name)

    def _heartbeat(self, name: str) -> None:
        self._say(f"{_LEASES}/{name}", {"spec": _lease(name)}, part="")
        # A node that was away says that it is ready again.
        self._say(f"/api/v1/nodes/{name}", {"status": {"conditions": [_condition("Ready", holds=True)]}})

    def _names(self, kind: str) -> set[str]:
        things = self._get(f"/api/v1/namespaces/{NAMESPACE}/{kind.lower()}s")["items"]
        return {each["metadata"]["name"] for each in things}

    def _get(self, path: str) -> Thing:
        answer: Thing = self._api.get(path).raise_for_status().json()
        return answer

    def _post(self, path: str, body: Thing) -> None:
        self._api.post(path, json=body).raise_for_status()

    def _say(self, path: str, change: Thing, *, part: str = "/status") -> None:
        answer = self._api.patch(f"{path}{part}", json=change, headers=_MERGE)
        if answer.status_code not in {404, 409}:  # it went meanwhile
            answer.raise_for_status()


def _lease(name: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {"holderIdentity": name, "leaseDurationSeconds": NODE_GRACE, "renewTime": now}


def _condition(kind: str, *, holds: bool) -> dict[str, str]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"type": kind, "status": str(holds), "lastTransitionTime": now, "lastHeartbeatTime": now}


def _status(pod: Thing, phase: str, *, ready: bool) -> Thing:
    conditions = [_condition(kind, holds=ready) for kind in ("Ready", "ContainersReady")]
    for each in conditions:
        del each["lastHeartbeatTime"]
    states = {"Running": {"running": {}}, "Succeeded": {"terminated": {"exitCode": 0}}}
    containers = [
        {
            "name": each["name"],
            "image": each["image"],
            "imageID": "",
            "restartCount": 0,
            "ready": ready,
            "state": states[phase],
        }
        for each in pod["spec"]["containers"]
    ]
    return {"status": {"phase": phase, "conditions": conditions, "containerStatuses": containers}}


def is_ready(pod: Thing) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _job(pod: Thing) -> str:
    """Whose pod it is; empty for another's."""
    name: str = pod["metadata"].get("labels", {}).get("batch.kubernetes.io/job-name", "")
    return name


def deployment_of(pod: Thing) -> str:
    """Whose pod it is: `<deployment>-<hash>-<random>`."""
    name: str = pod["metadata"]["name"]
    return name.rsplit("-", 2)[0]


def _release(pod: Thing) -> str:
    image: str = pod["spec"]["containers"][0]["image"]
    return image.rpartition(":")[2]
