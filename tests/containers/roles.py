"""Two processes for each role of each service: the demo on them, one of each killed, others added and taken away."""

from collections.abc import Sequence

from tests.containers.compose import SERVICES, Container, kill, until
from tests.containers.engine import run
from tests.containers.scene import Scene
from tests.containers.stopping import expect_good_ends

from koppel_local.failure import SetupFailed

ROLES = {
    "http": ("", "-http"),
    "consumer": ("-consumer", "-consumer-2"),
    "relay": ("-relay",),
    "jobs": ("-jobs",),
}
"""The services of the compose file that run it, by what their names add to the service's."""
ADDED = [f"{service}{name}" for service in SERVICES for names in ROLES.values() for name in names if name]
"""All of the profile."""
_LETS_GO = "letting go of"
"""What a consumer says when its group divides the partitions anew."""
_SCALED = "sync-svc-relay"


def two_for_each(scene: Scene) -> None:
    """The whole demo, on processes that share nothing but the database and the brokers."""
    scene.compose.set_variables(KOPPEL_FIRST_ROLES="http")
    scene.compose.documented("A process for each role")
    for service in SERVICES:
        for role in ROLES:
            healthy = [
                each for each in _processes(scene, service, role) if each.state()["health"] == "healthy"
            ]
            if len(healthy) != 2:
                raise SetupFailed(
                    "not_two", f"{len(healthy)} of {service} are healthy as {role}.", hint="ps --all"
                )
    scene.play_demo()


def one_of_each_killed(scene: Scene) -> None:
    """Those of a service at once; each comes back by itself, and the demo passes again."""
    kept = [_killed(scene, service) for service in SERVICES]
    scene.detail(f"of {len(kept)} killed consumers {sum(kept)} came back to their partitions in time")
    scene.play_demo()


def _killed(scene: Scene, service: str) -> bool:
    """Whether the group's other consumer went on meanwhile: the name of the killed one was not missed."""
    killed = [_processes(scene, service, role)[0] for role in ROLES]
    neighbour = scene.compose.container(f"{service}-consumer-2")
    before = neighbour.said().count(_LETS_GO)
    kill(scene.engine, killed)
    for each in killed:
        until(lambda each=each: each.state()["restarts"] != 0, within=60, what=f"The restart of {each.name}")  # type: ignore[misc]
    for each in killed:
        each.until_healthy()
    return neighbour.said().count(_LETS_GO) == before


def scaled_and_stopped(scene: Scene) -> None:
    """A third relay and back; a consumer has a name, so there is no second one of it; all of the profile end well."""
    _scale(scene, _SCALED, 3)
    _scale(scene, _SCALED, 2)
    try:
        _scale(scene, "sync-svc-consumer", 2)
    except SetupFailed as failure:
        if "container name" not in f"{failure} {failure.log_tail}":
            raise
    else:
        raise SetupFailed("two_of_a_name", "Two consumers have the same name.", hint="See container_name.")
    expect_good_ends(scene, scene.compose.containers(*ADDED))
    scene.compose.run("rm", "--force", *ADDED)
    scene.compose.set_variables(KOPPEL_FIRST_ROLES="http,consumer,relay,jobs")
    scene.compose.up()


def _processes(scene: Scene, service: str, role: str) -> Sequence[Container]:
    return scene.compose.containers(*(f"{service}{name}" for name in ROLES[role]))


def _scale(scene: Scene, name: str, number: int) -> None:
    words = (
        "up",
        "--detach",
        "--no-build",
        "--no-deps",
        "--no-recreate",
        "--wait",
        "--scale",
        f"{name}={number}",
        name,
    )
    run(["sh", "-c", '"$@" 2>&1', "sh", *scene.compose.command(*words)], said="docker compose up --scale")
    if (found := len(scene.compose.containers(name))) != number:
        raise SetupFailed(
            "not_scaled", f"{found} of {name} run, not {number}.", hint="docker compose ps --all"
        )
