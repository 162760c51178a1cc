"""A token that must be withdrawn at its package."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """`subject_id`, `token_field` and `token_version` are the vault's place of the encrypted token."""

    id: UUID
    organisation_id: UUID
    subject_id: UUID
    provider: str
    token_field: str
    token_version: int
    token: bytes = field(repr=False)
    attempts: int = 0
