"""What the ids of the directory, of assignments and of plans are, for an operator who has one."""

from typing import Any
from uuid import UUID

from assignment_svc.adapters.postgres.kinds import KINDS
from koppel.platform.database import Database
from koppel.platform.operations.find import find_things


async def test_ids_tell_what_they_are(organisation: Any, database: Database) -> None:
    [administration] = await organisation.import_administrations(1)
    user = await organisation.user("beheerder")
    wish = {"users": {"mode": "replace", "ids": [user]}}
    made = await organisation.http.post(
        "/v1/assignment-plans", json={"administration_ids": "all", "set": wish}
    )
    ids = {
        "user": user,
        "division": await organisation.put("divisions"),
        "template": await organisation.put("templates"),
        "assignment": str(administration.administration_id),
        "assignment_plan": made.json()["id"],
    }
    async with database.system() as connection:
        found = {name: await find_things(connection, KINDS, UUID(each)) for name, each in ids.items()}
    assert {name: [each.kind for each in things] for name, things in found.items()} == {
        name: [name] for name in ids
    }
    assert {things[0].organisation_id for things in found.values()} == {organisation.id}
