"""What the Dutch trade register (KvK) knows of a company, and how long that is good for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from import_svc.domain.sectors import sector_of_activity
from koppel.contracts.values import Sector
from koppel.kernel.errors import QuotaExceeded, Transient

NAME = "kvk"
"""What answers call the register."""

FRESH = timedelta(days=7)
"""How long what the register said of a company is good for; longer when it gives no answer."""
KEPT = timedelta(days=90)
"""A sole trader's name is personal data: an answer that nobody had renewed for so long is dropped."""
FRESH_UNKNOWN = timedelta(minutes=1)
"""Short: a number that is free today may be given out tomorrow, and asking for it costs nothing."""


LOOK_UPS_A_DAY = 2_000
"""Of one organisation, from 00:00 UTC: most of them cost money."""


def quota_exceeded(now: datetime) -> QuotaExceeded:
    """The refusal of a look-up beyond what the organisation may ask for today."""
    tomorrow = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return QuotaExceeded(
        "registry_quota_exceeded",
        f"The organisation has had {LOOK_UPS_A_DAY:,} numbers looked up today; there are more from 00:00 UTC.",
        retry_after=(tomorrow - now).total_seconds(),
    )


class RegistryUnavailable(Transient):
    """The register gave no answer; `code` is one for all causes, `cause` says which, for metrics and logs."""

    def __init__(self, *, cause: str, retry_after: float | None = None) -> None:
        super().__init__(
            "registry_unavailable",
            "The trade register gives no answer now; fill in by hand what it would tell, or try again later.",
            retry_after=retry_after,
        )
        self.cause = cause


class RegistryStatus(StrEnum):
    """What the register says of a number; `unavailable` while it was asked and has never answered."""

    FOUND = "found"
    ENDED = "ended"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Activity:
    """What a company does: a code of the SBI of today's version."""

    code: str
    main: bool


@dataclass(frozen=True, slots=True)
class RegisteredCompany:
    """A company of the register; not `active` when its registration has ended."""

    kvk_number: str
    name: str
    active: bool
    activities: tuple[Activity, ...] = ()

    @property
    def sector(self) -> Sector | None:
        """The section of its main activity; None where there is no main one or it has no sure section."""
        found = {sector_of_activity(each.code) for each in self.activities if each.main}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """The last answer for a number: `fetched_at` is None before the first, `company` when nobody has the number."""

    kvk_number: str
    company: RegisteredCompany | None = None
    fetched_at: datetime | None = None

    @property
    def status(self) -> RegistryStatus:
        if self.fetched_at is None:
            return RegistryStatus.UNAVAILABLE
        if self.company is None:
            return RegistryStatus.NOT_FOUND
        return RegistryStatus.FOUND if self.company.active else RegistryStatus.ENDED

    @property
    def sector(self) -> Sector | None:
        return None if self.company is None else self.company.sector

    def is_fresh(self, now: datetime) -> bool:
        """Whether the answer need not be asked for again."""
        if self.fetched_at is None:
            return False
        return now - self.fetched_at < (FRESH_UNKNOWN if self.company is None else FRESH)


class RegistryEntries(Protocol):
    """The answers of the register that are kept, of all organisations: what a number is, is no organisation's."""

    async def find(self, kvk_number: str) -> RegistryEntry | None: ...

    async def put(self, entry: RegistryEntry) -> None: ...

    async def stale(self, kvk_numbers: Collection[str], now: datetime) -> list[str]:
        """Those of these that nobody knows a fresh answer for and nobody waits for, each once."""
        ...

    async def take(self, look_ups: int, now: datetime) -> int:
        """Count so many against what the organisation may ask for today; returns how many it may."""
        ...

    async def want(self, kvk_numbers: Collection[str], now: datetime) -> None:
        """Have these looked up, as far as their answers are not fresh."""
        ...

    async def claim(self, now: datetime, until: datetime, limit: int) -> dict[str, int]:
        """Numbers to look up now, with how often that failed, for nobody else before `until`."""
        ...

    async def try_again(self, at: Mapping[str, datetime]) -> None:
        """These numbers could not be looked up."""
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Drop answers older than that, at most `limit`; what waits to be looked up stays. Returns how many."""
        ...

    async def give_up(self, kvk_numbers: Collection[str]) -> None:
        """The same, and they are not tried again before they are wanted again."""
        ...
