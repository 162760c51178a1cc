"""The parts of `make chaos`: each can be run by itself, and takes less than 25 minutes of two cores with the list's numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Part:
    """`paths` are below tests/; `processes` share them file by file."""

    does: str
    paths: tuple[str, ...]
    processes: int = 1


PARTS: Mapping[str, Part] = {
    "mutants": Part(
        "every scenario, every seeded bug, the state machine",
        (
            "unit/chaos", "chaos/test_scenarios.py", "chaos/test_mutants.py", "chaos/test_state_machine.py",
            "chaos/test_reliability_page.py",
        ),
    ),
    "crash": Part("kill -9 at every await", ("chaos/test_crash_points.py", "chaos/refreshes")),
    "storm": Part("every kind of fault at once, for CHAOS_MINUTES", ("chaos/test_storm.py",)),
    "runs": Part("workers of sync runs that die at random", ("chaos/test_killed_runs.py",)),
    "increments": Part(
        "increments while somebody works and workers die, at every provider",
        ("chaos/increments",),
    ),
    "engine": Part("two processes of sync-svc at a provider that goes down", ("chaos/engine",)),
    "roles": Part(
        "every service split by role, two processes each: told to stop, without their servers, at a slow provider",
        ("e2e/split", "chaos/roles"),
    ),
    "alerts": Part("causes of alerts, made under the eyes of a real Prometheus", ("chaos/alerts",)),
    "criteria": Part("the list of criteria with its numbers", ("chaos/criteria",), processes=2),
}  # fmt: skip
"""In the order of a whole run."""
