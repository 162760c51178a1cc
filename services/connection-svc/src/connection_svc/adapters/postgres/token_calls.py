"""Rows of `token_call`."""

from datetime import datetime

from koppel.platform.unit_of_work import Repository

_OLDEST_OF = """
select called_at from token_call where provider = $1 and login = $2 and called_at > $4
order by called_at desc offset $3 - 1 limit 1
"""
_NOTE = """
with forgotten as (delete from token_call where provider = $1 and login = $2 and called_at <= $4)
insert into token_call (provider, login, called_at) values ($1, $2, $3)
"""


class PostgresTokenCalls(Repository):
    """Implements `TokenCalls`."""

    async def oldest_of(self, provider: str, caller: bytes, calls: int, after: datetime) -> datetime | None:
        found: datetime | None = await self._connection.fetchval(_OLDEST_OF, provider, caller, calls, after)
        return found

    async def note(self, provider: str, caller: bytes, called_at: datetime, forget_before: datetime) -> None:
        await self._connection.execute(_NOTE, provider, caller, called_at, forget_before)
