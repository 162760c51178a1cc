"""One installation in the cluster: made, looked at, moved to another release, removed."""

import json

from tests.cluster.kubectl import NAMESPACE, Kubectl, Thing
from tests.cluster.manifests import Release, secrets_for
from tests.cluster.nodes import Nodes
from tests.cluster.seen import Broken, Seen

OURS = "app.kubernetes.io/part-of=koppel"
VERSION = "app.kubernetes.io/version"
KNOWN = "metadata.name: this is used in Pod names and hostnames"
"""The one warning that is admitted: a Job's name ends with its release, which has dots (ADR 0024)."""


class Installation:
    """Of one variant. Raises `Refused` when the API server says no, `Broken` when something is not as it has to be."""

    def __init__(self, kubectl: Kubectl, nodes: Nodes, seen: Seen, variant: str) -> None:
        self._kubectl, self._nodes, self._seen, self._variant = kubectl, nodes, seen, variant

    def dry_run(self, release: Release) -> str:
        """What the server would say, to each object; its namespace has to be there for that."""
        objects = release.objects(self._variant)
        (namespace,) = [each for each in objects if each["kind"] == "Namespace"]
        self._kubectl("apply", "--filename=-", stdin=_json(namespace))
        self._expect_no_warning(self._kubectl.apply(release.variant(self._variant), "--dry-run=server"))
        return f"{len(objects)} objects, no warning"

    def install(self, release: Release) -> str:
        """Apply it, with the Secrets that the page asks for, until everything is available."""
        self._nodes.forget()
        objects = release.objects(self._variant)
        self.apply(release)
        self._kubectl("apply", "--filename=-", stdin=secrets_for(objects))
        self._seen.until_served(release.version)
        return f"{len(self._seen.pods())} pods under restricted"

    def apply(self, release: Release) -> None:
        self._expect_no_warning(self._kubectl.apply(release.variant(self._variant)))

    def expect_well_placed(self) -> str:
        self._seen.expect_autoscalers()
        self._until_back()  # they may have asked for more
        self._seen.expect_spread()
        return f"three zones, {self._seen.expect_budgets()} budgets let one pod go"

    def upgrade_on_two_nodes(self, release: Release) -> str:
        """With so little room, pods are only spread when each release is by itself."""
        self._kubectl("cordon", "node-3")
        try:
            said = self.upgrade(release)
        finally:
            self._kubectl("uncordon", "node-3")
        self._seen.expect_spread({"node-1", "node-2"})
        return said

    def upgrade(self, release: Release) -> str:
        """The former pods serve until the Jobs of the new release have ended, and all the time after."""
        wanted = {each["metadata"]["name"]: each["spec"]["replicas"] for each in self._deployments()}
        self._nodes.watch()
        self._nodes.hold_jobs = True
        try:
            self.apply(release)
            services = {name for name in wanted if "-svc-" in name}
            self._seen.until("new pods wait", lambda: self._seen.waiting(release.version) >= services)
        finally:
            self._nodes.hold_jobs = False
        self._seen.until_served(release.version)
        if fewer := {name: self._nodes.fewest.get(name, 0) for name in wanted if self._fewer(name, wanted)}:
            raise Broken(f"fewer pods served during the rollout: {fewer}")
        return f"{len(self._jobs(release))} new Jobs, never fewer pods than before"

    def finish(self, release: Release, former: Release) -> str:
        """The Jobs that a person starts after the rollout, as the page says; those of the former release go by their age."""
        within = ("--namespace", NAMESPACE)
        self._kubectl(*within, "rollout", "status", "deployment", "--selector", OURS, "--timeout=280s")
        others = f"{VERSION},{VERSION}!={release.version}"
        self._kubectl(*within, "wait", "pod", "--for=delete", "--selector", others, "--timeout=2m")
        posts = [name for name in self._jobs(release) if "-migrate-post-" in name]
        for name in posts:
            self._patch(name, '{"spec": {"suspend": false}}')
        self._seen.until("post Jobs end", lambda: not self._seen.unfinished(release.version))
        ended = [name for name in self._jobs(former) if "-migrate-post-" not in name]
        for name in ended:
            self._patch(name, '{"spec": {"ttlSecondsAfterFinished": 1}}')
        self._seen.until("former Jobs go", lambda: not set(ended) & set(self._jobs(former)))
        return f"{len(posts)} post Jobs ran, {len(ended)} former ones went"

    def drain(self, node: str) -> str:
        """As an operator does before maintenance: budgets decide how fast."""
        self._nodes.watch()
        self._kubectl("drain", node, "--delete-emptydir-data", "--timeout=280s")
        self._until_back()
        said = self._least_that_served()
        self._kubectl("uncordon", node)
        self._seen.until_usable(node)
        return said

    def lose(self, node: str) -> str:
        """The node falls silent; its pods are made anew elsewhere."""
        self._nodes.watch()
        self._nodes.kill(node)
        self._seen.until(
            f"no pod is left to {node}",
            lambda: all(pod["spec"].get("nodeName") != node for pod in self._seen.pods()),
        )
        self._until_back()
        said = self._least_that_served()
        self._nodes.bring_back(node)
        self._seen.until_usable(node)
        return said

    def remove(self) -> None:
        self._kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=280s")

    def _until_back(self) -> None:
        self._seen.until("every Deployment is whole again", lambda: not self._seen.incomplete())

    def _least_that_served(self) -> str:
        if gone := sorted(name for name, least in self._nodes.fewest.items() if not least):
            raise Broken(f"nothing served of {', '.join(gone)}")
        return f"at least {min(self._nodes.fewest.values())} pod of each of {len(self._nodes.fewest)} Deployments served"

    def _fewer(self, name: str, wanted: dict[str, int]) -> bool:
        return self._nodes.fewest.get(name, 0) < wanted[name]

    def _deployments(self) -> list[Thing]:
        return self._kubectl.get("deployments")

    def _jobs(self, release: Release) -> list[str]:
        names = [each["metadata"]["name"] for each in self._kubectl.get("jobs")]
        return [name for name in names if name.endswith(f"-{release.version}")]

    def _patch(self, job: str, change: str) -> None:
        self._kubectl("--namespace", NAMESPACE, "patch", "job", job, "--patch", change)

    @staticmethod
    def _expect_no_warning(warnings: list[str]) -> None:
        if unknown := [each for each in warnings if KNOWN not in each]:
            raise Broken(f"the API server warns: {unknown[0]}")


def _json(thing: Thing) -> str:
    return json.dumps(thing)
