"""`make containers`: `python -m tests.containers [everything]`, or `remove`, which removes its cache."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

from tests.containers import faults, people, roles, stopping, story, upgrading, watching
from tests.containers.compose import SERVICES, Compose
from tests.containers.engine import Engine, PersonsEngine, persons_engine, why_no_engine_of_our_own
from tests.containers.images import (
    NEWER,
    build,
    build_observability,
    forget_newer,
    stand_in,
    stand_in_for_what_watches,
)
from tests.containers.inspected import expect_what_the_recipe_promises
from tests.containers.own_engine import OwnEngine
from tests.containers.pins import PINS, renew
from tests.containers.scene import Scene
from tests.containers.tree import copy_tree, lay_over

from koppel_local.failure import SetupFailed
from koppel_local.process.ports import any_free_port

_PORTS = (
    "POSTGRES",
    "KAFKA",
    "SANDBOX",
    "IDENTITY",
    "CONSOLE",
    "PROMETHEUS",
    "ALERTMANAGER",
    "GRAFANA",
    *(name.upper().replace("-", "_") for name in SERVICES),
)


def cache_folder() -> Path:
    """`KOPPEL_CACHE_DIR`, else the user's cache folder by the XDG rule; never inside the checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("KOPPEL_CACHE_DIR") or Path(base) / "koppel") / "containers"


def say(line: str) -> None:
    print(line, flush=True)


def main(arguments: list[str]) -> int:
    cache = cache_folder()
    if arguments == ["remove"]:
        shutil.rmtree(cache, ignore_errors=True)
        say(f"removed {cache}")
        return 0
    if arguments == ["images"]:
        return _attempt(lambda: say(renew(PINS)))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    everything = arguments == ["everything"]
    if (code := _attempt(lambda: _whole(cache, everything=everything))) == 0:
        say(f"{time.monotonic() - began:6.1f} s  in all")
    return code


def _whole(cache: Path, *, everything: bool) -> None:
    with ExitStack() as stack:
        _play(stack, cache, everything=everything)


def _attempt(work: Callable[[], None]) -> int:
    """The exit code; what went wrong is one line, after the end of what the engine said."""
    try:
        work()
    except SetupFailed as failure:
        if failure.log_tail:
            print(failure.log_tail, file=sys.stderr)
        print(f"error: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped by you", file=sys.stderr)
        return 130
    return 0


def _play(stack: ExitStack, cache: Path, *, everything: bool) -> None:
    began = time.monotonic()
    engine, work = engine_for_a_run(stack, cache)
    say(f"{time.monotonic() - began:6.1f} s  an engine: {'of our own' if engine.stands_in else 'yours'}")
    tree, newer = work / "tree", work / "newer"
    copy_tree(tree)
    copy_tree(newer)
    lay_over(newer)
    compose = Compose(engine, tree, {f"KOPPEL_{name}_PORT": any_free_port() for name in _PORTS})
    compose.set_variables()
    scene = Scene(engine, compose, say)
    engine.to_build()
    with scene.chapter("images by the project's recipe, from a clone with umask 077"):
        _images(engine, cache, work, everything=everything)
    engine.to_run()
    stack.callback(forget_newer, engine)
    stack.callback(_down, compose)
    _down(compose)  # what a run that was killed has left
    for title, chapter in chapters(newer, everything=everything):
        with scene.chapter(title):
            chapter(scene)


def _images(engine: Engine, cache: Path, work: Path, *, everything: bool) -> None:
    tree = work / "tree"
    if engine.stands_in:
        stand_in(engine, cache, work, tree, say)
    build(engine, tree)
    build(engine, work / "newer", ("sync-svc",), tag=NEWER)
    expect_what_the_recipe_promises(engine, say)
    if everything:
        if engine.stands_in:
            stand_in_for_what_watches(engine, work, tree, say)
        build_observability(engine, tree)


def engine_for_a_run(stack: ExitStack, cache: Path) -> tuple[Engine, Path]:
    """The engine, and a folder for this run that goes with it. Raises `SetupFailed`."""
    yours = persons_engine()
    if not yours and (why := why_no_engine_of_our_own()):
        raise why
    cache.mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix="run-", dir=cache))
    stack.callback(shutil.rmtree, work, ignore_errors=True)
    engine: Engine = PersonsEngine() if yours else OwnEngine(cache, work)
    stack.callback(engine.stop)
    return engine, work


def _down(compose: Compose) -> None:
    """Whatever happened. A run that ended well has nothing left to end."""
    subprocess.run(
        compose.command("down", "--volumes", "--remove-orphans", "--timeout", "20"),
        capture_output=True,
        check=False,
    )


Chapter = tuple[str, Callable[[Scene], None]]


def chapters(newer: Path, *, everything: bool) -> list[Chapter]:
    """In the order of an operator's life. `everything` adds what takes long or seldom changes."""
    watched: Chapter = ("watched by a collector, Prometheus, Alertmanager and Grafana", watching.observe)
    more: list[Chapter] = [
        ("a killed engine", faults.killed_engine),
        (f"PostgreSQL that comes {faults.LATE} s late", faults.late_database),
    ]
    return [
        ("docker compose config, strict", story.check_files),
        ("the compose file, up and ready", lambda scene: scene.compose.up()),
        ("the whole demo", lambda scene: scene.play_demo()),
        ("a killed service came back", story.kill_one),
        ("watched", story.watch),
        ("everything again, with changed and odd passwords", story.start_again),
        ("two processes for each role, and the demo again", roles.two_for_each),
        ("one process of each role killed, and the demo again", roles.one_of_each_killed),
        *([watched] if everything else []),
        ("scaled, and all of the roles told to stop", roles.scaled_and_stopped),
        *(more if everything else []),
        ("a backup, restored and accepted", story.back_up_and_restore),
        *faults.CHAPTERS,
        ("an upgrade while an office asks", lambda scene: upgrading.upgrade(scene, newer)),
        ("the console, and logins at the issuer", people.log_in),
        ("no password in any log", story.look_for_passwords),
        ("everything told to stop", stopping.everything_ends_well),
        ("started again, and told to stop at once", stopping.who_still_starts_ends_at_once),
        ("stopped, nothing left", story.leave),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
