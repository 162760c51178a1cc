"""Which logins reach which companies, and administrations that change theirs."""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from import_svc.domain.access import Move, Reached
from koppel.contracts.failures import CONNECTION_REVOKED, REAUTHORIZATION_REQUIRED
from koppel.platform.unit_of_work import Repository

_NOTE = """
insert into administration_access (organisation_id, provider, external_id, grant_id, seen_at)
select distinct *, $5::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[])
    as reached (organisation_id, provider, external_id, grant_id)
order by organisation_id, provider, external_id, grant_id
on conflict (organisation_id, provider, external_id, grant_id) do update set seen_at = excluded.seen_at
"""
_HOLD = "select from connection where id = any($1::uuid[]) order by id for no key update"
_MOVE = files(__package__).joinpath("move_administrations.sql").read_text(encoding="utf-8")


class PostgresAccesses(Repository):
    """Implements `Accesses`."""

    async def note(self, reached: Sequence[Reached], now: datetime) -> None:
        if reached:
            await self._connection.execute(_NOTE, *map(list, zip(*reached, strict=True)), now)

    async def hold(self, connection_ids: Sequence[UUID]) -> None:
        await self._connection.execute(_HOLD, connection_ids)

    async def leave(self, grant_ids: Sequence[UUID]) -> list[Move]:
        return await self._move(grant_ids, [], None)

    async def join(self, grant_ids: Sequence[UUID], external_ids: Sequence[str] | None = None) -> list[Move]:
        return await self._move([], grant_ids, external_ids)

    async def catch_up(self) -> list[Move]:
        return await self._move([], [], None, catching_up=True)

    async def _move(
        self,
        leaving: Sequence[UUID],
        joined: Sequence[UUID],
        external_ids: Sequence[str] | None,
        *,
        catching_up: bool = False,
    ) -> list[Move]:
        return [
            Move(
                administration_id=row["id"],
                organisation_id=row["organisation_id"],
                from_grant_id=row["from_grant_id"],
                to_grant_id=row["to_grant_id"],
                to_connection_id=row["to_connection_id"],
                reason=_REASONS.get(row["state_before"], CONNECTION_REVOKED).code,
            )
            for row in await self._connection.fetch(_MOVE, leaving, joined, external_ids, catching_up)
        ]


_REASONS = {"reauthorization_required": REAUTHORIZATION_REQUIRED}
