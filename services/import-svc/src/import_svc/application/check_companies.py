"""Whether companies can be read whole is probed before they are imported. The provider is called between two transactions."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from import_svc.application.outside import CompanyProbes
from import_svc.application.ports import Transaction
from import_svc.domain.company_check import MOST_ATTEMPTS, DueCheck, Finding
from import_svc.domain.discovery import DiscoveryFailed
from koppel.kernel.retry import RetryPolicy
from koppel.ports.transaction import UnitOfWork

log = logging.getLogger(__name__)

_CLAIMED_FOR = timedelta(minutes=2)
"""More than a company's probes can take; after it another process may ask."""
_AGAIN = RetryPolicy(first=timedelta(seconds=10), longest=timedelta(minutes=5), attempts=MOST_ATTEMPTS)


async def check_companies(
    unit_of_work: UnitOfWork[Transaction], probes: CompanyProbes, at_once: Mapping[str, int]
) -> None:
    """Ask for the companies that wait, of each provider so many as its windows bear in a round."""
    async with unit_of_work.begin(None) as tx:
        until = tx.now + _CLAIMED_FOR
        due = [
            each
            for provider, limit in at_once.items()
            for each in await tx.company_checks.claim(provider, tx.now, until, limit)
        ]
    async with asyncio.TaskGroup() as group:
        for each in due:
            group.create_task(_check(unit_of_work, probes, each))


async def _check(unit_of_work: UnitOfWork[Transaction], probes: CompanyProbes, due: DueCheck) -> None:
    """An error of one company must not lose the results of the others."""
    try:
        found = await probes.findings(due.provider, due.organisation_id, due.grant_id, due.external_id)
    except DiscoveryFailed as failed:
        await _postpone(unit_of_work, due, failed)
    except Exception:
        log.exception("cannot probe a company of grant %s", due.grant_id)
        await _postpone(unit_of_work, due, None)
    else:
        await _put(unit_of_work, due, found)


async def _put(unit_of_work: UnitOfWork[Transaction], due: DueCheck, found: list[Finding]) -> None:
    async with unit_of_work.begin(None) as tx:
        await tx.company_checks.put(due, found, tx.now)


async def _postpone(
    unit_of_work: UnitOfWork[Transaction], due: DueCheck, failed: DiscoveryFailed | None
) -> None:
    attempts = due.attempts + 1
    again = (failed is None or failed.transient) and not _AGAIN.exhausted(attempts)
    wait = None if failed is None else failed.retry_after
    async with unit_of_work.begin(None) as tx:
        at = tx.now + _AGAIN.delay(attempts, at_least=wait) if again else None
        await tx.company_checks.try_again(due, at)
