"""Composition root: the only place that builds things."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from importlib.metadata import version
from typing import NoReturn

import httpx
from fastapi import FastAPI

from connection_svc.adapters.login_fingerprints import LoginFingerprints
from connection_svc.adapters.postgres.data_keys import PostgresDataKeys
from connection_svc.adapters.postgres.key_canary import KeyCanary
from connection_svc.adapters.postgres.kinds import KINDS
from connection_svc.adapters.postgres.publication import RelayedPublication
from connection_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from connection_svc.adapters.provider_calls import login_windows
from connection_svc.adapters.providers import CatalogueGateway
from connection_svc.adapters.refresh_leases import REFRESH_LEASE, LeasedRefresh
from connection_svc.adapters.token_vault import TokenVault
from connection_svc.application.in_flight import InFlight
from connection_svc.application.outside import Ports
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.application.take_notice import NoticeInbox
from connection_svc.domain.return_url import ReturnUrls
from connection_svc.entrypoints.events import subscriptions
from connection_svc.entrypoints.http import (
    access_tokens,
    across_organisations,
    callback,
    connections,
    key_notices,
    organisations,
    providers,
)
from connection_svc.entrypoints.http.context import Context
from connection_svc.entrypoints.jobs import Jobs
from connection_svc.settings import ConnectionSettings, load_providers
from koppel.contracts.asyncapi import asyncapi
from koppel.kernel.clock import Clock, SystemClock
from koppel.platform.budget import CompanyPlaces, PostgresBudget
from koppel.platform.command_line import service_main
from koppel.platform.database import Database
from koppel.platform.http import provide
from koppel.platform.key_encryption import KeyFile
from koppel.platform.leases import Leases
from koppel.platform.migrations import Limits, Phase, migrate
from koppel.platform.service import Service
from koppel.platform.settings import KoppelSettings, MigrationSettings, load_settings
from koppel.platform.vault import Vault
from koppel.providers.catalogue import AT_ONCE
from koppel.providers.configuration import ConfiguredProvider
from koppel.providers.http import provider_http

NAME, SCHEMA, VERSION = "connection-svc", "connection", version("connection-svc")
DESCRIPTION = "Connections to accounting packages: logins, tokens, access tokens for other services."
ROUTERS = (
    providers.router,
    connections.router,
    organisations.router,
    across_organisations.router,
    callback.router,
    key_notices.router,
    access_tokens.router,
)


def build_context(
    own: ConnectionSettings,
    *,
    configured: Mapping[str, ConfiguredProvider],
    database: Database,
    vault: Vault,
    leases: Leases,
    http: httpx.AsyncClient,
    clock: Clock,
    budget_share: Decimal | None = None,
    places: CompanyPlaces | None = None,
    publish_within: timedelta = timedelta(milliseconds=500),
) -> Context:
    """Wire the use cases over an open or still closed database."""
    budget = PostgresBudget(database, login_windows(configured, budget_share), most=1, places=places)
    unit_of_work, in_flight = PostgresUnitOfWork(database, clock), InFlight()
    token_vault = TokenVault(vault)
    ports = Ports(
        unit_of_work=unit_of_work,
        providers=CatalogueGateway(http, configured, own.public_url, budget),
        vault=token_vault,
        fingerprints=LoginFingerprints(database, token_vault),
        clock=clock,
        publication=RelayedPublication(database, publish_within),
    )
    refresher = TokenRefresher(ports, LeasedRefresh(leases), in_flight)
    return Context(
        unit_of_work=unit_of_work,
        ports=ports,
        refresher=refresher,
        inbox=NoticeInbox(ports, refresher, in_flight),
        in_flight=in_flight,
        vault=vault,
        return_urls=ReturnUrls(own.return_url_allowlist),
        browser_binding=own.browser_binding,
        secure_cookies=own.public_url.startswith("https:"),
    )


def _app(service: Service, context: Context) -> FastAPI:
    app = service.http(ROUTERS, description=DESCRIPTION, asyncapi=partial(asyncapi, NAME, VERSION))
    service.finds(*KINDS)
    provide(app, context)
    service.consume(subscriptions(context.unit_of_work))
    service.drains("refreshes and logins", context.in_flight.drain)
    jobs = Jobs(context.ports, context.refresher)
    service.every("expire logins", timedelta(seconds=5), jobs.expire_logins)
    service.every("revoke at providers", timedelta(seconds=5), jobs.revoke_at_providers)
    service.every("sweep rotations", timedelta(seconds=10), jobs.sweep_rotations)
    service.every("check key notices", timedelta(seconds=5), jobs.check_key_notices)
    service.every("refresh idle tokens", timedelta(minutes=10), jobs.refresh_idle)
    service.every("refresh troubled tokens", timedelta(seconds=15), jobs.refresh_troubled)
    service.every("count waiting grants", timedelta(seconds=15), jobs.count_waiting_grants)
    return app


async def run() -> int:
    shared, own = load_settings(KoppelSettings), load_settings(ConnectionSettings)
    configured = load_providers()
    service = Service(NAME, SCHEMA, version=VERSION, shared=shared, own=own)
    keys = PostgresDataKeys(
        Database(
            own.database_url.get_secret_value(),
            SCHEMA,
            password_file=own.database_password_file,
            max_size=2,
            name=f"{NAME}-keys",
        )
    )
    # Without its key the service does not start.
    key = KeyFile(own.key_file)
    service.requires("key check", KeyCanary(service.database, key).check)
    places = CompanyPlaces(service.database, AT_ONCE)
    async with provider_http() as http:
        try:
            context = build_context(
                own,
                configured=configured,
                database=service.database,
                vault=Vault(key, keys),
                leases=Leases(service.database, service.leases.owner, ttl=REFRESH_LEASE),
                http=http,
                clock=SystemClock(),
                budget_share=shared.budget_share,
                places=places,
            )
            _app(service, context)
            return await service.run()
        finally:
            places.close()
            await keys.close()


async def migrate_schema(phase: Phase | None, limits: Limits) -> list[str]:
    """Bring the schema up to date as its owner role; returns what was applied."""
    own = load_settings(MigrationSettings, env_prefix="CONNECTION_SVC_")
    return await migrate(own.dsn(), SCHEMA, "connection_svc", phase, limits)


def main() -> NoReturn:
    service_main(NAME, run=run, migrate=migrate_schema)


if __name__ == "__main__":
    main()
