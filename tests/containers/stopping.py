"""Processes that are told to stop: each ends by itself, well and in time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from signal import SIGTERM

from tests.containers.compose import SERVICES, Container
from tests.containers.scene import Scene

from koppel_local.failure import SetupFailed

_WITHIN = 20.0
"""Seconds: what a process may take at most, below any time-out that kills it."""
_AT_ONCE = 4
_LAST_LINES = 20


def everything_ends_well(scene: Scene) -> None:
    """The processes of the project that run by now, the console and whoever logs people in too."""
    expect_good_ends(scene, scene.compose.containers(*SERVICES, *_BESIDE))


def who_still_starts_ends_at_once(scene: Scene) -> None:
    """Told before it has loaded its code, with nothing in hand: it ends by the signal, or well, and nobody has to kill it."""
    containers = scene.compose.containers(*SERVICES, *_BESIDE)
    for each in containers:
        each.start()
        each.stop()
    codes = {str(state["service"]): state["code"] for state in (each.state() for each in containers)}
    if bad := {name: code for name, code in codes.items() if code not in {0, 128 + SIGTERM}}:
        raise SetupFailed("bad_end", f"Not ended by themselves: {bad}.", hint="deploy/Dockerfile, ENTRYPOINT")


_BESIDE = (*(f"{service}-2" for service in SERVICES), "sandbox", "identity", "console")


def expect_good_ends(scene: Scene, containers: Sequence[Container]) -> None:
    """`docker stop` of each; exit code 0 within 20 seconds. Raises `SetupFailed` that names those that did not."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        took = list(pool.map(lambda each: each.stop(), containers))
    states = [each.state() for each in containers]
    bad = [
        f"{state['service']} ({state['code']} after {seconds:.1f} s)"
        for state, seconds in zip(states, took, strict=True)
        if state["code"] != 0 or seconds > _WITHIN
    ]
    if bad:
        logs = "\n".join(
            line
            for each, state in zip(containers, states, strict=True)
            if state["code"] != 0
            for line in each.said().splitlines()[-_LAST_LINES:]
        )
        raise SetupFailed("bad_end", f"Not ended well: {', '.join(bad)}.", hint="Below.", log_tail=logs)
    longest, name = max(zip(took, (str(state["service"]) for state in states), strict=True))
    scene.detail(f"{len(took)} told to stop, all ended with 0, the longest ({name}) after {longest:.1f} s")
