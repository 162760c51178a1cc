"""The office's directory: its users, divisions and templates. Ids are chosen by whoever adds them."""

from dataclasses import dataclass
from enum import StrEnum
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A division or a template: a name that administrations are assigned to."""

    id: UUID
    name: str
