"""Refreshes idle tokens: a provider ends refresh tokens that are not used, so they are refreshed in time."""

import asyncio
from contextlib import suppress

from connection_svc.application.outside import Ports
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.domain.connection import Grant
from connection_svc.domain.token_life import idle_since
from koppel.kernel.errors import KoppelError

_AT_ONCE = 20


async def refresh_idle(ports: Ports, refresher: TokenRefresher) -> int:
    """Refresh what has lain for two thirds of its life; returns how many were tried. Several processes may run this."""
    idle: list[Grant] = []
    async with ports.unit_of_work.begin(None) as tx:
        for provider in ports.providers.catalogue():
            before = idle_since(ports.providers.timing(provider.id), tx.now)
            if before is not None:
                idle += await tx.grants.idle(provider.id, before, tx.now, _AT_ONCE)
    await asyncio.gather(*(_refresh(refresher, grant) for grant in idle))
    return len(idle)


async def _refresh(refresher: TokenRefresher, grant: Grant) -> None:
    if grant.tokens is not None:
        with suppress(KoppelError):  # the journal says when it is tried again
            await refresher.refresh(grant.id, grant.tokens.version)
