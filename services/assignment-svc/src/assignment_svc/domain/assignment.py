"""What an administration is assigned to, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID


class Rule(StrEnum):
    """Why an assignment is as it is."""

    DEFAULT = "default"
    """Nobody changed it since the import: all beheerders of that moment."""
    PLAN = "plan"
    """Somebody applied a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Division (0..1), template (0..1) and users (n, each once, in id order)."""

    division_id: UUID | None = None
    template_id: UUID | None = None
    user_ids: tuple[UUID, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        division_id: UUID | None = None,
        template_id: UUID | None = None,
        user_ids: Iterable[UUID] = (),
    ) -> Self:
        """With the users in their canonical order, so that equal placements compare equal."""
        return cls(division_id=division_id, template_id=template_id, user_ids=tuple(sorted(set(user_ids))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One administration's assignment. `version` is its stream's: it rises by one with every change."""

    administration_id: UUID
    placement: Placement
    rule: Rule
    plan_id: UUID | None
    version: int
