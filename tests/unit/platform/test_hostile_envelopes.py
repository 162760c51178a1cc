"""Headers of an event that a stranger wrote: read in proportion to their length, and never more than a malformed event."""

import tracemalloc
from contextlib import suppress

import pytest

from koppel.contracts.envelope import MalformedEvent, decode
from koppel.contracts.replay_topic import MARK_HEADER, decode_mark
from koppel.platform.consumer.decode import StoredRecord, decode_record
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.consumer.tracing import links
from koppel.testing.growth import grows_in_proportion

GOOD = {
    "ce_specversion": b"1.0",
    "ce_id": b"e",
    "ce_type": b"nl.koppel.Nothing.v1",
    "ce_source": b"urn:elsewhere",
}
NAMES = ["ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_organisationid", "ce_sequence",
         "ce_correlationid", "ce_causationid", "ce_replayid", "traceparent", "ce_else"]  # fmt: skip


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("piece", ["9", "-", "{", " ", "\\", "2026-11-24T"])
def test_a_long_header_is_read_in_one_pass(name: str, piece: str) -> None:
    def act(text: str) -> None:
        with suppress(MalformedEvent):
            decode([*(GOOD | {name: text.encode()}).items()])

    assert grows_in_proportion(act, piece)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", ["ce_a,", "a,", "traceparent,", "ce_é,"])
def test_many_headers_are_read_in_one_pass(piece: str) -> None:
    def act(text: str) -> None:
        headers = [(f"{name}{place}", b"") for place, name in enumerate(text.split(","))]
        decode([*headers, *GOOD.items()])

    assert grows_in_proportion(act, piece)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", [" ", "-", "0", "\n"])
def test_a_trace_of_any_length_is_linked_or_left(piece: str) -> None:
    parent = f"00-{'1' * 32}-{'2' * 16}-01-"

    def act(text: str) -> None:
        headers = [*GOOD.items(), ("traceparent", f"{parent}{text}\nx".encode())]
        assert (
            links(
                [
                    decode_record(
                        StoredRecord("elsewhere", 0, 0, b"k", headers, b"{}"), Subscriptions("nobody")
                    )
                ]
            )
            == []
        )

    assert grows_in_proportion(act, piece)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", ["[", "9", '"', "{", "\\", '"a":1,'])
def test_a_mark_of_a_replay_topic_is_read_in_one_pass(piece: str) -> None:
    def act(text: str) -> None:
        with pytest.raises(MalformedEvent):
            decode_mark([(MARK_HEADER, f'{{"position":{text}'.encode())])

    assert grows_in_proportion(act, piece)


@pytest.mark.parametrize("name", ["ce_type", "ce_source", "ce_correlationid"])
def test_an_attribute_of_any_length_is_read_and_not_kept(name: str) -> None:
    value = b"{" * 100_000 + b"0198c0de-0000-7000-8000-000000000001"
    ours = GOOD | {name: value}
    tracemalloc.start()
    try:
        for each in range(20):
            decode([*(ours | {name: b"{" * each + value}).items()])
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000
