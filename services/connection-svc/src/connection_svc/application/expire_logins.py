"""Ends login rounds that were started and not finished in time."""

from datetime import timedelta

from connection_svc.application.complete_login import expired
from connection_svc.application.ports import Ports

_AT_ONCE = 200
_KEPT_FOR = timedelta(days=7)


async def expire_logins(ports: Ports) -> int:
    """Each round has its own time; several processes may run this at once. Returns how many it ended."""
    now = ports.clock.now()
    async with ports.unit_of_work.begin(None) as transaction:
        ended = await transaction.logins.expire(now, _AT_ONCE)
        await transaction.events.append(*(expired(login) for login in ended))
        for login in ended:
            await transaction.audit.record(
                organisation_id=login.organisation_id,
                actor="service:connection-svc",
                action="login.expired",
                target=f"login/{login.id}",
            )
        await transaction.logins.purge(now - _KEPT_FOR)
    return len(ended)
