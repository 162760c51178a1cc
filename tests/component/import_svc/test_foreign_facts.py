"""What an organisation tells about another's connections and grants changes nothing, and holds nobody up."""

from collections.abc import Callable
from uuid import UUID

import pytest

from koppel.contracts.event import Event
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.tenants import facts_read_by, held_of, passed, told_by

from .arrivals import authorized, disconnected
from .organisation import Organisation
from .outside import Outside

FACTS = facts_read_by("import-svc")
every_fact = pytest.mark.parametrize("event", FACTS, ids=lambda event: event.__name__)


class Victim:
    """An office with a connection, a grant, and a wizard in which the company was found."""

    def __init__(self, organisation: Organisation, connection_id: UUID, grant_id: UUID) -> None:
        self.organisation = organisation
        self.connection_id = connection_id
        self.grant_id = grant_id

    def told_of_by(self, attacker: Organisation, event: type[Event], **changes: object) -> Event:
        """The attacker's word about everything of this office."""
        named = {
            "connection_id": self.connection_id,
            "grant_id": self.grant_id,
            "grant_ids": (self.grant_id,),
        }
        return told_by(attacker.organisation_id, event, **(named | changes))


@pytest.fixture
async def victim(organisation: Organisation, outside: Outside) -> Victim:
    grant_id = outside.grant("Bakkerij Smit", kvk_number="01234567")
    connection_id = await organisation.connect(grant_id)
    await organisation.until(await organisation.start(connection_id), "selecting")
    return Victim(organisation, connection_id, grant_id)


@pytest.fixture
async def attacker(new_organisation: Callable[[], Organisation], outside: Outside) -> Organisation:
    return new_organisation()


async def _parked(database: Database, key: object) -> int:
    async with database.system() as connection:
        number: int = await connection.fetchval("select count(*) from parked_event where key = $1", str(key))
    return number


@every_fact
async def test_a_fact_about_anothers_connection_changes_nothing(
    event: type[Event],
    victim: Victim,
    attacker: Organisation,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    organisation_id, keys = victim.organisation.organisation_id, [victim.connection_id]
    before = await held_of(database, organisation_id, keys)
    await victim.organisation.arrivals.deliver(victim.told_of_by(attacker, event))
    assert await held_of(database, organisation_id, keys) == before
    assert passed(caplog.records, event, attacker.organisation_id)


@every_fact
async def test_a_connection_of_ones_own_gives_no_right_to_anothers_grant(
    event: type[Event], victim: Victim, attacker: Organisation, database: Database
) -> None:
    own = await attacker.connect()
    before = await held_of(database, victim.organisation.organisation_id, [])
    await attacker.arrivals.deliver(victim.told_of_by(attacker, event, connection_id=own))
    assert await held_of(database, victim.organisation.organisation_id, []) == before


@every_fact
async def test_the_others_own_events_go_on(
    event: type[Event], victim: Victim, attacker: Organisation, database: Database
) -> None:
    organisation, grant_id = victim.organisation, new_id()
    await organisation.arrivals.deliver(victim.told_of_by(attacker, event))
    await organisation.arrivals.deliver(
        authorized(organisation.organisation_id, victim.connection_id, grant_id)
    )
    await organisation.arrivals.deliver(
        *disconnected(organisation.organisation_id, victim.connection_id, [victim.grant_id, grant_id])
    )
    assert await _parked(database, victim.connection_id) == 0
    refused = await organisation.api(
        "POST", "/v1/import-sessions", {"connection_id": str(victim.connection_id)}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "connection_revoked")


async def test_one_grant_that_two_organisations_claim_in_one_batch_is_the_firsts(
    victim: Victim, attacker: Organisation, database: Database
) -> None:
    organisation, grant_id, own = victim.organisation, new_id(), await attacker.connect()
    await organisation.arrivals.deliver(
        authorized(organisation.organisation_id, victim.connection_id, grant_id),
        authorized(attacker.organisation_id, own, grant_id),
    )
    async with database.system() as connection:
        owners = await connection.fetch(
            "select organisation_id from connection_grant where id = $1", grant_id
        )
    assert [row["organisation_id"] for row in owners] == [organisation.organisation_id]


async def test_a_wizard_asks_with_its_own_organisation(victim: Victim, outside: Outside) -> None:
    assert outside.issued_for[victim.grant_id] == {victim.organisation.organisation_id}
