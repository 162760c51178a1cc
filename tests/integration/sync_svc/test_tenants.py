"""One organisation sees nothing of another, whatever it asks for."""

from collections.abc import Awaitable, Callable

from koppel.contracts.values import SyncMode
from sync_svc.application.views import RunFilter

from .organisation import Organisation


async def test_another_organisation_sees_no_run_record_or_status(
    organisation: Organisation, new_organisation: Callable[[], Awaitable[Organisation]]
) -> None:
    organisation.provider.add_customers(3)
    mine = await organisation.sync(SyncMode.FULL)
    other = await new_organisation()
    async with other.work.begin(other.organisation_id) as tx:
        assert await tx.administrations.get([organisation.administration_id]) == []
        assert await tx.views.run(mine.run.run_id) is None
        for organisation_id in (other.organisation_id, organisation.organisation_id):
            assert (
                await tx.within(organisation_id).views.runs(
                    RunFilter(organisation.administration_id), None, 10
                )
                == []
            )
        assert await tx.views.records(organisation.administration_id, None, None, 10) == []
        status = await tx.views.status(organisation.administration_id)
        assert (status.last_synced_at, list(status.resources)) == (None, [])
        assert await tx.policies.get(organisation.administration_id) is None
