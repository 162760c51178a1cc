"""Each quick-start: an event once, in order, the hole asked for, and nothing twice after a kill."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from koppel.contracts.topics import CONNECTION, REPLAY_CONTROL
from koppel.testing.databases import service_database
from koppel.testing.eventually import eventually
from koppel_local.kafka.topics import create_missing

from .owner import Owner
from .quick_start import commands, running


@pytest.fixture
async def owner(kafka_server: str) -> AsyncIterator[Owner]:
    await create_missing(kafka_server, [CONNECTION, REPLAY_CONTROL])
    async with AIOKafkaProducer(bootstrap_servers=kafka_server, enable_idempotence=True) as producer:
        yield Owner(producer, versions=8)


@pytest.mark.parametrize("name", ["Python with aiokafka", "Node with kafkajs"])
async def test_it_applies_once_in_order_and_asks_for_the_hole(
    name: str, owner: Owner, tmp_path: Path, kafka_server: str
) -> None:
    script, key = commands(name), str(owner.connection_id)
    environment = {"KAFKA": kafka_server, "CONSUMER": f"reader-{key}"}
    await owner.publish_junk()
    await owner.publish(1, 2, 2, 1, 3, 6)
    async with owner.answering(kafka_server):
        async with running(script, tmp_path, environment) as first:
            await first.has_applied(key, 6)
            assert first.applied(key) == [1, 2, 3, 4, 5, 6]
        # Killed and started again, and everything comes a second time.
        await owner.publish(1, 2, 3, 4, 5, 6, 7)
        async with running(script, tmp_path, environment) as second:
            await second.has_applied(key, 7)
            await owner.publish(7, 5, 8)
            await second.has_applied(key, 8)
            assert second.applied(key) == [7, 8]
    _asked_for_the_hole(owner)


@pytest.mark.parametrize("name", ["Python with aiokafka", "Node with kafkajs"])
async def test_told_to_stop_it_leaves_its_group_and_a_new_start_says_no_error(
    name: str, owner: Owner, tmp_path: Path, kafka_server: str
) -> None:
    group = f"reader-{owner.connection_id}"
    environment, key = {"KAFKA": kafka_server, "CONSUMER": group}, str(owner.connection_id)
    await owner.publish(1)
    async with running(commands(name), tmp_path, environment) as first:
        await first.has_applied(key, 1)
        assert await first.stop() == 0, "\n".join(first.lines[-20:])
        assert first.lines[-1] == "left"
    assert await _members(kafka_server, group) == 0
    await owner.publish(2)
    async with running(commands(name), tmp_path, environment) as second:
        await second.has_applied(key, 2)
        assert not [line for line in (*first.lines, *second.lines) if "error" in line.lower()]


@pytest.mark.parametrize(
    ("name", "store"),
    [("Python with aiokafka", "closed.sqlite"), ("Node with kafkajs", "missing/store.json")],
)
async def test_what_it_cannot_go_on_with_ends_it(
    name: str, store: str, owner: Owner, tmp_path: Path, kafka_server: str
) -> None:
    """Its state cannot be written: it ends, instead of staying alive and doing nothing."""
    with sqlite3.connect(tmp_path / "closed.sqlite") as database:
        database.execute("create table position (topic text, key text check (key is null), version integer)")
    database.close()
    await owner.publish(1)
    environment = {"KAFKA": kafka_server, "CONSUMER": f"reader-{owner.connection_id}", "STORE": store}
    async with running(commands(name), tmp_path, environment) as subscriber:
        assert await subscriber.ended() == 1, subscriber.lines
        assert subscriber.applied(str(owner.connection_id)) == []
        assert any(line.startswith("reading") for line in subscriber.lines)


async def _members(kafka: str, group: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([group])
        ((_error, _group, _state, _type, _protocol, members, *_),) = answer.groups
        return len(members)
    finally:
        await admin.close()


async def test_without_an_answer_it_waits_and_asks_again(
    owner: Owner, tmp_path: Path, kafka_server: str
) -> None:
    await owner.publish(1, 3, 5)
    environment = {"KAFKA": kafka_server, "CONSUMER": f"reader-{owner.connection_id}"}
    async with running(commands("Python with aiokafka"), tmp_path, environment) as subscriber:
        await subscriber.says(f"asked for 2 to 2 {owner.connection_id}")
        assert subscriber.applied(str(owner.connection_id)) == [1]
        async with owner.answering(kafka_server):
            await subscriber.has_applied(str(owner.connection_id), 5)

    async def both() -> bool:
        return {(gap.from_version, gap.to_version) for gap in owner.asked} == {(2, 2), (4, 4)}

    await eventually(both, within=5, what="two gaps asked for")


async def test_the_library_does_the_same_with_a_schema(
    owner: Owner, tmp_path: Path, kafka_server: str, postgres_server: str
) -> None:
    script, key = commands("Python with Koppel's library"), str(owner.connection_id)
    async with service_database(postgres_server, "reader", "koppel.testing.platform_only") as created:
        environment = {"KAFKA": kafka_server, "DATABASE": created.admin_dsn}
        environment |= {"FIRST_READER_PORT": "0", "KOPPEL_GAP_PATIENCE": "1s"}
        database = await asyncpg.connect(created.admin_dsn)

        async def seen() -> list[int]:
            rows = "select version from first_reader.seen where stream_key = $1 order by xmin::text::bigint, version"
            return [row["version"] for row in await database.fetch(rows, key)]

        async def reached(*versions: int) -> None:
            async def there() -> bool:
                return await seen() == list(versions)

            await eventually(there, within=40, what=f"the effects of {versions}")

        await owner.publish(1, 2, 2, 1, 3, 6)
        async with owner.answering(kafka_server), running(script, tmp_path, environment) as first:
            await first.says(f"applying 3 .*{key}")
            await reached(1, 2, 3, 4, 5, 6)
        await owner.publish(1, 2, 3, 4, 5, 6, 7)
        async with running(script, tmp_path, environment):
            await owner.publish(7, 5, 8)
            await reached(1, 2, 3, 4, 5, 6, 7, 8)
        await database.close()
    _asked_for_the_hole(owner)


def _asked_for_the_hole(owner: Owner) -> None:
    asked = {(gap.from_version, gap.to_version, gap.stream_topic) for gap in owner.asked}
    assert asked == {(4, 5, CONNECTION.name)}
    assert {gap.organisation_id for gap in owner.asked} == {owner.organisation_id}
