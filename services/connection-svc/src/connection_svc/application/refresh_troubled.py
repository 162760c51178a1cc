"""Refreshes what was refused for a fault of ours: settings that were mended are shown by the start of a process."""

from contextlib import suppress

from connection_svc.application.outside import Ports
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.domain.connection import OUR_FAULTS
from koppel.kernel.errors import KoppelError

_LOOKED_AT = 500
_AT_MOST = 20


async def refresh_troubled(ports: Ports, refresher: TokenRefresher) -> int:
    """One after another, so that a client that is refused still costs one call; returns how many were tried.

    A process that was refused asks for none: see `RefusedClients`. Several processes may run this.
    """
    async with ports.unit_of_work.begin(None) as tx:
        troubled = await tx.grants.troubled(OUR_FAULTS, tx.now, _LOOKED_AT)
    tried = 0
    for grant in troubled:
        if grant.tokens is None or ports.refused_clients.refused(grant) is not None:
            continue
        with suppress(KoppelError):  # the journal says when it is tried again
            await refresher.refresh(grant.id, grant.tokens.version)
        tried += 1
        if tried == _AT_MOST:
            break
    return tried
