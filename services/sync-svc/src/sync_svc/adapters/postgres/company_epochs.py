"""Epochs of companies, and what is forgotten when one begins."""

from koppel.platform.unit_of_work import Repository
from sync_svc.domain.run import Run

_HELD = "select epoch from company_epoch where administration_id = $1"
_NOTE = """
insert into company_epoch (administration_id, organisation_id, epoch) values ($1, $2, $3)
on conflict (administration_id) do update set epoch = excluded.epoch
"""
_FORGET = (
    "update sync_cursor set watermark = null, watermark_kind = null, watermark_value = null where administration_id = $1",
    "delete from removal_feed where administration_id = $1",
    "delete from removal_reading where run_id in (select run_id from sync_run where administration_id = $1)",
    "delete from listed_version where administration_id = $1",
)


class PostgresCompanyEpochs(Repository):
    """Implements `CompanyEpochs` through the caller's transaction."""

    async def changed(self, run: Run, epoch: str) -> bool:
        held = await self._connection.fetchval(_HELD, run.administration_id)
        if held == epoch:
            return False
        await self._connection.execute(_NOTE, run.administration_id, run.organisation_id, epoch)
        if held is None:
            return False
        for statement in _FORGET:
            await self._connection.execute(statement, run.administration_id)
        return True
