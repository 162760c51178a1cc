"""An installation on whole nodes: made, asked, moved to another release."""

from pathlib import Path

import httpx
import yaml
from tests.cluster.installation import OURS, VERSION
from tests.cluster.kubectl import NAMESPACE, Kubectl, Thing
from tests.cluster.manifests import Release
from tests.cluster.node import beside
from tests.cluster.node.organisation import Organisation, how_it_went
from tests.cluster.seen import Seen

_VARIANT = "small"
_ONE_OF_EACH = {
    "apiVersion": "kustomize.config.k8s.io/v1beta1",
    "kind": "Kustomization",
    "resources": ["../large"],
    "patches": [
        {
            "target": {"kind": "Deployment"},
            "patch": '[{"op": "replace", "path": "/spec/replicas", "value": 1}]',
        }
    ],
}
"""`large`, as far as two nodes on one small machine have room for it."""


class Installation:
    """Raises `Refused` when the API server says no, `Broken` when something is not as it has to be."""

    def __init__(self, kubectl: Kubectl, seen: Seen, organisation: Organisation, secrets: Path) -> None:
        self._kubectl, self._seen, self._organisation, self._secrets = kubectl, seen, organisation, secrets

    def install(self, release: Release) -> str:
        """As the page says: apply, with the Secrets that it asks for, until everything is available."""
        self._kubectl.apply(release.variant(_VARIANT))
        self._kubectl("apply", "--filename=-", stdin=beside.secrets(self._secrets))
        self._seen.until_served(release.version)
        return f"{len(self._jobs(release))} Jobs, {len(self._seen.pods())} pods, {self.restarts()} restarts; by node {self._placed()}"

    def ask_each(self) -> str:
        """As a kubelet does, but from another place, until each says that it is ready: on a busy machine one may not be just then."""
        asked = {pod["metadata"]["name"]: pod["status"]["podIP"] for pod in self._seen.pods()}
        self._seen.until("every pod is ready", lambda: all(map(_is_ready, asked.values())))
        return f"{len(asked)} answered"

    def upgrade(self, release: Release) -> str:
        """The former pods serve until new ones are ready; an office asks all four services meanwhile, and is never refused."""
        with self._organisation.keeps_everything():
            with self._organisation.asking_all() as asked:
                self._kubectl.apply(release.variant(_VARIANT))
                self._seen.until_served(release.version)
            went = how_it_went(asked, refused=False)
        return f"{len(self._jobs(release))} new Jobs; {went}; everything is there"

    def finish(self, release: Release) -> str:
        """The Jobs that a person starts when the former pods have ended, as the page says."""
        others = f"{VERSION},{VERSION}!={release.version}"
        within = ("--namespace", NAMESPACE)
        self._kubectl(*within, "rollout", "status", "deployment", "--selector", OURS, "--timeout=280s")
        self._kubectl(*within, "wait", "pod", "--for=delete", "--selector", others, "--timeout=2m")
        posts = [name for name in self._names(release) if "-migrate-post-" in name]
        for name in posts:
            self._kubectl(*within, "patch", "job", name, "--patch", '{"spec": {"suspend": false}}')
        self._seen.until("post Jobs end", lambda: not self._seen.unfinished(release.version))
        return f"{len(posts)} ran"

    def grow(self, release: Release) -> str:
        """A process for each role, in place of those that had all."""
        overlay = release.variant("one-of-each")
        overlay.mkdir()
        (overlay / "kustomization.yaml").write_text(yaml.safe_dump(_ONE_OF_EACH), encoding="utf-8")
        with self._organisation.keeps_everything():
            self._kubectl.apply(overlay)
            self._seen.until_served(release.version)
        return f"{len(self._seen.pods())} pods; everything is there"

    def restarts(self) -> int:
        """Of all containers there."""
        return sum(
            each["restartCount"]
            for pod in self._seen.pods()
            for each in pod["status"].get("containerStatuses", ())
        )

    def _placed(self) -> str:
        counts: dict[str, int] = {}
        for pod in self._seen.pods():
            counts[pod["spec"]["nodeName"]] = counts.get(pod["spec"]["nodeName"], 0) + 1
        return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))

    def _names(self, release: Release) -> list[str]:
        return [each["metadata"]["name"] for each in self._jobs(release)]

    def _jobs(self, release: Release) -> list[Thing]:
        jobs = self._kubectl.get("jobs")
        return [each for each in jobs if each["metadata"]["name"].endswith(f"-{release.version}")]


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}:8080/readyz", trust_env=False, timeout=30).is_success
    except httpx.TransportError:
        return False
