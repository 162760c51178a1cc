"""What the ids of a connection are, for an operator who has one."""

from typing import Any
from uuid import UUID

from connection_svc.adapters.postgres.kinds import KINDS
from koppel.platform.operations.find import find_things


async def test_ids_of_a_connection_tell_what_they_are(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    [(login_round,)] = await organisation.rows(
        "select id::text from login_round where connection_id = $1", UUID(connection_id)
    )
    own = str(organisation.organisation_id)
    shown = f"koppel connections show {connection_id} --organisation {own}"
    assert await _told(organisation, connection_id) == [("connection", shown)]
    assert await _told(organisation, grant_id) == [("grant", shown)]
    assert await _told(organisation, login_round) == [("login_round", shown)]
    assert await _told(organisation, own) == [("organisation", f"koppel organisations list --q {own}")]


async def _told(organisation: Any, identifier: str) -> list[tuple[str, str]]:
    async with organisation.database.system() as connection:
        found = await find_things(connection, KINDS, UUID(identifier))
    return [(each.kind, each.command) for each in found]
