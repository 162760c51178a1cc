"""An administration's profile: its KvK number, or why there is none, and its sector.

Rules: a KvK number (8 digits) or a reason, never both; with a reason the sector is required; one or more of
number and sector always. So these hold: a number, a number and a sector, a sector, a reason and a sector.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from import_svc.domain import sectors
from koppel.contracts.values import NoKvkReason, Sector, is_kvk_number


class SectorSource(StrEnum):
    """The source of a sector. A person takes precedence over the provider, and that over the register."""

    PACKAGE = "package"
    REGISTRY = "registry"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile that keeps the rules."""

    kvk_number: str | None = None
    no_kvk_reason: NoKvkReason | None = None
    sector: Sector | None = None


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """What a person sent, before any rule."""

    kvk_number: str | None = None
    no_kvk_reason: str | None = None
    sector: Sector | None = None


@dataclass(frozen=True, slots=True)
class ProfileFault:
    """One broken rule; `field` is the draft's, empty when it is about the whole row."""

    code: str
    field: str
    message: str


def faults(draft: ProfileDraft) -> list[ProfileFault]:
    """Every rule that the draft breaks; empty when `profile` may be made of it."""
    return list(_faults(draft))


def profile(draft: ProfileDraft) -> Profile:
    """The profile of a draft without faults."""
    reason = None if draft.no_kvk_reason is None else NoKvkReason(draft.no_kvk_reason)
    return Profile(draft.kvk_number, reason, draft.sector)


def completed(stored: Profile | None, kvk_number: str | None, sector: Sector | None) -> Profile | None:
    """The profile to import with: what the person stored, completed by what provider and register know.

    None while neither gives a number or a sector. A stored reason says that the provider's number is none.
    """
    if stored is not None and stored.no_kvk_reason is not None:
        return stored
    number = known_number(stored, kvk_number)
    known = (stored and stored.sector) or sector
    return Profile(number, None, known) if number or known else None


def known_number(stored: Profile | None, kvk_number: str | None) -> str | None:
    """The person's number, else the provider's; none where the person says that there is none."""
    if stored is not None and stored.no_kvk_reason is not None:
        return None
    return (stored and stored.kvk_number) or kvk_number


def known_sector(
    stored: Profile | None, provider: Sector | None, registry: Sector | None
) -> tuple[Sector | None, SectorSource | None]:
    """The sector that applies, and its source."""
    if stored is not None and stored.sector is not None:
        return stored.sector, SectorSource.PERSON
    if provider is not None:
        return provider, SectorSource.PACKAGE
    if registry is not None:
        return registry, SectorSource.REGISTRY
    return None, None


def _faults(draft: ProfileDraft) -> Iterator[ProfileFault]:
    number, reason, sector = draft.kvk_number, draft.no_kvk_reason, draft.sector
    if number is not None and not is_kvk_number(number):
        yield ProfileFault("kvk_number_invalid", "kvk_number", "A KvK number has exactly 8 digits, as text.")
    if reason is not None and reason not in set(NoKvkReason):
        allowed = ", ".join(NoKvkReason)
        yield ProfileFault("no_kvk_reason_unknown", "no_kvk_reason", f"The reason is one of {allowed}.")
    if number is not None and reason is not None:
        yield ProfileFault(
            "kvk_number_and_reason",
            "no_kvk_reason",
            "Give a KvK number or the reason that there is none, not both.",
        )
    if sector is not None and not sectors.is_known(sector):
        yield ProfileFault("sector_unknown", "sector", "There is no such section in this version of the SBI.")
    if reason is not None and sector is None:
        yield ProfileFault("sector_required", "sector", "Without a KvK number the sector is required.")
    if number is None and reason is None and sector is None:
        yield ProfileFault("profile_empty", "", "Give a KvK number, a sector, or a reason and a sector.")
