"""The replay topics and the header that says where in a replay a record stands: what every subscriber builds on."""

import json

import pytest

from koppel.contracts.envelope import MalformedEvent
from koppel.contracts.replay_topic import MARK_HEADER, ReplayMark, decode_mark, encode_mark, replay_topics
from koppel.contracts.topics import SERVICES

MARK = ReplayMark(
    topic="koppel.administration.v1",
    phase="run",
    mode="rebuild",
    position=3,
    total=9,
    first=True,
    last=False,
    upto=7,
    parked_only=True,
)


def test_a_mark_is_compact_json_in_a_plain_header() -> None:
    name, value = encode_mark(MARK)
    assert name == "koppel-lane"
    assert value == (
        b'{"topic":"koppel.administration.v1","phase":"run","mode":"rebuild","position":3,"total":9,'
        b'"first":true,"last":false,"upto":7,"parked_only":true,"cut":false,"whole":false}'
    )


def test_a_mark_is_read_back_and_unknown_members_are_ignored() -> None:
    told = json.loads(encode_mark(MARK)[1]) | {"colour": "red"}
    headers = [("ce_id", b"1"), (MARK_HEADER, json.dumps(told).encode())]
    assert decode_mark(headers) == MARK


@pytest.mark.parametrize(
    "change",
    [
        {"position": 0},
        {"position": 10},
        {"position": "3"},
        {"position": 2**63},
        {"upto": 0},
        {"phase": "plan"},
        {"mode": "reset"},
        {"first": 1},
        {"topic": "koppel.replay.sync-svc"},
        {"topic": "a\x00b"},
        {"topic": None},
    ],
)
def test_a_mark_that_does_not_hold_is_malformed(change: dict[str, object]) -> None:
    told = json.loads(encode_mark(MARK)[1]) | change
    with pytest.raises(MalformedEvent):
        decode_mark([(MARK_HEADER, json.dumps(told).encode())])


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"\xff"])
def test_a_header_that_is_no_mark_is_malformed(value: bytes | None) -> None:
    with pytest.raises(MalformedEvent):
        decode_mark([(MARK_HEADER, value)])


def test_every_service_has_a_replay_topic_of_one_partition_for_three_days() -> None:
    assert [topic.name for topic in replay_topics()] == [f"koppel.replay.{service}" for service in SERVICES]
    assert {(topic.partitions, topic.retention_ms) for topic in replay_topics()} == {
        (1, 3 * 24 * 3600 * 1000)
    }
    assert SERVICES == ("assignment-svc", "connection-svc", "import-svc", "sync-svc")
