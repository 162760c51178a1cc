"""Grants that are about to die: columns of `connection_grant`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from connection_svc.adapters.postgres.grants import GRANT_COLUMNS, grant_from
from connection_svc.domain.connection import Grant
from connection_svc.domain.expiry import NOTICES, told_when_issued_before
from koppel.platform.unit_of_work import Repository
from koppel.providers.profile import TokenTiming

_WEEK, _DAY = NOTICES
_DUE = f"""
select {GRANT_COLUMNS} from connection_grant
where provider = $1 and state = 'active'
  and case when expiry_told_version is distinct from token_version
      then token_issued_at < $2 or (refresh_token is null and token_expires_at < $4)
      else expiry_told_days > $6 and (token_issued_at < $3 or (refresh_token is null and token_expires_at < $5))
  end
  and (refresh_token is not null or token_expires_at - token_issued_at > interval '1 day')
order by token_issued_at limit $7
"""
_TOLD = """
update connection_grant set expiry_told_version = token_version, expiry_told_days = $3
where id = $1 and token_version = $2 and state = 'active'
  and (expiry_told_version is distinct from token_version or expiry_told_days > $3)
returning true
"""
_TAKE_RENEWED = """
update connection_grant set expiry_told_version = null, expiry_told_days = null
where connection_id = $1 and state = 'active' and expiry_told_version < token_version returning id
"""


class PostgresExpiries(Repository):
    """Implements `Expiries`."""

    async def due(self, provider: str, timing: TokenTiming, now: datetime, limit: int) -> Sequence[Grant]:
        rows = await self._connection.fetch(
            _DUE,
            provider,
            told_when_issued_before(timing, now, _WEEK),
            told_when_issued_before(timing, now, _DAY),
            now + _WEEK,
            now + _DAY,
            _DAY.days,
            limit,
        )
        return [grant_from(row) for row in rows]

    async def told(self, grant: Grant, notice: timedelta) -> bool:
        version = None if grant.tokens is None else grant.tokens.version
        return await self._connection.fetchval(_TOLD, grant.id, version, notice.days) is True

    async def take_renewed(self, connection_id: UUID) -> Sequence[UUID]:
        return [row["id"] for row in await self._connection.fetch(_TAKE_RENEWED, connection_id)]
