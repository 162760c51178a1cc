"""The platform's vault behind this service's port."""

from uuid import UUID

from pydantic import SecretStr

from koppel.platform.vault import Place, Vault


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
        return await self._vault.decrypt(Place(organisation_id, subject_id, field, version), sealed)
