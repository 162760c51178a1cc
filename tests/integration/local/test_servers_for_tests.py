"""The servers that the whole suite stands on."""

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient


async def test_the_database_answers(postgres_server: str) -> None:
    connection = await asyncpg.connect(postgres_server)
    try:
        assert await connection.fetchval("SELECT current_setting('server_version_num')::int / 10000") == 18
    finally:
        await connection.close()


async def test_the_broker_answers(kafka_server: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server)
    await admin.start()
    try:
        assert len((await admin.describe_cluster())["brokers"]) == 1
    finally:
        await admin.close()
