"""What goes wrong on the way to a start: it is said in a line that docs/operating.md knows, and nothing is half-made."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.containers.compose import SERVICES, until
from tests.containers.documented import PAGE
from tests.containers.engine import run
from tests.containers.scene import Scene

from koppel_local.failure import SetupFailed

LATE = 60
"""Seconds."""
_LISTEN = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); print('on', flush=True); sys.stdin.read()"
_ONCE = ("run", "--rm", "--no-deps", "-T")
_SECRETS = "/var/lib/koppel/sync-svc"


def missing_secrets(scene: Scene) -> None:
    """A job and a service that lack one say which, and end."""
    _refused(
        scene,
        scene.compose.command(*_ONCE, "-e", "KOPPEL_SYNC_APP_PASSWORD_FILE=/nowhere", "bootstrap"),
        "KOPPEL_SYNC_APP_PASSWORD_FILE names /nowhere, which gives no password",
        known="_PASSWORD_FILE names …, which gives no password",
    )
    _refused(
        scene,
        scene.compose.command(*_ONCE, "-e", "SYNC_SVC_DATABASE_PASSWORD_FILE=/nowhere", "sync-svc"),
        "SYNC_SVC_DATABASE_PASSWORD_FILE is not valid: /nowhere cannot be read",
        known="_FILE is not valid: … cannot be read",
    )


def wrong_password(scene: Scene) -> None:
    """A service waits for one that lets it in, and says so."""
    wrong = f"SYNC_SVC_DATABASE_PASSWORD_FILE={_SECRETS}/token"
    name = scene.compose.run("run", "--detach", "--no-deps", "-T", "-e", wrong, "sync-svc").split()[-1]
    try:
        _until_said(scene, name, "password authentication failed", known="password authentication failed")
    finally:
        run(scene.engine.command("rm", "--force", name), said="docker rm")


def taken_port(scene: Scene) -> None:
    """The one who holds it goes, `up` again, and all is well."""
    scene.compose.run("rm", "--stop", "--force", "sandbox")
    up = scene.compose.command("up", "--detach", "--no-build", "--no-deps", "--wait", "sandbox")
    with _listening(scene, scene.compose.ports["KOPPEL_SANDBOX_PORT"]):
        _refused(scene, up, "address already in use", known="address already in use")
    run(up, said="docker compose up sandbox")


def full_disk(scene: Scene) -> None:
    """Files are written whole or not at all; PostgreSQL does not begin half."""
    with _small_volume(scene, "4k") as volume:
        prepare = scene.compose.command(*_ONCE, "--volume", f"{volume}:{_SECRETS}", "prepare")
        _refused(scene, prepare, "The disk is full", known="The disk is full")
        listed = ["run", "--rm", "--volume", f"{volume}:/full", "--entrypoint", "find", "koppel/koppel-local"]
        left = run(scene.engine.command(*listed, "/full", "-name", ".*"), said="docker run find")
        if left.strip():
            raise SetupFailed("half_made", f"A full disk left {left.split()}.", hint="See write_private.")
    with _small_volume(scene, "16m") as volume:
        postgres = scene.compose.command(*_ONCE, "--volume", f"{volume}:/var/lib/postgresql", "postgres")
        _refused(scene, postgres, "No space left on device", known="No space left on device")
    scene.compose.run(*_ONCE, "prepare")


def damaged_image(scene: Scene) -> None:
    """Half of an image is none: what was there stays, and starts."""
    before = scene.image_id("koppel/koppel-sandbox")
    half = "docker save koppel/koppel-sandbox | head -c 4000000 | docker load"
    _refused(scene, scene.engine.shell(scene.compose.tree, half), "unexpected EOF", known="unexpected EOF")
    if scene.image_id("koppel/koppel-sandbox") != before:
        raise SetupFailed("image_changed", "Half of an image replaced a whole one.", hint="docker image ls")
    scene.compose.run("up", "--detach", "--no-build", "--no-deps", "--wait", "sandbox")


def two_bootstraps(scene: Scene) -> None:
    """At once: both end well."""
    words = scene.compose.command(*_ONCE, "bootstrap")
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    told = [each.communicate()[0].decode(errors="replace") for each in both]
    if any(each.returncode for each in both):
        raise SetupFailed(
            "bootstrap_failed", "One of two at once failed.", hint="Below.", log_tail="\n".join(told)
        )


def late_database(scene: Scene) -> None:
    """Everything waits for it, and is ready when it has come."""
    late = (
        "services: { postgres: { entrypoint: [sh, -c, 'sleep %d; exec docker-entrypoint.sh postgres'] } }\n"
    )
    (scene.compose.tree / "late.yml").write_text(late % LATE, encoding="utf-8")
    words = ("up", "--detach", "--no-build", "--wait", *SERVICES, "sandbox")
    up = scene.compose.command(*words, files=("docker-compose.yml", "late.yml"))
    with scene.keeps("A late start"):
        scene.compose.run("down")
        began = time.monotonic()
        run(up, said="docker compose up")
        scene.detail(f"ready after {time.monotonic() - began:.0f} s, PostgreSQL began at {LATE} s")


def killed_engine(scene: Scene) -> None:
    """With all that ran in it; everything comes back by itself, with what was there."""
    with scene.keeps("A killed engine"):
        if not scene.engine.kill():
            scene.detail("not killed: the engine is yours")
            return
        for service in SERVICES:
            scene.compose.container(service).until_healthy()


def _refused(scene: Scene, words: Sequence[str], said: str, *, known: str) -> None:
    """The command fails and says so, in words that docs/operating.md explains."""
    _expect_known(known)
    try:
        run(words, said="What cannot go well")
    except SetupFailed as failure:
        line = next((line for line in failure.log_tail.splitlines() if said in line), None)
        if line is None:
            raise
        scene.detail(_told(line, said))
        return
    raise SetupFailed("not_refused", f"Nobody said {said!r}.", hint="docker compose logs")


def _until_said(scene: Scene, container: str, said: str, *, known: str) -> None:
    _expect_known(known)
    logs = scene.engine.command("logs", container)
    reading = ["sh", "-c", '"$@" 2>&1', "sh", *logs]
    until(lambda: said in run(reading, said="docker logs"), within=60, what=f"That it says {said!r}")
    line = next(line for line in run(reading, said="docker logs").splitlines() if said in line)
    scene.detail(_told(line, said))


def _expect_known(words: str) -> None:
    if words not in PAGE.read_text(encoding="utf-8"):
        raise SetupFailed("not_documented", f"docs/operating.md does not know {words!r}.", hint="Add a row.")


def _told(line: str, said: str) -> str:
    """The words around `said`, without what a log puts before them."""
    before, _, after = line.strip().partition(said)
    return before[-60:].rpartition('":"')[2] + said + after[:60]


@contextmanager
def _listening(scene: Scene, port: int) -> Iterator[None]:
    """Somebody else holds the port."""
    words = scene.engine.beside(sys.executable, "-c", _LISTEN, str(port))
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            yield
        finally:
            other.communicate()


@contextmanager
def _small_volume(scene: Scene, size: str) -> Iterator[str]:
    name = f"koppel-containers-{size}"
    options = [f"--opt={each}" for each in ("type=tmpfs", "device=tmpfs", f"o=size={size},mode=1777")]
    run(scene.engine.command("volume", "create", *options, name), said="docker volume create")
    try:
        yield name
    finally:
        run(scene.engine.command("volume", "rm", "--force", name), said="docker volume rm")


CHAPTERS: Sequence[tuple[str, Callable[[Scene], None]]] = (
    ("missing secrets", missing_secrets),
    ("a wrong password", wrong_password),
    ("a taken port", taken_port),
    ("a full disk", full_disk),
    ("a damaged image", damaged_image),
    ("two bootstraps at once", two_bootstraps),
)
