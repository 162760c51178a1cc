"""Logins that still work and will die unless somebody acts are told of, a week and a day before."""

from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.domain.connection import Grant
from connection_svc.domain.expiry import act_by, notice_due, who_keeps_alive
from connection_svc.domain.token_life import dies_at
from koppel.contracts.connection import ConnectionExpiring
from koppel.providers.profile import TokenTiming

_AT_ONCE = 200


async def announce_expiring(ports: Ports) -> int:
    """Tell of those that were not renewed in time; returns how many. Several processes may run this."""
    told = 0
    for provider in ports.providers.catalogue():
        timing = ports.providers.timing(provider.id)
        async with ports.unit_of_work.begin(None) as tx:
            for grant in await tx.expiries.due(provider.id, timing, tx.now, _AT_ONCE):
                told += await _tell(tx, grant, timing)
    return told


async def _tell(tx: Transaction, grant: Grant, timing: TokenTiming) -> bool:
    tokens = grant.tokens
    notice = None if tokens is None else notice_due(tokens, timing, tx.now)
    end = None if tokens is None else dies_at(tokens, timing)
    if notice is None or end is None or not await tx.expiries.told(grant, notice):
        return False
    await tx.events.append(
        ConnectionExpiring(
            organisation_id=grant.organisation_id,
            connection_id=grant.connection_id,
            provider=grant.provider,
            grant_id=grant.id,
            dies_at=end,
            act_by=act_by(end),
            who_must_act=who_keeps_alive(grant),
            told_at=tx.now,
        )
    )
    return True
