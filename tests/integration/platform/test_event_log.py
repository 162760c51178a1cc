"""Appending: versions without a gap, in the caller's transaction, in the caller's tenant."""

import asyncio
import random
from uuid import uuid4

import asyncpg
import pytest

from koppel.kernel.ids import new_id
from koppel.platform.audit import Audit
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import EventLog
from koppel.platform.telemetry import bind_context
from koppel.testing.organisations import Organisation


async def test_versions_rise_by_one_within_a_stream(database: Database, organisation: Organisation) -> None:
    async with database.transaction(organisation.organisation_id) as connection:
        first = await EventLog(connection).append(organisation.renamed("a"), organisation.renamed("b"))
    async with database.transaction(organisation.organisation_id) as connection:
        second = await EventLog(connection).append(organisation.renamed("c"))
    assert (first, second) == ([1, 2], [3])


async def test_a_rolled_back_append_leaves_neither_event_nor_gap(
    database: Database, organisation: Organisation
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(organisation.organisation_id) as connection:
            await EventLog(connection).append(organisation.renamed("lost"))
            raise ZeroDivisionError
    async with database.transaction(organisation.organisation_id) as connection:
        assert await EventLog(connection).append(organisation.renamed("kept")) == [1]
    async with database.system() as connection:
        assert await connection.fetchval("select count(*) from outbox_pending") == 1


async def test_seq_and_version_agree_under_concurrent_writers_and_rollbacks(
    database: Database, organisation: Organisation
) -> None:
    chance = random.Random(7)

    async def write(delay: float, fails: bool) -> None:
        try:
            async with database.transaction(organisation.organisation_id) as connection:
                await EventLog(connection).append(organisation.renamed("x"), organisation.renamed("y"))
                await asyncio.sleep(delay)
                if fails:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass

    await asyncio.gather(*(write(chance.random() / 50, chance.random() < 0.3) for _ in range(60)))
    async with database.system() as connection:
        versions = [
            row["version"] for row in await connection.fetch("select version from event_log order by seq")
        ]
    assert versions == list(range(1, len(versions) + 1))
    assert versions


async def test_an_event_of_another_organisation_cannot_be_appended(
    database: Database, organisation: Organisation
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(uuid4()) as connection:
            await EventLog(connection).append(organisation.renamed("foreign"))


async def test_another_organisation_sees_no_event(database: Database, organisation: Organisation) -> None:
    async with database.transaction(organisation.organisation_id) as connection:
        await EventLog(connection).append(organisation.renamed("mine"))
    async with database.transaction(uuid4()) as connection:
        assert await connection.fetchval("select count(*) from event_log") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.fetch("select * from event_log_" + await _today(connection))


async def test_partitions_are_made_ahead_and_dropped_only_when_nothing_is_pending(
    database: Database, organisation: Organisation
) -> None:
    async with database.transaction(organisation.organisation_id) as connection:
        await EventLog(connection).append(organisation.renamed("pending"))
    async with database.system() as connection:
        assert await connection.fetchval("select ensure_event_log_partitions(16)") == 2
        dropped = await connection.fetchval("select drop_event_log_partitions(current_date + 1)")
        assert dropped == 1, "yesterday's goes, today's holds a pending event"
        await connection.execute("delete from outbox_pending")
        assert await connection.fetchval("select drop_event_log_partitions(current_date + 1)") == 1


async def _today(connection: Connection) -> str:
    return await connection.fetchval("select to_char(now() at time zone 'utc', 'YYYYMMDD')")


async def test_what_a_job_does_is_audited_under_the_conversation_of_its_events(
    database: Database, organisation: Organisation
) -> None:
    async with database.system() as connection:
        log = EventLog(connection)
        await log.append(organisation.renamed("a"))
        await Audit(connection, log.correlation_id).record(
            organisation_id=organisation.organisation_id, actor="service:test", action="renamed", target="x"
        )
        assert await connection.fetchval("select correlation_id from audit_entry where target = 'x'") == (
            await connection.fetchval(
                "select correlation_id from event_log where key = $1", organisation.renamed("").key
            )
        )


async def test_what_a_request_does_is_audited_under_its_conversation(
    database: Database, organisation: Organisation
) -> None:
    conversation = new_id()
    async with database.system() as connection:
        with bind_context(correlation_id=conversation):
            await Audit(connection).record(
                organisation_id=organisation.organisation_id,
                actor="person:test",
                action="renamed",
                target="y",
            )
        found = await connection.fetchval("select correlation_id from audit_entry where target = 'y'")
    assert found == conversation


async def test_a_transaction_that_appended_wakes_the_relay_and_no_other_does(
    database: Database, organisation: Organisation
) -> None:
    woken: list[str] = []
    doing = "nothing"
    database.after_append(lambda: woken.append(doing))
    async with database.system() as connection:
        await connection.fetch("select * from event_log")
    doing = "writing something else"
    async with database.transaction(organisation.organisation_id) as connection:
        await connection.execute("insert into stream_head values ('t', $1, 1)", str(new_id()))
    doing = "appending nothing"
    async with database.transaction(organisation.organisation_id) as connection:
        await EventLog(connection).append()
    doing = "rolled back"
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(organisation.organisation_id) as connection:
            await EventLog(connection).append(organisation.renamed("a"))
            raise ZeroDivisionError
    assert woken == []
    doing = "appending"
    async with database.transaction(organisation.organisation_id) as connection:
        await asyncio.create_task(_append(connection, organisation))
    assert woken == ["appending"]


async def _append(connection: Connection, organisation: Organisation) -> None:
    await EventLog(connection).append(organisation.renamed("b"))
