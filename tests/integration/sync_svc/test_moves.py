"""An administration is read with another login from the moment that import-svc says so."""

from datetime import UTC, datetime

import pytest

from koppel.contracts.administration import AdministrationMoved
from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.kernel.errors import OrganisationMismatch, Permanent
from koppel.kernel.ids import new_id
from sync_svc.application.projections import move_administration, note_grant, note_revoked
from sync_svc.domain.administration import GrantState

from .office import Office


def moved(office: Office, **fields: object) -> AdministrationMoved:
    given: dict[str, object] = {
        "organisation_id": office.organisation_id,
        "administration_id": office.administration_id,
        "from_grant_id": office.grant_id,
        "to_grant_id": new_id(),
        "to_connection_id": new_id(),
        "reason": "connection_revoked",
        "moved_at": datetime.now(UTC),
    }
    return AdministrationMoved.model_validate(given | fields)


async def apply(office: Office, event: AdministrationMoved) -> None:
    async with office.work.begin(None) as tx:
        await move_administration(tx.within(event.organisation_id), event)


async def test_a_sync_after_the_move_works_although_the_connection_before_is_gone(office: Office) -> None:
    office.package.add_customers(3)
    before = await office.sync()
    async with office.work.begin(None) as tx:
        own = tx.within(office.organisation_id)
        await note_revoked(own, office.connection_id, [office.grant_id], all_of_it=True)
    assert (await office.sync()).run.outcome is SyncOutcome.FAILED
    await apply(office, moved(office))
    after = await office.sync(SyncMode.INCREMENTAL)
    assert (before.run.outcome, after.run.outcome) == (SyncOutcome.CHANGED, SyncOutcome.UNCHANGED)


async def test_what_was_missed_meanwhile_is_due_at_once(office: Office) -> None:
    due = "select next_due_at <= now() as due from sync_policy where administration_id = $1"
    assert [row["due"] for row in await office.rows(due)] == [False]
    await apply(office, moved(office))
    assert [row["due"] for row in await office.rows(due)] == [True]


async def test_a_login_of_another_organisation_is_not_believed(office: Office) -> None:
    event = moved(office)
    async with office.work.begin(None) as tx:
        await note_grant(tx.within(new_id()), event.to_connection_id, event.to_grant_id, GrantState.ACTIVE)
    with pytest.raises(Permanent, match="grant_of_another_organisation"):
        await apply(office, event)
    with pytest.raises(OrganisationMismatch):
        await apply(office, moved(office, organisation_id=new_id()))


async def test_a_move_of_what_is_not_known_does_nothing(office: Office) -> None:
    await apply(office, moved(office, administration_id=new_id()))
