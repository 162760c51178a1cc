"""Scenarios by name: each plays one interleaving and ends in a judgement."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.chaos.rig.stage import Stage

Play = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`criterion` is the number in the list of acceptance criteria that it stands for."""

    name: str
    criterion: int
    play: Play


SCENARIOS: dict[str, Scenario] = {}


def scenario(criterion: int) -> Callable[[Play], Play]:
    """Register a scenario under its function's name in words."""

    def register(play: Play) -> Play:
        name = play.__name__.replace("_", " ")
        SCENARIOS[name] = Scenario(name, criterion, play)
        return play

    return register
