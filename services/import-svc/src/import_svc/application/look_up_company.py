"""Looking a company up in the trade register. The register is asked between two transactions; what it said is kept."""

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from import_svc.application.outside import TradeRegister
from import_svc.application.ports import Transaction
from import_svc.domain.trade_register import (
    KEPT,
    RegisteredCompany,
    RegistryEntry,
    RegistryUnavailable,
    quota_exceeded,
)
from koppel.kernel.retry import RetryPolicy
from koppel.ports.transaction import UnitOfWork

log = logging.getLogger(__name__)

_SOON = 2.0
"""Seconds that a person's call waits for the register."""
_PATIENTLY = 10.0
_AT_ONCE = 100
_CONCURRENT = 8
_FORGOTTEN_AT_ONCE = 1_000
_CLAIMED_FOR = timedelta(minutes=3)
"""More than a round can take; after it another process may ask."""
_AGAIN = RetryPolicy(first=timedelta(seconds=10), longest=timedelta(hours=1), attempts=12)


async def look_up_company(
    unit_of_work: UnitOfWork[Transaction],
    organisation_id: UUID,
    source: TradeRegister | None,
    kvk_number: str,
) -> RegistryEntry:
    """What the register says of the number; what it said before when it gives no answer now, or no key for it is set.

    Raises `RegistryUnavailable` when it never gave one, `QuotaExceeded` (`registry_quota_exceeded`).
    """
    async with unit_of_work.begin(organisation_id) as tx:
        known = await tx.registry.find(kvk_number)
        if known is not None and known.is_fresh(tx.now):
            return known
        if source is not None and not await tx.registry.take(1, tx.now):
            raise quota_exceeded(tx.now)
    try:
        company = await _asked(source, kvk_number, _SOON)
    except RegistryUnavailable:
        async with unit_of_work.begin(organisation_id) as tx:
            await tx.registry.want([kvk_number], tx.now)
        if known is None or known.fetched_at is None:
            raise
        return known
    async with unit_of_work.begin(organisation_id) as tx:
        entry = RegistryEntry(kvk_number, company, tx.now)
        await tx.registry.put(entry)
    return entry


async def want_looked_up(tx: Transaction, organisation_id: UUID, kvk_numbers: Collection[str]) -> None:
    """Have these looked up in the background, as far as the organisation may ask for more today."""
    stale = await tx.registry.stale(kvk_numbers, tx.now)
    if stale:
        granted = await tx.within(organisation_id).registry.take(len(stale), tx.now)
        await tx.registry.want(stale[:granted], tx.now)


async def look_up_wanted(unit_of_work: UnitOfWork[Transaction], source: TradeRegister | None) -> None:
    """Ask for every number that is wanted: of candidates, and of those that a person could not wait for."""
    while source is not None:
        async with unit_of_work.begin(None) as tx:
            claimed = await tx.registry.claim(tx.now, tx.now + _CLAIMED_FOR, _AT_ONCE)
        if not claimed:
            return
        failed: dict[str, RegistryUnavailable] = {}
        queue = iter(claimed)
        async with asyncio.TaskGroup() as group:
            for _ in range(_CONCURRENT):
                group.create_task(_ask_from(queue, unit_of_work, source, failed))
        await _postpone(unit_of_work, claimed, failed)


async def forget_old_answers(unit_of_work: UnitOfWork[Transaction]) -> None:
    """Delete answers that are older than they may be kept."""
    forgotten = _FORGOTTEN_AT_ONCE
    while forgotten == _FORGOTTEN_AT_ONCE:
        async with unit_of_work.begin(None) as tx:
            forgotten = await tx.registry.forget(tx.now - KEPT, _FORGOTTEN_AT_ONCE)


async def _ask_from(
    queue: Iterator[str],
    unit_of_work: UnitOfWork[Transaction],
    source: TradeRegister,
    failed: dict[str, RegistryUnavailable],
) -> None:
    for kvk_number in queue:
        try:
            company = await _asked(source, kvk_number, _PATIENTLY)
        except RegistryUnavailable as error:
            failed[kvk_number] = error
            continue
        async with unit_of_work.begin(None) as tx:
            await tx.registry.put(RegistryEntry(kvk_number, company, tx.now))


async def _postpone(
    unit_of_work: UnitOfWork[Transaction],
    claimed: Mapping[str, int],
    failed: Mapping[str, RegistryUnavailable],
) -> None:
    if not failed:
        return
    log.warning("the trade register gave no answer for %d numbers: %s", len(failed), _causes(failed))
    again = {number for number in failed if not _AGAIN.exhausted(claimed[number] + 1)}
    async with unit_of_work.begin(None) as tx:
        at: dict[str, datetime] = {
            number: tx.now + _AGAIN.delay(claimed[number] + 1, at_least=failed[number].retry_after)
            for number in again
        }
        await tx.registry.try_again(at)
        await tx.registry.give_up(failed.keys() - again)


def _causes(failed: Mapping[str, RegistryUnavailable]) -> str:
    return ", ".join(sorted({error.cause for error in failed.values()}))


async def _asked(source: TradeRegister | None, kvk_number: str, within: float) -> RegisteredCompany | None:
    """The register's answer. Raises `RegistryUnavailable` for any error."""
    if source is None:
        raise RegistryUnavailable(cause="not_configured")
    try:
        async with asyncio.timeout(within):
            return await source.company(kvk_number, within=within)
    except RegistryUnavailable:
        raise
    except TimeoutError:
        raise RegistryUnavailable(cause="timeout") from None
    except Exception as error:
        log.exception("cannot ask the trade register")
        raise RegistryUnavailable(cause="unexpected") from error
