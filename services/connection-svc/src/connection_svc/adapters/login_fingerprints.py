"""Keyed hashes of logins: equal ones are found over all organisations, and nobody without our keys can guess one."""

import hashlib
import hmac
import secrets
from uuid import UUID

from pydantic import SecretStr

from connection_svc.adapters.token_vault import TokenVault
from connection_svc.domain.connection import LoginIdentity
from koppel.platform.database import Database

_NOBODY = UUID(int=0)
"""The organisation under whose data key the key of the hashes is sealed."""


class LoginFingerprints:
    """Implements `Fingerprints`."""

    def __init__(self, database: Database, vault: TokenVault) -> None:
        self._database = database
        self._vault = vault
        self._key: bytes | None = None

    async def of(self, provider: str, identity: LoginIdentity) -> bytes:
        if self._key is None:
            self._key = await self._read()
        # Lengths stand before the texts, so that no two logins give the same bytes.
        parts = [part.encode() for part in (provider, identity.place, identity.subject)]
        text = b"".join(len(part).to_bytes(4) + part for part in parts)
        return hmac.digest(self._key, text, hashlib.sha256)

    async def _read(self) -> bytes:
        sealed = await self._stored()
        if sealed is None:
            made = SecretStr(secrets.token_hex(32))
            await self._insert(await self._vault.seal(_NOBODY, _NOBODY, "login_key", 1, made))
            sealed = await self._stored()  # of two processes one writes
        key = await self._vault.unseal(_NOBODY, _NOBODY, "login_key", 1, sealed or b"")
        return key.get_secret_value().encode()

    async def _stored(self) -> bytes | None:
        async with self._database.system() as connection:
            found: bytes | None = await connection.fetchval("select sealed from login_key")
        return found

    async def _insert(self, sealed: bytes) -> None:
        async with self._database.system() as connection:
            await connection.execute(
                "insert into login_key (sealed) values ($1) on conflict do nothing", sealed
            )
