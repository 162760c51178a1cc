"""Two processes of each service while a release is replaced."""

from pathlib import Path

from tests.containers.engine import run
from tests.containers.images import NEWER
from tests.containers.scene import Scene
from tests.containers.tree import LAID_OVER

from koppel_local.failure import SetupFailed

_ASKED = "sync-svc"
"""The service that the next release changes."""


def upgrade(scene: Scene, tree: Path) -> None:
    """`pre`, the new code in one process after the other, `post`, while an office asks the service that is replaced."""
    scene.compose.use(tree)
    renamed = scene.engine.command("tag", f"koppel/{_ASKED}:{NEWER}", f"koppel/{_ASKED}")
    run(renamed, said="docker tag")
    with scene.asking_inside(_ASKED, "/v1/sync-runs") as asking:
        scene.compose.up("Upgrade")
    _expect_applied(scene)
    told = f"{_ASKED} was asked {asking.asked} times meanwhile, {asking.refused} were refused"
    scene.detail(
        f"{told}; {asking.passed_over} times by the other process, longest wait {asking.longest:.1f} s"
    )
    if asking.refused:
        raise SetupFailed("refused", f"{told}.", hint="docker compose logs says which process was away.")


def _expect_applied(scene: Scene) -> None:
    logs = scene.compose.run("logs", "--no-color", f"migrate-{_ASKED}", f"finish-{_ASKED}")
    if missing := [name for name in LAID_OVER if f"applied sync_svc/{name}" not in logs]:
        raise SetupFailed("not_migrated", f"Not applied: {missing}.", hint="docker compose logs")
    for process in (_ASKED, f"{_ASKED}-2"):
        if scene.compose.container(process).state()["image"] != scene.image_id(f"koppel/{_ASKED}"):
            raise SetupFailed("not_replaced", f"{process} runs the former release.", hint="docker compose ps")
