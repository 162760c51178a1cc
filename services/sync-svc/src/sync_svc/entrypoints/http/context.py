"""What the routes work with, and who may call them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Path

from koppel.contracts.values import Role, SyncTrigger
from koppel.kernel.arrival import Patience, await_arrival
from koppel.kernel.errors import NotFound
from koppel.platform.health import Health
from koppel.platform.http import current_principal, provided, require_roles
from koppel.platform.identity import (
    ADD_ADMINISTRATIONS,
    OPERATOR,
    READ,
    SYNC_ON_DEMAND,
    Principal,
    PrincipalKind,
)
from koppel.platform.unit_of_work import OnConnection, UnitOfWork
from koppel.providers.profile import Part, RateWindow
from sync_svc.application import ports
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.ports import Transaction
from sync_svc.domain.administration import Administration


class RequestTransaction(Transaction, OnConnection, Protocol):
    """A transaction whose connection also keeps the answers of creating calls."""


@dataclass(frozen=True, slots=True)
class Context:
    """`health` says when the process stops; `patience` is how long to wait for administrations on the way.

    `windows` are each provider's, by its id, and `parts` this service's parts of them.
    """

    unit_of_work: UnitOfWork[RequestTransaction]
    gateway: ProviderGateway
    health: Health
    patience: Patience = field(default_factory=Patience)
    windows: Mapping[str, Sequence[RateWindow]] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)


InContext = Annotated[Context, Depends(provided)]
AdministrationId = Annotated[UUID, Path(description="The administration.")]


def _allowed(*roles: Role) -> object:
    """A person with one of the roles, whoever operates Koppel, or a service that was let in."""
    has_role = require_roles(*roles)

    async def guard(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
        return principal if OPERATOR in principal.rights else await has_role(principal)

    return Depends(guard)


Reader = Annotated[Principal, _allowed(*READ)]
Requester = Annotated[Principal, _allowed(*SYNC_ON_DEMAND)]
Scheduler = Annotated[Principal, _allowed(*ADD_ADMINISTRATIONS)]


def requester_of(principal: Principal) -> ports.Requester:
    """The principal as the use cases know it."""
    if principal.kind is PrincipalKind.SERVICE:
        trigger = SyncTrigger.SERVICE
    else:
        trigger = SyncTrigger.OPERATOR if OPERATOR in principal.rights else SyncTrigger.USER
    return ports.Requester(actor=principal.actor, person_id=principal.subject, trigger=trigger)


async def await_administrations(context: Context, principal: Principal, ids: Iterable[UUID]) -> None:
    """Return when all are known, or after a moment: what another service just made may still be on its way."""
    wanted = set(ids)

    async def arrived() -> bool:
        async with context.unit_of_work.begin(principal.organisation) as tx:
            return wanted <= {found.administration_id for found in await tx.administrations.get(wanted)}

    await await_arrival(arrived, context.patience)


async def existing_administration(
    context: Context, principal: Principal, administration_id: UUID
) -> Administration:
    """The organisation's administration, removed or not. Raises `NotFound`."""
    await await_administrations(context, principal, [administration_id])
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.administrations.get([administration_id])
    if not found:
        raise NotFound("administration", administration_id)
    return found[0]


async def present_administration(
    context: Context, principal: Principal, administration_id: UUID
) -> Administration:
    """A removed administration's data is nobody's to read any more, as in every other service. Raises `NotFound`."""
    found = await existing_administration(context, principal, administration_id)
    if found.removed_reason is not None:
        raise NotFound("administration", administration_id)
    return found
