"""What a look at a provider showed, kept for the next one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol
from uuid import UUID

from import_svc.domain.session import ImportSession
from koppel.providers.company import Company, CompanyStatus

LOOKS_UNTIL_VANISHED = 2
"""In a row: one that misses a company may be the provider's mistake."""
LOOK_EVERY = timedelta(days=1)
"""At each connection that a wizard was used for, counted from the last look at it, a wizard's too."""


def looks_apart(look_every: timedelta) -> timedelta:
    """Between two looks that both count as missing a company: the same mistake seen twice is one."""
    return look_every / 2


LOOKS_AT_ONCE = 2
"""Of all organisations, and one call at a time each: a share of what providers and workers can bear."""


NUMBERS_HOLD = timedelta(days=1)
"""A number that was asked for is not asked for again by a wizard for so long."""


class CompanyNumbers(NamedTuple):
    """What a company's own page at the provider said; looks and wizards that know it do not ask for the page."""

    kvk_number: str | None
    vat_number: str | None = None


NOTHING_KNOWN: Mapping[str, CompanyNumbers] = MappingProxyType({})


class SeenAs(StrEnum):
    """A company beside what the look before showed of it.

    `MOVED`: through another login, and the one of before does not work. `GONE`: a login that showed it does not any more.
    """

    NEW = "new"
    KNOWN = "known"
    RENAMED = "renamed"
    MOVED = "moved"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCompany:
    """A company that a daily look found and that nobody has seen in a wizard or imported yet."""

    organisation_id: UUID
    connection_id: UUID
    grant_id: UUID
    provider: str
    external_id: str
    name: str
    kvk_number: str | None
    status: CompanyStatus
    found_at: datetime


class SeenCompanies(Protocol):
    """The companies that an organisation's logins showed, each as the last look showed it."""

    async def note(
        self,
        session: ImportSession,
        found: Sequence[tuple[UUID, Company]],
        known: Collection[str],
        now: datetime,
    ) -> list[FoundCompany]:
        """(grant, company), of which those `known` were not asked for; returns those that the session, a look, is the first
        to show, or the first again."""
        ...

    async def known(self, session: ImportSession, now: datetime) -> Mapping[str, CompanyNumbers]:
        """Companies whose own page need not be asked for, by external id. To a look: those with a KvK number. To a wizard:
        those imported, and those whose number was told in the last `NUMBERS_HOLD`."""
        ...

    async def found(
        self, connection_id: UUID | None, after: tuple[str, str] | None, limit: int
    ) -> list[FoundCompany]:
        """The organisation's whose login works, behind that (provider, external id)."""
        ...

    async def count_found(self, connection_id: UUID | None) -> int:
        """On all pages."""
        ...

    async def miss(self, session: ImportSession, now: datetime, apart: timedelta) -> list[UUID]:
        """Count what earlier looks showed and the session's logins, asked to the end, did not.

        What a person saw in a wizard before becomes a candidate of this one that is gone, once. With
        `LOOKS_UNTIL_VANISHED` looks that are so far apart its administration has vanished: those are returned, each once
        until the company is back.
        """
        ...
