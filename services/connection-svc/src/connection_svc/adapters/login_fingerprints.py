"""Keyed hashes of logins: equal ones are found over all organisations, and nobody without our keys can guess one."""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from pydantic import SecretStr

from connection_svc.adapters.token_vault import TokenVault
from connection_svc.domain.connection import LoginIdentity
from connection_svc.domain.provider import KeyNotice
from koppel.platform.database import Database

_NOBODY = UUID(int=0)
"""The organisation under whose data key the key of the hashes is sealed."""

_NOTICE, _REFERENCE = "key notice", "key reference"
"""No provider has such an id."""
_SIGNATURE_BYTES = 18


class LoginFingerprints:
    """Implements `Fingerprints`."""

    def __init__(self, database: Database, vault: TokenVault) -> None:
        self._database = database
        self._vault = vault
        self._key: bytes | None = None

    async def ready(self) -> None:
        await self.is_signed("")

    async def of(self, provider: str, identity: LoginIdentity) -> bytes:
        return await self._digest(provider, identity.place, identity.subject)

    async def of_notice(self, notice: KeyNotice) -> bytes:
        key = [text for name in sorted(notice.key) for text in (name, notice.key[name].get_secret_value())]
        return await self._digest(_NOTICE, notice.action, notice.reference.get_secret_value(), *key)

    async def sign(self, text: str) -> str:
        return f"{text}.{await self._signature(text)}"

    async def is_signed(self, text: str) -> bool:
        own, _, signature = text.rpartition(".")
        return hmac.compare_digest((await self._signature(own)).encode(), signature.encode())

    async def _signature(self, text: str) -> str:
        digest = await self._digest(_REFERENCE, text)
        return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode()

    async def _digest(self, *texts: str) -> bytes:
        if self._key is None:
            self._key = await self._read()
        # Lengths stand before the texts, so that no two lists of them give the same bytes.
        parts = [part.encode() for part in texts]
        return hmac.digest(
            self._key, b"".join(len(part).to_bytes(4) + part for part in parts), hashlib.sha256
        )

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
