"""Periodic work; every job may run in several processes at once."""

import math
from collections.abc import Mapping
from functools import partial

from connection_svc.application.announce_expiring import announce_expiring
from connection_svc.application.check_notice import check_due
from connection_svc.application.expire_logins import expire_logins
from connection_svc.application.outside import Ports
from connection_svc.application.refresh_idle import refresh_idle
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.application.refresh_troubled import refresh_troubled
from connection_svc.application.revoke_at_provider import revoke_due
from connection_svc.application.sweep_rotations import sweep_rotations
from connection_svc.domain.connection import OUR_FAULTS, GrantState
from koppel.platform.telemetry import metrics
from koppel.providers.catalogue import PROFILES


class Jobs:
    """One method a job."""

    def __init__(self, ports: Ports, refresher: TokenRefresher) -> None:
        self._ports = ports
        self._refresher = refresher
        self._working = self._waiting = math.nan  # until they are counted: a zero would look like a fall
        self._ours: Mapping[str, int] | None = None
        metrics.gauge("koppel_grants", lambda: self._working + self._waiting)
        metrics.gauge("koppel_grants_reauthorization_required", lambda: self._waiting)
        for profile in PROFILES:
            metrics.gauge("koppel_grants_our_fault", partial(self._at_fault, profile.id), provider=profile.id)

    def _at_fault(self, provider: str) -> float:
        return math.nan if self._ours is None else self._ours.get(provider, 0)

    async def expire_logins(self) -> None:
        await expire_logins(self._ports)

    async def revoke_at_providers(self) -> None:
        await revoke_due(self._ports)

    async def sweep_rotations(self) -> None:
        await sweep_rotations(self._ports, self._refresher)

    async def check_key_notices(self) -> None:
        await self._ports.fingerprints.ready()
        await check_due(self._ports, self._refresher)

    async def refresh_idle(self) -> None:
        await refresh_idle(self._ports, self._refresher)
        await announce_expiring(self._ports)

    async def refresh_troubled(self) -> None:
        await refresh_troubled(self._ports, self._refresher)

    async def count_waiting_grants(self) -> None:
        async with self._ports.unit_of_work.begin(None) as tx:
            self._working = await tx.grants.count(GrantState.ACTIVE)
            self._waiting = await tx.grants.count(GrantState.REAUTHORIZATION_REQUIRED)
            self._ours = await tx.grants.count_troubled(OUR_FAULTS)
