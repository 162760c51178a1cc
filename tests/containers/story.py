"""What an operator does with a release, from the first start to the last, and what must be true after each."""

import secrets

from tests.containers.compose import SERVICES, kill, until
from tests.containers.engine import run
from tests.containers.scene import Scene

from koppel_local.failure import SetupFailed

ODD = "a/b@c#d%e?f&g:h i'\"\\$$x{}é" + secrets.token_hex(4)
"""What breaks URLs, shells, SQL and files of variables."""
_ROLES = [f"{service.removesuffix('-svc')}_{kind}" for service in SERVICES for kind in ("owner", "app")]


def check_files(scene: Scene) -> None:
    """Strict: what the engine warns of is an error; alone, and with the digests laid over it."""
    for files in ((), ("docker-compose.yml", "deploy/images.yml")):
        command = scene.compose.command("config", "--quiet", files=files)
        if said := run(["sh", "-c", '"$@" 2>&1', "sh", *command], said="docker compose config").strip():
            raise SetupFailed("compose_warning", said, hint="Mend docker-compose.yml or deploy/images.yml.")


def kill_one(scene: Scene) -> None:
    """A process that is killed comes back by itself, and is ready."""
    container = scene.compose.container("sync-svc")
    kill(scene.engine, [container])
    until(lambda: container.state()["restarts"] != 0, within=60, what="The restart of the killed sync-svc")
    container.until_healthy()


def watch(scene: Scene) -> None:
    """What the page says to look at; a token that it says how to make."""
    seen = scene.compose.documented("Watch")
    for part in ("sync-svc", '"level"', "nothing is parked", "no topic differs"):
        if part not in seen:
            raise SetupFailed("not_seen", f"Watching does not show {part!r}.", hint=seen[-500:])
    if scene.compose.documented("A token").strip().count(".") != 2:
        raise SetupFailed("no_token", "That printed no token.", hint="docker compose run koppel token")


def start_again(scene: Scene) -> None:
    """Everything, with other passwords; what was there is there."""
    with scene.keeps("A restart"):
        scene.compose.run("down")
        scene.compose.set_variables(
            POSTGRES_PASSWORD=ODD, **{f"KOPPEL_{role.upper()}_PASSWORD": f"{ODD}{role}" for role in _ROLES}
        )
        scene.compose.up()


def back_up_and_restore(scene: Scene) -> None:
    """What the page says; the services accept the restore."""
    with scene.keeps("The restore"):
        scene.compose.documented("Back up")
        scene.compose.documented("Restore")
        scene.compose.up()


def look_for_passwords(scene: Scene) -> None:
    """No log says any of them, nor a part that would be taken for a port or host."""
    logs = scene.compose.run("logs", "--no-color")
    for part in (ODD, ODD[-8:], "koppel-local-secret"):
        if part in logs:
            raise SetupFailed("secret_in_log", "A log holds a password.", hint="docker compose logs")


def leave(scene: Scene) -> None:
    """Nothing of the project stays with the engine."""
    scene.compose.run("down", "--volumes", "--remove-orphans")
    if left := scene.compose.run("ps", "--all", "--quiet").split():
        raise SetupFailed("left_behind", f"Still there: {left}.", hint="docker compose ps --all")
