"""What an organisation tells about another's administrations and grants changes nothing, and holds nobody up."""

from collections.abc import Callable

import pytest

from koppel.contracts.administration import AdministrationImported, AdministrationRemoved
from koppel.contracts.connection import ConnectionAuthorized, ConnectionDeleted, ConnectionRevoked
from koppel.contracts.event import Event
from koppel.contracts.sync import SyncRequested
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.tenants import facts_read_by, held_of, passed, told_by
from sync_svc.entrypoints.worker import Workers

from .organisation import Organisation
from .provider import AccessTokens, Company

FACTS = facts_read_by("sync-svc")


@pytest.fixture
async def victim(organisation: Organisation) -> Organisation:
    """In work, so that there is something to lose."""
    await organisation.ask()
    return organisation


@pytest.fixture
async def attacker(new_organisation: Callable[[], Organisation]) -> Organisation:
    return await new_organisation().arrive()


def forged(by: Organisation, event: type[Event], of: Organisation, **changes: object) -> Event:
    """The attacker's word about everything of the victim's."""
    named = {
        "administration_id": of.administration_id,
        "connection_id": of.connection_id,
        "grant_id": of.grant_id,
        "grant_ids": (of.grant_id,),
    }
    return told_by(by.organisation_id, event, **(named | changes))


async def parked(database: Database, key: object) -> list[str]:
    async with database.system() as connection:
        rows = await connection.fetch("select cause_code from parked_event where key = $1", str(key))
    return [row["cause_code"] for row in rows]


@pytest.mark.parametrize("event", FACTS, ids=lambda event: event.__name__)
async def test_a_fact_about_anothers_things_changes_nothing_of_theirs(
    event: type[Event],
    victim: Organisation,
    attacker: Organisation,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    keys = [victim.administration_id, victim.connection_id]
    before = await held_of(database, victim.organisation_id, keys)
    fact = forged(attacker, event, victim)
    await victim.deliver(fact)  # as the next version of the victim's own stream
    assert await held_of(database, victim.organisation_id, keys) == before
    assert await parked(database, fact.key) == []
    assert passed(caplog.records, event, attacker.organisation_id)


@pytest.mark.parametrize("event", FACTS, ids=lambda event: event.__name__)
async def test_the_others_own_events_go_on(
    event: type[Event], victim: Organisation, attacker: Organisation, database: Database
) -> None:
    await victim.deliver(forged(attacker, event, victim))
    await victim.deliver(victim.lapsed(), victim.removed("no_longer_a_client"))
    assert not await victim.is_scheduled()
    for key in (victim.administration_id, victim.connection_id):
        assert await parked(database, key) == []


@pytest.mark.parametrize("event", [each for each in FACTS if "connection_id" in each.model_fields])
async def test_a_connection_of_ones_own_gives_no_right_to_anothers_grant(
    event: type[Event], victim: Organisation, attacker: Organisation, database: Database
) -> None:
    before = await held_of(database, victim.organisation_id, [])
    changes: dict[str, object] = {"connection_id": attacker.connection_id, "administration_id": new_id()}
    await attacker.deliver(forged(attacker, event, victim, **changes))
    assert await held_of(database, victim.organisation_id, []) == before


async def test_an_import_through_anothers_grant_is_parked_and_asks_for_nothing(
    victim: Organisation, attacker: Organisation, database: Database
) -> None:
    administration_id = new_id()
    await attacker.deliver(
        forged(attacker, AdministrationImported, victim, administration_id=administration_id)
    )
    assert await parked(database, administration_id) == ["grant_of_another_organisation"]
    asked = [event["administration_id"] for event in await attacker.events("SyncRequested")]
    assert asked == [str(attacker.administration_id)]


async def test_an_import_before_the_grants_own_event_brings_no_data_of_its_owner(
    new_organisation: Callable[[], Organisation],
    company: Company,
    access_tokens: AccessTokens,
    workers: Workers,
) -> None:
    """Nothing was heard of the grant here: connection-svc, which knows whose it is, issues nothing."""
    attacker, grant_id = new_organisation(), new_id()
    access_tokens.companies[grant_id], access_tokens.owners[grant_id] = company, new_id()
    attacker.grant_id = grant_id
    await attacker.deliver(attacker.imported())
    await attacker.carry_requests()
    (requested,) = await attacker.events("SyncRequested")
    run = await attacker.finished(requested["sync_request_id"])
    assert run["failure"]["code"] == "grant_not_found"
    assert await attacker.records() == {}


async def test_a_request_id_that_another_organisation_took_is_not_in_the_way(
    organisation: Organisation, attacker: Organisation, database: Database
) -> None:
    request_id = new_id()
    for each in (attacker, organisation):
        await each.deliver(forged(each, SyncRequested, each, sync_request_id=request_id, resources=None))
        (run,) = (await each.api("GET", "/v1/sync-runs")).json()["items"]
        assert run["administration_id"] == str(each.administration_id)
        assert await parked(database, each.administration_id) == []


async def test_a_batch_in_which_one_fact_is_refused_applies_the_others(
    victim: Organisation, attacker: Organisation, database: Database
) -> None:
    await victim.deliver(
        victim.lapsed(),
        forged(attacker, ConnectionAuthorized, victim),
        forged(attacker, ConnectionRevoked, victim),
        forged(attacker, ConnectionDeleted, victim),
        forged(attacker, AdministrationRemoved, victim),
        victim.authorized(),
    )
    body = {"administration_ids": [str(victim.administration_id)]}
    assert (await victim.api("POST", "/v1/syncs", body)).status_code == 202
    assert await parked(database, victim.connection_id) == []
