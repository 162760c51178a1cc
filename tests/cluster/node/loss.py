"""Programs of a node, a node, all nodes: killed, and everything is as it was without anybody's hand."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from tests.cluster.kubectl import Kubectl, Thing
from tests.cluster.node.machine import Machine, kill_all
from tests.cluster.node.organisation import Organisation, how_it_went
from tests.cluster.nodes import is_ready
from tests.cluster.seen import Broken, Seen

_PROGRAMS = ("kubelet", "containerd", "kube-proxy")


class Loss:
    """The last of `machines` has nothing that runs beside: that one is lost. Raises `Broken`."""

    def __init__(
        self, kubectl: Kubectl, seen: Seen, organisation: Organisation, machines: list[Machine]
    ) -> None:
        self._kubectl, self._seen, self._organisation, self._machines = kubectl, seen, organisation, machines
        self._lost = machines[-1]

    def of_programs(self) -> str:
        """Pods run on without them, and are known again when they are back."""
        before = self._containers()
        for name in _PROGRAMS:
            self._lost.kill_program(name)
        since = datetime.now(UTC)
        took = self._until("the node is heard of again", lambda: self._heard_since(since))
        if self._containers() != before:
            raise Broken("a container was started again")
        return f"back after {took:.0f} s, no container was started again"

    def of_a_node(self) -> str:
        """Its pods are made anew on the other node; syncs that ran there end elsewhere; nothing is lost."""
        with self._organisation.keeps_everything():
            there = self._pods_there()
            syncs = self._organisation.ask_for_syncs()
            with self._organisation.asking_all() as asked:
                self._lost.kill()
                took = self._until("no pod is left there, all are whole", self._moved)
            went = how_it_went(asked, refused=True)
            self._organisation.expect_synced(syncs)
        return f"{there} pods made anew after {took:.0f} s; {went}; {len(syncs)} syncs ended well, everything is there"

    def ends(self) -> str:
        """It is started again, ends what it had, and takes pods."""
        self._lost.start()
        self._seen.until_usable(self._lost.name)
        took = self._until("what was left there has ended", lambda: not self._ending())
        return f"takes pods; what was left there ended within {took:.0f} s"

    def of_all(self) -> str:
        """With PostgreSQL and Kafka on them: everything starts from its disks."""
        with self._organisation.keeps_everything():
            syncs = self._organisation.ask_for_syncs()
            kill_all(self._machines)
            since = datetime.now(UTC)
            for each in self._machines:
                each.start()
            took = self._until("every pod runs anew, ready", lambda: self._whole_since(since))
            self._organisation.expect_synced(syncs)
        return f"all ready after {took:.0f} s; {len(syncs)} syncs ended well, everything is there"

    def _until(self, what: str, holds: Callable[[], bool]) -> float:
        began = time.monotonic()
        self._seen.until(what, holds)
        return time.monotonic() - began

    def _pods_there(self) -> int:
        return sum(pod["spec"].get("nodeName") == self._lost.name for pod in self._seen.pods())

    def _moved(self) -> bool:
        return not self._pods_there() and not self._seen.incomplete()

    def _ending(self) -> list[Thing]:
        return [pod for pod in self._kubectl.get("pods") if "deletionTimestamp" in pod["metadata"]]

    def _containers(self) -> set[str]:
        return {
            each["containerID"] for pod in self._seen.pods() for each in pod["status"]["containerStatuses"]
        }

    def _heard_since(self, instant: datetime) -> bool:
        """Its kubelet renewed its lease, and says that it is ready."""
        lease = self._kubectl.lease(self._lost.name)
        return (
            datetime.fromisoformat(lease["spec"]["renewTime"]) > instant
            and self._lost.name in self._kubectl.usable()
        )

    def _whole_since(self, instant: datetime) -> bool:
        pods = self._seen.pods()
        return (
            bool(pods)
            and not self._seen.incomplete()
            and all(is_ready(pod) and _began(pod) > instant for pod in pods)
        )


def _began(pod: Thing) -> datetime:
    """When the last of its containers was started; long ago when none runs."""
    states = [each["state"].get("running") for each in pod["status"].get("containerStatuses", ())]
    if not states or not all(states):
        return datetime.min.replace(tzinfo=UTC)
    return max(datetime.fromisoformat(each["startedAt"]) for each in states)
