"""`make cluster NODE=1`: `python -m tests.cluster.node`; outside it makes what nodes need, then runs itself in namespaces of its own."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from tests.cluster.__main__ import main as without_nodes
from tests.cluster.binaries import NODE_PACKAGES, PACKAGES, folder, missing, program
from tests.cluster.log import Log
from tests.cluster.node import left
from tests.cluster.node.images import archive
from tests.cluster.node.machine import SCRIPT
from tests.cluster.node.packages import unpacked
from tests.cluster.node.play import Play

from koppel_local.failure import SetupFailed


def main(arguments: list[str]) -> int:
    if arguments == ["remove"]:
        return without_nodes(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _inside(Path(arguments[0])) if arguments else _outside()
    except SetupFailed as failure:
        print(f"{failure.log_tail}\nerror: {failure}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped by you", file=sys.stderr)
        return 130
    return 1


def _outside() -> int:
    """What needs the machine's network; and nothing is left at the end, whatever became of the run."""
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        raise SetupFailed(
            "node_needs_root", "Whole nodes need root on Debian.", hint="`make cluster` needs neither."
        )
    for name in missing({**PACKAGES, **NODE_PACKAGES}):
        print(f"building {name}, once", flush=True)
        program(name)
    unpacked()
    left.expect_nothing_after_a_kill(SCRIPT)
    with _alone():
        if swept := left.sweep(folder()):
            print(f"removed, of a run that was killed: {', '.join(swept)}", flush=True)
        work = Path(mkdtemp(prefix=left.RUNS, dir=folder()))
        try:
            code = _run_inside(work)
        finally:
            left.sweep(folder())
        if remains := left.remains(work):
            print(f"left behind: {', '.join(remains)}", file=sys.stderr)
            return 1
    print("nothing is left: no process, mount, interface, cgroup or folder", flush=True)
    return code


def _alone() -> ExitStack:
    """Cgroups and folders of nodes are one run's. Raises `SetupFailed`."""
    stack = ExitStack()
    lock = stack.enter_context((folder() / "nodes.lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SetupFailed(
            "nodes_busy", "Another run has its nodes.", hint="Wait until it has ended."
        ) from None
    return stack


def _run_inside(work: Path) -> int:
    others = archive(work / "images.tar", partial(print, flush=True))
    (work / "others.json").write_text(json.dumps(others))
    inside = [str(SCRIPT), "cluster", sys.executable, "-m", "tests.cluster.node", str(work)]
    return subprocess.run(inside, check=False).returncode


def _inside(work: Path) -> int:
    log = Log()
    with ExitStack() as stack:
        Play(stack, work, log).whole()
    print(log.summary())
    return 1 if log.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
