"""The office's directory: its users, divisions and templates. Ids are chosen by whoever adds them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
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
