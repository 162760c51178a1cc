"""Probes of a company before it is imported: calls that tell what would stop its reading, or leave some of it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from import_svc.domain.session import ImportSession
from koppel.contracts.values import Failure, WhoMustAct

CHECKED_FOR = timedelta(minutes=5)
"""A wizard that is started later has a company checked again: somebody may have mended it."""
MOST_ATTEMPTS = 4
PROBED = ("setup_complete", "modules", "fiscal_year", "rights")
"""The checks that probes make. What a probe finds of another check counts there."""

_CHECKS: Mapping[str, str] = {
    "company_inactive": "company_readable",
    "company_blocked": "company_readable",
    "licence_expired": "company_readable",
    "company_setup_incomplete": "setup_complete",
    "licence_terms": "setup_complete",
    "module_unavailable": "modules",
    "scope_missing": "scopes",
    "permission_denied": "rights",
    "no_company_access": "rights",
    "company_not_in_consent": "rights",
    "login_blocked": "rights",
    "rights_not_registered": "rights",
}
_OF_ALL_CALLS = frozenset({"company_readable", "setup_complete"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be. `check` names which question it answers."""

    check: str
    detail: str
    who_must_act: WhoMustAct

    @property
    def ends_the_probes(self) -> bool:
        """Whether every other probe would be answered the same."""
        return self.check in _OF_ALL_CALLS


def refused(failure: Failure, resource: str) -> Finding | None:
    """What the refusal of a probe means for the import of that resource; None where it means nothing."""
    check = _CHECKS.get(failure.code)
    if check is None:
        return None
    what = "" if check in _OF_ALL_CALLS else f" ({resource})"
    return Finding(check, f"{failure.detail.rstrip('.')}{what}.", failure.who_must_act)


def empty(resource: str) -> Finding:
    """No items of what every company has: some providers show what a person may not see as an empty list."""
    if resource == "period":
        return Finding(
            "fiscal_year", "The provider shows no fiscal year of the company.", WhoMustAct.CUSTOMER
        )
    shown = resource.replace("_", " ")
    detail = f"The provider shows no {shown} at all: the person who logged in may lack the right to see them."
    return Finding("rights", detail, WhoMustAct.CUSTOMER)


@dataclass(frozen=True, slots=True)
class DueCheck:
    """A company to ask for now, with how often that failed."""

    organisation_id: UUID
    provider: str
    external_id: str
    grant_id: UUID
    attempts: int


class CompanyChecks(Protocol):
    """What probes told."""

    async def want(self, session: ImportSession, now: datetime) -> None:
        """Have its candidates checked that can be read, are not imported and were not checked just now."""
        ...

    async def claim(self, provider: str, now: datetime, until: datetime, limit: int) -> list[DueCheck]:
        """Companies to ask for now, for nobody else before `until`."""
        ...

    async def put(self, check: DueCheck, findings: Sequence[Finding], now: datetime) -> None: ...

    async def try_again(self, check: DueCheck, at: datetime | None) -> None:
        """It could not be asked; None: it is not tried again."""
        ...
