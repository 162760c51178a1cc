"""The right key-encryption key starts, another does not, and nothing is written with it."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from connection_svc.adapters.postgres.data_keys import PostgresDataKeys
from connection_svc.adapters.postgres.key_canary import KeyCanary
from koppel.kernel.errors import Permanent
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.key_encryption import KeyFile
from koppel.platform.telemetry.metrics import metrics
from koppel.platform.vault import Place, Vault
from koppel.testing.databases import ServiceDatabase, service_database

Key = Callable[[bytes], KeyFile]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_schema(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    """A database whose keys no other test makes."""
    async with service_database(postgres_server, "connection", "connection_svc") as created:
        yield created


@pytest.fixture
async def unused(own_schema: ServiceDatabase) -> AsyncIterator[Database]:
    """A database that no process has started on."""
    database = own_schema.open(max_size=4)
    await database.open()
    async with database.system() as connection:
        await connection.execute("delete from key_canary")
        await connection.execute("delete from data_key")
    yield database
    await database.close()


@pytest.fixture
def key(tmp_path: Path) -> Key:
    def make(letter: bytes) -> KeyFile:
        path = tmp_path / letter.decode()
        path.write_bytes(base64.b64encode(letter * 32))
        path.chmod(0o600)
        return KeyFile(path)

    return make


async def write_data_key(database: Database, schema: ServiceDatabase, key: KeyFile) -> None:
    keys = PostgresDataKeys(schema.open(max_size=1))
    try:
        await Vault(key, keys).encrypt(Place(new_id(), new_id(), "refresh_token", 1), SecretStr("secret"))
    finally:
        await keys.close()


async def canaries(database: Database) -> int:
    async with database.system() as connection:
        return int(await connection.fetchval("select count(*) from key_canary"))


async def refused(database: Database, key: KeyFile) -> Permanent:
    with pytest.raises(Permanent) as caught:
        await KeyCanary(database, key).check()
    assert caught.value.code == "key_encryption_key_mismatch"
    return caught.value


async def test_the_key_of_the_first_start_starts_again_and_no_other(unused: Database, key: Key) -> None:
    await KeyCanary(unused, key(b"k")).check()
    await KeyCanary(unused, key(b"k")).check()
    before = metrics.value("koppel_key_mismatches_total")
    assert "hint: put back the key file" in (await refused(unused, key(b"x"))).detail
    assert metrics.value("koppel_key_mismatches_total") == before + 1
    assert await canaries(unused) == 1


async def test_a_database_without_a_canary_is_judged_by_its_oldest_data_key(
    unused: Database, own_schema: ServiceDatabase, key: Key
) -> None:
    await write_data_key(unused, own_schema, key(b"k"))
    await write_data_key(unused, own_schema, key(b"x"))
    await refused(unused, key(b"x"))
    assert await canaries(unused) == 0, "a wrong key writes nothing"
    await KeyCanary(unused, key(b"k")).check()


async def test_of_two_first_starts_with_two_keys_one_is_refused(unused: Database, key: Key) -> None:
    outcomes = await asyncio.gather(
        *(KeyCanary(unused, key(letter)).check() for letter in (b"k", b"x", b"k", b"x")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes].count(Permanent) == 2
    assert await canaries(unused) == 1


async def test_a_canary_that_was_changed_is_refused(unused: Database, key: Key) -> None:
    await KeyCanary(unused, key(b"k")).check()
    async with unused.system() as connection:
        await connection.execute(
            "update key_canary set wrapped = set_byte(wrapped, 30, 255 - get_byte(wrapped, 30))"
        )
    await refused(unused, key(b"k"))
