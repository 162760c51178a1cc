"""The current state of records, as the events that would state it."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import asyncpg

from koppel.contracts.record import RecordChanged, RecordDeleted
from koppel.contracts.values import ResourceName
from koppel.platform.database import Connection
from koppel.platform.replay import State
from sync_svc.adapters.postgres.bodies import data_of

NO_RUN = UUID(int=0)
"""Stands for the run: a record does not keep which one wrote it."""
_PAGE = 500
# Bodies are `json` here: read as text they are what the events of a sync carry.
_RECORDS = """
select organisation_id, administration_id, resource, external_id, revision, deleted, changed_at, data
from record
where administration_id = $1 and ($2::uuid is null or organisation_id = $2)
  and (resource, external_id) > ($3, $4)
order by resource, external_id limit $5
"""


class PostgresSnapshots:
    """Implements `Snapshots`: records in key order, a page at a time."""

    async def pages(
        self, connection: Connection, administration_ids: Sequence[UUID], organisation_id: UUID | None
    ) -> AsyncIterator[Sequence[State]]:
        for administration_id in sorted(set(administration_ids)):
            after = ("", "")
            while rows := await connection.fetch(_RECORDS, administration_id, organisation_id, *after, _PAGE):
                yield [_state(row) for row in rows]
                after = (rows[-1]["resource"], rows[-1]["external_id"])


def _state(row: asyncpg.Record) -> State:
    shared = {
        "organisation_id": row["organisation_id"],
        "administration_id": row["administration_id"],
        "resource": ResourceName(row["resource"]),
        "external_id": row["external_id"],
        "revision": row["revision"],
        "run_id": NO_RUN,
    }
    if row["deleted"]:
        gone = RecordDeleted(**shared, deleted_at=row["changed_at"])
        return State(gone, row["revision"], row["changed_at"])
    changed = RecordChanged(**shared, data=data_of(row), changed_at=row["changed_at"])
    return State(changed, row["revision"], row["changed_at"])
