"""A plan says which rows its run changes and which events it appends, and the run does just that; each event's verdict is kept."""

from collections.abc import Sequence
from typing import Any

import pytest

from koppel.contracts.replay import Phase
from koppel.kernel.ids import new_id
from koppel.platform.consumer import RebuildPolicy
from koppel.platform.database import Database
from koppel.platform.replay.target.verdicts import list_verdicts, phases
from koppel.testing.organisations import Organisation

from .target import Replay, Target

VERSIONS = (1, 2, 3, 4, 5)


@pytest.fixture
def target(database: Database) -> Target:
    return Target(database, f"test-{new_id()}", tables=RebuildPolicy(others=("effect",)))


async def _told(replay: Replay, phase: Phase) -> tuple[Any, Any, bool]:
    told = await replay.told(phase)
    return told["changes"], told["appends"], told["estimated"]


def _inserted(rows: int) -> list[dict[str, object]]:
    return [{"table": "effect", "inserted": rows, "updated": 0, "deleted": 0}]


@pytest.mark.parametrize("batch", [1, 2, 100])
async def test_what_a_plan_said_is_what_the_run_changes_wherever_batches_end(
    target: Target, batch: int
) -> None:
    other = Organisation()
    await target.live(1)
    replay = Replay(target)
    segments = ((target.organisation, VERSIONS), (other, VERSIONS))
    await replay.send(replay.records("rehearsal", *segments), batch=batch)
    assert await target.effects() == ["v1"]
    assert await _told(replay, "rehearsal") == (_inserted(9), [], False)

    await replay.send(replay.records("run", *segments), batch=3)
    assert len(await target.effects()) == 10
    assert await _told(replay, "run") == (_inserted(9), [], False)


async def test_rows_of_a_handler_that_failed_do_not_count(target: Target) -> None:
    """The handler inserts before it fails; PostgreSQL's own counters would have it."""
    target.failing.add("v3")
    replay = Replay(target)
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, *VERSIONS))
        assert await _told(replay, phase) == (_inserted(2), [], False)
    assert await target.effects() == ["v1", "v2"]


async def test_rows_of_a_parked_copy_that_fails_again_do_not_count(target: Target) -> None:
    target.failing.add("v1")
    await target.live(1)
    replay = Replay(target)
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, 1, 2))
        assert await _told(replay, phase) == ([], [], False)
    assert await target.effects() == []


async def test_events_that_handlers_append_are_counted_by_type(target: Target) -> None:
    target.answering = True
    target.failing.add("v4")
    replay = Replay(target)
    appended = [{"type": "nl.koppel.SyncRequested.v1", "events": 3}]
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, *VERSIONS))
        assert await _told(replay, phase) == (_inserted(3), appended, False)


async def test_a_segment_longer_than_a_transaction_is_an_estimate(target: Target) -> None:
    replay = Replay(target)
    versions = range(1, 451)
    await replay.send(replay.of("rehearsal", *versions))
    [changed], _, estimated = await _told(replay, "rehearsal")
    assert estimated
    assert changed["inserted"] >= 200
    assert await replay.counts("rehearsal") == (450, 0, 0, 0)
    await replay.send(replay.of("run", *versions))
    assert await _told(replay, "run") == (_inserted(450), [], False)


async def test_a_dry_run_that_another_process_goes_on_with_says_that_it_is_an_estimate(
    target: Target,
) -> None:
    replay = Replay(target)
    records = replay.of("rehearsal", *VERSIONS)
    await target.replay_processor.apply(records[:3])
    target.die()
    await target.replay_processor.apply(records[3:])
    assert await _told(replay, "rehearsal") == (_inserted(3), [], True)


async def test_what_only_knows_the_position_is_exact_where_nothing_would_run(target: Target) -> None:
    await target.live(*VERSIONS)
    replay = Replay(target)
    await replay.send(replay.of("rehearsal", *VERSIONS), batch=2)
    assert await _told(replay, "rehearsal") == ([], [], False)


async def test_verdicts_are_ranges_with_their_reasons(target: Target) -> None:
    await target.live(1, 2)
    target.failing.add("v4")
    replay = Replay(target)
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, *range(1, 8)))
        assert await _verdicts(target, replay, phase) == [
            (1, 2, "skip", "applied_before"),
            (3, 3, "apply", "next_in_turn"),
            (4, 4, "park", "refused"),
            (5, 7, "hold", "earlier_event_parked"),
        ]
    async with target.database.system() as connection:
        assert await phases(connection, target.consumer, replay.replay_id) == ["run", "rehearsal"]


async def test_a_rebuild_tells_what_is_applied_again_from_what_is_new(target: Target) -> None:
    await target.live(1, 2)
    replay = Replay(target, mode="rebuild")
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, *VERSIONS), batch=2)
        found = await _verdicts(target, replay, phase)
        assert _merged(found) == [(1, 2, "apply", "applied_again"), (3, 5, "apply", "next_in_turn")]


async def _verdicts(target: Target, replay: Replay, phase: Phase) -> list[tuple[int, int, str, str]]:
    async with target.database.system() as connection:
        rows = await list_verdicts(connection, target.consumer, replay.replay_id, phase, after=0, limit=100)
    return [(row["from_version"], row["to_version"], row["verdict"], row["reason"]) for row in rows]


def _merged(ranges: Sequence[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    merged: list[tuple[int, int, str, str]] = []
    for first, last, verdict, reason in ranges:
        if merged and (merged[-1][1] + 1, *merged[-1][2:]) == (first, verdict, reason):
            first = merged.pop()[0]  # noqa: PLW2901
        merged.append((first, last, verdict, reason))
    return merged
