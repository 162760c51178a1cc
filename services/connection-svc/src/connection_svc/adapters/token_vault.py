"""The platform's vault behind this service's port."""

import logging
from uuid import UUID

from pydantic import SecretStr

from koppel.kernel.errors import Permanent, Transient
from koppel.platform.vault import Place, Sealer, Vault

log = logging.getLogger(__name__)


class TokenSealer:
    """Implements `Sealer`."""

    def __init__(self, organisation_id: UUID, sealer: Sealer) -> None:
        self._organisation_id = organisation_id
        self._sealer = sealer

    def seal(self, subject_id: UUID, field: str, version: int, secret: SecretStr) -> bytes:
        return self._sealer.encrypt(Place(self._organisation_id, subject_id, field, version), secret)


class TokenVault:
    """Implements `Vault`. Raises `Transient` with code `secret_unreadable` when our keys have to be repaired."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def seal(
        self, organisation_id: UUID, subject_id: UUID, field: str, version: int, secret: SecretStr
    ) -> bytes:
        return (await self.sealer(organisation_id)).seal(subject_id, field, version, secret)

    async def sealer(self, organisation_id: UUID) -> TokenSealer:
        try:
            return TokenSealer(organisation_id, await self._vault.sealer(organisation_id))
        except Permanent as error:
            raise _unreadable(f"the data key of {organisation_id}", error) from error

    async def unseal(
        self, organisation_id: UUID, subject_id: UUID, field: str, version: int, sealed: bytes
    ) -> SecretStr:
        try:
            return await self._vault.decrypt(Place(organisation_id, subject_id, field, version), sealed)
        except Permanent as error:
            raise _unreadable(f"{field} of {subject_id}", error) from error


def _unreadable(what: str, error: Permanent) -> Transient:
    """The vault is at fault, not the login."""
    log.error("cannot read %s: %s", what, error.code)
    return Transient(
        "secret_unreadable", "A stored secret cannot be read; the keys need a look.", retry_after=60
    )
