"""One stream over HTTP, as its owner logged it and as a consumer has it."""

from datetime import UTC, datetime

import httpx
import pytest

from koppel.contracts.record import RecordChanged
from koppel.contracts.values import ResourceName
from koppel.kernel.errors import Permanent
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.outbox import EventLog

from .situation import TOPIC, Situation

UNREAD = "koppel.connection.v1"


async def test_the_newest_events_come_first_and_pending_ones_say_so(
    operator: httpx.AsyncClient, situation: Situation, database: Database
) -> None:
    async with database.system() as connection:
        await EventLog(connection).append(*(situation.organisation.renamed(name) for name in "abc"))
        await connection.execute(
            "delete from outbox_pending using event_log log "
            "where log.seq = outbox_pending.seq and log.key = $1 and log.version < 3",
            situation.key,
        )
    stream = (await operator.get(f"/ops/v1/streams/{TOPIC}/{situation.key}", params={"limit": 2})).json()
    assert stream["head"] == 3
    newest, before = stream["events"]
    assert (newest["version"], newest["published"], newest["published_at"]) == (3, False, None)
    assert (before["version"], before["published"]) == (2, True)
    assert "published_at" not in before
    assert newest["type"] == "nl.koppel.AdministrationRenamed.v1"
    assert {"event_id", "at"} <= newest.keys()


async def test_the_consumer_says_what_it_applied_holds_and_waits_for(
    operator: httpx.AsyncClient, situation: Situation
) -> None:
    situation.failing["bad"] = Permanent("refused", "No.")
    await situation.arrive(*(situation.renamed(n, v) for v, n in enumerate(["a", "bad", "c", "d"], 1)))
    (parked,) = await situation.parked()
    stream = (await operator.get(f"/ops/v1/streams/{TOPIC}/{situation.key}")).json()
    assert (stream["head"], stream["events"]) == (None, [])  # another service's log
    assert stream["consumers"] == [
        {
            "consumer": situation.consumer,
            "version": 1,
            "parked": {
                "id": str(parked["id"]),
                "version": 2,
                "cause_class": "permanent",
                "cause_code": "refused",
            },
            "held": 2,
        }
    ]


async def test_a_stream_whose_aggregate_counts_has_its_newest_version_as_head(
    operator: httpx.AsyncClient, situation: Situation, database: Database
) -> None:
    """Its key has slashes, and is taken as it is."""
    record = RecordChanged(
        organisation_id=situation.organisation.organisation_id,
        administration_id=situation.organisation.administration_id,
        resource=ResourceName.CONTACT,
        external_id=f"a b/{new_id()}",
        revision=7,
        run_id=new_id(),
        data={},
        changed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    async with database.system() as connection:
        await connection.execute(
            "insert into event_log (event_id, topic, key, version, type, organisation_id, occurred_at, payload)"
            " values (uuidv7(), $1, $2, $3, $4, $5, now(), $6)",
            record.topic.name,
            record.key,
            record.revision,
            record.type_name(),
            record.organisation_id,
            record.model_dump_json(),
        )
    answer = await operator.get(f"/ops/v1/streams/{record.topic.name}/{record.key}")
    assert answer.json()["head"] == 7
    # The consumer reads the topic, and has not seen this stream.
    assert answer.json()["consumers"] == [
        {"consumer": situation.consumer, "version": 0, "parked": None, "held": 0}
    ]


@pytest.mark.parametrize("topic", [TOPIC, UNREAD, "no-such-topic"])
async def test_a_stream_that_nobody_here_knows_is_404(operator: httpx.AsyncClient, topic: str) -> None:
    answer = await operator.get(f"/ops/v1/streams/{topic}/{new_id()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "stream_not_found")


async def test_a_stream_of_bytes_alone_is_known_by_what_is_parked(
    operator: httpx.AsyncClient, situation: Situation
) -> None:
    await situation.arrive(situation.no_event())
    (consumer,) = (await operator.get(f"/ops/v1/streams/{TOPIC}/{situation.key}")).json()["consumers"]
    assert (consumer["version"], consumer["parked"]["cause_class"]) == (0, "malformed")


@pytest.mark.parametrize("limit", [0, 201])
async def test_the_number_of_events_is_bounded(operator: httpx.AsyncClient, limit: int) -> None:
    answer = await operator.get(f"/ops/v1/streams/{TOPIC}/x", params={"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
