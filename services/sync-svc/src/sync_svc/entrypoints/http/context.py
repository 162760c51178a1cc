"""What routes lean on, found in the application's state."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Protocol, cast
from uuid import UUID

from fastapi import Depends, Request

from koppel.contracts.values import Role, SyncTrigger
from koppel.platform.database import Connection
from koppel.platform.http import current_principal, require_roles
from koppel.platform.identity import (
    ADD_ADMINISTRATIONS,
    OPERATOR,
    READ,
    SYNC_ON_DEMAND,
    Principal,
    PrincipalKind,
)
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.ports import Caller, Transaction

_ARRIVES_WITHIN = 2.0
_LOOK_EVERY = 0.05


class OpenTransaction(Transaction, Protocol):
    """A transaction whose connection the platform may write its own rows through."""

    @property
    def connection(self) -> Connection: ...


class OpenUnitOfWork(Protocol):
    """Opens such transactions."""

    def begin(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[OpenTransaction]: ...


@dataclass(frozen=True, slots=True)
class SyncApplication:
    """Set as `app.state.sync` by the composition root."""

    unit_of_work: OpenUnitOfWork
    gateway: ProviderGateway


def _of(request: Request) -> SyncApplication:
    return cast("SyncApplication", request.app.state.sync)


Sync = Annotated[SyncApplication, Depends(_of)]


def _allowed(*roles: Role) -> object:
    """A person with one of the roles, whoever operates Koppel, or a service that was let in."""
    has_role = require_roles(*roles)

    async def guard(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
        return principal if OPERATOR in principal.rights else await has_role(principal)

    return Depends(guard)


Reader = Annotated[Principal, _allowed(*READ)]
Requester = Annotated[Principal, _allowed(*SYNC_ON_DEMAND)]
Scheduler = Annotated[Principal, _allowed(*ADD_ADMINISTRATIONS)]


def caller_of(principal: Principal) -> Caller:
    """The principal as the use cases know it."""
    if principal.kind is PrincipalKind.SERVICE:
        trigger = SyncTrigger.SERVICE
    else:
        trigger = SyncTrigger.OPERATOR if OPERATOR in principal.rights else SyncTrigger.USER
    return Caller(principal.actor, principal.subject, trigger)


async def await_arrival(sync: SyncApplication, principal: Principal, ids: Iterable[UUID]) -> None:
    """Return when all are known, or after two seconds: what another service just made may still be on its way."""
    wanted, deadline = set(ids), time.monotonic() + _ARRIVES_WITHIN
    while True:
        async with sync.unit_of_work.begin(principal.organisation) as tx:
            known = {found.administration_id for found in await tx.administrations.get(wanted)}
        if known >= wanted or time.monotonic() >= deadline:
            return
        await asyncio.sleep(_LOOK_EVERY)
