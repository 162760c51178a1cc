"""Ends login rounds that were started and not finished in time."""

from datetime import timedelta

from connection_svc.application.complete_login import expired
from connection_svc.application.outside import Ports

_AT_ONCE = 200
_KEPT_FOR = timedelta(days=7)


async def expire_logins(ports: Ports) -> int:
    """Each round has its own time; several processes may run this at once. Returns how many it ended."""
    async with ports.unit_of_work.begin(None) as tx:
        ended = await tx.logins.expire(tx.now, _AT_ONCE)
        await tx.events.append(*(expired(login) for login in ended))
        for login in ended:
            await tx.audit.record(
                organisation_id=login.organisation_id,
                actor="service:connection-svc",
                action="login.expired",
                target=f"login/{login.id}",
            )
        await tx.logins.purge(tx.now - _KEPT_FOR)
    return len(ended)
