"""Administrations that left, and how far their records are deleted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from koppel.contracts.values import ResourceName
from koppel.platform.unit_of_work import Repository
from sync_svc.domain.departure import DepartedRecord

_ADD = """
insert into departure (administration_id, organisation_id, left_at) values ($2, $1, $3) on conflict do nothing
"""
# A run in work may still write; it stops at its next page.
_NEXT = """
select administration_id, resource, external_id from departure
where not exists (select from sync_run
                  where sync_run.administration_id = departure.administration_id and state <> 'finished')
order by left_at limit 1 for update skip locked
"""
_RECORDS = """
select resource, listing, external_id from record
where administration_id = $1 and (resource, external_id) > ($2, $3) and not deleted
order by resource, external_id limit $4
"""
_MOVE = "update departure set resource = $2, external_id = $3 where administration_id = $1"
_DONE = "delete from departure where administration_id = $1"


class PostgresDepartures(Repository):
    """Implements `Departures`."""

    async def add(self, administration_id: UUID, at: datetime) -> None:
        await self._connection.execute(_ADD, self._organisation_id, administration_id, at)

    async def next(self, limit: int) -> tuple[UUID, Sequence[DepartedRecord]] | None:
        row = await self._connection.fetchrow(_NEXT)
        if row is None:
            return None
        found = await self._connection.fetch(_RECORDS, *row.values(), limit)
        return row["administration_id"], [
            DepartedRecord(ResourceName(each["resource"]), each["listing"], each["external_id"])
            for each in found
        ]

    async def move(self, administration_id: UUID, last: DepartedRecord) -> None:
        await self._connection.execute(_MOVE, administration_id, last.resource, last.external_id)

    async def done(self, administration_id: UUID) -> None:
        await self._connection.execute(_DONE, administration_id)
