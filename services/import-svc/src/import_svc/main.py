"""Composition root: the only place that builds things."""

from contextlib import closing
from functools import partial
from importlib.metadata import version
from typing import NoReturn

from import_svc.adapters.companies import ProviderCompanies
from import_svc.adapters.connection_svc import DiscoveryTokens
from import_svc.adapters.kvk import kvk_register
from import_svc.adapters.permits import import_windows
from import_svc.adapters.postgres.kinds import KINDS
from import_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from import_svc.adapters.probes import ProviderProbes
from import_svc.adapters.shares import look_pauses, probes_at_once
from import_svc.application.ask_grants import DiscoveryLimits
from import_svc.application.check_companies import check_companies
from import_svc.application.daily_look import start_looks
from import_svc.application.look_up_company import forget_old_answers, look_up_wanted
from import_svc.application.move_administrations import catch_up
from import_svc.entrypoints.events import subscriptions
from import_svc.entrypoints.http import (
    across_organisations,
    administrations,
    candidates,
    confirmation,
    found_companies,
    profile_rows,
    registry,
    sectors,
    selection,
    sessions,
    summary,
)
from import_svc.entrypoints.http.context import Context
from import_svc.entrypoints.jobs import (
    CATCH_UP_EVERY,
    CHECK_COMPANIES_EVERY,
    EXPIRE_EVERY,
    FORGET_EVERY,
    LOOK_UP_EVERY,
    START_LOOKS_EVERY,
    DiscoveryWorker,
    expire_sessions,
)
from import_svc.settings import ImportSettings, load_parts, load_windows
from koppel.contracts.asyncapi import asyncapi
from koppel.kernel.clock import SystemClock
from koppel.platform.access_tokens import AccessTokenClient, connection_svc_http
from koppel.platform.budget import CompanyPlaces, PostgresBudget
from koppel.platform.command_line import service_main
from koppel.platform.http import provide
from koppel.platform.migrations import Limits, Phase, migrate
from koppel.platform.service import Service
from koppel.platform.settings import KoppelSettings, MigrationSettings, load_settings
from koppel.providers.catalogue import AT_ONCE
from koppel.providers.http import provider_http
from koppel.providers.spending import LOT

NAME = "import-svc"
SCHEMA = "import"
DESCRIPTION = "Discovery, import sessions, administrations and their profiles."
ROUTERS = (
    sessions.router,
    candidates.router,
    selection.router,
    profile_rows.router,
    confirmation.router,
    summary.router,
    administrations.router,
    across_organisations.router,
    found_companies.router,
    sectors.router,
    registry.router,
)


async def run() -> int:
    """Serve until told to stop; returns the exit code."""
    shared, own = load_settings(KoppelSettings), load_settings(ImportSettings)
    service = Service(NAME, SCHEMA, version=version(NAME), shared=shared, own=own)
    unit_of_work = PostgresUnitOfWork(service.database)
    connection_svc = connection_svc_http(
        own.connection_svc_url, own.service_token_file, connections=own.discovery_concurrency * 4
    )
    providers = provider_http(connections=own.discovery_concurrency * 4)
    tokens = DiscoveryTokens(AccessTokenClient(connection_svc))
    windows = import_windows(load_windows(), load_parts(shared.budget_share))
    places = CompanyPlaces(service.database, AT_ONCE)
    budget = PostgresBudget(service.database, windows, most=LOT, places=places)
    probe = ProviderProbes(tokens, providers, budget)
    probes = partial(check_companies, unit_of_work, probe, probes_at_once())
    worker = DiscoveryWorker(
        unit_of_work,
        service.leases,
        ProviderCompanies(tokens, providers, budget),
        clock=SystemClock(),
        health=service.health,
        limits=DiscoveryLimits(
            run_concurrently=own.discovery_concurrency,
            look_pauses=look_pauses(),
            look_every=own.look_every,
        ),
        poll=own.discovery_poll,
    )
    app = service.http(ROUTERS, description=DESCRIPTION, asyncapi=partial(asyncapi, NAME, version(NAME)))
    service.finds(*KINDS)
    service.consume(subscriptions(unit_of_work))
    service.background(worker)
    service.every("session expiry", EXPIRE_EVERY, partial(expire_sessions, unit_of_work))
    service.every("moves", CATCH_UP_EVERY, partial(catch_up, unit_of_work))
    service.every("company check", CHECK_COMPANIES_EVERY, probes)
    service.every(
        "daily look",
        min(START_LOOKS_EVERY, own.look_every),
        partial(start_looks, unit_of_work, own.look_every),
    )
    service.every("trade register purge", FORGET_EVERY, partial(forget_old_answers, unit_of_work))
    register_here = kvk_register(own.kvk_url, own.kvk_api_key, own.kvk_ca_file)
    async with connection_svc, providers, register_here as register:
        service.every("trade register", LOOK_UP_EVERY, partial(look_up_wanted, unit_of_work, register))
        provide(app, Context(unit_of_work, worker.wake, own.settle_window, register=register))
        with closing(places):
            return await service.run()


async def migrate_schema(phase: Phase | None, limits: Limits) -> list[str]:
    """Bring the schema up to date as its owner role; returns what was applied."""
    settings = load_settings(MigrationSettings, env_prefix="IMPORT_SVC_")
    return await migrate(settings.dsn(), SCHEMA, "import_svc", phase, limits)


def main() -> NoReturn:
    """`import-svc run | migrate`."""
    service_main(NAME, run=run, migrate=migrate_schema)


if __name__ == "__main__":
    main()
