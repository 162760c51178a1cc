"""From a replay topic's records to decoded records of the topics they were first published on."""

from collections.abc import Sequence
from dataclasses import replace

from koppel.contracts.envelope import MalformedEvent
from koppel.contracts.replay_topic import decode_mark
from koppel.platform.consumer.decode import DecodedRecord, RawRecord, StoredRecord, decode_record, key_of
from koppel.platform.consumer.subscriptions import Subscriptions

BY_REPLAY_TOPIC = -1
"""The partition given to records of a replay topic; their offset is the replay topic's."""


def decode_replayed_batch(records: Sequence[RawRecord], subscriptions: Subscriptions) -> list[DecodedRecord]:
    """Decode a batch, keeping its order."""
    return [decode_replayed(record, subscriptions) for record in records]


def decode_replayed(raw: RawRecord, subscriptions: Subscriptions) -> DecodedRecord:
    """One record of a replay topic. Without a mark, a replay or a readable envelope it belongs to no replay: it stays
    on the replay topic, as malformed."""
    try:
        mark = decode_mark(raw.headers)
    except MalformedEvent as fault:
        return DecodedRecord(raw, key=key_of(raw), fault=fault)
    item = decode_record(
        replace(StoredRecord.of(raw), topic=mark.topic, partition=BY_REPLAY_TOPIC), subscriptions
    )
    if item.envelope is None:
        return DecodedRecord(raw, key=key_of(raw), fault=item.fault)
    if item.envelope.replay_id is None:
        missing = MalformedEvent("lane_mark_invalid", "ce_replayid is missing.")
        return DecodedRecord(raw, key=key_of(raw), fault=missing)
    item.mark = mark
    return item
