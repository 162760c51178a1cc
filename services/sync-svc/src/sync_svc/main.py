"""The composition root of sync-svc: the only place that builds things."""

from contextlib import closing
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from typing import NoReturn

from koppel.contracts.asyncapi import asyncapi
from koppel.platform.access_tokens import AccessTokenClient, connection_svc_http
from koppel.platform.budget import CompanyPlaces, PostgresBudget
from koppel.platform.command_line import service_main
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.http import provide
from koppel.platform.leases import Leases
from koppel.platform.migrations import Limits, Phase, migrate
from koppel.platform.service import Service
from koppel.platform.settings import KoppelSettings, MigrationSettings, load_settings
from koppel.ports.access_token import AccessTokens
from koppel.ports.budget import Budget
from koppel.providers.catalogue import AT_ONCE
from koppel.providers.http import provider_http
from koppel.providers.scoped_windows import scoped_windows
from koppel.providers.spending import LOT
from sync_svc.adapters.postgres.kinds import KINDS
from sync_svc.adapters.postgres.snapshots import PostgresSnapshots
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.adapters.providers import Providers
from sync_svc.domain.turn import DEFAULT_RULES, TurnRules
from sync_svc.entrypoints.events import subscriptions
from sync_svc.entrypoints.http import (
    across_organisations,
    administrations,
    freshness,
    held_deletions,
    policies,
    reauthorizations,
    run_progress,
    runs,
    statuses,
    syncs,
)
from sync_svc.entrypoints.http import (
    budget as budget_routes,
)
from sync_svc.entrypoints.http.context import Context
from sync_svc.entrypoints.jobs import Jobs
from sync_svc.entrypoints.worker import Workers
from sync_svc.settings import SyncSettings, load_parts, load_windows

NAME = "sync-svc"
SCHEMA = "sync"
DESCRIPTION = "Schedules, runs, cursors and the synchronised records of imported administrations."
ROUTERS = (
    syncs.router,
    reauthorizations.router,
    runs.router,
    run_progress.router,
    administrations.router,
    statuses.router,
    policies.router,
    budget_routes.router,
    freshness.router,
    held_deletions.router,
    across_organisations.router,
)
_EACH_FEW_SECONDS = timedelta(seconds=3)
_EACH_HALF_MINUTE = timedelta(seconds=30)
_HOURLY = timedelta(hours=1)


async def run() -> int:
    """Serve until told to stop; returns the exit code."""
    shared, own = load_settings(KoppelSettings), load_settings(SyncSettings)
    service = Service(NAME, SCHEMA, version=version(NAME), shared=shared, own=own)
    provider_client = provider_http(connections=own.concurrent_runs * 3)
    connection_svc = connection_svc_http(
        own.connection_svc_url, own.service_token_file, connections=own.concurrent_runs * 2
    )
    providers = Providers(provider_client)
    app = service.http(ROUTERS, description=DESCRIPTION, asyncapi=partial(asyncapi, NAME, version(NAME)))
    windows, parts = load_windows(), load_parts(shared.budget_share)
    service.finds(*KINDS)
    unit_of_work = PostgresUnitOfWork(service.database)
    provide(app, Context(unit_of_work, providers, service.health, windows=windows, parts=parts))
    places = CompanyPlaces(service.database, AT_ONCE)
    budget = PostgresBudget(
        service.database, scoped_windows(windows, parts), most=min(LOT, own.turn_calls), places=places
    )
    jobs = build_jobs(
        service.database,
        providers,
        AccessTokenClient(connection_svc),
        budget,
        keep_runs=own.keep_runs,
        rules=own.turn_rules,
    )
    workers = build_workers(jobs, service.leases, service.health, own.concurrent_runs)
    service.consume(subscriptions(unit_of_work, workers.wake))
    service.snapshots(PostgresSnapshots())
    service.background(workers)
    service.every("sync schedule", own.schedule_every, jobs.request_due)
    service.every("sync schedule watch", _EACH_FEW_SECONDS, jobs.measure_overdue)
    service.every("sync budget watch", _EACH_HALF_MINUTE, jobs.measure_budget_waits)
    service.every("record removals", own.schedule_every, jobs.delete_records)
    service.every("sync freshness", _EACH_HALF_MINUTE, jobs.measure_freshness)
    service.every("sync run purge", _HOURLY, jobs.forget_old)
    with closing(places):
        async with connection_svc, provider_client:
            return await service.run()


def build_jobs(
    database: Database,
    providers: Providers,
    tokens: AccessTokens,
    budget: Budget,
    *,
    keep_runs: timedelta,
    rules: TurnRules = DEFAULT_RULES,
) -> Jobs:
    """The jobs on PostgreSQL; what a run writes is caused by the request that made the run."""
    unit_of_work = PostgresUnitOfWork(database)
    return Jobs(unit_of_work, providers, tokens, budget, keep_runs=keep_runs, rules=rules)


def build_workers(jobs: Jobs, leases: Leases, health: Health, concurrency: int) -> Workers:
    """The workers of this process."""
    return Workers(leases, jobs, health, concurrency=concurrency)


async def migrate_schema(phase: Phase | None, limits: Limits) -> list[str]:
    """Bring the schema up to date as its owner role; returns what was applied."""
    settings = load_settings(MigrationSettings, env_prefix="SYNC_SVC_")
    return await migrate(settings.dsn(), SCHEMA, "sync_svc", phase, limits)


def main() -> NoReturn:
    """`sync-svc run | migrate`."""
    service_main(NAME, run=run, migrate=migrate_schema)


if __name__ == "__main__":
    main()
