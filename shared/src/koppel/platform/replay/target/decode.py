"""From a lane's records to arrivals on the topics they were first published on."""

from collections.abc import Sequence
from dataclasses import replace

from koppel.contracts.envelope import MalformedEvent
from koppel.contracts.lane import decode_mark
from koppel.platform.consumer.decode import Arrival, KafkaRecord, Raw, arrival, key_of
from koppel.platform.consumer.subscriptions import Subscriptions

BY_LANE = -1
"""Stands as the partition of what came by a lane; its offset is the lane's."""


def lane_arrivals(records: Sequence[KafkaRecord], subscriptions: Subscriptions) -> list[Arrival]:
    """Decode a batch, keeping its order."""
    return [lane_arrival(record, subscriptions) for record in records]


def lane_arrival(raw: KafkaRecord, subscriptions: Subscriptions) -> Arrival:
    """One record of a lane. Without a mark, a replay or a readable envelope it belongs to no replay: it stays
    on the lane's own topic, as malformed."""
    try:
        mark = decode_mark(raw.headers)
    except MalformedEvent as fault:
        return Arrival(raw, key=key_of(raw), fault=fault)
    item = arrival(replace(Raw.of(raw), topic=mark.topic, partition=BY_LANE), subscriptions)
    if item.envelope is None:
        return Arrival(raw, key=key_of(raw), fault=item.fault)
    if item.envelope.replay_id is None:
        missing = MalformedEvent("lane_mark_invalid", "ce_replayid is missing.")
        return Arrival(raw, key=key_of(raw), fault=missing)
    item.mark = mark
    return item
