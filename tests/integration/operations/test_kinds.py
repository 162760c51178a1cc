"""What ids can be at each service is looked for by indexes, in tables as they are."""

from importlib import import_module
from string import Formatter

import pytest
from tests.integration.plans import planned

from koppel.kernel.ids import new_id
from koppel.platform.kinds import Kind
from koppel.platform.operations.find import KINDS
from koppel.platform.outbox.search import look_by_index
from koppel.testing.databases import service_database

SERVICES = ("connection", "import", "assignment", "sync")


def kinds_of(service: str) -> tuple[Kind, ...]:
    kinds: tuple[Kind, ...] = import_module(f"{service}_svc.adapters.postgres.kinds").KINDS
    return (*kinds, *KINDS)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_table_is_read_whole_and_the_command_names_what_is_selected(
    postgres_server: str, service: str
) -> None:
    async with service_database(postgres_server, service, f"{service}_svc") as created:
        database = created.open()
        await database.open()
        async with database.system() as connection, look_by_index(connection):
            for kind in kinds_of(service):
                steps = await planned(connection, kind.rows, new_id())
                assert "Seq Scan" not in {step["Node Type"] for step in steps}, kind
                columns = {each.name for each in (await connection.prepare(kind.rows)).get_attributes()}
                assert columns >= {"id", "organisation_id", *_named(kind.command)}, kind
        await database.close()


def _named(command: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(command) if name}
