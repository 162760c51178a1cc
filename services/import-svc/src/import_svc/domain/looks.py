"""What a look at a provider showed, kept for the next one."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from import_svc.domain.session import ImportSession
from koppel.providers.company import Company


class SeenAs(StrEnum):
    """A company beside what the look before showed of it.

    `MOVED`: through another login, and the one of before does not work. `GONE`: a login that showed it does not any more.
    """

    NEW = "new"
    KNOWN = "known"
    RENAMED = "renamed"
    MOVED = "moved"
    GONE = "gone"


class SeenCompanies(Protocol):
    """The companies that an organisation's logins showed, each as the last look showed it."""

    async def note(
        self, session: ImportSession, found: Sequence[tuple[UUID, Company]], now: datetime
    ) -> None:
        """(grant, company)."""
        ...

    async def add_gone(self, session: ImportSession, now: datetime) -> None:
        """Candidates for what the look before showed and the session's logins, asked to the end, did not; said once."""
        ...
