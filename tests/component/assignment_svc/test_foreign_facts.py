"""What an organisation tells about another's administrations changes nothing, and holds nobody up."""

from collections.abc import Callable

import pytest

from assignment_svc.entrypoints import events
from koppel.contracts.administration import AdministrationImported
from koppel.contracts.event import Event
from koppel.kernel.errors import IllegalTransition
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.administrations import removed
from koppel.testing.tenants import facts_read_by, held_of, passed, told_by

from .conftest import Organisation

FACTS = facts_read_by("assignment-svc")
ADMINISTRATION = new_id()
every_fact = pytest.mark.parametrize("event", FACTS, ids=lambda event: event.__name__)


@pytest.fixture
def attacker(new_organisation: Callable[[], Organisation]) -> Organisation:
    return new_organisation()


def forged(by: Organisation, event: type[Event], of: AdministrationImported) -> Event:
    """The attacker's word about the administration."""
    return told_by(by.id, event, administration_id=of.administration_id)


@every_fact
async def test_a_fact_about_anothers_administration_changes_nothing(
    event: type[Event],
    organisation: Organisation,
    attacker: Organisation,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await organisation.user("beheerder")
    await attacker.user("beheerder")
    (victims,) = await organisation.import_administrations(1)
    theirs = await held_of(database, organisation.id, [victims.key])
    ours = await held_of(database, attacker.id, [])
    await organisation.deliver(forged(attacker, event, victims), version=2)
    assert await held_of(database, organisation.id, [victims.key]) == theirs
    assert await held_of(database, attacker.id, []) == ours
    assert passed(caplog.records, event, attacker.id)


@every_fact
async def test_the_others_own_events_go_on(
    event: type[Event], organisation: Organisation, attacker: Organisation
) -> None:
    (victims,) = await organisation.import_administrations(1)
    await organisation.deliver(forged(attacker, event, victims), version=2)
    await organisation.deliver(removed(victims), version=3)
    answer = await organisation.http.get(f"/v1/administrations/{victims.administration_id}/assignment")
    assert answer.status_code == 404


async def test_of_two_that_claim_one_administration_in_a_batch_the_first_has_it(
    organisation: Organisation, attacker: Organisation, database: Database
) -> None:
    first, second = (
        told_by(each.id, AdministrationImported, administration_id=ADMINISTRATION)
        for each in (organisation, attacker)
    )
    await organisation.deliver(first, second, version=1)
    async with database.system() as connection:
        rows = await connection.fetch(
            "select organisation_id from administration where id = $1", ADMINISTRATION
        )
    assert [row["organisation_id"] for row in rows] == [organisation.id]


async def test_an_event_that_the_state_does_not_allow_is_passed_and_holds_nobody_up(
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    database: Database,
) -> None:
    async def refuse(*_: object) -> None:
        raise IllegalTransition("lamp_broken", "It is broken.", entity="lamp", identifier=new_id())

    (administration,) = await organisation.import_administrations(1)
    with monkeypatch.context() as broken:
        broken.setattr(events, "unassign_removed", refuse)
        await organisation.deliver(removed(administration), version=2)
    assert "the state of what it names does not allow it" in caplog.text
    await organisation.deliver(removed(administration), version=3)
    async with database.system() as connection:
        key = administration.key
        assert await connection.fetchval("select count(*) from parked_event where key = $1", key) == 0
        assert await connection.fetchval("select count(*) from held_event where key = $1", key) == 0
    answer = await organisation.http.get(f"/v1/administrations/{administration.administration_id}/assignment")
    assert answer.status_code == 404
