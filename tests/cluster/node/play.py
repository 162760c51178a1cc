"""The checks on whole nodes, in order: each rests on those before it."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
from tests.cluster.binaries import KUBERNETES
from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import Kubectl, Refused
from tests.cluster.log import Log
from tests.cluster.manifests import Release
from tests.cluster.node import beside
from tests.cluster.node.images import CHANGED, OURS
from tests.cluster.node.installation import Installation
from tests.cluster.node.loss import Loss
from tests.cluster.node.machine import CONTROL_PLANE, NODES, Machine, kill_all
from tests.cluster.node.names import serve_names
from tests.cluster.node.organisation import Organisation
from tests.cluster.node.packages import unpacked
from tests.cluster.seen import Broken, Seen
from tests.containers.images import NEWER

from koppel_local.demo.failure import Unexpected
from koppel_local.failure import SetupFailed

Check = tuple[str, Callable[[], object]]
_LATEST_EVENTS = 12


class Play:
    """`work` holds the images."""

    def __init__(self, stack: ExitStack, work: Path, log: Log) -> None:
        self._stack, self._log, self._work = stack, log, work
        self._plane = ControlPlane(work / "control-plane", CONTROL_PLANE)
        stack.callback(self._plane.stop)
        numbers = range(1, NODES + 1)
        self._machines = [Machine(self._plane, work / f"node-{each}", unpacked(), each) for each in numbers]
        stack.callback(kill_all, self._machines)
        self._releases = [
            beside.with_addresses(Release(work / "releases", each)) for each in ("0.1.0", "0.2.0")
        ]
        self._issuer = beside.make_keys(work / "secrets")

    def whole(self) -> None:
        """Ends at the first check that fails."""
        if not self._done("etcd, API server, controllers and scheduler; names", self._start):
            return
        self._kubectl = Kubectl(self._plane, self._work)
        self._seen = Seen(self._plane, self._kubectl)
        if not all(self._done(*check) for check in self._checks()):
            self._tell()

    def _checks(self) -> list[Check]:
        organisation, later = Organisation(self._issuer), Organisation(self._issuer)
        self._stack.callback(organisation.close)
        self._stack.callback(later.close)
        it = Installation(self._kubectl, self._seen, organisation, self._work / "secrets")
        loss = Loss(self._kubectl, self._seen, organisation, self._machines)
        first, second = self._releases
        return [
            (f"{NODES} nodes: containerd, kube-proxy, kubelet, until ready", self._join),
            ("images", self._load),
            ("beside: PostgreSQL, Kafka, sandbox, issuer; roles and schemas", self._prepare),
            ("small: applied from nothing, until available", lambda: it.install(first)),
            ("small: every pod asked for /readyz, by its address", it.ask_each),
            ("small: the whole demo", organisation.play_demo),
            ("small: a second release, asked all the time", lambda: it.upgrade(second)),
            ("small: its post Jobs", lambda: it.finish(second)),
            ("kubelet, containerd and kube-proxy killed", loss.of_programs),
            ("a node killed, asked all the time, while all synchronise", loss.of_a_node),
            ("that node is back", loss.ends),
            ("all nodes killed at once", loss.of_all),
            ("large, with one pod of each role, in place of small", lambda: it.grow(second)),
            ("the whole demo again, by another office", later.play_demo),
        ]

    def _done(self, title: str, work: Callable[[], object]) -> bool:
        """Whatever an installation or the demonstration answers wrongly is a failed check."""

        def told() -> object:
            try:
                return work()
            except SetupFailed as failure:
                raise Broken(f"{failure} {failure.log_tail}") from failure
            except (Unexpected, httpx.HTTPError) as failure:
                raise Broken(f"{type(failure).__name__}: {failure}") from failure

        return self._log.check(title, told)

    def _start(self) -> str:
        self._plane.start()
        serve_names(self._plane, self._work)
        return KUBERNETES

    def _join(self) -> str:
        for each in self._machines:
            each.start()
        for each in self._machines:
            self._seen.until_usable(each.name)
        return ", ".join(each.name for each in self._machines)

    def _load(self) -> str:
        """The second release has other tags of the same images, and one that is new."""
        first, second = (f"registry.example.org/koppel/{{}}:{each.version}" for each in self._releases)
        for machine in self._machines:
            machine.load(self._work / "images.tar")
            for name in OURS:
                machine.tag(f"docker.io/koppel/{name}:latest", first.format(name))
                newer = NEWER if name == CHANGED else "latest"
                machine.tag(f"docker.io/koppel/{name}:{newer}", second.format(name))
        return f"{len(OURS)} of ours, of two releases"

    def _prepare(self) -> str:
        images = json.loads((self._work / "others.json").read_text())
        self._kubectl("create", "namespace", "beside")
        self._kubectl("--namespace=beside", "wait", "serviceaccount/default", "--for=create", "--timeout=60s")
        self._kubectl("apply", "--filename=-", stdin=beside.issuer_key(self._work / "secrets"))
        self._kubectl("apply", "--filename=-", stdin=beside.objects(images))
        began = time.monotonic()
        for what in ("job/bootstrap --for=condition=complete", "pod --for=condition=ready --selector=app"):
            self._kubectl("--namespace=beside", "wait", *what.split(), "--timeout=290s")
        return f"ready after {time.monotonic() - began:.0f} s"

    def _tell(self) -> None:
        """What the cluster says of a failure."""
        for words in (
            ("get", "pods", "--all-namespaces", "--output=wide"),
            ("get", "events", "--all-namespaces", "--sort-by=.lastTimestamp"),
        ):
            try:
                print("\n".join(self._kubectl(*words).splitlines()[-_LATEST_EVENTS:]), flush=True)
            except Refused as refused:
                print(refused, flush=True)
