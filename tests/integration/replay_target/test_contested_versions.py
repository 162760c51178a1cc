"""A forged event was believed: what the owner's log says wins, once somebody asks for it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from koppel.kernel.ids import new_id
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord, decode_record
from koppel.platform.replay.target.decode import decode_replayed
from koppel.testing.deliveries import delivery

from .target import Replay, Target


def _elsewise(target: Target, records: Sequence[DecodedRecord], **changed: bytes) -> list[DecodedRecord]:
    """The replay topic's records with other headers."""
    found = []
    for record in records:
        headers = [(name, changed.get(name, value)) for name, value in record.raw.headers]
        found.append(
            decode_replayed(replace(StoredRecord.of(record.raw), headers=headers), target.subscriptions)
        )
    return found


async def _forge(target: Target, version: int, name: str = "forged") -> None:
    forged = delivery(
        target.organisation.renamed(name), version, target.subscriptions, event_id=str(new_id())
    )
    await target.processor.apply([forged])


async def _believe_a_forged_two(target: Target, *after: int) -> None:
    await target.live(1)
    await _forge(target, 2)
    await target.live(2, *after)
    (row,) = await target.parked()
    assert (row["cause_code"], row["version"]) == ("version_conflict", 2)


@pytest.mark.parametrize("batch", [1, 2, 100])
async def test_a_rebuild_applies_the_owners_event_and_settles_the_conflict(
    target: Target, batch: int
) -> None:
    await _believe_a_forged_two(target, 3)
    replay = Replay(target, "rebuild")
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, 1, 2, 3), batch=batch)
        assert await replay.counts(phase) == (3, 0, 0, 0)
    assert await target.effects() == ["v1", "forged", "v3", "v1", "v2", "v3"]
    assert (await target.parked(), await target.position()) == ([], 3)
    await _forge(target, 3)
    assert [row["cause_code"] for row in await target.parked()] == ["version_conflict"]


@pytest.mark.parametrize("batch", [1, 100])
async def test_a_repair_is_the_retry_of_the_owners_event(target: Target, batch: int) -> None:
    await _believe_a_forged_two(target)
    replay = Replay(target)
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, 1, 2, 3), batch=batch)
        assert await replay.counts(phase) == (2, 1, 0, 0)
    assert await target.effects() == ["v1", "forged", "v2", "v3"]
    assert await target.parked() == []


async def test_a_repair_undoes_nothing_that_came_after(target: Target) -> None:
    await _believe_a_forged_two(target, 3)
    replay = Replay(target)
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, 1, 2, 3))
        assert await replay.counts(phase) == (0, 2, 0, 1)
    assert await target.effects() == ["v1", "forged", "v3"]
    assert len(await target.parked()) == 1


async def test_a_repair_tells_a_forged_position_that_nothing_contradicted_yet(target: Target) -> None:
    await target.live(1)
    await _forge(target, 2)
    replay = Replay(target)
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, 1, 2), batch=1)
        assert await replay.counts(phase) == (0, 1, 0, 1)
    (row,) = await target.parked()
    assert (row["cause_code"], await target.effects()) == ("version_conflict", ["v1", "forged"])


async def test_the_copy_of_a_good_event_leaves_the_forged_one_that_lies_beside_it(target: Target) -> None:
    await target.live(1, 2)
    await _forge(target, 2)
    replay = Replay(target)
    await replay.send(replay.of("run", 1, 2))
    assert await replay.counts() == (0, 2, 0, 0)
    assert (await target.effects(), len(await target.parked())) == (["v1", "v2"], 1)


async def test_what_failed_under_a_forged_name_is_replaced_by_the_owners_event(target: Target) -> None:
    target.failing.add("forged")
    await target.live(1)
    await _forge(target, 2)
    await target.live(2, 3)
    replay = Replay(target)
    await replay.send(replay.of("run", 1, 2, 3))
    assert (await target.effects(), await target.parked()) == (["v1", "v2", "v3"], [])
    assert (await target.held(), await target.position()) == ([], 3)


async def test_a_snapshot_has_ids_of_its_own_and_is_no_conflict(target: Target) -> None:
    await target.live(1)
    replay = Replay(target, "snapshot")
    records = _elsewise(target, replay.of("run", 1, 2), ce_id=b"of the snapshot")
    await replay.send(records)
    assert await replay.counts() == (1, 1, 0, 0)
    await target.live(2, 3)
    assert (await target.effects(), await target.parked()) == (["v1", "v2", "v3"], [])


async def test_a_replay_topic_brings_nothing_that_the_topics_owner_did_not_say(target: Target) -> None:
    await target.live(1)
    replay = Replay(target)
    await replay.send(_elsewise(target, replay.of("run", 2), ce_source=b"urn:koppel:sync-svc"))
    assert await replay.counts() == (0, 0, 0, 1)
    (row,) = await target.parked()
    assert (row["cause_code"], await target.position()) == ("source_refused", 1)
    await target.live(2)
    assert await target.effects() == ["v1", "v2"]


def test_a_records_place_says_nothing_about_its_name(target: Target) -> None:
    item = delivery(target.event(1), 1, target.subscriptions)
    moved = decode_record(replace(StoredRecord.of(item.raw), offset=10**6, partition=5), target.subscriptions)
    assert item.digest == moved.digest
