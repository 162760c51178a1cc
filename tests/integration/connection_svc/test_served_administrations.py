"""Which grant serves which administration, as import-svc's facts say; facts about another's are passed."""

from uuid import UUID

import pytest

from connection_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from connection_svc.entrypoints.events import subscriptions
from koppel.contracts.administration import AdministrationImported
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.administrations import imported, moved, removed, vanished
from koppel.testing.rebuilds import Delivered

from .test_repositories import connection, grant


@pytest.fixture
def delivered(database: Database, unit_of_work: PostgresUnitOfWork) -> Delivered:
    return Delivered(database, subscriptions(unit_of_work))


class Grants:
    """Of organisations, each with a connection of its own."""

    def __init__(self, unit_of_work: PostgresUnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    async def of(self, organisation: UUID) -> UUID:
        owner = connection(organisation)
        made = grant(owner)
        async with self._unit_of_work.begin(None) as tx:
            await tx.connections.insert(owner)
            await tx.grants.insert(made)
        return made.id

    async def serve(self, grant_id: UUID) -> set[UUID]:
        async with self._unit_of_work.begin(None) as tx:
            return set(await tx.served.of_grant(grant_id))


@pytest.fixture
def grants(unit_of_work: PostgresUnitOfWork) -> Grants:
    return Grants(unit_of_work)


def read_with(grant_id: UUID, organisation: UUID) -> AdministrationImported:
    return imported(organisation).model_copy(update={"grant_id": grant_id})


async def test_a_grant_serves_what_is_imported_with_it(delivered: Delivered, grants: Grants) -> None:
    organisation = new_id()
    grant_id = await grants.of(organisation)
    events = [read_with(grant_id, organisation) for _ in range(3)]
    await delivered.live(*events)
    assert await grants.serve(grant_id) == {each.administration_id for each in events}


async def test_what_is_moved_is_served_by_the_other_grant(delivered: Delivered, grants: Grants) -> None:
    organisation = new_id()
    one, other = await grants.of(organisation), await grants.of(organisation)
    event = read_with(one, organisation)
    await delivered.live(event, moved(event, other))
    assert (await grants.serve(one), await grants.serve(other)) == (set(), {event.administration_id})


async def test_what_left_or_vanished_is_served_by_nobody(delivered: Delivered, grants: Grants) -> None:
    organisation = new_id()
    grant_id = await grants.of(organisation)
    left, gone = read_with(grant_id, organisation), read_with(grant_id, organisation)
    await delivered.live(left, gone, removed(left), vanished(gone))
    assert await grants.serve(grant_id) == set()


async def test_what_vanished_is_served_again_by_the_grant_that_it_is_moved_to(
    delivered: Delivered, grants: Grants
) -> None:
    organisation = new_id()
    grant_id = await grants.of(organisation)
    event = imported(organisation)
    await delivered.live(event, vanished(event), moved(event, grant_id))
    assert await grants.serve(grant_id) == {event.administration_id}


async def test_nothing_is_served_by_another_organisation_s_grant(
    delivered: Delivered, grants: Grants
) -> None:
    theirs = await grants.of(new_id())
    organisation = new_id()
    event = imported(organisation)
    await delivered.live(read_with(theirs, organisation), event, moved(event, theirs))
    assert await grants.serve(theirs) == set()


async def test_facts_about_another_s_administration_change_nothing(
    delivered: Delivered, grants: Grants
) -> None:
    organisation = new_id()
    grant_id = await grants.of(organisation)
    event = read_with(grant_id, organisation)
    await delivered.live(event)
    stranger = event.model_copy(update={"organisation_id": new_id()})
    await delivered.live(vanished(stranger), moved(stranger, new_id()), removed(stranger))
    assert await grants.serve(grant_id) == {event.administration_id}
