"""One organisation sees nothing of another, whatever it asks for."""

from collections.abc import Awaitable, Callable

from koppel.contracts.values import SyncMode

from .office import Office


async def test_another_organisation_sees_no_run_record_or_status(
    office: Office, new_office: Callable[[], Awaitable[Office]]
) -> None:
    office.package.add_customers(3)
    mine = await office.sync(SyncMode.FULL)
    other = await new_office()
    async with other.work.begin(other.organisation_id) as tx:
        assert await tx.administrations.get([office.administration_id]) == []
        assert await tx.views.run(mine.run.run_id) is None
        for organisation_id in (other.organisation_id, office.organisation_id):
            assert await tx.within(organisation_id).views.runs(office.administration_id, None, None, 10) == []
        assert await tx.views.records(office.administration_id, None, None, 10) == []
        status = await tx.views.status(office.administration_id)
        assert (status.last_synced_at, list(status.resources)) == (None, [])
        assert await tx.policies.get(office.administration_id) is None
