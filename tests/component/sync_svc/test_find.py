"""What the ids of syncs are, for an operator who has one."""

from uuid import UUID

from koppel.platform.database import Database
from koppel.platform.operations.find import find_things
from sync_svc.adapters.postgres.kinds import KINDS

from .organisation import Organisation


async def test_ids_of_a_sync_tell_what_they_are(served: Organisation, database: Database) -> None:
    run = await served.sync()
    [request] = run["requests"]
    found = {
        each: await _told(database, each) for each in (run["id"], request, str(served.administration_id))
    }
    of = f"--organisation {served.organisation_id}"
    shown = f"koppel runs show {run['id']} {of}"
    policy = f"koppel sync-status show {served.administration_id} {of}"
    assert found == {
        run["id"]: [("run", shown)],
        request: [("sync_request", shown)],
        str(served.administration_id): [("sync_policy", policy)],
    }


async def test_a_login_that_waits_for_a_person_is_a_reauthorization(
    organisation: Organisation, database: Database
) -> None:
    assert await _told(database, str(organisation.grant_id)) == []
    await organisation.deliver(organisation.lapsed())
    shown = f"koppel reauthorizations --organisation {organisation.organisation_id}"
    assert await _told(database, str(organisation.grant_id)) == [("reauthorization", shown)]


async def _told(database: Database, identifier: str) -> list[tuple[str, str]]:
    async with database.system() as connection:
        return [(each.kind, each.command) for each in await find_things(connection, KINDS, UUID(identifier))]
