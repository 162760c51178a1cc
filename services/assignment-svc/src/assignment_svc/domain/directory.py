"""The office's directory: its users, divisions and templates. Ids are chosen by whoever adds them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from koppel.contracts.values import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person of the office."""

    id: UUID
    name: str
    email: str
    role: Role


class EntryKind(StrEnum):
    """What a named entry of the directory is."""

    DIVISION = "division"
    TEMPLATE = "template"

    @property
    def codes(self) -> "EntryCodes":
        """The error codes about such an entry."""
        return _CODES[self]


class EntryCodes(NamedTuple):
    """Asked for, named in a plan, or to be deleted while administrations are assigned to it."""

    not_found: str
    unknown: str
    in_use: str


_CODES = {
    EntryKind.DIVISION: EntryCodes("division_not_found", "division_unknown", "division_in_use"),
    EntryKind.TEMPLATE: EntryCodes("template_not_found", "template_unknown", "template_in_use"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A division or a template: a name that administrations are assigned to."""

    id: UUID
    name: str


class Users(Protocol):
    """The stored users of the transaction's organisation."""

    async def save(self, user: User) -> None:
        """Create or replace."""
        ...

    async def delete(self, user_id: UUID) -> bool:
        """Whether there was one. Waits for transactions that `lock`ed it."""
        ...

    async def get(self, user_id: UUID) -> User | None: ...

    async def page(self, text: str | None, after: UUID | None, limit: int) -> list[User]:
        """In id order; `text` keeps those whose name or address contains it, in any case."""
        ...

    async def count(self, text: str | None) -> int:
        """How many `page` lists in all."""
        ...

    async def lock(self, ids: Iterable[UUID]) -> set[UUID]:
        """Those that exist; they cannot be deleted before the transaction ends."""
        ...

    async def lock_administrators(self, organisation_ids: Iterable[UUID]) -> Mapping[UUID, tuple[UUID, ...]]:
        """All beheerders of several organisations, in id order; they cannot be deleted before the transaction ends."""
        ...


class Entries(Protocol):
    """The stored divisions and templates of the transaction's organisation."""

    async def save(self, kind: EntryKind, entry: Entry) -> None:
        """Create or replace."""
        ...

    async def delete(self, kind: EntryKind, entry_id: UUID) -> bool:
        """Whether there was one. Raises `Conflict` (`division_in_use`, `template_in_use`) while assigned."""
        ...

    async def get(self, kind: EntryKind, entry_id: UUID) -> Entry | None: ...

    async def page(self, kind: EntryKind, text: str | None, after: UUID | None, limit: int) -> list[Entry]:
        """In id order; `text` keeps those whose name contains it, in any case."""
        ...

    async def count(self, kind: EntryKind, text: str | None) -> int:
        """How many `page` lists in all."""
        ...

    async def lock(self, kind: EntryKind, ids: Iterable[UUID]) -> set[UUID]:
        """Those that exist; they cannot be deleted before the transaction ends."""
        ...
