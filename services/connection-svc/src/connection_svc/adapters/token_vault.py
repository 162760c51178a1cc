"""The platform's vault behind this service's port."""

import logging
from uuid import UUID

from pydantic import SecretStr

from koppel.kernel.errors import Permanent, Transient
from koppel.platform.vault import Place, Vault

log = logging.getLogger(__name__)


class TokenVault:
    """Implements `Vault`."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def seal(
        self, organisation_id: UUID, subject_id: UUID, field: str, version: int, secret: SecretStr
    ) -> bytes:
        return await self._vault.encrypt(Place(organisation_id, subject_id, field, version), secret)

    async def unseal(
        self, organisation_id: UUID, subject_id: UUID, field: str, version: int, sealed: bytes
    ) -> SecretStr:
        """Raises `Transient` with code `secret_unreadable`: nobody's login is at fault, ours has to be repaired."""
        try:
            return await self._vault.decrypt(Place(organisation_id, subject_id, field, version), sealed)
        except Permanent as error:
            log.error("cannot read %s of %s: %s", field, subject_id, error.code)  # noqa: TRY400  (a code, no stack)
            raise Transient(
                "secret_unreadable", "A stored secret cannot be read; the keys need a look.", retry_after=60
            ) from error
