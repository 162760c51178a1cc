"""The states of a replay: what may follow what, and which act leads where."""

from collections.abc import Sequence
from typing import Literal

from koppel.kernel.transitions import Transitions
from koppel.platform.replay.model import ReplayState

Act = Literal["start", "pause", "resume", "cancel"]
REPLAY_STATES: Transitions[ReplayState] = Transitions(
    "replay",
    {
        "planning": {"planned", "stale", "cancelling", "cancelled"},
        "planned": {"running", "stale", "cancelling", "cancelled"},
        "running": {"paused", "finished", "stale", "cancelling", "cancelled"},
        "paused": {"running", "stale", "cancelling", "cancelled"},
        "cancelling": {"cancelled", "stale"},
        "finished": set(),
        "cancelled": set(),
        "stale": set(),
    },
)
ACTS: dict[Act, tuple[Sequence[str], Sequence[str], str]] = {
    "start": (("planned",), ("running",), "running"),
    "pause": (("running",), ("paused",), "paused"),
    "resume": (("paused",), ("running",), "running"),
    "cancel": (REPLAY_STATES.before("cancelling"), ("cancelling", "cancelled"), "cancelling"),
}
"""From which states; in which it is no change; what it becomes."""
PAST: dict[Act, str] = {"start": "started", "pause": "paused", "resume": "resumed", "cancel": "cancelled"}


def refusal_of(act: Act, state: str) -> str:
    hint = {
        ("start", "planning"): "its targets have not told their part of the plan yet; look again in a moment",
        ("start", "paused"): "resume it instead",
        ("pause", "planned"): "it was not started",
        ("resume", "planned"): "start it instead",
    }.get((act, state), "make a new plan" if act in ("start", "resume") else "there is nothing to do")
    return f"This replay is {state}: {hint}."
