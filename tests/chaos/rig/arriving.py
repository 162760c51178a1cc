"""Deliveries made by hand from the log: the same bytes that the relay publishes, in any order, any number of times."""

from collections.abc import Sequence
from dataclasses import replace

from tests.chaos.rig.contract import ORGANISATION, PARTITIONS, SERVICE, step
from tests.chaos.rig.ledger import Ledger

from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.kernel.ids import new_id
from koppel.platform.consumer.decode import DecodedRecord, RawRecord, StoredRecord, decode_record
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.outbox.batches import partition_of

_LOG = "select seq, event_id, topic, key, version, type, payload from event_log where starts_with(key, $1) order by seq"


async def logged(ledger: Ledger, of: str = "") -> list[StoredRecord]:
    """Every committed event, or those of streams whose name begins with `of`, as a record; its seq stands for its offset."""
    connection = await ledger.connect()
    try:
        rows = await connection.fetch(_LOG, of)
    finally:
        await connection.close()
    return [
        StoredRecord(
            row["topic"],
            partition_of(row["key"].encode(), PARTITIONS),
            row["seq"],
            row["key"].encode(),
            encode(
                Envelope(
                    id=str(row["event_id"]),
                    type=row["type"],
                    source=source_of(SERVICE),
                    subject=row["key"],
                    time=None,
                    organisation_id=ORGANISATION,
                    sequence=row["version"],
                )
            ),
            row["payload"].encode(),
        )
        for row in rows
    ]


def foreign(topic: str, stream: str, op: str, offset: int) -> StoredRecord:
    """A step by a publisher that numbers nothing."""
    event = step(stream, op)
    envelope = Envelope(
        id=str(new_id()), type=event.type_name(), source="urn:elsewhere", subject=stream, time=None,
        organisation_id=ORGANISATION, sequence=None,
    )  # fmt: skip
    body = event.model_dump_json().encode()
    return StoredRecord(
        topic, partition_of(stream.encode(), PARTITIONS), offset, stream.encode(), encode(envelope), body
    )


def read(raws: Sequence[RawRecord], subscriptions: Subscriptions) -> list[DecodedRecord]:
    return [decode_record(raw, subscriptions) for raw in raws]


def spoiled(raw: RawRecord) -> StoredRecord:
    """The same place and headers with a value that is no event."""
    return replace(StoredRecord.of(raw), value=b"no event")
