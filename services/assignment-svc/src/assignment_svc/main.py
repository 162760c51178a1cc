"""Composition root: the only place that builds things."""

from functools import partial
from importlib.metadata import version
from typing import NoReturn

from assignment_svc.adapters.postgres.kinds import KINDS
from assignment_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from assignment_svc.domain.directory import EntryKind
from assignment_svc.entrypoints.events import subscriptions
from assignment_svc.entrypoints.http import across_organisations, assignments, plans, users
from assignment_svc.entrypoints.http.context import Context
from assignment_svc.entrypoints.http.entries import entry_router
from assignment_svc.entrypoints.jobs import PURGE_EVERY, purge_plans
from assignment_svc.settings import AssignmentSettings
from koppel.contracts.asyncapi import asyncapi
from koppel.platform.command_line import service_main
from koppel.platform.http import provide
from koppel.platform.migrations import Limits, Phase, migrate
from koppel.platform.service import Service
from koppel.platform.settings import KoppelSettings, MigrationSettings, load_settings

NAME = "assignment-svc"
SCHEMA = "assignment"
DESCRIPTION = "Users, divisions, templates, and who is assigned to which administration."
ROUTERS = (
    users.router,
    entry_router(EntryKind.DIVISION),
    entry_router(EntryKind.TEMPLATE),
    assignments.router,
    across_organisations.router,
    plans.router,
)


async def run() -> int:
    """Serve until told to stop; returns the exit code."""
    shared, own = load_settings(KoppelSettings), load_settings(AssignmentSettings)
    service = Service(NAME, SCHEMA, version=version(NAME), shared=shared, own=own)
    unit_of_work = PostgresUnitOfWork(service.database)
    app = service.http(ROUTERS, description=DESCRIPTION, asyncapi=partial(asyncapi, NAME, version(NAME)))
    service.finds(*KINDS)
    provide(app, Context(unit_of_work))
    service.consume(subscriptions(unit_of_work))
    service.every("plan purge", PURGE_EVERY, partial(purge_plans, unit_of_work, older_than=own.plan_kept_for))
    return await service.run()


async def migrate_schema(phase: Phase | None, limits: Limits) -> list[str]:
    """Bring the schema up to date as its owner role; returns what was applied."""
    settings = load_settings(MigrationSettings, env_prefix=AssignmentSettings.model_config["env_prefix"])
    return await migrate(settings.dsn(), SCHEMA, "assignment_svc", phase, limits)


def main() -> NoReturn:
    """`assignment-svc run | migrate`."""
    service_main(NAME, run=run, migrate=migrate_schema)


if __name__ == "__main__":
    main()
