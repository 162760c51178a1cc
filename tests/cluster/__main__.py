"""`make cluster`: `python -m tests.cluster`, or `remove`, which removes what it has built."""

import shutil
import signal
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cluster.binaries import KUBERNETES, folder, missing, program
from tests.cluster.control_plane import ControlPlane
from tests.cluster.installation import Installation
from tests.cluster.kubectl import Kubectl
from tests.cluster.log import Log
from tests.cluster.manifests import VARIANTS, Release
from tests.cluster.mistakes import MISTAKES, Mistake, found
from tests.cluster.nodes import Nodes
from tests.cluster.seen import PATIENCE, Seen

from koppel_local.failure import SetupFailed

KEDA = Path(__file__).parents[1] / "contract/deployment/keda/scaledobjects.yaml"
UPGRADED = ("small", "large")
LOST = "large"
"""The variant that loses nodes."""
_PATIENCE_WITH_MISTAKES = 45.0
"""Seconds without any movement; some mistakes are found by that."""


class Play:
    """All checks, in order, on one control plane."""

    def __init__(self, stack: ExitStack, work: Path, log: Log) -> None:
        self._log, self._work = log, work
        plane = ControlPlane(work / "control-plane")
        stack.callback(plane.stop)
        log.check(f"etcd, API server, controllers and scheduler of {KUBERNETES}", plane.start)
        self._kubectl, self._nodes = Kubectl(plane, work), Nodes(plane)
        stack.callback(self._nodes.leave)
        self._nodes.join_cluster()
        self._seen = Seen(plane, self._kubectl, self._nodes)
        self._first, self._second = (Release(work / "releases", version) for version in ("0.1.0", "0.2.0"))

    def whole(self) -> None:
        self._log.check("KEDA's kind of object", lambda: self._kubectl("apply", f"--filename={KEDA}").strip())
        for variant in VARIANTS:
            self._variant(variant)
        for number, mistake in enumerate(MISTAKES, 1):
            version = f"0.9.0-m{number}"
            self._log.check(f"mistake: {mistake.title}", partial(self._found, mistake, version))

    def _variant(self, variant: str) -> None:
        it, log = self._installation(variant), self._log
        log.check(f"{variant}: dry run at the server", lambda: it.dry_run(self._first))
        if log.check(f"{variant}: applied, until available", lambda: it.install(self._first)):
            log.check(f"{variant}: placed, budgets, autoscalers", it.expect_well_placed)
            if variant == LOST:
                log.check(f"{variant}: a node drained", lambda: it.drain("node-1"))
                log.check(f"{variant}: a node dead", lambda: it.lose("node-2"))
            if variant in UPGRADED:
                log.check(f"{variant}: a second release", lambda: it.upgrade_on_two_nodes(self._second))
                log.check(f"{variant}: its post Jobs", lambda: it.finish(self._second, self._first))
        log.check(f"{variant}: removed", it.remove)

    def _found(self, mistake: Mistake, version: str) -> str:
        it = self._installation("small")
        try:
            it.install(self._first)
            self._seen.patience = _PATIENCE_WITH_MISTAKES
            return found(mistake, it, Release(self._work / "releases", version))
        finally:
            self._seen.patience = PATIENCE
            it.remove()

    def _installation(self, variant: str) -> Installation:
        return Installation(self._kubectl, self._nodes, self._seen, variant)


def main(arguments: list[str]) -> int:
    if arguments == ["remove"]:
        shutil.rmtree(folder(), ignore_errors=True)
        print(f"removed {folder()}")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _play()
    except SetupFailed as failure:
        print(f"{failure.log_tail}\nerror: {failure}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped by you", file=sys.stderr)
        return 130
    return 1


def _play() -> int:
    log = Log()
    for name in missing():
        log.check(f"{name}, built once and kept", partial(program, name))
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory(prefix="koppel-cluster-")))
        Play(stack, work, log).whole()
    print(log.summary())
    return 1 if log.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
