"""Records of a replay topic that are none: kept as malformed, never looped over; no other stream suffers."""

from dataclasses import replace

import pytest

from koppel.contracts.replay_topic import MARK_HEADER, replay_topic_name
from koppel.platform.consumer.decode import DecodedRecord, RawRecord, StoredRecord
from koppel.platform.replay.target.decode import decode_replayed

from .target import TOPIC, Replay, Target


def _on_the_replay_topic(target: Target, item: DecodedRecord, **changes: object) -> DecodedRecord:
    raw = replace(StoredRecord.of(item.raw), topic=replay_topic_name(target.consumer), partition=0, **changes)  # type: ignore[arg-type]
    return decode_replayed(raw, target.subscriptions)


def _without(raw: RawRecord, name: str) -> list[tuple[str, bytes | None]]:
    return [(header, value) for header, value in raw.headers if header != name]


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        (MARK_HEADER, None, "lane_mark_missing"),
        (MARK_HEADER, b"{", "lane_mark_invalid"),
        (MARK_HEADER, b'{"topic": "t\\u0000", "position": 1}', "lane_mark_invalid"),
        ("ce_replayid", None, "lane_mark_invalid"),
        ("ce_replayid", b"no uuid", "header_invalid"),
        ("ce_id", None, "header_missing"),
    ],
)
async def test_a_record_of_no_replay_is_parked_once_under_the_replay_topic(
    target: Target, header: str, value: bytes | None, code: str
) -> None:
    replay = Replay(target)
    good = replay.of("run", 1, 2)
    headers = _without(good[0].raw, header) + ([] if value is None else [(header, value)])
    broken = _on_the_replay_topic(target, good[0], headers=headers)
    for _ in range(2):
        await replay.send([broken])
    await replay.send(good)
    (row,) = await target.parked()
    assert (row["topic"], row["cause_class"], row["cause_code"], row["version"]) == (
        replay_topic_name(target.consumer),
        "malformed",
        code,
        None,
    )
    assert await target.effects() == ["v1", "v2"]


async def test_trying_such_a_record_again_runs_no_handler(target: Target) -> None:
    replay = Replay(target)
    (good,) = replay.of("run", 1)
    await replay.send([_on_the_replay_topic(target, good, headers=_without(good.raw, MARK_HEADER))])
    (row,) = await target.parked()
    await target.parked_events.retry(row["id"], actor="test")
    await target.retry.run_due()
    assert await target.effects() == []
    (row,) = await target.parked()
    assert row["cause_code"] == "lane_record_unusable"


async def test_a_value_that_is_no_event_is_parked_on_its_own_topic_in_its_turn(target: Target) -> None:
    replay = Replay(target)
    first, second, third = replay.of("run", 1, 2, 3)
    second = _on_the_replay_topic(target, second, value=b"{")
    await replay.send([first, second, third])
    (row,) = await target.parked()
    assert (row["topic"], row["version"], row["cause_code"]) == (TOPIC, 2, "value_invalid")
    assert await replay.counts() == (1, 0, 1, 1)
    assert await target.effects() == ["v1"]
