"""An event of a newer publisher: what is unknown is ignored where that is safe, set aside where it is not, never fatal."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from koppel.contracts.connection import ConnectionReauthorizationRequired
from koppel.contracts.values import WhoMustAct
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord, decode_record
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscriptions
from koppel.platform.database import Connection, Database
from koppel.testing.deliveries import delivery


async def test_an_unknown_value_waits_with_its_stream_and_an_unknown_field_does_not(
    database: Database, consumer_name: str
) -> None:
    applied: list[tuple[UUID, str]] = []

    async def handler(
        event: ReceivedEvent[ConnectionReauthorizationRequired], _connection: Connection
    ) -> None:
        applied.append((event.data.connection_id, event.data.reason))

    subscriptions = Subscriptions(consumer_name)
    subscriptions.on(ConnectionReauthorizationRequired, handler)
    ahead, other = uuid4(), uuid4()
    await Processor(database, subscriptions, RetryPolicy()).apply(
        [
            _decoded(subscriptions, ahead, 1, "first"),
            _decoded(subscriptions, ahead, 2, "second", who_must_act="the_accountant"),
            _decoded(subscriptions, ahead, 3, "third"),
            _decoded(subscriptions, other, 1, "fourth", urgency={"level": [1]}),
        ]
    )
    assert applied == [(ahead, "first"), (other, "fourth")]
    async with database.system() as connection:
        parked = await connection.fetch("select * from parked_event where consumer = $1", consumer_name)
        held = await connection.fetchval("select count(*) from held_event where consumer = $1", consumer_name)
    assert [(row["key"], row["version"], row["cause_code"]) for row in parked] == [
        (str(ahead), 2, "value_invalid")
    ]
    assert "who_must_act" in parked[0]["cause_detail"]
    assert "the_accountant" not in parked[0]["cause_detail"]
    assert held == 1


def _decoded(
    subscriptions: Subscriptions, connection_id: UUID, version: int, reason: str, **newer: Any
) -> DecodedRecord:
    event = ConnectionReauthorizationRequired(
        organisation_id=uuid4(),
        connection_id=connection_id,
        provider="eaccounting",
        grant_id=uuid4(),
        reason=reason,
        who_must_act=WhoMustAct.CUSTOMER,
        required_at=datetime.now(UTC),
    )
    raw = delivery(event, version, subscriptions).raw
    value = json.loads(raw.value or b"") | newer
    return decode_record(replace(StoredRecord.of(raw), value=json.dumps(value).encode()), subscriptions)
