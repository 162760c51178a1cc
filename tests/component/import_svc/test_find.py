"""What the ids of an import are, for an operator who has one."""

from uuid import UUID

from import_svc.adapters.postgres.kinds import KINDS
from koppel.platform.database import Database
from koppel.platform.operations.find import find_things

from .organisation import Organisation
from .outside import Outside


async def test_ids_of_an_import_tell_what_they_are(
    organisation: Organisation, outside: Outside, database: Database
) -> None:
    connection_id = await organisation.connect(outside.grant("Bakkerij Smit", kvk_number="01234567"))
    session_id, found = await organisation.discover(connection_id)
    [candidate] = found.values()
    shown = f"koppel audit --target import_session/{session_id}"
    assert await _told(database, session_id) == [("import_session", shown)]
    assert await _told(database, candidate["id"]) == [("candidate", shown)]
    await organisation.select(session_id, [candidate])
    [administration] = (await organisation.confirm(session_id)).json()["administrations"]
    told = ("administration", f"koppel timeline {administration['id']}")
    assert await _told(database, administration["id"]) == [told]
    assert await _told(database, str(connection_id)) == []


async def _told(database: Database, identifier: str) -> list[tuple[str, str]]:
    async with database.system() as connection:
        found = await find_things(connection, KINDS, UUID(identifier))
    return [(each.kind, each.command) for each in found]
