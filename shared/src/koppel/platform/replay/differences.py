"""What a finished run did otherwise than its plan said."""

from collections.abc import Iterator

from koppel.platform.replay.model import COUNTS, Replay, ReplayTarget


def differences(replay: Replay) -> list[str]:
    """In English, one line a count; empty where the run did what was said."""
    return [
        f"{target.consumer}: {line}"
        for target in replay.targets
        if target.reports and target.rehearsal is not None
        for line in (*_of_events(target), *_of_effects(target))
    ]


def _of_events(target: ReplayTarget) -> Iterator[str]:
    planned, did = target.counts("rehearsal"), target.counts("run")
    for name, past in COUNTS.items():
        if planned[name] != did[name]:
            yield f"planned to {name} {planned[name]}, {past} {did[name]}"


def _of_effects(target: ReplayTarget) -> Iterator[str]:
    planned, did = target.effects("rehearsal"), target.effects("run")
    if planned.changes is None or did.changes is None:
        return
    said, done = planned.counted(), did.counted()
    estimate = ", as an estimate" if planned.estimated else ""
    for name in sorted(said.keys() | done.keys()):
        if said.get(name, 0) != done.get(name, 0):
            yield f"{name} {done.get(name, 0)}, planned {said.get(name, 0)}{estimate}"
