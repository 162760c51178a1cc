"""Freshness of administrations by provider."""

from importlib.resources import files

from koppel.platform.unit_of_work import Repository
from sync_svc.domain.freshness import ProviderFreshness

# Every minute once, whichever process comes first.
_TAKE = """
with old as (delete from freshness_sample where at < now() - interval '7 hours')
insert into freshness_sample (provider, at, administrations, met)
select provider, date_trunc('minute', now()), count(*), count(*) filter (where unmet is null)
from administration_freshness group by provider
on conflict do nothing
"""
_BY_PROVIDER = files(__package__).joinpath("freshness.sql").read_text(encoding="utf-8")


class PostgresFreshnessSamples(Repository):
    """Implements `FreshnessSamples`; the transaction must be the system's."""

    async def take(self) -> None:
        await self._connection.execute(_TAKE)

    async def by_provider(self) -> list[ProviderFreshness]:
        return [ProviderFreshness(*row.values()) for row in await self._connection.fetch(_BY_PROVIDER)]
