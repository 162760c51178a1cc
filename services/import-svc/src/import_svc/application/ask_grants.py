"""Asking providers which companies grants give access to, many grants side by side. Writes nothing."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from import_svc.application.outside import CompanySource, FoundCompanies
from import_svc.domain.discovery import (
    DiscoveryFailed,
    GrantDiscovery,
    after_failure,
    after_page,
    unexpected,
)
from import_svc.domain.looks import LOOK_EVERY, NOTHING_KNOWN, CompanyNumbers
from import_svc.domain.session import ImportSession, Purpose
from koppel.kernel.clock import Clock
from koppel.kernel.retry import RetryPolicy
from koppel.providers.company import Company

log = logging.getLogger(__name__)

_AGAIN = RetryPolicy(first=timedelta(milliseconds=500), longest=timedelta(seconds=30))


@dataclass(frozen=True, slots=True)
class DiscoveryLimits:
    """How hard discovery may try: grants of a session asked at the same time, and when one is asked again.

    `look_pauses` are by provider what a look that nobody waits for leaves between two grants or pages,
    and `look_every` is how often there is one.
    """

    run_concurrently: int = 8
    policy: RetryPolicy = _AGAIN
    look_pauses: Mapping[str, timedelta] = field(default_factory=dict)
    look_every: timedelta = LOOK_EVERY


@dataclass(slots=True)
class DiscoveryResult:
    """The results of one batch of grants; with `paused_until` the provider wants no call before that."""

    discoveries: list[GrantDiscovery] = field(default_factory=list)
    found: list[tuple[UUID, Company]] = field(default_factory=list)
    paused_until: datetime | None = None
    calls: int = 0


async def ask_grants(
    session: ImportSession,
    due: Sequence[GrantDiscovery],
    source: CompanySource,
    limits: DiscoveryLimits,
    clock: Clock,
    *,
    known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN,
) -> DiscoveryResult:
    """Ask each grant for its next page; those after a request to slow down are left as they are.

    `known` are numbers by external id that need not be asked again.
    """
    result, queue = DiscoveryResult(), iter(due)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(limits.run_concurrently, len(due))):
            group.create_task(
                _ask_from(queue, result, session, source, limits.policy, clock=clock, known=known)
            )
    return result


async def _ask_from(
    queue: Iterator[GrantDiscovery],
    result: DiscoveryResult,
    session: ImportSession,
    source: CompanySource,
    policy: RetryPolicy,
    *,
    clock: Clock,
    known: Mapping[str, CompanyNumbers],
) -> None:
    for before in queue:
        if result.paused_until is not None:
            return
        try:
            page = await _companies(session, before, source, known)
        except DiscoveryFailed as error:
            now = clock.now()
            result.discoveries.append(after_failure(before, error, policy, now))
            if error.paces and error.retry_after is not None:
                result.paused_until = now + timedelta(seconds=error.retry_after)
            continue
        result.calls += page.calls
        result.found.extend((before.grant_id, company) for company in page.companies)
        result.discoveries.append(after_page(before, page.next, clock.now()))


async def _companies(
    session: ImportSession,
    before: GrantDiscovery,
    source: CompanySource,
    known: Mapping[str, CompanyNumbers],
) -> FoundCompanies:
    """An error of one grant must not lose the results of the others."""
    try:
        return await source.companies(
            session.provider,
            session.organisation_id,
            before.grant_id,
            before.continuation,
            known=known,
            is_look=session.purpose is Purpose.LOOK,
        )
    except DiscoveryFailed:
        raise
    except Exception as error:
        log.exception("cannot list the companies of grant %s", before.grant_id)
        raise unexpected() from error
