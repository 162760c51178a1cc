"""Work that nobody waits for at a socket: performing runs, asking for what is due, forgetting what is old."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import product
from uuid import UUID

from opentelemetry import trace

from koppel.contracts.pause import PauseScope
from koppel.kernel.cause import Cause
from koppel.platform.leased_worker import Due
from koppel.platform.leases import Lease, Leases
from koppel.platform.telemetry import enrich_context, metrics
from koppel.platform.telemetry.propagation import remote_span
from koppel.platform.unit_of_work import UnitOfWork
from koppel.ports.access_token import AccessTokens
from koppel.ports.budget import Budget
from koppel.ports.transaction import LeasedWork
from koppel.providers.catalogue import PROFILES
from sync_svc.application.delete_records import delete_departed, delete_released
from sync_svc.application.fetch_pages import PageFetcher
from sync_svc.application.forget_runs import forget_old_runs
from sync_svc.application.look_at_budget import NothingToDraw, look_at_budget, put_off
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.perform_run import perform_run
from sync_svc.application.ports import Transaction
from sync_svc.application.request_syncs import request_due_syncs
from sync_svc.application.spend_permits import on_permits
from sync_svc.application.take_up_run import Work, take_up_run
from sync_svc.application.tell_cause import telling
from sync_svc.application.tend_pauses import tend_pauses
from sync_svc.application.turn import Turn
from sync_svc.application.views import RunView
from sync_svc.domain.freshness import ProviderFreshness
from sync_svc.domain.pause_rules import RULES
from sync_svc.domain.run import LEASE_KIND, Run, RunState
from sync_svc.domain.turn import DEFAULT_RULES, LONG_WAIT, Granted, TurnRules, left_to_others
from sync_svc.entrypoints.run_metrics import count_run, show_outcomes

_GRANTS_AT_ONCE = 30
"""Turns that one look asks for: those that are put off since their provider allows no call are among them."""
_BATCHES_AT_ONCE = 10
"""Of records that are deleted outside a run: between them others write."""


class Jobs:
    """Everything that a process with the `jobs` role does."""

    def __init__(
        self,
        unit_of_work: UnitOfWork[Transaction],
        gateway: ProviderGateway,
        tokens: AccessTokens,
        budget: Budget,
        *,
        keep_runs: timedelta,
        rules: TurnRules = DEFAULT_RULES,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._gateway = gateway
        self._tokens = tokens
        self._budget = budget
        self._keep_runs = keep_runs
        self._rules = rules
        self._pauses: Mapping[tuple[str, str, str], int] | None = None
        self._held_deletions = self._overdue = math.nan  # until they are read: a zero would look like a fall
        self._fresh: Mapping[str, ProviderFreshness] = {}
        self._budget_waits: Mapping[str, int] | None = None
        metrics.gauge("koppel_sync_held_deletions", lambda: self._held_deletions)
        metrics.gauge("koppel_sync_overdue_seconds", lambda: self._overdue)
        for profile in PROFILES:
            self._show_budget_waits(profile.id)
        show_outcomes()
        for rule in RULES:
            providers = [each.id for each in PROFILES] if rule.scope is PauseScope.PROVIDER else [""]
            for cause, provider in product(rule.causes, providers):
                self._measure(rule.scope.value, cause, provider)

    def _measure(self, scope: str, cause: str, provider: str) -> None:
        def pauses() -> float:
            return math.nan if self._pauses is None else self._pauses.get((scope, cause, provider), 0)

        metrics.gauge("koppel_sync_pauses", pauses, scope=scope, cause=cause, provider=provider)

    def _show_budget_waits(self, provider: str) -> None:
        def waits() -> float:
            return math.nan if self._budget_waits is None else self._budget_waits.get(provider, 0)

        metrics.gauge("koppel_sync_budget_waits", waits, provider=provider)

    async def take_turns(self, leases: Leases, most: int, passing_over: Sequence[UUID]) -> Due:
        """The next turns, each with the lease on its run; fewer than `most` when no more runs wait that can call."""
        taken: list[Lease] = []
        for _ in range(_GRANTS_AT_ONCE):
            if len(taken) == most:
                return Due(leases=taken)
            try:
                granted = await self._grant(leases, passing_over)
            except NothingToDraw as waits:
                async with self._unit_of_work.begin(None) as tx:
                    await put_off(tx, waits)
                continue
            if granted is None:
                return Due(leases=taken)
            taken.append(Lease(LEASE_KIND, granted.run_id, granted.fence, granted.takeovers))
        return Due(leases=taken, more_in=0.0)

    async def _grant(self, leases: Leases, passing_over: Sequence[UUID]) -> Granted | None:
        async with self._unit_of_work.begin(None) as tx:
            granted = await tx.turns.grant(
                self._rules, owner=leases.owner, lasts=leases.ttl, passing_over=passing_over
            )
            if granted is not None:
                await look_at_budget(tx, self._gateway, self._budget, granted.run_id)
            return granted

    async def perform(self, run_id: UUID, lease: Lease) -> None:
        """Do the run under its lease, to its end or to where it must wait."""
        if (view := await self._view(run_id)) is None:
            return
        run = view.run
        enrich_context(organisation_id=run.organisation_id, correlation_id=run.correlation_id)
        if (asked := remote_span(run.traceparent)) is not None:
            trace.get_current_span().add_link(asked)
        leased = self._unit_of_work.leased(
            lease,
            organisation_id=run.organisation_id,
            cause=Cause(run.correlation_id, run.causation_id, run.traceparent),
        )
        async with leased.begin() as tx:
            work = await take_up_run(tx, self._gateway, run_id)
        if work is not None:
            await self._perform(work, leased, lease)
        ended = await self._view(run_id)
        if ended is not None and ended.run.state is RunState.FINISHED:
            count_run(ended)

    async def _perform(self, work: Work, leased: LeasedWork[Transaction], lease: Lease) -> None:
        turn, reserve = self._turn(work.run, lease), left_to_others(work.run.priority)
        async with on_permits(self._gateway, self._budget, work.administration, reserve=reserve) as gateway:
            fetcher = PageFetcher(
                gateway,
                self._tokens,
                work.administration,
                turn,
                probes=work.probes,
                tell=telling(leased, work.run.run_id),
            )
            await perform_run(work, leased, fetcher, turn)

    def _turn(self, run: Run, lease: Lease) -> Turn:
        """Others' runs decide whether it goes on, so that is asked in the system's transactions."""
        queue = self._unit_of_work.leased(lease)

        async def renew(calls: int) -> bool:
            async with queue.begin() as tx:
                return await tx.turns.renew(run, self._rules, calls)

        return Turn(run.calls, self._rules.quantum, renew)

    async def request_due(self) -> None:
        """Ask for the syncs that the schedule says are due, and for probes of what is paused."""
        async with self._unit_of_work.begin(None) as tx:
            await tend_pauses(tx)
            self._pauses = await tx.pauses.counts()
            self._held_deletions = await tx.held_deletions.open_count()
        for counted in self._pauses:  # of providers that this version does not know, too
            self._measure(*counted)
        async with self._unit_of_work.begin(None) as tx:
            await request_due_syncs(tx, self._gateway)

    async def measure_overdue(self) -> None:
        """Show how late the schedule is; apart from its rounds, which may be what fails."""
        async with self._unit_of_work.begin(None) as tx:
            self._overdue = await tx.policies.overdue_seconds()

    async def measure_budget_waits(self) -> None:
        """Show how many administrations wait long for calls: a window of an hour or a day is used up."""
        async with self._unit_of_work.begin(None) as tx:
            self._budget_waits = await tx.turns.waiting_for_budget(LONG_WAIT)
        for provider in self._budget_waits:  # one that this version does not know, too
            self._show_budget_waits(provider)

    async def measure_freshness(self) -> None:
        """Note how many administrations are fresh, by provider, and show it as a metric."""
        async with self._unit_of_work.begin(None) as tx:
            await tx.freshness.take()
            found = await tx.freshness.by_provider()
        self._fresh = {each.provider: each for each in found}
        for provider in self._fresh:
            metrics.gauge("koppel_sync_fresh_ratio", partial(self._fresh_ratio, provider), provider=provider)
            metrics.gauge(
                "koppel_sync_administrations", partial(self._scheduled, provider), provider=provider
            )

    def _fresh_ratio(self, provider: str) -> float:
        """Where nothing is scheduled any more, nothing is missed."""
        found = self._fresh.get(provider)
        return 1.0 if found is None else found.met / found.administrations

    def _scheduled(self, provider: str) -> float:
        found = self._fresh.get(provider)
        return 0.0 if found is None else found.administrations

    async def delete_records(self) -> None:
        """Delete what was released and what administrations that left had: batch by batch, for a bounded time."""
        for _ in range(_BATCHES_AT_ONCE):
            async with self._unit_of_work.begin(None) as tx:
                released = await delete_released(tx, self._gateway)
            async with self._unit_of_work.begin(None) as tx:
                departed = await delete_departed(tx)
            if not (released or departed):
                return

    async def forget_old(self) -> None:
        """Drop finished runs that nobody asks for any more."""
        async with self._unit_of_work.begin(None) as tx:
            await forget_old_runs(tx, self._keep_runs)
            await tx.turns.forget_settled()

    async def _view(self, run_id: UUID) -> RunView | None:
        async with self._unit_of_work.begin(None) as tx:
            return await tx.views.run(run_id)
