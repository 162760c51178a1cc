"""Secrets in the real tables: one key an organisation, and no ciphertext that works elsewhere."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from connection_svc.adapters.postgres.data_keys import PostgresDataKeys
from connection_svc.adapters.token_vault import TokenVault
from koppel.kernel.errors import Transient
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.key_encryption import KeyFile
from koppel.platform.telemetry import metrics
from koppel.platform.vault import Vault
from koppel.testing.databases import ServiceDatabase

SECRET = SecretStr("a refresh token")


@pytest.fixture
async def keys(schema: ServiceDatabase) -> AsyncIterator[PostgresDataKeys]:
    store = PostgresDataKeys(schema.open(max_size=2))
    yield store
    await store.close()


@pytest.fixture
def vault(keys: PostgresDataKeys, tmp_path: Path) -> TokenVault:
    return TokenVault(Vault(KeyFile(key_file(tmp_path, b"k")), keys))


def key_file(folder: Path, letter: bytes) -> Path:
    path = folder / letter.decode()
    path.write_bytes(base64.b64encode(letter * 32))
    path.chmod(0o600)
    return path


async def test_a_secret_is_read_back_at_its_place(vault: TokenVault) -> None:
    organisation, grant = new_id(), new_id()
    sealed = await vault.seal(organisation, grant, "refresh_token", 1, SECRET)
    assert SECRET.get_secret_value().encode() not in sealed
    assert await vault.unseal(organisation, grant, "refresh_token", 1, sealed) == SECRET


async def test_a_ciphertext_is_refused_everywhere_else_and_counted(vault: TokenVault) -> None:
    organisation, grant, stranger = new_id(), new_id(), new_id()
    sealed = await vault.seal(organisation, grant, "refresh_token", 1, SECRET)
    await vault.seal(stranger, grant, "refresh_token", 1, SECRET)
    before = metrics.value("koppel_vault_rejections_total")
    elsewhere = [
        (stranger, grant, "refresh_token", 1),
        (organisation, new_id(), "refresh_token", 1),
        (organisation, grant, "access_token", 1),
        (organisation, grant, "refresh_token", 2),
    ]
    for place in elsewhere:
        with pytest.raises(Transient) as refused:
            await vault.unseal(*place, sealed)
        assert refused.value.code == "secret_unreadable"
    assert metrics.value("koppel_vault_rejections_total") - before == len(elsewhere)


async def test_the_first_secrets_of_an_organisation_share_one_key(
    vault: TokenVault, keys: PostgresDataKeys, database: Database
) -> None:
    organisation, grant = new_id(), new_id()
    sealed = await asyncio.gather(
        *(vault.seal(organisation, grant, "access_token", version, SECRET) for version in range(1, 9))
    )
    for version, each in enumerate(sealed, start=1):
        assert await vault.unseal(organisation, grant, "access_token", version, each) == SECRET
    async with database.system() as connection:
        count = await connection.fetchval(
            "select count(*) from data_key where organisation_id = $1", organisation
        )
    assert count == 1


async def test_another_key_encryption_key_opens_nothing(
    vault: TokenVault, keys: PostgresDataKeys, tmp_path: Path
) -> None:
    organisation, grant = new_id(), new_id()
    sealed = await vault.seal(organisation, grant, "access_token", 1, SECRET)
    other = TokenVault(Vault(KeyFile(key_file(tmp_path, b"x")), keys))
    with pytest.raises(Transient, match="secret_unreadable"):
        await other.unseal(organisation, grant, "access_token", 1, sealed)


async def test_without_its_data_key_a_secret_is_gone(
    vault: TokenVault, keys: PostgresDataKeys, database: Database, tmp_path: Path
) -> None:
    """Deleting an organisation's keys shreds everything it had."""
    organisation, grant = new_id(), new_id()
    sealed = await vault.seal(organisation, grant, "access_token", 1, SECRET)
    async with database.transaction(organisation) as connection:
        await connection.execute("delete from data_key where organisation_id = $1", organisation)
    restarted = TokenVault(Vault(KeyFile(key_file(tmp_path, b"k")), keys))
    with pytest.raises(Transient, match="secret_unreadable"):
        await restarted.unseal(organisation, grant, "access_token", 1, sealed)
