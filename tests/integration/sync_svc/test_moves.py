"""An administration is read with another login from the moment that import-svc says so."""

from datetime import UTC, datetime

import pytest

from koppel.contracts.administration import AdministrationMoved
from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.kernel.errors import OrganisationMismatch, Permanent
from koppel.kernel.ids import new_id
from sync_svc.application.projections import move_administration, note_grant, note_revoked
from sync_svc.domain.administration import GrantState

from .organisation import Organisation


def moved(organisation: Organisation, **fields: object) -> AdministrationMoved:
    given: dict[str, object] = {
        "organisation_id": organisation.organisation_id,
        "administration_id": organisation.administration_id,
        "from_grant_id": organisation.grant_id,
        "to_grant_id": new_id(),
        "to_connection_id": new_id(),
        "reason": "connection_revoked",
        "moved_at": datetime.now(UTC),
    }
    return AdministrationMoved.model_validate(given | fields)


async def apply(organisation: Organisation, event: AdministrationMoved) -> None:
    async with organisation.work.begin(None) as tx:
        await move_administration(tx.within(event.organisation_id), event)


async def test_a_sync_after_the_move_works_although_the_connection_before_is_gone(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(3)
    before = await organisation.sync()
    async with organisation.work.begin(None) as tx:
        own = tx.within(organisation.organisation_id)
        await note_revoked(own, organisation.connection_id, [organisation.grant_id], all_of_it=True)
    assert (await organisation.sync()).run.outcome is SyncOutcome.FAILED
    await apply(organisation, moved(organisation))
    after = await organisation.sync(SyncMode.INCREMENTAL)
    assert (before.run.outcome, after.run.outcome) == (SyncOutcome.CHANGED, SyncOutcome.UNCHANGED)


async def test_what_was_missed_meanwhile_is_due_at_once(organisation: Organisation) -> None:
    due = "select next_due_at <= now() as due from sync_policy where administration_id = $1"
    assert [row["due"] for row in await organisation.rows(due)] == [False]
    await apply(organisation, moved(organisation))
    assert [row["due"] for row in await organisation.rows(due)] == [True]


async def test_a_login_of_another_organisation_is_not_believed(organisation: Organisation) -> None:
    event = moved(organisation)
    async with organisation.work.begin(None) as tx:
        await note_grant(tx.within(new_id()), event.to_connection_id, event.to_grant_id, GrantState.ACTIVE)
    with pytest.raises(Permanent, match="grant_of_another_organisation"):
        await apply(organisation, event)
    with pytest.raises(OrganisationMismatch):
        await apply(organisation, moved(organisation, organisation_id=new_id()))


async def test_a_move_of_what_is_not_known_does_nothing(organisation: Organisation) -> None:
    await apply(organisation, moved(organisation, administration_id=new_id()))
