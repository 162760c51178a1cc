"""The images that nodes run, by the project's recipe, in one archive that containerd reads."""

import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.containers.__main__ import cache_folder, engine_for_a_run
from tests.containers.engine import run
from tests.containers.images import NEWER, PYTHON, build, forget_newer, image_named, stand_in
from tests.containers.tree import copy_tree, lay_over

OURS = ("connection-svc", "import-svc", "assignment-svc", "sync-svc", "koppel-console", "koppel-local")
"""What deploy/kubernetes runs."""
BESIDE = ("koppel-sandbox", "koppel-identity")
CHANGED = "sync-svc"
"""The service that the second release changes: a migration of each phase."""
PAUSE = "koppel/pause:here"
"""What holds the namespaces of a pod."""
_PAUSE = f'FROM {PYTHON}\nCMD ["sleep", "infinity"]\n'


def archive(place: Path, say: Callable[[str], None]) -> dict[str, str]:
    """Write it; returns the images of others by what they are. Raises `SetupFailed`."""
    with ExitStack() as stack:
        engine, work = engine_for_a_run(stack, cache_folder())
        tree, newer = work / "tree", work / "newer"
        copy_tree(tree)
        copy_tree(newer)
        lay_over(newer)
        engine.to_build()
        if engine.stands_in:
            stand_in(engine, cache_folder(), work, tree, say)
        stack.callback(forget_newer, engine)
        build(engine, tree, (*OURS, *BESIDE))
        build(engine, newer, (CHANGED,), tag=NEWER)
        run(
            engine.command("build", "--quiet", "--tag", PAUSE, "-"),
            said="Building a pause image",
            stdin=_PAUSE.encode(),
        )
        others = {name: image_named(tree, f"{name}:") for name in ("postgres", "apache/kafka")}
        names = [PAUSE, *others.values(), *(f"koppel/{name}:latest" for name in (*OURS, *BESIDE))]
        with place.open("wb") as file:
            subprocess.run(
                engine.command("save", *names, f"koppel/{CHANGED}:{NEWER}"), stdout=file, check=True
            )
    return others
