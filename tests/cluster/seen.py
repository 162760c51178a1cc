"""What the API server says of an installation, and what has to be true of it."""

import time
from collections import Counter
from collections.abc import Callable, Iterable

from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import Kubectl, Thing
from tests.cluster.nodes import ZONES, Nodes, deployment_of, is_ready

PATIENCE = 300.0
"""Seconds in which nothing moves before a check is given up: a busy machine may take longer for the whole."""
_LONGEST = 1800.0
"""Seconds; what moves without end does not end well either."""


class Broken(Exception):
    """Something that has to be true of an installation is not; the message says what."""


class Seen:
    """Each of its checks raises `Broken`."""

    def __init__(self, plane: ControlPlane, kubectl: Kubectl, nodes: Nodes | None = None) -> None:
        self._plane, self._kubectl, self._nodes = plane, kubectl, nodes
        self.patience = PATIENCE

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Ask until it is true, as long as something moves."""
        began = moved = time.monotonic()
        seen: set[str] = set()
        while not holds():
            self._plane.expect_alive()
            if self._nodes is not None:
                self._nodes.expect_working()
            now, (seen, former) = time.monotonic(), (self._kubectl.versions(), seen)
            moved = moved if seen == former else now
            if now > min(moved + self.patience, began + _LONGEST):
                raise Broken(f"{what}: not after {now - began:.0f} s. {self._last_warning()}")
            time.sleep(0.3)

    def until_served(self, release: str) -> None:
        """Every Job that is not suspended has ended well, every Deployment has only available pods of that release."""
        self.until(f"Jobs of {release} end", lambda: not self.unfinished(release))
        self.until(f"Deployments of {release} are available", lambda: not self.unavailable(release))

    def unfinished(self, release: str) -> list[str]:
        jobs = [job for job in self._kubectl.get("jobs") if job["metadata"]["name"].endswith(f"-{release}")]
        return [
            job["metadata"]["name"]
            for job in jobs
            if not job["spec"].get("suspend") and not job["status"].get("succeeded")
        ] or ([] if jobs else ["none is there"])

    def unavailable(self, release: str) -> list[str]:
        return [
            each["metadata"]["name"]
            for each in self._kubectl.get("deployments")
            if not _has_only(each, release)
        ]

    def incomplete(self) -> list[str]:
        """Deployments that have fewer available pods than they want."""
        return [
            each["metadata"]["name"]
            for each in self._kubectl.get("deployments")
            if each["status"].get("availableReplicas", 0) != each["spec"]["replicas"]
        ]

    def waiting(self, release: str) -> set[str]:
        """Deployments with a pod of that release that runs and is not ready."""
        return {
            deployment_of(pod)
            for pod in self.pods()
            if pod["spec"]["containers"][0]["image"].endswith(f":{release}")
            and pod["status"].get("phase") == "Running"
            and not is_ready(pod)
        }

    def expect_autoscalers(self) -> None:
        """Each has found what it scales. What it measures is not here: no metrics server, no KEDA."""
        self.until("autoscalers find what they scale", lambda: not self._lost())

    def _lost(self) -> list[str]:
        return [
            each["metadata"]["name"]
            for each in self._kubectl.get("horizontalpodautoscalers")
            if not any(
                one["type"] == "AbleToScale" and one["status"] == "True"
                for one in each["status"].get("conditions", ())
            )
        ]

    def until_usable(self, node: str) -> None:
        """The scheduler may place pods there again."""
        self.until(f"{node} takes pods", lambda: node in self._kubectl.usable())

    def pods(self) -> list[Thing]:
        """Those of Deployments."""
        return [
            pod
            for pod in self._kubectl.get("pods")
            if "pod-template-hash" in pod["metadata"].get("labels", {})
            and "deletionTimestamp" not in pod["metadata"]
        ]

    def expect_spread(self, nodes: Iterable[str] = ZONES) -> None:
        """None of the nodes, each of a zone, has two pods more of a Deployment than another."""
        places: dict[str, Counter[str]] = {}
        for pod in self.pods():
            places.setdefault(pod["metadata"]["generateName"], Counter(dict.fromkeys(nodes, 0)))[
                pod["spec"].get("nodeName", "no node")
            ] += 1
        for name, counts in places.items():
            if max(counts.values()) - min(counts.values()) > 1:
                raise Broken(f"{name}: pods by node {dict(counts)}")

    def expect_budgets(self) -> int:
        """Each disruption budget has its pods, and lets one go; returns how many there are."""
        budgets = self._kubectl.get("poddisruptionbudgets")
        self.until("disruption budgets are counted", lambda: not self._blocking())
        return len(budgets)

    def _blocking(self) -> list[str]:
        return [
            each["metadata"]["name"]
            for each in self._kubectl.get("poddisruptionbudgets")
            if each.get("status", {}).get("disruptionsAllowed", 0) < 1
        ]

    def _last_warning(self) -> str:
        events = [each for each in self._kubectl.get("events") if each["type"] == "Warning"]
        return str(events[-1]["message"]) if events else "No event says why."


def _has_only(deployment: Thing, release: str) -> bool:
    """The rollout of that release has ended."""
    status, wanted = deployment["status"], deployment["spec"]["replicas"]
    image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    counts = (status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas"))
    return (
        image.endswith(f":{release}")
        and status.get("observedGeneration") == deployment["metadata"]["generation"]
        and all(count == wanted for count in counts)
    )
